// arith.addf: g and g.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = arith.addf %[[X]], %[[Y]]
// CHECK-NEXT: return %[[V1]], %[[G]], %[[G]]
func.func @f(%x: f64, %y: f64) -> f64 {
  %z = arith.addf %x, %y : f64
  return %z : f64
}
