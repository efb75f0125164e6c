// arith.extf: g, not rounded before it has to be.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f step=0.125 tolerance=1e-5

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f32, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = arith.extf %[[X]]
// CHECK-NEXT: %[[V2:.*]] = arith.truncf %[[G]]
// CHECK-NEXT: return %[[V1]], %[[V2]]
func.func @f(%x: f32) -> f64 {
  %y = arith.extf %x : f32 to f64
  return %y : f64
}
