// math.sincos: g_sin cos(x) - g_cos sin(x).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G0:[a-z0-9]+]]: f64, %[[G1:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.sincos %[[X]]
// CHECK-NEXT: %[[V2:.*]] = arith.mulf %[[G0]], %cos
// CHECK-NEXT: %[[V3:.*]] = arith.mulf %[[G1]], %sin
// CHECK-NEXT: %[[V4:.*]] = arith.negf %[[V3]]
// CHECK-NEXT: %[[V5:.*]] = arith.addf %[[V2]], %[[V4]]
// CHECK-NEXT: return %sin, %cos, %[[V5]]
func.func @f(%x: f64) -> (f64, f64) {
  %s, %c = math.sincos %x : f64
  return %s, %c : f64, f64
}
