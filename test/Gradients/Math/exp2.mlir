// math.exp2: g ln(2) y.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.exp2 %[[X]]
// CHECK-NEXT: %[[V2:.*]] = arith.mulf %[[G]], %[[V1]]
// CHECK-NEXT: %[[C3:.*]] = arith.constant 0.69314718055994529
// CHECK-NEXT: %[[V4:.*]] = arith.mulf %[[V2]], %[[C3]]
// CHECK-NEXT: return %[[V1]], %[[V4]]
func.func @f(%x: f64) -> f64 {
  %y = math.exp2 %x : f64
  return %y : f64
}
