// math.log: g / x.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range=0.2:4

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.log %[[X]]
// CHECK-NEXT: %[[V2:.*]] = arith.divf %[[G]], %[[X]]
// CHECK-NEXT: return %[[V1]], %[[V2]]
func.func @f(%x: f64) -> f64 {
  %y = math.log %x : f64
  return %y : f64
}
