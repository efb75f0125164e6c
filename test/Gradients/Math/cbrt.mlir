// math.cbrt: g / (3 y^2).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range=0.2:4

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.cbrt %[[X]]
// CHECK-NEXT: %[[V2:.*]] = arith.mulf %[[V1]], %[[V1]]
// CHECK-NEXT: %[[C3:.*]] = arith.constant 3.000000e+00
// CHECK-NEXT: %[[V4:.*]] = arith.mulf %[[V2]], %[[C3]]
// CHECK-NEXT: %[[V5:.*]] = arith.divf %[[G]], %[[V4]]
// CHECK-NEXT: return %[[V1]], %[[V5]]
func.func @f(%x: f64) -> f64 {
  %y = math.cbrt %x : f64
  return %y : f64
}
