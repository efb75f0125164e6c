// math.exp: g y.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.exp %[[X]]
// CHECK-NEXT: %[[V2:.*]] = arith.mulf %[[G]], %[[V1]]
// CHECK-NEXT: return %[[V1]], %[[V2]]
func.func @f(%x: f64) -> f64 {
  %y = math.exp %x : f64
  return %y : f64
}
