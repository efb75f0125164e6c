// tensor.cast: the cotangent is cast back.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3xf64>, %[[G:[a-z0-9]+]]: tensor<?xf64>)
// CHECK-NEXT: %[[CAST:.*]] = tensor.cast %[[X]] : tensor<3xf64> to tensor<?xf64>
// CHECK-NEXT: %[[CAST_2:.*]] = tensor.cast %[[G]] : tensor<?xf64> to tensor<3xf64>
// CHECK-NEXT: return %[[CAST]], %[[CAST_2]]
func.func @f(%x: tensor<3xf64>) -> tensor<?xf64> {
  %y = tensor.cast %x : tensor<3xf64> to tensor<?xf64>
  return %y : tensor<?xf64>
}
