// math.expm1: g (y + 1).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.expm1 %[[X]]
// CHECK-NEXT: %[[C2:.*]] = arith.constant 1.000000e+00
// CHECK-NEXT: %[[V3:.*]] = arith.addf %[[V1]], %[[C2]]
// CHECK-NEXT: %[[V4:.*]] = arith.mulf %[[G]], %[[V3]]
// CHECK-NEXT: return %[[V1]], %[[V4]]
func.func @f(%x: f64) -> f64 {
  %y = math.expm1 %x : f64
  return %y : f64
}
