// tensor.insert: its element of the cotangent for the scalar, the rest for the
// tensor.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f arg2=1

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[S:[a-z0-9]+]]: f64, %[[X:[a-z0-9]+]]: tensor<3x2xf64>, %[[I:[a-z0-9]+]]: index, %[[G:[a-z0-9]+]]: tensor<3x2xf64>)
// CHECK-NEXT: %[[INSERT:.*]] = tensor.insert %[[S]] into %[[X]][%[[I]], %[[I]]] : tensor<3x2xf64>
// CHECK-NEXT: %[[EXTRACT:.*]] = tensor.extract %[[G]][%[[I]], %[[I]]] : tensor<3x2xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[INSERT_2:.*]] = tensor.insert %[[C]] into %[[G]][%[[I]], %[[I]]] : tensor<3x2xf64>
// CHECK-NEXT: return %[[INSERT]], %[[EXTRACT]], %[[INSERT_2]]
func.func @f(%s: f64, %x: tensor<3x2xf64>, %i: index) -> tensor<3x2xf64> {
  %y = tensor.insert %s into %x[%i, %i] : tensor<3x2xf64>
  return %y : tensor<3x2xf64>
}
