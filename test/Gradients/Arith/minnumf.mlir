// arith.minnumf: all of g goes to the smaller operand, at a tie to the second.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f samples=16

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = arith.minnumf %[[X]], %[[Y]]
// CHECK-NEXT: %[[V2:.*]] = arith.cmpf olt, %[[X]], %[[Y]]
// CHECK-NEXT: %[[V3:.*]] = arith.cmpf uno, %[[Y]], %[[Y]]
// CHECK-NEXT: %[[V4:.*]] = arith.ori %[[V2]], %[[V3]]
// CHECK-NEXT: %[[C5:.*]] = arith.constant 0.000000e+00
// CHECK-NEXT: %[[V6:.*]] = arith.select %[[V4]], %[[G]], %[[C5]]
// CHECK-NEXT: %[[V7:.*]] = arith.select %[[V4]], %[[C5]], %[[G]]
// CHECK-NEXT: return %[[V1]], %[[V6]], %[[V7]]
func.func @f(%x: f64, %y: f64) -> f64 {
  %z = arith.minnumf %x, %y : f64
  return %z : f64
}
