// tensor.concat: a slice of the cotangent for each operand.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f
// GRADIENTS @dynamic sizes1=4x3

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x3xf64>, %[[Y:[a-z0-9]+]]: tensor<2x1xf64>, %[[G:[a-z0-9]+]]: tensor<2x4xf64>)
// CHECK-NEXT: %[[CONCAT:.*]] = tensor.concat dim(1) %[[X]], %[[Y]] : (tensor<2x3xf64>, tensor<2x1xf64>) -> tensor<2x4xf64>
// CHECK-NEXT: %[[EXTRACT_SLICE:.*]] = tensor.extract_slice %[[G]][0, 0] [2, 3] [1, 1] : tensor<2x4xf64> to tensor<2x3xf64>
// CHECK-NEXT: %[[EXTRACT_SLICE_2:.*]] = tensor.extract_slice %[[G]][0, 3] [2, 1] [1, 1] : tensor<2x4xf64> to tensor<2x1xf64>
// CHECK-NEXT: return %[[CONCAT]], %[[EXTRACT_SLICE]], %[[EXTRACT_SLICE_2]]
func.func @f(%x: tensor<2x3xf64>, %y: tensor<2x1xf64>) -> tensor<2x4xf64> {
  %z = tensor.concat dim(1) %x, %y : (tensor<2x3xf64>, tensor<2x1xf64>) -> tensor<2x4xf64>
  return %z : tensor<2x4xf64>
}

func.func @dynamic(%x: tensor<2x3xf64>, %y: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %z = tensor.concat dim(0) %x, %y, %x : (tensor<2x3xf64>, tensor<?x3xf64>, tensor<2x3xf64>) -> tensor<?x3xf64>
  return %z : tensor<?x3xf64>
}
