// What is written in place and what gets a buffer of its own.
//
// RUN: altgrad-opt %s --altgrad-bufferize --cse --canonicalize --split-input-file | FileCheck %s

// Each result of CSE's one tensor.empty has its own buffer.

// CHECK-LABEL: func.func @shared_empty
// CHECK:         %[[FIRST:.*]] = memref.alloc
// CHECK:         linalg.add {{.*}} outs(%[[FIRST]]
// CHECK:         %[[SECOND:.*]] = memref.alloc
// CHECK:         linalg.sub {{.*}} outs(%[[SECOND]]
// CHECK-NOT:     memref.copy
func.func @shared_empty(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.add ins(%x, %x : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %1 = linalg.sub ins(%0, %x : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// -----

// Updates of one tensor, each the last use of the one before.

// CHECK-LABEL: func.func @updates
// CHECK-SAME:      %[[X:.*]]: memref<8xf32>
// CHECK-NOT:     memref.alloc
// CHECK:         memref.store %{{.*}}, %[[X]]
// CHECK:         memref.store %{{.*}}, %[[X]]
// CHECK:         return %[[X]]
func.func @updates(%x: tensor<8xf32>, %v: f32, %i: index, %j: index) -> tensor<8xf32> {
  %0 = tensor.insert %v into %x[%i] : tensor<8xf32>
  %1 = tensor.insert %v into %0[%j] : tensor<8xf32>
  return %1 : tensor<8xf32>
}

// -----

// The old value is read later: through another view of it, too.

// CHECK-LABEL: func.func @read_later
// CHECK-SAME:      %[[X:.*]]: memref<8xf32>
// CHECK:         %[[VIEW:.*]] = memref.expand_shape %[[X]]
// CHECK:         %[[COPY:.*]] = memref.alloc
// CHECK:         memref.copy %[[X]], %[[COPY]]
// CHECK:         memref.store %{{.*}}, %[[COPY]]
// CHECK:         memref.load %[[VIEW]]
func.func @read_later(%x: tensor<8xf32>, %v: f32, %i: index) -> (tensor<8xf32>, f32) {
  %view = tensor.expand_shape %x [[0, 1]] output_shape [2, 4] : tensor<8xf32> into tensor<2x4xf32>
  %0 = tensor.insert %v into %x[%i] : tensor<8xf32>
  %e = tensor.extract %view[%i, %i] : tensor<2x4xf32>
  return %0, %e : tensor<8xf32>, f32
}

// -----

// Nor is a constant, or an argument that the user forbids, written to.

// CHECK-LABEL: func.func @not_writable
// CHECK-COUNT-2: memref.copy
func.func @not_writable(%x: tensor<8xf32> {bufferization.writable = false}, %v: f32, %i: index)
    -> (tensor<8xf32>, tensor<8xf32>) {
  %c = arith.constant dense<1.0> : tensor<8xf32>
  %0 = tensor.insert %v into %x[%i] : tensor<8xf32>
  %1 = tensor.insert %v into %c[%i] : tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// -----

// An elementwise op may read and write one tensor, one that reads elsewhere not.

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func @same_operand
// CHECK-SAME:      %[[X:.*]]: memref<8xf32>
// CHECK-NOT:     memref.alloc
// CHECK:         linalg.add ins(%[[X]], %[[X]] {{.*}} outs(%[[X]]
func.func @same_operand(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = linalg.add ins(%x, %x : tensor<8xf32>, tensor<8xf32>) outs(%x : tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: func.func @transposed
// CHECK-SAME:      %[[X:.*]]: memref<4x4xf32>
// CHECK:         %[[NEW:.*]] = memref.alloc
// CHECK:         linalg.transpose ins(%[[X]] {{.*}} outs(%[[NEW]]
func.func @transposed(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = linalg.transpose ins(%x : tensor<4x4xf32>) outs(%x : tensor<4x4xf32>) permutation = [1, 0]
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @captured
// CHECK-SAME:      %[[X:.*]]: memref<8xf32>
// CHECK:         %[[NEW:.*]] = memref.alloc
// CHECK:         linalg.generic {{.*}} outs(%[[NEW]]
// CHECK:           memref.load %[[X]]
func.func @captured(%x: tensor<8xf32>, %last: index) -> tensor<8xf32> {
  %0 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%x : tensor<8xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = arith.subi %last, %i : index
    %e = tensor.extract %x[%j] : tensor<8xf32>
    linalg.yield %e : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// A slice is computed in its place. The rest of the tensor is needed, but what
// lies in the slice is not.

// CHECK-LABEL: func.func @slice
// CHECK-SAME:      %[[X:.*]]: memref<8xf32>
// CHECK:         %[[SLICE:.*]] = memref.subview %[[X]][2] [4] [1]
// CHECK:         linalg.fill {{.*}} outs(%[[SLICE]]
// CHECK-NOT:     memref.copy
func.func @slice(%x: tensor<8xf32>, %v: f32) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.fill ins(%v : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %1 = tensor.insert_slice %0 into %x[2] [4] [1] : tensor<4xf32> into tensor<8xf32>
  return %1 : tensor<8xf32>
}

// The destination is used in between.

// CHECK-LABEL: func.func @slice_is_read
// CHECK-SAME:      %[[X:.*]]: memref<8xf32>
// CHECK:         %[[NEW:.*]] = memref.alloc
// CHECK:         linalg.fill {{.*}} outs(%[[NEW]]
// CHECK:         memref.load %[[X]]
// CHECK:         memref.copy %[[NEW]]
func.func @slice_is_read(%x: tensor<8xf32>, %v: f32, %i: index) -> (tensor<8xf32>, f32) {
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.fill ins(%v : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %old = tensor.extract %x[%i] : tensor<8xf32>
  %1 = tensor.insert_slice %0 into %x[2] [4] [1] : tensor<4xf32> into tensor<8xf32>
  return %1, %old : tensor<8xf32>, f32
}

// Another slice of it is read by what is computed.

// CHECK-LABEL: func.func @overlapping_slices
// CHECK-SAME:      %[[X:.*]]: memref<8xf32>
// CHECK:         %[[READ:.*]] = memref.subview %[[X]][0] [4] [1]
// CHECK:         %[[NEW:.*]] = memref.alloc
// CHECK:         linalg.add ins(%[[READ]], %[[READ]] {{.*}} outs(%[[NEW]]
// CHECK:         memref.copy %[[NEW]]
func.func @overlapping_slices(%x: tensor<8xf32>) -> tensor<8xf32> {
  %r = tensor.extract_slice %x[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.add ins(%r, %r : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %1 = tensor.insert_slice %0 into %x[2] [4] [1] : tensor<4xf32> into tensor<8xf32>
  return %1 : tensor<8xf32>
}

// -----

// What goes to a buffer of the user is computed there.

// CHECK-LABEL: func.func @to_memref
// CHECK-SAME:      %{{.*}}: memref<8xf32>, %[[OUT:.*]]: memref<8xf32>)
// CHECK-NOT:     memref.alloc
// CHECK:         linalg.add {{.*}} outs(%[[OUT]]
func.func @to_memref(%x: tensor<8xf32>, %out: memref<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.add ins(%x, %x : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  bufferization.materialize_in_destination %0 in restrict writable %out : (tensor<8xf32>, memref<8xf32>) -> ()
  return
}

// -----

// Callers know what a function does to its arguments: the one that is written and
// needed later is copied, the one that is read is not.

func.func @callee(%read: tensor<8xf32>, %written: tensor<8xf32>, %v: f32, %i: index) -> tensor<8xf32> {
  %e = tensor.extract %read[%i] : tensor<8xf32>
  %s = arith.addf %e, %v : f32
  %0 = tensor.insert %s into %written[%i] : tensor<8xf32>
  return %0 : tensor<8xf32>
}
// CHECK-LABEL: func.func @caller
// CHECK-SAME:      %[[X:.*]]: memref<8xf32>, %[[Y:.*]]: memref<8xf32>
// CHECK:         %[[COPY:.*]] = memref.alloc
// CHECK:         memref.copy %[[Y]], %[[COPY]]
// CHECK-NOT:     memref.copy
// CHECK:         call @callee(%[[X]], %[[COPY]]
func.func @caller(%x: tensor<8xf32>, %y: tensor<8xf32>, %v: f32, %i: index)
    -> (tensor<8xf32>, f32, f32) {
  %0 = call @callee(%x, %y, %v, %i) : (tensor<8xf32>, tensor<8xf32>, f32, index) -> tensor<8xf32>
  %e = tensor.extract %x[%i] : tensor<8xf32>
  %f = tensor.extract %y[%i] : tensor<8xf32>
  return %0, %e, %f : tensor<8xf32>, f32, f32
}
