// docs/Pipelines.md, altgrad-lower-control-flow.

// RUN: altgrad-opt %s --altgrad-lower-control-flow > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-NOT: scf.
// CHECK     cf.cond_br

func.func @zero(%m: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    memref.store %zero, %m[%i] : memref<?xf32>
  }
  return
}
