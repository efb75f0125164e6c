// math.powf: g y x^(y-1), 0 for y = 0, and g x^y ln(x), 0 for x = 0.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f range0=0.3:3

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.powf %[[X]], %[[Y]]
// CHECK-NEXT: %[[C2:.*]] = arith.constant 0.000000e+00
// CHECK-NEXT: %[[C3:.*]] = arith.constant 1.000000e+00
// CHECK-NEXT: %[[V4:.*]] = arith.subf %[[Y]], %[[C3]]
// CHECK-NEXT: %[[V5:.*]] = math.powf %[[X]], %[[V4]]
// CHECK-NEXT: %[[V6:.*]] = arith.cmpf oeq, %[[Y]], %[[C2]]
// CHECK-NEXT: %[[V7:.*]] = arith.mulf %[[G]], %[[Y]]
// CHECK-NEXT: %[[V8:.*]] = arith.mulf %[[V7]], %[[V5]]
// CHECK-NEXT: %[[V9:.*]] = arith.select %[[V6]], %[[C2]], %[[V8]]
// CHECK-NEXT: %[[V10:.*]] = math.log %[[X]]
// CHECK-NEXT: %[[V11:.*]] = arith.mulf %[[V1]], %[[V10]]
// CHECK-NEXT: %[[V12:.*]] = arith.cmpf oeq, %[[X]], %[[C2]]
// CHECK-NEXT: %[[V13:.*]] = arith.mulf %[[G]], %[[V11]]
// CHECK-NEXT: %[[V14:.*]] = arith.select %[[V12]], %[[C2]], %[[V13]]
// CHECK-NEXT: return %[[V1]], %[[V9]], %[[V14]]
func.func @f(%x: f64, %y: f64) -> f64 {
  %z = math.powf %x, %y : f64
  return %z : f64
}
