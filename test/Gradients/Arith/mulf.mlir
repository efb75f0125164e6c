// arith.mulf: g y and g x.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = arith.mulf %[[X]], %[[Y]]
// CHECK-NEXT: %[[V2:.*]] = arith.mulf %[[G]], %[[Y]]
// CHECK-NEXT: %[[V3:.*]] = arith.mulf %[[G]], %[[X]]
// CHECK-NEXT: return %[[V1]], %[[V2]], %[[V3]]
func.func @f(%x: f64, %y: f64) -> f64 {
  %z = arith.mulf %x, %y : f64
  return %z : f64
}
