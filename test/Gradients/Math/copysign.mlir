// math.copysign: g with the product of both signs, and 0.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f samples=8

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.copysign %[[X]], %[[Y]]
// CHECK-NEXT: %[[C2:.*]] = arith.constant 1.000000e+00
// CHECK-NEXT: %[[V3:.*]] = math.copysign %[[C2]], %[[X]]
// CHECK-NEXT: %[[V4:.*]] = math.copysign %[[C2]], %[[Y]]
// CHECK-NEXT: %[[V5:.*]] = arith.mulf %[[V3]], %[[V4]]
// CHECK-NEXT: %[[V6:.*]] = arith.mulf %[[G]], %[[V5]]
// CHECK-NEXT: %[[C7:.*]] = arith.constant 0.000000e+00
// CHECK-NEXT: return %[[V1]], %[[V6]], %[[C7]]
func.func @f(%x: f64, %y: f64) -> f64 {
  %z = math.copysign %x, %y : f64
  return %z : f64
}
