// linalg.matmul: g B^T and A^T g, and g for what the product is added to. Each
// is one contraction whose result is written in rows.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f
// GRADIENTS @dynamic sizes0=2x3 sizes1=3x4 sizes2=2x4
// GRADIENTS @transposed
// GRADIENTS @square

// CHECK-DAG: #[[$MAP3_01:.+]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[$MAP3_02:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$MAP3_20:.+]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[$MAP3_21:.+]] = affine_map<(d0, d1, d2) -> (d2, d1)>

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<2x3xf64>, %[[B:[a-z0-9]+]]: tensor<3x4xf64>, %[[C:[a-z0-9]+]]: tensor<2x4xf64>, %[[G:[a-z0-9]+]]: tensor<2x4xf64>)
// CHECK-NEXT: %[[MATMUL:.*]] = linalg.matmul ins(%[[A]], %[[B]] : {{.*}}) outs(%[[C]] : {{.*}})
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<2x3xf64>
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C_2]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty() : tensor<4x3xf64>
// CHECK-NEXT: %[[TRANSPOSE:.*]] = linalg.transpose ins(%[[B]] : {{.*}}) outs(%[[EMPTY_2]] : {{.*}}) permutation = [1, 0]
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP3_21]], #[[$MAP3_02]], #[[$MAP3_01]]], iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[TRANSPOSE]], %[[G]] : {{.*}}) outs(%[[FILL]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[IN_2:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[MULF:.*]] = arith.mulf %[[IN_2]], %[[IN]]
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[OUT]], %[[MULF]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF]]
// CHECK-NEXT: } -> tensor<2x3xf64>
// CHECK-NEXT: %[[EMPTY_3:.*]] = tensor.empty() : tensor<3x4xf64>
// CHECK-NEXT: %[[FILL_2:.*]] = linalg.fill ins(%[[C_2]] : {{.*}}) outs(%[[EMPTY_3]] : {{.*}})
// CHECK-NEXT: %[[GENERIC_2:.*]] = linalg.generic {indexing_maps = [#[[$MAP3_20]], #[[$MAP3_21]], #[[$MAP3_01]]], iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[A]], %[[G]] : {{.*}}) outs(%[[FILL_2]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_3:.*]]: f64, %[[IN_4:.*]]: f64, %[[OUT_2:.*]]: f64):
// CHECK-NEXT: %[[MULF_2:.*]] = arith.mulf %[[IN_4]], %[[IN_3]]
// CHECK-NEXT: %[[ADDF_2:.*]] = arith.addf %[[OUT_2]], %[[MULF_2]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF_2]]
// CHECK-NEXT: } -> tensor<3x4xf64>
// CHECK-NEXT: return %[[MATMUL]], %[[GENERIC]], %[[GENERIC_2]], %[[G]]
func.func @f(%a: tensor<2x3xf64>, %b: tensor<3x4xf64>, %c: tensor<2x4xf64>) -> tensor<2x4xf64> {
  %z = linalg.matmul ins(%a, %b : tensor<2x3xf64>, tensor<3x4xf64>) outs(%c : tensor<2x4xf64>) -> tensor<2x4xf64>
  return %z : tensor<2x4xf64>
}

func.func @dynamic(%a: tensor<?x?xf64>, %b: tensor<?x?xf64>, %c: tensor<?x?xf64>) -> tensor<?x?xf64> {
  %z = linalg.matmul ins(%a, %b : tensor<?x?xf64>, tensor<?x?xf64>) outs(%c : tensor<?x?xf64>) -> tensor<?x?xf64>
  return %z : tensor<?x?xf64>
}

func.func @transposed(%a: tensor<3x2xf64>, %b: tensor<4x3xf64>, %c: tensor<2x4xf64>) -> tensor<2x4xf64> {
  %z = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<3x2xf64>, tensor<4x3xf64>) outs(%c : tensor<2x4xf64>) -> tensor<2x4xf64>
  return %z : tensor<2x4xf64>
}

// The same tensor on both sides gets the sum.
func.func @square(%a: tensor<3x3xf64>) -> tensor<3x3xf64> {
  %zero = arith.constant dense<0.0> : tensor<3x3xf64>
  %z = linalg.matmul ins(%a, %a : tensor<3x3xf64>, tensor<3x3xf64>) outs(%zero : tensor<3x3xf64>) -> tensor<3x3xf64>
  return %z : tensor<3x3xf64>
}
