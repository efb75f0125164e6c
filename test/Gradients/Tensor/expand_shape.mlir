// tensor.expand_shape: the cotangent is collapsed.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f
// GRADIENTS @dynamic sizes0=6 arg1=2

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<6xf64>, %[[G:[a-z0-9]+]]: tensor<2x3xf64>)
// CHECK-NEXT: %[[EXPAND_SHAPE:.*]] = tensor.expand_shape %[[X]] {{\[\[}}0, 1]] output_shape [2, 3] : tensor<6xf64> into tensor<2x3xf64>
// CHECK-NEXT: %[[COLLAPSE_SHAPE:.*]] = tensor.collapse_shape %[[G]] {{\[\[}}0, 1]] : tensor<2x3xf64> into tensor<6xf64>
// CHECK-NEXT: return %[[EXPAND_SHAPE]], %[[COLLAPSE_SHAPE]]
func.func @f(%x: tensor<6xf64>) -> tensor<2x3xf64> {
  %y = tensor.expand_shape %x [[0, 1]] output_shape [2, 3] : tensor<6xf64> into tensor<2x3xf64>
  return %y : tensor<2x3xf64>
}

func.func @dynamic(%x: tensor<?xf64>, %n: index) -> tensor<?x3xf64> {
  %y = tensor.expand_shape %x [[0, 1]] output_shape [%n, 3] : tensor<?xf64> into tensor<?x3xf64>
  return %y : tensor<?x3xf64>
}
