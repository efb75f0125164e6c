// ceil, floor, round, roundeven, trunc: steps, with the gradient 0.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.ceil %[[X]]
// CHECK-NEXT: %[[V2:.*]] = math.floor %[[V1]]
// CHECK-NEXT: %[[V3:.*]] = math.round %[[V2]]
// CHECK-NEXT: %[[V4:.*]] = math.roundeven %[[V3]]
// CHECK-NEXT: %[[V5:.*]] = math.trunc %[[X]]
// CHECK-NEXT: %[[V6:.*]] = arith.mulf %[[V4]], %[[V5]]
// CHECK-NEXT: %[[C7:.*]] = arith.constant 0.000000e+00
// CHECK-NEXT: return %[[V6]], %[[C7]]
func.func @f(%x: f64) -> f64 {
  %0 = math.ceil %x : f64
  %1 = math.floor %0 : f64
  %2 = math.round %1 : f64
  %3 = math.roundeven %2 : f64
  %4 = math.trunc %x : f64
  %5 = arith.mulf %3, %4 : f64
  return %5 : f64
}
