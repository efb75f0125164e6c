// math.log1p: g / (1 + x).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range=-0.8:4

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.log1p %[[X]]
// CHECK-NEXT: %[[C2:.*]] = arith.constant 1.000000e+00
// CHECK-NEXT: %[[V3:.*]] = arith.addf %[[X]], %[[C2]]
// CHECK-NEXT: %[[V4:.*]] = arith.divf %[[G]], %[[V3]]
// CHECK-NEXT: return %[[V1]], %[[V4]]
func.func @f(%x: f64) -> f64 {
  %y = math.log1p %x : f64
  return %y : f64
}
