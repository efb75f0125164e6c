// Shapes have no gradient and nothing depends on an empty tensor: tensor.dim,
// rank and empty need no rule.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f

// CHECK-DAG: #[[$MAP1_0:.+]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[$MAP1_NONE:.+]] = affine_map<(d0) -> ()>

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?xf64>, %[[S:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: tensor<?xf64>)
// CHECK-NEXT: %[[C:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[X]], %[[C]] : tensor<?xf64>
// CHECK-NEXT: %[[INDEX_CAST:.*]] = arith.index_cast %[[DIM]]
// CHECK-NEXT: %[[SITOFP:.*]] = arith.sitofp %[[INDEX_CAST]]
// CHECK-NEXT: %[[MULF:.*]] = arith.mulf %[[S]], %[[SITOFP]]
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty(%[[DIM]]) : tensor<?xf64>
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[MULF]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty() : tensor<f64>
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL_2:.*]] = linalg.fill ins(%[[C_2]] : {{.*}}) outs(%[[EMPTY_2]] : {{.*}})
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP1_0]], #[[$MAP1_NONE]]], iterator_types = ["reduction"]} ins(%[[G]] : {{.*}}) outs(%[[FILL_2]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[OUT]], %[[IN]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF]]
// CHECK-NEXT: } -> tensor<f64>
// CHECK-NEXT: %[[EXTRACT:.*]] = tensor.extract %[[GENERIC]][] : tensor<f64>
// CHECK-NEXT: %[[MULF_2:.*]] = arith.mulf %[[EXTRACT]], %[[SITOFP]]
// CHECK-NEXT: %[[FILL_3:.*]] = linalg.fill ins(%[[C_2]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: return %[[FILL]], %[[FILL_3]], %[[MULF_2]]
func.func @f(%x: tensor<?xf64>, %s: f64) -> tensor<?xf64> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf64>
  %integer = arith.index_cast %n : index to i64
  %float = arith.sitofp %integer : i64 to f64
  %p = arith.mulf %s, %float : f64
  %e = tensor.empty(%n) : tensor<?xf64>
  %y = linalg.fill ins(%p : f64) outs(%e : tensor<?xf64>) -> tensor<?xf64>
  return %y : tensor<?xf64>
}
