// math.cosh: g sinh(x).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.cosh %[[X]]
// CHECK-NEXT: %[[V2:.*]] = math.sinh %[[X]]
// CHECK-NEXT: %[[V3:.*]] = arith.mulf %[[G]], %[[V2]]
// CHECK-NEXT: return %[[V1]], %[[V3]]
func.func @f(%x: f64) -> f64 {
  %y = math.cosh %x : f64
  return %y : f64
}
