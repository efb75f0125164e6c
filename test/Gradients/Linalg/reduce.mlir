// Sums over loops: every element gets the g of the sum that it is in, and what
// the sum starts with gets g.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @sum sizes0=2x3
// GRADIENTS @all sizes0=2x3x2
// GRADIENTS @norm
// GRADIENTS @two
// GRADIENTS @uneven

// CHECK-DAG: #[[$MAP2_0:.+]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$MAP2_01:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$MAP2_1:.+]] = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func @sum_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x3xf64>, %[[INIT:[a-z0-9]+]]: tensor<3xf64>, %[[G:[a-z0-9]+]]: tensor<3xf64>)
// CHECK-NEXT: %[[REDUCE:.*]] = linalg.reduce { arith.addf } ins(%[[X]] : {{.*}}) outs(%[[INIT]] : {{.*}}) dimensions = [0]
// CHECK-NEXT: %[[C:.*]] = arith.constant 0 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[X]], %[[C]] : tensor<?x3xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty(%[[DIM]]) : tensor<?x3xf64>
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_1]], #[[$MAP2_01]]], iterator_types = ["parallel", "parallel"]} ins(%[[G]] : {{.*}}) outs(%[[EMPTY]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: linalg.yield %[[IN]]
// CHECK-NEXT: } -> tensor<?x3xf64>
// CHECK-NEXT: return %[[REDUCE]], %[[GENERIC]], %[[G]]
func.func @sum(%x: tensor<?x3xf64>, %init: tensor<3xf64>) -> tensor<3xf64> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<?x3xf64>) outs(%init : tensor<3xf64>) dimensions = [0]
  return %y : tensor<3xf64>
}

func.func @all(%x: tensor<?x?x?xf64>, %init: tensor<f64>) -> tensor<f64> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<?x?x?xf64>) outs(%init : tensor<f64>) dimensions = [0, 1, 2]
  return %y : tensor<f64>
}

// The elements' gradient in one loop, not the square and its sum in two.
// CHECK-LABEL: func @norm_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3x2xf64>, %[[G:[a-z0-9]+]]: tensor<3xf64>)
// CHECK-NEXT: %[[C:.*]] = arith.constant dense<0.000000e+00> : tensor<3xf64>
// CHECK-NEXT: %[[REDUCE:.*]] = linalg.reduce ins(%[[X]] : {{.*}}) outs(%[[C]] : {{.*}}) dimensions = [1]
// CHECK-NEXT: (%[[IN:.*]]: f64, %[[INIT:.*]]: f64) {
// CHECK-NEXT: %[[MULF:.*]] = arith.mulf %[[IN]], %[[IN]]
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[MULF]], %[[INIT]]
// CHECK-NEXT: linalg.yield %[[ADDF]]
// CHECK-NEXT: }
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<3x2xf64>
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_01]], #[[$MAP2_0]], #[[$MAP2_01]]], iterator_types = ["parallel", "parallel"]} ins(%[[X]], %[[G]] : {{.*}}) outs(%[[EMPTY]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_2:.*]]: f64, %[[IN_3:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[MULF_2:.*]] = arith.mulf %[[IN_3]], %[[IN_2]]
// CHECK-NEXT: %[[ADDF_2:.*]] = arith.addf %[[MULF_2]], %[[MULF_2]]
// CHECK-NEXT: linalg.yield %[[ADDF_2]]
// CHECK-NEXT: } -> tensor<3x2xf64>
// CHECK-NEXT: return %[[REDUCE]], %[[GENERIC]]
func.func @norm(%x: tensor<3x2xf64>) -> tensor<3xf64> {
  %zero = arith.constant dense<0.0> : tensor<3xf64>
  %y = linalg.reduce ins(%x : tensor<3x2xf64>) outs(%zero : tensor<3xf64>) dimensions = [1]
    (%in: f64, %out: f64) {
      %square = arith.mulf %in, %in : f64
      %sum = arith.addf %square, %out : f64
      linalg.yield %sum : f64
    }
  return %y : tensor<3xf64>
}

// Sums with a difference and a fused multiply-add, and one that is not used.
func.func @two(%x: tensor<3x2xf64>, %y: tensor<3x2xf64>, %init: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %r:3 = linalg.reduce ins(%x, %y, %x : tensor<3x2xf64>, tensor<3x2xf64>, tensor<3x2xf64>)
                     outs(%init, %init, %init : tensor<3xf64>, tensor<3xf64>, tensor<3xf64>) dimensions = [1]
    (%a: f64, %b: f64, %c: f64, %out: f64, %out_1: f64, %out_2: f64) {
      %less = arith.subf %out, %b : f64
      %0 = arith.addf %less, %a : f64
      %1 = math.fma %a, %b, %out_1 : f64
      %2 = arith.addf %c, %out_2 : f64
      linalg.yield %0, %1, %2 : f64, f64, f64
    }
  return %r#0, %r#1 : tensor<3xf64>, tensor<3xf64>
}

// The loop that only y knows: an empty tensor has its size.
// CHECK-LABEL: func @uneven_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3xf64>, %[[Y:[a-z0-9]+]]: tensor<2xf64>, %[[INIT:[a-z0-9]+]]: tensor<3xf64>, %[[G:[a-z0-9]+]]: tensor<3xf64>)
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_0]], #[[$MAP2_1]], #[[$MAP2_0]]], iterator_types = ["parallel", "reduction"]} ins(%[[X]], %[[Y]] : {{.*}}) outs(%[[INIT]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[IN_2:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[IN]], %[[IN_2]]
// CHECK-NEXT: %[[ADDF_2:.*]] = arith.addf %[[OUT]], %[[ADDF]]
// CHECK-NEXT: linalg.yield %[[ADDF_2]]
// CHECK-NEXT: } -> tensor<3xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<3xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty() : tensor<2xf32>
// CHECK-NEXT: %[[GENERIC_2:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_0]], #[[$MAP2_1]], #[[$MAP2_0]]], iterator_types = ["parallel", "reduction"]} ins(%[[G]], %[[EMPTY_2]] : {{.*}}) outs(%[[FILL]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_3:.*]]: f64, %[[IN_4:.*]]: f32, %[[OUT_2:.*]]: f64):
// CHECK-NEXT: %[[ADDF_3:.*]] = arith.addf %[[OUT_2]], %[[IN_3]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF_3]]
// CHECK-NEXT: } -> tensor<3xf64>
// CHECK-NEXT: %[[EMPTY_3:.*]] = tensor.empty() : tensor<2xf64>
// CHECK-NEXT: %[[FILL_2:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY_3]] : {{.*}})
// CHECK-NEXT: %[[GENERIC_3:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_1]], #[[$MAP2_0]]], iterator_types = ["parallel", "reduction"]} ins(%[[G]] : {{.*}}) outs(%[[FILL_2]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_5:.*]]: f64, %[[OUT_3:.*]]: f64):
// CHECK-NEXT: %[[ADDF_4:.*]] = arith.addf %[[OUT_3]], %[[IN_5]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF_4]]
// CHECK-NEXT: } -> tensor<2xf64>
// CHECK-NEXT: return %[[GENERIC]], %[[GENERIC_2]], %[[GENERIC_3]], %[[G]]
func.func @uneven(%x: tensor<3xf64>, %y: tensor<2xf64>, %init: tensor<3xf64>) -> tensor<3xf64> {
  %z = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x, %y : tensor<3xf64>, tensor<2xf64>) outs(%init : tensor<3xf64>) {
  ^bb0(%a: f64, %b: f64, %out: f64):
    %term = arith.addf %a, %b : f64
    %sum = arith.addf %out, %term : f64
    linalg.yield %sum : f64
  } -> tensor<3xf64>
  return %z : tensor<3xf64>
}
