// arith.divf: g / y and -(g / y) (x / y).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range1=0.5:3

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = arith.divf %[[X]], %[[Y]]
// CHECK-NEXT: %[[V2:.*]] = arith.divf %[[G]], %[[Y]]
// CHECK-NEXT: %[[V3:.*]] = arith.mulf %[[V2]], %[[V1]]
// CHECK-NEXT: %[[V4:.*]] = arith.negf %[[V3]]
// CHECK-NEXT: return %[[V1]], %[[V2]], %[[V4]]
func.func @f(%x: f64, %y: f64) -> f64 {
  %z = arith.divf %x, %y : f64
  return %z : f64
}
