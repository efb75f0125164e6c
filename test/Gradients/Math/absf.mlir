// math.absf: g with the sign of x, 0 at 0.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.absf %[[X]]
// CHECK-NEXT: %[[C2:.*]] = arith.constant 0.000000e+00
// CHECK-NEXT: %[[V3:.*]] = arith.cmpf olt, %[[X]], %[[C2]]
// CHECK-NEXT: %[[V4:.*]] = arith.cmpf ogt, %[[X]], %[[C2]]
// CHECK-NEXT: %[[V5:.*]] = arith.negf %[[G]]
// CHECK-NEXT: %[[V6:.*]] = arith.select %[[V3]], %[[V5]], %[[C2]]
// CHECK-NEXT: %[[V7:.*]] = arith.select %[[V4]], %[[G]], %[[V6]]
// CHECK-NEXT: return %[[V1]], %[[V7]]
func.func @f(%x: f64) -> f64 {
  %y = math.absf %x : f64
  return %y : f64
}
