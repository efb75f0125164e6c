// arith.maximumf: all of g goes to the larger operand, at a tie to the second.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f samples=16

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = arith.maximumf %[[X]], %[[Y]]
// CHECK-NEXT: %[[V2:.*]] = arith.cmpf ogt, %[[X]], %[[Y]]
// CHECK-NEXT: %[[C3:.*]] = arith.constant 0.000000e+00
// CHECK-NEXT: %[[V4:.*]] = arith.select %[[V2]], %[[G]], %[[C3]]
// CHECK-NEXT: %[[V5:.*]] = arith.select %[[V2]], %[[C3]], %[[G]]
// CHECK-NEXT: return %[[V1]], %[[V4]], %[[V5]]
func.func @f(%x: f64, %y: f64) -> f64 {
  %z = arith.maximumf %x, %y : f64
  return %z : f64
}
