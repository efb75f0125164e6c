// Who owns a buffer, and when it is freed.
//
// RUN: altgrad-opt %s --altgrad-free-buffers --split-input-file | FileCheck %s

// A view keeps its buffer alive.

// CHECK-LABEL: func.func @view
// CHECK:         %[[BUFFER:.*]] = memref.alloc
// CHECK:         memref.load
// CHECK-NEXT:    memref.dealloc %[[BUFFER]]
// CHECK-NEXT:    return
func.func @view(%i: index) -> f32 {
  %0 = memref.alloc() : memref<8xf32>
  %1 = memref.expand_shape %0 [[0, 1]] output_shape [2, 4] : memref<8xf32> into memref<2x4xf32>
  %2 = memref.subview %1[1, 0] [1, 4] [1, 1] : memref<2x4xf32> to memref<4xf32, strided<[1], offset: 4>>
  %3 = memref.load %2[%i] : memref<4xf32, strided<[1], offset: 4>>
  return %3 : f32
}

// -----

// A loop that uses it does, as a whole.

// CHECK-LABEL: func.func @loop
// CHECK:         scf.for
// CHECK:         }
// CHECK-NEXT:    memref.dealloc
func.func @loop(%n: index, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = memref.alloc(%n) : memref<?xf32>
  scf.for %i = %c0 to %n step %c1 {
    memref.store %v, %0[%i] : memref<?xf32>
  }
  return
}

// -----

// Each result is a buffer of the caller, a view as well.

// CHECK-LABEL: func.func @results
// CHECK-SAME:      %[[X:.*]]: memref<8xf32>
// CHECK:         %[[BUFFER:.*]] = memref.alloc
// CHECK:         %[[VIEW:.*]] = memref.expand_shape %[[BUFFER]]
// CHECK:         %[[AGAIN:.*]] = bufferization.clone %[[BUFFER]]
// CHECK:         %[[GIVEN:.*]] = bufferization.clone %[[X]]
// CHECK-NOT:     memref.dealloc
// CHECK:         return %[[VIEW]], %[[AGAIN]], %[[GIVEN]]
func.func @results(%x: memref<8xf32>) -> (memref<2x4xf32>, memref<8xf32>, memref<8xf32>) {
  %0 = memref.alloc() : memref<8xf32>
  %1 = memref.expand_shape %0 [[0, 1]] output_shape [2, 4] : memref<8xf32> into memref<2x4xf32>
  return %1, %0, %x : memref<2x4xf32>, memref<8xf32>, memref<8xf32>
}

// -----

// A buffer that nothing uses.

// CHECK-LABEL: func.func @unused
// CHECK:         %[[BUFFER:.*]] = memref.alloc
// CHECK-NEXT:    memref.dealloc %[[BUFFER]]
func.func @unused() {
  %0 = memref.alloc() : memref<8xf32>
  return
}

// -----

// Where it depends on a condition, or on a callee, upstream frees.

func.func private @new() -> memref<8xf32>

// CHECK-LABEL: func.func @upstream
// CHECK:         call @new
// CHECK:         bufferization.dealloc
func.func @upstream(%i: index) -> f32 {
  %0 = call @new() : () -> memref<8xf32>
  %1 = memref.load %0[%i] : memref<8xf32>
  return %1 : f32
}

// A pointer may be used where nothing shows it.

// CHECK-LABEL: func.func @pointer
// CHECK:         bufferization.dealloc
func.func @pointer() -> index {
  %0 = memref.alloc() : memref<8xf32>
  %1 = memref.extract_aligned_pointer_as_index %0 : memref<8xf32> -> index
  return %1 : index
}
