// math.atan2: g y / (x^2 + y^2) and -g x / (x^2 + y^2).
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range=0.3:2

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.atan2 %[[X]], %[[Y]]
// CHECK-NEXT: %[[V2:.*]] = arith.mulf %[[Y]], %[[Y]]
// CHECK-NEXT: %[[V3:.*]] = arith.mulf %[[X]], %[[X]]
// CHECK-NEXT: %[[V4:.*]] = arith.addf %[[V2]], %[[V3]]
// CHECK-NEXT: %[[V5:.*]] = arith.divf %[[G]], %[[V4]]
// CHECK-NEXT: %[[V6:.*]] = arith.mulf %[[V5]], %[[Y]]
// CHECK-NEXT: %[[V7:.*]] = arith.mulf %[[V5]], %[[X]]
// CHECK-NEXT: %[[V8:.*]] = arith.negf %[[V7]]
// CHECK-NEXT: return %[[V1]], %[[V6]], %[[V8]]
func.func @f(%x: f64, %y: f64) -> f64 {
  %z = math.atan2 %x, %y : f64
  return %z : f64
}
