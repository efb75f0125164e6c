// Which buffers go to the stack.
//
// RUN: altgrad-opt %s --altgrad-promote-buffers --split-input-file | FileCheck %s
// RUN: altgrad-opt %s --altgrad-promote-buffers='max-size=8 max-total-size=16' --split-input-file \
// RUN:   | FileCheck %s --check-prefix=SMALL

// CHECK-LABEL: func.func @budget
// CHECK-COUNT-3: memref.alloca()
// CHECK-NOT:     memref.alloc()
// SMALL-LABEL: func.func @budget
// SMALL:         memref.alloca() : memref<f64>
// SMALL:         memref.alloca() : memref<i64>
// SMALL:         memref.alloc() : memref<4xf32>
func.func @budget(%a: f64, %b: i64, %c: f32, %i: index) {
  %0 = memref.alloc() : memref<i64>
  %1 = memref.alloc() : memref<4xf32>
  %2 = memref.alloc() : memref<f64>
  memref.store %b, %0[] : memref<i64>
  memref.store %c, %1[%i] : memref<4xf32>
  memref.store %a, %2[] : memref<f64>
  return
}

// -----

// CHECK-LABEL: func.func @escaping
// CHECK-NOT:     memref.alloca
func.func @escaping(%i: i1, %pointers: memref<memref<f32>>) -> memref<f32> {
  %returned = memref.alloc() : memref<f32>
  %stored = memref.alloc() : memref<f32>
  memref.store %stored, %pointers[] : memref<memref<f32>>
  %selected = memref.alloc() : memref<f32>
  %0 = arith.select %i, %selected, %returned : memref<f32>
  return %0 : memref<f32>
}

// -----

// CHECK-LABEL: func.func @large_or_unknown
// CHECK-NOT:     memref.alloca
func.func @large_or_unknown(%n: index, %v: f32, %i: index) {
  %0 = memref.alloc() : memref<1000xf32>
  %1 = memref.alloc(%n) : memref<?xf32>
  memref.store %v, %0[%i] : memref<1000xf32>
  memref.store %v, %1[%i] : memref<?xf32>
  return
}

// -----

// The iterations of a parallel loop need one each.

// CHECK-LABEL: func.func @parallel
// CHECK-NOT:     memref.alloca
// CHECK:         scf.parallel
// CHECK:           memref.alloc()
func.func @parallel(%n: index, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %0 = memref.alloc() : memref<f32>
    memref.store %v, %0[] : memref<f32>
    memref.dealloc %0 : memref<f32>
    scf.reduce
  }
  return
}
