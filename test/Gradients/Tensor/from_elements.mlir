// tensor.from_elements: one element of the cotangent each.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[Y:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: tensor<2x2xf64>)
// CHECK-NEXT: %[[C:.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %[[FROM_ELEMENTS:.*]] = tensor.from_elements %[[X]], %[[C]], %[[Y]], %[[X]] : tensor<2x2xf64>
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[EXTRACT:.*]] = tensor.extract %[[G]][%[[C_2]], %[[C_2]]] : tensor<2x2xf64>
// CHECK-NEXT: %[[C_3:.*]] = arith.constant 1 : index
// CHECK-NEXT: %[[EXTRACT_2:.*]] = tensor.extract %[[G]][%[[C_3]], %[[C_2]]] : tensor<2x2xf64>
// CHECK-NEXT: %[[EXTRACT_3:.*]] = tensor.extract %[[G]][%[[C_3]], %[[C_3]]] : tensor<2x2xf64>
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[EXTRACT]], %[[EXTRACT_3]]
// CHECK-NEXT: return %[[FROM_ELEMENTS]], %[[ADDF]], %[[EXTRACT_2]]
func.func @f(%x: f64, %y: f64) -> tensor<2x2xf64> {
  %one = arith.constant 1.0 : f64
  %z = tensor.from_elements %x, %one, %y, %x : tensor<2x2xf64>
  return %z : tensor<2x2xf64>
}
