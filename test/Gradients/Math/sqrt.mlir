// math.sqrt: g / (2 y).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range=0.2:4

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.sqrt %[[X]]
// CHECK-NEXT: %[[C2:.*]] = arith.constant 5.000000e-01
// CHECK-NEXT: %[[V3:.*]] = arith.mulf %[[G]], %[[C2]]
// CHECK-NEXT: %[[V4:.*]] = arith.divf %[[V3]], %[[V1]]
// CHECK-NEXT: return %[[V1]], %[[V4]]
func.func @f(%x: f64) -> f64 {
  %y = math.sqrt %x : f64
  return %y : f64
}
