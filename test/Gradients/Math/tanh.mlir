// math.tanh: g (1 - y^2).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.tanh %[[X]]
// CHECK-NEXT: %[[C2:.*]] = arith.constant 1.000000e+00
// CHECK-NEXT: %[[V3:.*]] = arith.mulf %[[V1]], %[[V1]]
// CHECK-NEXT: %[[V4:.*]] = arith.subf %[[C2]], %[[V3]]
// CHECK-NEXT: %[[V5:.*]] = arith.mulf %[[G]], %[[V4]]
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @f(%x: f64) -> f64 {
  %y = math.tanh %x : f64
  return %y : f64
}
