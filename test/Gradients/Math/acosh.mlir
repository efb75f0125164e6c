// math.acosh: g / sqrt(x^2 - 1).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range=1.2:4

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.acosh %[[X]]
// CHECK-NEXT: %[[V2:.*]] = arith.mulf %[[X]], %[[X]]
// CHECK-NEXT: %[[C3:.*]] = arith.constant -1.000000e+00
// CHECK-NEXT: %[[V4:.*]] = arith.addf %[[V2]], %[[C3]]
// CHECK-NEXT: %[[V5:.*]] = math.sqrt %[[V4]]
// CHECK-NEXT: %[[V6:.*]] = arith.divf %[[G]], %[[V5]]
// CHECK-NEXT: return %[[V1]], %[[V6]]
func.func @f(%x: f64) -> f64 {
  %y = math.acosh %x : f64
  return %y : f64
}
