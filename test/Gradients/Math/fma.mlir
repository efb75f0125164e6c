// math.fma: g y, g x and g.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[Z:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: f64)
// CHECK-NEXT: %[[V1:.*]] = math.fma %[[X]], %[[Y]], %[[Z]]
// CHECK-NEXT: %[[V2:.*]] = arith.mulf %[[G]], %[[Y]]
// CHECK-NEXT: %[[V3:.*]] = arith.mulf %[[G]], %[[X]]
// CHECK-NEXT: return %[[V1]], %[[V2]], %[[V3]], %[[G]]
func.func @f(%x: f64, %y: f64, %z: f64) -> f64 {
  %r = math.fma %x, %y, %z : f64
  return %r : f64
}
