// The contractions of linalg: two products of g with the other operand, which
// is what their maps say.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @batch_matmul
// GRADIENTS @batch_matmul_transposed
// GRADIENTS @batch_reduce_matmul
// GRADIENTS @matvec sizes0=2x3
// GRADIENTS @vecmat sizes1=3x2
// GRADIENTS @dot
// GRADIENTS @batch_matvec
// GRADIENTS @batch_vecmat
// GRADIENTS @contract
// GRADIENTS @mmt4d samples=1

// CHECK-DAG: #[[$MAP1_0:.+]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[$MAP1_NONE:.+]] = affine_map<(d0) -> ()>
// CHECK-DAG: #[[$MAP2_0:.+]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$MAP2_01:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$MAP2_1:.+]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[$MAP2_10:.+]] = affine_map<(d0, d1) -> (d1, d0)>

func.func @batch_matmul(%a: tensor<2x2x3xf64>, %b: tensor<2x3x2xf64>, %c: tensor<2x2x2xf64>) -> tensor<2x2x2xf64> {
  %z = linalg.batch_matmul ins(%a, %b : tensor<2x2x3xf64>, tensor<2x3x2xf64>) outs(%c : tensor<2x2x2xf64>) -> tensor<2x2x2xf64>
  return %z : tensor<2x2x2xf64>
}

func.func @batch_matmul_transposed(%a: tensor<2x2x3xf64>, %b: tensor<2x2x3xf64>, %c: tensor<2x2x2xf64>) -> tensor<2x2x2xf64> {
  %z = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>]
      ins(%a, %b : tensor<2x2x3xf64>, tensor<2x2x3xf64>) outs(%c : tensor<2x2x2xf64>) -> tensor<2x2x2xf64>
  return %z : tensor<2x2x2xf64>
}

func.func @batch_reduce_matmul(%a: tensor<2x2x3xf64>, %b: tensor<2x3x2xf64>, %c: tensor<2x2xf64>) -> tensor<2x2xf64> {
  %z = linalg.batch_reduce_matmul ins(%a, %b : tensor<2x2x3xf64>, tensor<2x3x2xf64>) outs(%c : tensor<2x2xf64>) -> tensor<2x2xf64>
  return %z : tensor<2x2xf64>
}

// CHECK-LABEL: func @matvec_vjp(
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<?x3xf64>, %[[B:[a-z0-9]+]]: tensor<3xf64>, %[[C:[a-z0-9]+]]: tensor<?xf64>, %[[G:[a-z0-9]+]]: tensor<?xf64>)
// CHECK-NEXT: %[[MATVEC:.*]] = linalg.matvec ins(%[[A]], %[[B]] : {{.*}}) outs(%[[C]] : {{.*}})
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[A]], %[[C_2]] : tensor<?x3xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty(%[[DIM]]) : tensor<?x3xf64>
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_1]], #[[$MAP2_0]], #[[$MAP2_01]]], iterator_types = ["parallel", "parallel"]} ins(%[[B]], %[[G]] : {{.*}}) outs(%[[EMPTY]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[IN_2:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[MULF:.*]] = arith.mulf %[[IN_2]], %[[IN]]
// CHECK-NEXT: linalg.yield %[[MULF]]
// CHECK-NEXT: } -> tensor<?x3xf64>
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty() : tensor<3xf64>
// CHECK-NEXT: %[[C_3:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C_3]] : {{.*}}) outs(%[[EMPTY_2]] : {{.*}})
// CHECK-NEXT: %[[GENERIC_2:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_10]], #[[$MAP2_1]], #[[$MAP2_0]]], iterator_types = ["parallel", "reduction"]} ins(%[[A]], %[[G]] : {{.*}}) outs(%[[FILL]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_3:.*]]: f64, %[[IN_4:.*]]: f64, %[[OUT_2:.*]]: f64):
// CHECK-NEXT: %[[MULF_2:.*]] = arith.mulf %[[IN_4]], %[[IN_3]]
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[OUT_2]], %[[MULF_2]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF]]
// CHECK-NEXT: } -> tensor<3xf64>
// CHECK-NEXT: return %[[MATVEC]], %[[GENERIC]], %[[GENERIC_2]], %[[G]]
func.func @matvec(%a: tensor<?x3xf64>, %b: tensor<3xf64>, %c: tensor<?xf64>) -> tensor<?xf64> {
  %z = linalg.matvec ins(%a, %b : tensor<?x3xf64>, tensor<3xf64>) outs(%c : tensor<?xf64>) -> tensor<?xf64>
  return %z : tensor<?xf64>
}

func.func @vecmat(%a: tensor<3xf64>, %b: tensor<3x?xf64>, %c: tensor<?xf64>) -> tensor<?xf64> {
  %z = linalg.vecmat ins(%a, %b : tensor<3xf64>, tensor<3x?xf64>) outs(%c : tensor<?xf64>) -> tensor<?xf64>
  return %z : tensor<?xf64>
}

// CHECK-LABEL: func @dot_vjp(
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<3xf64>, %[[B:[a-z0-9]+]]: tensor<3xf64>, %[[C:[a-z0-9]+]]: tensor<f64>, %[[G:[a-z0-9]+]]: tensor<f64>)
// CHECK-NEXT: %[[DOT:.*]] = linalg.dot ins(%[[A]], %[[B]] : {{.*}}) outs(%[[C]] : {{.*}})
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<3xf64>
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP1_0]], #[[$MAP1_NONE]], #[[$MAP1_0]]], iterator_types = ["parallel"]} ins(%[[B]], %[[G]] : {{.*}}) outs(%[[EMPTY]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[IN_2:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[MULF:.*]] = arith.mulf %[[IN_2]], %[[IN]]
// CHECK-NEXT: linalg.yield %[[MULF]]
// CHECK-NEXT: } -> tensor<3xf64>
// CHECK-NEXT: %[[GENERIC_2:.*]] = linalg.generic {indexing_maps = [#[[$MAP1_0]], #[[$MAP1_NONE]], #[[$MAP1_0]]], iterator_types = ["parallel"]} ins(%[[A]], %[[G]] : {{.*}}) outs(%[[EMPTY]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_3:.*]]: f64, %[[IN_4:.*]]: f64, %[[OUT_2:.*]]: f64):
// CHECK-NEXT: %[[MULF_2:.*]] = arith.mulf %[[IN_4]], %[[IN_3]]
// CHECK-NEXT: linalg.yield %[[MULF_2]]
// CHECK-NEXT: } -> tensor<3xf64>
// CHECK-NEXT: return %[[DOT]], %[[GENERIC]], %[[GENERIC_2]], %[[G]]
func.func @dot(%a: tensor<3xf64>, %b: tensor<3xf64>, %c: tensor<f64>) -> tensor<f64> {
  %z = linalg.dot ins(%a, %b : tensor<3xf64>, tensor<3xf64>) outs(%c : tensor<f64>) -> tensor<f64>
  return %z : tensor<f64>
}

func.func @batch_matvec(%a: tensor<2x2x3xf64>, %b: tensor<2x3xf64>, %c: tensor<2x2xf64>) -> tensor<2x2xf64> {
  %z = linalg.batch_matvec ins(%a, %b : tensor<2x2x3xf64>, tensor<2x3xf64>) outs(%c : tensor<2x2xf64>) -> tensor<2x2xf64>
  return %z : tensor<2x2xf64>
}

func.func @batch_vecmat(%a: tensor<2x3xf64>, %b: tensor<2x3x2xf64>, %c: tensor<2x2xf64>) -> tensor<2x2xf64> {
  %z = linalg.batch_vecmat ins(%a, %b : tensor<2x3xf64>, tensor<2x3x2xf64>) outs(%c : tensor<2x2xf64>) -> tensor<2x2xf64>
  return %z : tensor<2x2xf64>
}

func.func @contract(%a: tensor<2x3xf64>, %b: tensor<3x2x4xf64>, %c: tensor<4x2xf64>) -> tensor<4x2xf64> {
  %z = linalg.contract indexing_maps = [affine_map<(b, k, n) -> (b, k)>, affine_map<(b, k, n) -> (k, b, n)>, affine_map<(b, k, n) -> (n, b)>]
      ins(%a, %b : tensor<2x3xf64>, tensor<3x2x4xf64>) outs(%c : tensor<4x2xf64>) -> tensor<4x2xf64>
  return %z : tensor<4x2xf64>
}

func.func @mmt4d(%a: tensor<1x2x2x3xf64>, %b: tensor<2x2x2x3xf64>, %c: tensor<1x2x2x2xf64>) -> tensor<1x2x2x2xf64> {
  %z = linalg.mmt4d ins(%a, %b : tensor<1x2x2x3xf64>, tensor<2x2x2x3xf64>) outs(%c : tensor<1x2x2x2xf64>) -> tensor<1x2x2x2xf64>
  return %z : tensor<1x2x2x2xf64>
}
