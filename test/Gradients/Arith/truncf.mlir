// arith.truncf: g, as wide as it is.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f step=0.125 tolerance=1e-5

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = arith.truncf %[[X]]
// CHECK-NEXT: %[[V2:.*]] = arith.extf %[[V1]]
// CHECK-NEXT: return %[[V2]], %[[G]]
func.func @f(%x: f64) -> f64 {
  %n = arith.truncf %x : f64 to f32
  %y = arith.extf %n : f32 to f64
  return %y : f64
}
