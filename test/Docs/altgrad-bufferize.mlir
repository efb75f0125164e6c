// docs/Pipelines.md, altgrad-bufferize.

// RUN: altgrad-opt %s --altgrad-bufferize --cse --canonicalize > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: func.func @halves
// CHECK-NOT:     memref.copy
// CHECK         linalg.add
// CHECK         linalg.mul
// CHECK-NOT:     memref.copy
// CHECK-LABEL: func.func @kept
// CHECK         %[[NEW:.*]] = memref.alloc
// CHECK         linalg.add {{.*}} outs(%[[NEW]]

func.func @halves(%x: tensor<16xf32>) -> tensor<16xf32> {
  %low = tensor.extract_slice %x[0] [8] [1] : tensor<16xf32> to tensor<8xf32>
  %empty = tensor.empty() : tensor<8xf32>
  %sum = linalg.add ins(%low, %low : tensor<8xf32>, tensor<8xf32>)
      outs(%empty : tensor<8xf32>) -> tensor<8xf32>
  %y = tensor.insert_slice %sum into %x[0] [8] [1]
      : tensor<8xf32> into tensor<16xf32>
  %high = tensor.extract_slice %y[8] [8] [1] : tensor<16xf32> to tensor<8xf32>
  %square = linalg.mul ins(%high, %high : tensor<8xf32>, tensor<8xf32>)
      outs(%empty : tensor<8xf32>) -> tensor<8xf32>
  %z = tensor.insert_slice %square into %y[8] [8] [1]
      : tensor<8xf32> into tensor<16xf32>
  return %z : tensor<16xf32>
}
func.func @kept(%x: tensor<8xf32>, %i: index) -> (tensor<8xf32>, f32) {
  %y = linalg.add ins(%x, %x : tensor<8xf32>, tensor<8xf32>)
      outs(%x : tensor<8xf32>) -> tensor<8xf32>
  %old = tensor.extract %x[%i] : tensor<8xf32>
  return %y, %old : tensor<8xf32>, f32
}
