// arith.negf: -g.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = arith.negf %[[X]]
// CHECK-NEXT: %[[V2:.*]] = arith.negf %[[G]]
// CHECK-NEXT: return %[[V1]], %[[V2]]
func.func @f(%x: f64) -> f64 {
  %y = arith.negf %x : f64
  return %y : f64
}
