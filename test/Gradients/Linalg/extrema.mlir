// Maxima and minima over loops: all of g goes to one element, or to what the
// reduction starts with. At a tie the second operand of the combiner wins, so
// the last element does if the running value comes first, and the first one
// (init before it) if the running value comes second.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @max sizes0=3x4 samples=8
// GRADIENTS @min sizes0=3x4 samples=8

// CHECK-DAG: #[[$MAP2_0:.+]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$MAP2_01:.+]] = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func @max_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3x?xf64>, %[[INIT:[a-z0-9]+]]: tensor<3xf64>, %[[G:[a-z0-9]+]]: tensor<3xf64>)
// CHECK-NEXT: %[[REDUCE:.*]] = linalg.reduce { arith.maximumf } ins(%[[X]] : {{.*}}) outs(%[[INIT]] : {{.*}}) dimensions = [1]
// CHECK-NEXT: %[[C:.*]] = arith.constant -1 : i64
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<3xi64>
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_01]], #[[$MAP2_0]], #[[$MAP2_0]]], iterator_types = ["parallel", "reduction"]} ins(%[[X]], %[[REDUCE]] : {{.*}}) outs(%[[FILL]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[IN_2:.*]]: f64, %[[OUT:.*]]: i64):
// CHECK-NEXT: %[[INDEX:.*]] = linalg.index 1 : index
// CHECK-NEXT: %[[INDEX_CAST:.*]] = arith.index_cast %[[INDEX]]
// CHECK-NEXT: %[[CMPF:.*]] = arith.cmpf ueq, %[[IN]], %[[IN_2]]
// CHECK-NEXT: %[[SELECT:.*]] = arith.select %[[CMPF]], %[[INDEX_CAST]], %[[C]]
// CHECK-NEXT: %[[MAXSI:.*]] = arith.maxsi %[[OUT]], %[[SELECT]]
// CHECK-NEXT: linalg.yield %[[MAXSI]]
// CHECK-NEXT: } -> tensor<3xi64>
// CHECK-NEXT: %[[CMPI:.*]] = arith.cmpi eq, %[[GENERIC]], %[[FILL]]
// CHECK-NEXT: %[[C_2:.*]] = arith.constant dense<0.000000e+00> : tensor<3xf64>
// CHECK-NEXT: %[[SELECT_2:.*]] = arith.select %[[CMPI]], %[[G]], %[[C_2]]
// CHECK-NEXT: %[[C_3:.*]] = arith.constant 1 : index
// CHECK-NEXT: %[[DIM:.*]] = tensor.dim %[[X]], %[[C_3]] : tensor<3x?xf64>
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty(%[[DIM]]) : tensor<3x?xf64>
// CHECK-NEXT: %[[GENERIC_2:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_0]], #[[$MAP2_0]], #[[$MAP2_01]]], iterator_types = ["parallel", "parallel"]} ins(%[[G]], %[[GENERIC]] : {{.*}}) outs(%[[EMPTY_2]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_3:.*]]: f64, %[[IN_4:.*]]: i64, %[[OUT_2:.*]]: f64):
// CHECK-NEXT: %[[INDEX_2:.*]] = linalg.index 1 : index
// CHECK-NEXT: %[[INDEX_CAST_2:.*]] = arith.index_cast %[[INDEX_2]]
// CHECK-NEXT: %[[CMPI_2:.*]] = arith.cmpi eq, %[[IN_4]], %[[INDEX_CAST_2]]
// CHECK-NEXT: %[[C_4:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[SELECT_3:.*]] = arith.select %[[CMPI_2]], %[[IN_3]], %[[C_4]]
// CHECK-NEXT: linalg.yield %[[SELECT_3]]
// CHECK-NEXT: } -> tensor<3x?xf64>
// CHECK-NEXT: return %[[REDUCE]], %[[GENERIC_2]], %[[SELECT_2]]
func.func @max(%x: tensor<3x?xf64>, %init: tensor<3xf64>) -> tensor<3xf64> {
  %y = linalg.reduce {arith.maximumf} ins(%x : tensor<3x?xf64>) outs(%init : tensor<3xf64>) dimensions = [1]
  return %y : tensor<3xf64>
}

// Of squares, over two loops, with the running value second.
func.func @min(%x: tensor<?x4xf64>, %init: tensor<f64>) -> tensor<f64> {
  %y = linalg.reduce ins(%x : tensor<?x4xf64>) outs(%init : tensor<f64>) dimensions = [0, 1]
    (%in: f64, %out: f64) {
      %square = arith.mulf %in, %in : f64
      %min = arith.minnumf %square, %out : f64
      linalg.yield %min : f64
    }
  return %y : tensor<f64>
}
