// math.fpowi: g n x^(n-1), 0 for n = 0.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range0=0.3:2 arg1=3

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[N:[a-z0-9]+]]: i32, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.fpowi %[[X]], %[[N]]
// CHECK-NEXT: %[[V2:.*]] = arith.sitofp %[[N]]
// CHECK-NEXT: %[[C3:.*]] = arith.constant 1.000000e+00
// CHECK-NEXT: %[[V4:.*]] = arith.subf %[[V2]], %[[C3]]
// CHECK-NEXT: %[[V5:.*]] = math.powf %[[X]], %[[V4]]
// CHECK-NEXT: %[[C6:.*]] = arith.constant 0.000000e+00
// CHECK-NEXT: %[[V7:.*]] = arith.cmpf oeq, %[[V2]], %[[C6]]
// CHECK-NEXT: %[[V8:.*]] = arith.mulf %[[G]], %[[V2]]
// CHECK-NEXT: %[[V9:.*]] = arith.mulf %[[V8]], %[[V5]]
// CHECK-NEXT: %[[V10:.*]] = arith.select %[[V7]], %[[C6]], %[[V9]]
// CHECK-NEXT: return %[[V1]], %[[V10]]
func.func @f(%x: f64, %n: i32) -> f64 {
  %y = math.fpowi %x, %n : f64, i32
  return %y : f64
}
