// linalg.generic: the gradient of its body, with its maps.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @layer sizes0=2x3
// GRADIENTS @index sizes0=2x3 sizes1=3x2
// GRADIENTS @accumulates
// GRADIENTS @outputs
// GRADIENTS @scalar

// The bias is in every row: its gradient is a sum over them. The scale is
// captured: its gradient is a sum over all.
// CHECK-DAG: #[[$MAP2_0:.+]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$MAP2_01:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$MAP2_1:.+]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[$MAP2_10:.+]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-DAG: #[[$MAP2_NONE:.+]] = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: func @layer_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x3xf64>, %[[BIAS:[a-z0-9]+]]: tensor<3xf64>, %[[SCALE:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: tensor<?x3xf64>)
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_01]], #[[$MAP2_1]], #[[$MAP2_01]]], iterator_types = ["parallel", "parallel"]} ins(%[[X]], %[[BIAS]] : {{.*}}) outs(%[[X]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[IN_2:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[MULF:.*]] = arith.mulf %[[IN]], %[[SCALE]]
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[MULF]], %[[IN_2]]
// CHECK-NEXT: %[[TANH:.*]] = math.tanh %[[ADDF]]
// CHECK-NEXT: linalg.yield %[[TANH]]
// CHECK-NEXT: } -> tensor<?x3xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[X]], %[[C]] : tensor<?x3xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty(%[[DIM]]) : tensor<?x3xf64>
// CHECK-NEXT: %[[GENERIC_2:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_01]], #[[$MAP2_01]], #[[$MAP2_01]]], iterator_types = ["parallel", "parallel"]} ins(%[[GENERIC]], %[[G]] : {{.*}}) outs(%[[EMPTY]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_3:.*]]: f64, %[[IN_4:.*]]: f64, %[[OUT_2:.*]]: f64):
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %[[MULF_2:.*]] = arith.mulf %[[IN_3]], %[[IN_3]]
// CHECK-NEXT: %[[SUBF:.*]] = arith.subf %[[C_2]], %[[MULF_2]]
// CHECK-NEXT: %[[MULF_3:.*]] = arith.mulf %[[IN_4]], %[[SUBF]]
// CHECK-NEXT: %[[MULF_4:.*]] = arith.mulf %[[MULF_3]], %[[SCALE]]
// CHECK-NEXT: linalg.yield %[[MULF_4]]
// CHECK-NEXT: } -> tensor<?x3xf64>
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty() : tensor<3xf64>
// CHECK-NEXT: %[[C_3:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C_3]] : {{.*}}) outs(%[[EMPTY_2]] : {{.*}})
// CHECK-NEXT: %[[GENERIC_3:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_10]], #[[$MAP2_10]], #[[$MAP2_0]]], iterator_types = ["parallel", "reduction"]} ins(%[[GENERIC]], %[[G]] : {{.*}}) outs(%[[FILL]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_5:.*]]: f64, %[[IN_6:.*]]: f64, %[[OUT_3:.*]]: f64):
// CHECK-NEXT: %[[C_4:.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %[[MULF_5:.*]] = arith.mulf %[[IN_5]], %[[IN_5]]
// CHECK-NEXT: %[[SUBF_2:.*]] = arith.subf %[[C_4]], %[[MULF_5]]
// CHECK-NEXT: %[[MULF_6:.*]] = arith.mulf %[[IN_6]], %[[SUBF_2]]
// CHECK-NEXT: %[[ADDF_2:.*]] = arith.addf %[[OUT_3]], %[[MULF_6]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF_2]]
// CHECK-NEXT: } -> tensor<3xf64>
// CHECK-NEXT: %[[EMPTY_3:.*]] = tensor.empty() : tensor<f64>
// CHECK-NEXT: %[[FILL_2:.*]] = linalg.fill ins(%[[C_3]] : {{.*}}) outs(%[[EMPTY_3]] : {{.*}})
// CHECK-NEXT: %[[GENERIC_4:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_01]], #[[$MAP2_01]], #[[$MAP2_01]], #[[$MAP2_NONE]]], iterator_types = ["reduction", "reduction"]} ins(%[[X]], %[[GENERIC]], %[[G]] : {{.*}}) outs(%[[FILL_2]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_7:.*]]: f64, %[[IN_8:.*]]: f64, %[[IN_9:.*]]: f64, %[[OUT_4:.*]]: f64):
// CHECK-NEXT: %[[C_5:.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %[[MULF_7:.*]] = arith.mulf %[[IN_8]], %[[IN_8]]
// CHECK-NEXT: %[[SUBF_3:.*]] = arith.subf %[[C_5]], %[[MULF_7]]
// CHECK-NEXT: %[[MULF_8:.*]] = arith.mulf %[[IN_9]], %[[SUBF_3]]
// CHECK-NEXT: %[[MULF_9:.*]] = arith.mulf %[[MULF_8]], %[[IN_7]]
// CHECK-NEXT: %[[ADDF_3:.*]] = arith.addf %[[OUT_4]], %[[MULF_9]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF_3]]
// CHECK-NEXT: } -> tensor<f64>
// CHECK-NEXT: %[[EXTRACT:.*]] = tensor.extract %[[GENERIC_4]][] : tensor<f64>
// CHECK-NEXT: return %[[GENERIC]], %[[GENERIC_2]], %[[GENERIC_3]], %[[EXTRACT]]
func.func @layer(%x: tensor<?x3xf64>, %bias: tensor<3xf64>, %scale: f64) -> tensor<?x3xf64> {
  %y = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x, %bias : tensor<?x3xf64>, tensor<3xf64>) outs(%x : tensor<?x3xf64>) {
  ^bb0(%in: f64, %b: f64, %out: f64):
    %scaled = arith.mulf %in, %scale : f64
    %sum = arith.addf %scaled, %b : f64
    %result = math.tanh %sum : f64
    linalg.yield %result : f64
  } -> tensor<?x3xf64>
  return %y : tensor<?x3xf64>
}

// The loops of the gradient follow its own dimensions, and the indices them.
// CHECK-LABEL: func @index_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x3xf64>, %[[LIKE:[a-z0-9]+]]: tensor<3x?xf64>, %[[G:[a-z0-9]+]]: tensor<3x?xf64>)
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_10]], #[[$MAP2_01]]], iterator_types = ["parallel", "parallel"]} ins(%[[X]] : {{.*}}) outs(%[[LIKE]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[INDEX:.*]] = linalg.index 0 : index
// CHECK-NEXT: %[[INDEX_CAST:.*]] = arith.index_cast %[[INDEX]]
// CHECK-NEXT: %[[SITOFP:.*]] = arith.sitofp %[[INDEX_CAST]]
// CHECK-NEXT: %[[MULF:.*]] = arith.mulf %[[IN]], %[[SITOFP]]
// CHECK-NEXT: linalg.yield %[[MULF]]
// CHECK-NEXT: } -> tensor<3x?xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[X]], %[[C]] : tensor<?x3xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty(%[[DIM]]) : tensor<?x3xf64>
// CHECK-NEXT: %[[GENERIC_2:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_10]], #[[$MAP2_01]]], iterator_types = ["parallel", "parallel"]} ins(%[[G]] : {{.*}}) outs(%[[EMPTY]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_2:.*]]: f64, %[[OUT_2:.*]]: f64):
// CHECK-NEXT: %[[INDEX_2:.*]] = linalg.index 1 : index
// CHECK-NEXT: %[[INDEX_CAST_2:.*]] = arith.index_cast %[[INDEX_2]]
// CHECK-NEXT: %[[SITOFP_2:.*]] = arith.sitofp %[[INDEX_CAST_2]]
// CHECK-NEXT: %[[MULF_2:.*]] = arith.mulf %[[IN_2]], %[[SITOFP_2]]
// CHECK-NEXT: linalg.yield %[[MULF_2]]
// CHECK-NEXT: } -> tensor<?x3xf64>
// CHECK-NEXT: %[[C_2:.*]] = arith.constant 1 : index
// CHECK-NEXT: %[[DIM_2:.*]] = tensor.dim %[[LIKE]], %[[C_2]] : tensor<3x?xf64>
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty(%[[DIM_2]]) : tensor<3x?xf64>
// CHECK-NEXT: %[[C_3:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C_3]] : {{.*}}) outs(%[[EMPTY_2]] : {{.*}})
// CHECK-NEXT: return %[[GENERIC]], %[[GENERIC_2]], %[[FILL]]
func.func @index(%x: tensor<?x3xf64>, %like: tensor<3x?xf64>) -> tensor<3x?xf64> {
  %y = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x3xf64>) outs(%like : tensor<3x?xf64>) {
  ^bb0(%in: f64, %out: f64):
    %i = linalg.index 0 : index
    %integer = arith.index_cast %i : index to i64
    %factor = arith.sitofp %integer : i64 to f64
    %result = arith.mulf %in, %factor : f64
    linalg.yield %result : f64
  } -> tensor<3x?xf64>
  return %y : tensor<3x?xf64>
}

// A body that reads its output.
func.func @accumulates(%x: tensor<3xf64>, %init: tensor<3xf64>) -> tensor<3xf64> {
  %y = linalg.generic {
      indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<3xf64>) outs(%init : tensor<3xf64>) {
  ^bb0(%in: f64, %out: f64):
    %result = arith.mulf %in, %out : f64
    linalg.yield %result : f64
  } -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// Elements and a sum of them from one loop; the sum may not be used.
func.func @outputs(%x: tensor<2x3xf64>) -> (tensor<2x3xf64>, tensor<2xf64>, tensor<2x3xf64>) {
  %e = tensor.empty() : tensor<2x3xf64>
  %zero = arith.constant dense<0.0> : tensor<2xf64>
  %y:2 = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<2x3xf64>) outs(%e, %zero : tensor<2x3xf64>, tensor<2xf64>) {
  ^bb0(%in: f64, %out: f64, %out_1: f64):
    %exp = math.exp %in : f64
    %sum = arith.addf %out_1, %exp : f64
    linalg.yield %exp, %sum : f64, f64
  } -> (tensor<2x3xf64>, tensor<2xf64>)
  %square = arith.mulf %y#0, %y#0 : tensor<2x3xf64>
  return %y#0, %y#1, %square : tensor<2x3xf64>, tensor<2xf64>, tensor<2x3xf64>
}

// No loops at all.
func.func @scalar(%x: tensor<f64>, %y: f64) -> tensor<f64> {
  %e = tensor.empty() : tensor<f64>
  %z = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []}
      ins(%x, %y : tensor<f64>, f64) outs(%e : tensor<f64>) {
  ^bb0(%a: f64, %b: f64, %out: f64):
    %p = arith.mulf %a, %b : f64
    linalg.yield %p : f64
  } -> tensor<f64>
  return %z : tensor<f64>
}
