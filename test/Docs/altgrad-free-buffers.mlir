// docs/Pipelines.md, altgrad-free-buffers.

// RUN: altgrad-opt %s --altgrad-free-buffers > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: func.func @twice
// CHECK         linalg.add ins(%[[FIRST:.*]], %[[FIRST]]
// CHECK         memref.dealloc %[[FIRST]]
// CHECK         bufferization.clone %arg0
// CHECK         return

func.func @twice(%x: memref<8xf32>) -> (memref<8xf32>, memref<8xf32>) {
  %first = memref.alloc() : memref<8xf32>
  %second = memref.alloc() : memref<8xf32>
  linalg.add ins(%x, %x : memref<8xf32>, memref<8xf32>)
      outs(%first : memref<8xf32>)
  linalg.add ins(%first, %first : memref<8xf32>, memref<8xf32>)
      outs(%second : memref<8xf32>)
  return %second, %x : memref<8xf32>, memref<8xf32>
}
