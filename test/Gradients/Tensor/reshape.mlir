// tensor.reshape: the cotangent gets the shape of the operand.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f
// GRADIENTS @dynamic sizes0=4x3

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x3xf64>, %[[G:[a-z0-9]+]]: tensor<6xf64>)
// CHECK-NEXT: %[[C:.*]] = arith.constant dense<6> : tensor<1xindex>
// CHECK-NEXT: %[[RESHAPE:.*]] = tensor.reshape %[[X]](%[[C]]) : (tensor<2x3xf64>, tensor<1xindex>) -> tensor<6xf64>
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 2 : index
// CHECK-NEXT: %[[C_3:.*]] = arith.constant 3 : index
// CHECK-NEXT: %[[FROM_ELEMENTS:.*]] = tensor.from_elements %[[C_2]], %[[C_3]] : tensor<2xindex>
// CHECK-NEXT: %[[RESHAPE_2:.*]] = tensor.reshape %[[G]](%[[FROM_ELEMENTS]]) : (tensor<6xf64>, tensor<2xindex>) -> tensor<2x3xf64>
// CHECK-NEXT: return %[[RESHAPE]], %[[RESHAPE_2]]
func.func @f(%x: tensor<2x3xf64>) -> tensor<6xf64> {
  %shape = arith.constant dense<6> : tensor<1xindex>
  %y = tensor.reshape %x(%shape) : (tensor<2x3xf64>, tensor<1xindex>) -> tensor<6xf64>
  return %y : tensor<6xf64>
}

// CHECK-LABEL: func @dynamic_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x3xf64>, %[[G:[a-z0-9]+]]: tensor<2x?xf64>)
// CHECK-NEXT: %[[C:.*]] = arith.constant dense<[2, 6]> : tensor<2xindex>
// CHECK-NEXT: %[[RESHAPE:.*]] = tensor.reshape %[[X]](%[[C]]) : (tensor<?x3xf64>, tensor<2xindex>) -> tensor<2x?xf64>
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[X]], %[[C_2]] : tensor<?x3xf64>
// CHECK-NEXT: %[[C_3:.*]] = arith.constant 3 : index
// CHECK-NEXT: %[[FROM_ELEMENTS:.*]] = tensor.from_elements %[[DIM]], %[[C_3]] : tensor<2xindex>
// CHECK-NEXT: %[[RESHAPE_2:.*]] = tensor.reshape %[[G]](%[[FROM_ELEMENTS]]) : (tensor<2x?xf64>, tensor<2xindex>) -> tensor<?x3xf64>
// CHECK-NEXT: return %[[RESHAPE]], %[[RESHAPE_2]]
func.func @dynamic(%x: tensor<?x3xf64>) -> tensor<2x?xf64> {
  %shape = arith.constant dense<[2, 6]> : tensor<2xindex>
  %y = tensor.reshape %x(%shape) : (tensor<?x3xf64>, tensor<2xindex>) -> tensor<2x?xf64>
  return %y : tensor<2x?xf64>
}
