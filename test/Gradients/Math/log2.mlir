// math.log2: g / (ln(2) x).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range=0.2:4

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.log2 %[[X]]
// CHECK-NEXT: %[[C2:.*]] = arith.constant 0.69314718055994529
// CHECK-NEXT: %[[V3:.*]] = arith.mulf %[[X]], %[[C2]]
// CHECK-NEXT: %[[V4:.*]] = arith.divf %[[G]], %[[V3]]
// CHECK-NEXT: return %[[V1]], %[[V4]]
func.func @f(%x: f64) -> f64 {
  %y = math.log2 %x : f64
  return %y : f64
}
