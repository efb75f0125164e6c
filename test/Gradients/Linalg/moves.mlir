// linalg.fill, broadcast, transpose and copy: sums and moves of g.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @fill sizes1=2x3
// GRADIENTS @broadcast sizes1=2x3
// GRADIENTS @transpose sizes0=2x3 sizes1=3x2
// GRADIENTS @copy

// CHECK-DAG: #[[$MAP2_0:.+]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$MAP2_01:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$MAP2_10:.+]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-DAG: #[[$MAP2_NONE:.+]] = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: func @fill_vjp(
// CHECK-SAME: %[[S:[a-z0-9]+]]: f64, %[[X:[a-z0-9]+]]: tensor<?x3xf64>, %[[G:[a-z0-9]+]]: tensor<?x3xf64>)
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[S]] : {{.*}}) outs(%[[X]] : {{.*}})
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<f64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL_2:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_01]], #[[$MAP2_NONE]]], iterator_types = ["reduction", "reduction"]} ins(%[[G]] : {{.*}}) outs(%[[FILL_2]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[OUT]], %[[IN]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF]]
// CHECK-NEXT: } -> tensor<f64>
// CHECK-NEXT: %[[EXTRACT:.*]] = tensor.extract %[[GENERIC]][] : tensor<f64>
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[X]], %[[C_2]] : tensor<?x3xf64>
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty(%[[DIM]]) : tensor<?x3xf64>
// CHECK-NEXT: %[[FILL_3:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY_2]] : {{.*}})
// CHECK-NEXT: return %[[FILL]], %[[EXTRACT]], %[[FILL_3]]
func.func @fill(%s: f64, %x: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %y = linalg.fill ins(%s : f64) outs(%x : tensor<?x3xf64>) -> tensor<?x3xf64>
  return %y : tensor<?x3xf64>
}

// CHECK-LABEL: func @broadcast_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3xf64>, %[[LIKE:[a-z0-9]+]]: tensor<?x3xf64>, %[[G:[a-z0-9]+]]: tensor<?x3xf64>)
// CHECK-NEXT: %[[BROADCAST:.*]] = linalg.broadcast ins(%[[X]] : {{.*}}) outs(%[[LIKE]] : {{.*}}) dimensions = [0]
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<3xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_10]], #[[$MAP2_0]]], iterator_types = ["parallel", "reduction"]} ins(%[[G]] : {{.*}}) outs(%[[FILL]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[OUT]], %[[IN]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF]]
// CHECK-NEXT: } -> tensor<3xf64>
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[LIKE]], %[[C_2]] : tensor<?x3xf64>
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty(%[[DIM]]) : tensor<?x3xf64>
// CHECK-NEXT: %[[FILL_2:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY_2]] : {{.*}})
// CHECK-NEXT: return %[[BROADCAST]], %[[GENERIC]], %[[FILL_2]]
func.func @broadcast(%x: tensor<3xf64>, %like: tensor<?x3xf64>) -> tensor<?x3xf64> {
  %y = linalg.broadcast ins(%x : tensor<3xf64>) outs(%like : tensor<?x3xf64>) dimensions = [0]
  return %y : tensor<?x3xf64>
}

// CHECK-LABEL: func @transpose_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x3xf64>, %[[LIKE:[a-z0-9]+]]: tensor<3x?xf64>, %[[G:[a-z0-9]+]]: tensor<3x?xf64>)
// CHECK-NEXT: %[[TRANSPOSE:.*]] = linalg.transpose ins(%[[X]] : {{.*}}) outs(%[[LIKE]] : {{.*}}) permutation = [1, 0]
// CHECK-NEXT: %[[C:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[X]], %[[C]] : tensor<?x3xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty(%[[DIM]]) : tensor<?x3xf64>
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_10]], #[[$MAP2_01]]], iterator_types = ["parallel", "parallel"]} ins(%[[G]] : {{.*}}) outs(%[[EMPTY]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: linalg.yield %[[IN]]
// CHECK-NEXT: } -> tensor<?x3xf64>
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 1 : index
// CHECK-NEXT: %[[DIM_2:.*]] = tensor.dim %[[LIKE]], %[[C_2]] : tensor<3x?xf64>
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty(%[[DIM_2]]) : tensor<3x?xf64>
// CHECK-NEXT: %[[C_3:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C_3]] : {{.*}}) outs(%[[EMPTY_2]] : {{.*}})
// CHECK-NEXT: return %[[TRANSPOSE]], %[[GENERIC]], %[[FILL]]
func.func @transpose(%x: tensor<?x3xf64>, %like: tensor<3x?xf64>) -> tensor<3x?xf64> {
  %y = linalg.transpose ins(%x : tensor<?x3xf64>) outs(%like : tensor<3x?xf64>) permutation = [1, 0]
  return %y : tensor<3x?xf64>
}

// Nothing is left to do.
// CHECK-LABEL: func @copy_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3xf64>, %[[G:[a-z0-9]+]]: tensor<3xf64>)
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<3xf64>
// CHECK-NEXT: %[[COPY:.*]] = linalg.copy ins(%[[X]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: return %[[COPY]], %[[G]]
func.func @copy(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.copy ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}
