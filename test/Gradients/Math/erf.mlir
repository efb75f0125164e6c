// math.erf: g 2 / sqrt(pi) exp(-x^2).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.erf %[[X]]
// CHECK-NEXT: %[[V2:.*]] = arith.mulf %[[X]], %[[X]]
// CHECK-NEXT: %[[V3:.*]] = arith.negf %[[V2]]
// CHECK-NEXT: %[[V4:.*]] = math.exp %[[V3]]
// CHECK-NEXT: %[[C5:.*]] = arith.constant 1.1283791670955126
// CHECK-NEXT: %[[V6:.*]] = arith.mulf %[[G]], %[[C5]]
// CHECK-NEXT: %[[V7:.*]] = arith.mulf %[[V6]], %[[V4]]
// CHECK-NEXT: return %[[V1]], %[[V7]]
func.func @f(%x: f64) -> f64 {
  %y = math.erf %x : f64
  return %y : f64
}
