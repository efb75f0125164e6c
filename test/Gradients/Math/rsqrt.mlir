// math.rsqrt: -g y^3 / 2.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range=0.2:4

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.rsqrt %[[X]]
// CHECK-NEXT: %[[C2:.*]] = arith.constant -5.000000e-01
// CHECK-NEXT: %[[V3:.*]] = arith.mulf %[[G]], %[[C2]]
// CHECK-NEXT: %[[V4:.*]] = arith.mulf %[[V1]], %[[V1]]
// CHECK-NEXT: %[[V5:.*]] = arith.mulf %[[V4]], %[[V1]]
// CHECK-NEXT: %[[V6:.*]] = arith.mulf %[[V3]], %[[V5]]
// CHECK-NEXT: return %[[V1]], %[[V6]]
func.func @f(%x: f64) -> f64 {
  %y = math.rsqrt %x : f64
  return %y : f64
}
