// tensor.collapse_shape: the cotangent is expanded to the sizes of the operand.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f
// GRADIENTS @dynamic sizes0=2x2x3

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x3xf64>, %[[G:[a-z0-9]+]]: tensor<6xf64>)
// CHECK-NEXT: %[[COLLAPSE_SHAPE:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1]] : tensor<2x3xf64> into tensor<6xf64>
// CHECK-NEXT: %[[EXPAND_SHAPE:.*]] = tensor.expand_shape %[[G]] {{\[\[}}0, 1]] output_shape [2, 3] : tensor<6xf64> into tensor<2x3xf64>
// CHECK-NEXT: return %[[COLLAPSE_SHAPE]], %[[EXPAND_SHAPE]]
func.func @f(%x: tensor<2x3xf64>) -> tensor<6xf64> {
  %y = tensor.collapse_shape %x [[0, 1]] : tensor<2x3xf64> into tensor<6xf64>
  return %y : tensor<6xf64>
}

// CHECK-LABEL: func @dynamic_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x?x3xf64>, %[[G:[a-z0-9]+]]: tensor<?x3xf64>)
// CHECK-NEXT: %[[COLLAPSE_SHAPE:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1], [2]] : tensor<?x?x3xf64> into tensor<?x3xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[X]], %[[C]] : tensor<?x?x3xf64>
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 1 : index
// CHECK-NEXT: %[[DIM_2:.*]] = tensor.dim %[[X]], %[[C_2]] : tensor<?x?x3xf64>
// CHECK-NEXT: %[[EXPAND_SHAPE:.*]] = tensor.expand_shape %[[G]] {{\[\[}}0, 1], [2]] output_shape [%[[DIM]], %[[DIM_2]], 3] : tensor<?x3xf64> into tensor<?x?x3xf64>
// CHECK-NEXT: return %[[COLLAPSE_SHAPE]], %[[EXPAND_SHAPE]]
func.func @dynamic(%x: tensor<?x?x3xf64>) -> tensor<?x3xf64> {
  %y = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x?x3xf64> into tensor<?x3xf64>
  return %y : tensor<?x3xf64>
}
