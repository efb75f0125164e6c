// docs/Pipelines.md, altgrad-promote-buffers.

// RUN: altgrad-opt %s --altgrad-promote-buffers > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: func.func @amax
// CHECK         memref.alloca() : memref<i32>
// CHECK         scf.for
// CHECK-NOT:     memref.alloc()

func.func @amax(%x: memref<8xi32>, %steps: index, %out: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  scf.for %i = %c0 to %steps step %c1 {
    %largest = memref.alloc() : memref<i32>
    memref.store %zero, %largest[] : memref<i32>
    linalg.reduce { arith.maxui } ins(%x : memref<8xi32>)
        outs(%largest : memref<i32>) dimensions = [0]
    %value = memref.load %largest[] : memref<i32>
    memref.store %value, %out[%i] : memref<?xi32>
  }
  return
}
