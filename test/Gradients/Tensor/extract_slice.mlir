// tensor.extract_slice: the cotangent is inserted into zeros.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f
// GRADIENTS @dynamic sizes0=5x4 arg1=1

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x3xf64>, %[[G:[a-z0-9]+]]: tensor<2xf64>)
// CHECK-NEXT: %[[EXTRACT_SLICE:.*]] = tensor.extract_slice %[[X]][0, 1] [2, 1] [2, 1] : tensor<4x3xf64> to tensor<2xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<4x3xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[G]] into %[[FILL]][0, 1] [2, 1] [2, 1] : tensor<2xf64> into tensor<4x3xf64>
// CHECK-NEXT: return %[[EXTRACT_SLICE]], %[[INSERT_SLICE]]
func.func @f(%x: tensor<4x3xf64>) -> tensor<2xf64> {
  %y = tensor.extract_slice %x[0, 1] [2, 1] [2, 1] : tensor<4x3xf64> to tensor<2xf64>
  return %y : tensor<2xf64>
}

// CHECK-LABEL: func @dynamic_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x4xf64>, %[[N:[a-z0-9]+]]: index, %[[G:[a-z0-9]+]]: tensor<?x2xf64>, %[[G_2:[a-z0-9]+]]: tensor<2x4xf64>)
// CHECK-NEXT: %[[EXTRACT_SLICE:.*]] = tensor.extract_slice %[[X]][%[[N]], 0] [%[[N]], 2] [1, %[[N]]] : tensor<?x4xf64> to tensor<?x2xf64>
// CHECK-NEXT: %[[EXTRACT_SLICE_2:.*]] = tensor.extract_slice %[[X]][0, 0] [2, 4] [%[[N]], 1] : tensor<?x4xf64> to tensor<2x4xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[X]], %[[C]] : tensor<?x4xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty(%[[DIM]]) : tensor<?x4xf64>
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C_2]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[G_2]] into %[[FILL]][0, 0] [2, 4] [%[[N]], 1] : tensor<2x4xf64> into tensor<?x4xf64>
// The second slice is added to its place in the first one's sum, not to zeros.
// CHECK-NEXT: %[[PART:.*]] = tensor.extract_slice %[[INSERT_SLICE]][%[[N]], 0] [%[[N]], 2] [1, %[[N]]] : tensor<?x4xf64> to tensor<?x2xf64>
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[PART]], %[[G]]
// CHECK-NEXT: %[[INSERT_SLICE_2:.*]] = tensor.insert_slice %[[ADDF]] into %[[INSERT_SLICE]][%[[N]], 0] [%[[N]], 2] [1, %[[N]]] : tensor<?x2xf64> into tensor<?x4xf64>
// CHECK-NEXT: return %[[EXTRACT_SLICE]], %[[EXTRACT_SLICE_2]], %[[INSERT_SLICE_2]]
func.func @dynamic(%x: tensor<?x4xf64>, %n: index) -> (tensor<?x2xf64>, tensor<2x4xf64>) {
  %y = tensor.extract_slice %x[%n, 0] [%n, 2] [1, %n] : tensor<?x4xf64> to tensor<?x2xf64>
  %z = tensor.extract_slice %x[0, 0] [2, 4] [%n, 1] : tensor<?x4xf64> to tensor<2x4xf64>
  return %y, %z : tensor<?x2xf64>, tensor<2x4xf64>
}
