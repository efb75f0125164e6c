// arith.subf: g and -g.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = arith.subf %[[X]], %[[Y]]
// CHECK-NEXT: %[[V2:.*]] = arith.negf %[[G]]
// CHECK-NEXT: return %[[V1]], %[[G]], %[[V2]]
func.func @f(%x: f64, %y: f64) -> f64 {
  %z = arith.subf %x, %y : f64
  return %z : f64
}
