// tensor.insert_slice: its part of the cotangent for the source, the rest of it
// for the destination.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f
// GRADIENTS @dynamic sizes0=2x4 sizes1=5x4 arg2=1

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2xf64>, %[[Y:[a-z0-9]+]]: tensor<4x3xf64>, %[[G:[a-z0-9]+]]: tensor<4x3xf64>)
// CHECK-NEXT: %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[X]] into %[[Y]][0, 1] [2, 1] [2, 1] : tensor<2xf64> into tensor<4x3xf64>
// CHECK-NEXT: %[[EXTRACT_SLICE:.*]] = tensor.extract_slice %[[G]][0, 1] [2, 1] [2, 1] : tensor<4x3xf64> to tensor<2xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<2xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[INSERT_SLICE_2:.*]] = tensor.insert_slice %[[FILL]] into %[[G]][0, 1] [2, 1] [2, 1] : tensor<2xf64> into tensor<4x3xf64>
// CHECK-NEXT: return %[[INSERT_SLICE]], %[[EXTRACT_SLICE]], %[[INSERT_SLICE_2]]
func.func @f(%x: tensor<2xf64>, %y: tensor<4x3xf64>) -> tensor<4x3xf64> {
  %z = tensor.insert_slice %x into %y[0, 1] [2, 1] [2, 1] : tensor<2xf64> into tensor<4x3xf64>
  return %z : tensor<4x3xf64>
}

func.func @dynamic(%x: tensor<2x?xf64>, %y: tensor<?x4xf64>, %i: index) -> tensor<?x4xf64> {
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<2x?xf64>
  %square = arith.mulf %x, %x : tensor<2x?xf64>
  %z = tensor.insert_slice %square into %y[%i, 0] [2, %n] [1, 1] : tensor<2x?xf64> into tensor<?x4xf64>
  %product = arith.mulf %z, %y : tensor<?x4xf64>
  return %product : tensor<?x4xf64>
}
