// arith.remf: g and -g trunc(x / y).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range0=3.2:3.8 range1=0.9:1.0

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = arith.remf %[[X]], %[[Y]]
// CHECK-NEXT: %[[V2:.*]] = arith.divf %[[X]], %[[Y]]
// CHECK-NEXT: %[[V3:.*]] = math.trunc %[[V2]]
// CHECK-NEXT: %[[V4:.*]] = arith.mulf %[[G]], %[[V3]]
// CHECK-NEXT: %[[V5:.*]] = arith.negf %[[V4]]
// CHECK-NEXT: return %[[V1]], %[[G]], %[[V5]]
func.func @f(%x: f64, %y: f64) -> f64 {
  %z = arith.remf %x, %y : f64
  return %z : f64
}
