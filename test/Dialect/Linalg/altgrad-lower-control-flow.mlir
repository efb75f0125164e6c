// Every op of scf becomes branches, nested ones as well.
//
// RUN: altgrad-opt %s --altgrad-lower-control-flow | FileCheck %s --implicit-check-not=scf.
// It is what upstream makes of it.
// RUN: altgrad-opt %s --altgrad-lower-control-flow --canonicalize > %t.ours
// RUN: altgrad-opt %s --convert-scf-to-cf --canonicalize | diff %t.ours -

// CHECK-LABEL: func.func @nested
// CHECK:         cf.cond_br
func.func @nested(%m: memref<?xf32>, %n: index, %p: i1) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %sum = scf.for %i = %c0 to %n step %c1 iter_args(%s = %zero) -> f32 {
    %v = memref.load %m[%i] : memref<?xf32>
    %w = scf.if %p -> f32 {
      %t = arith.addf %v, %s : f32
      scf.yield %t : f32
    } else {
      scf.yield %v : f32
    }
    scf.yield %w : f32
  }
  scf.parallel (%i, %j) = (%c0, %c0) to (%n, %n) step (%c1, %c1) {
    memref.store %sum, %m[%i] : memref<?xf32>
    scf.reduce
  }
  %last = scf.while (%i = %c0) : (index) -> index {
    %again = arith.cmpi slt, %i, %n : index
    scf.condition(%again) %i : index
  } do {
  ^bb0(%i: index):
    %next = arith.addi %i, %c1 : index
    scf.yield %next : index
  }
  %x = scf.index_switch %last -> f32
  case 2 {
    scf.yield %sum : f32
  }
  default {
    %e = scf.execute_region -> f32 {
      scf.yield %zero : f32
    }
    scf.yield %e : f32
  }
  return %x : f32
}
