// tensor.pad: its part of the cotangent for the tensor, the sum of the rest for
// the value of the padding.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f
// GRADIENTS @dynamic sizes0=2x2 arg2=1
// GRADIENTS @constant
// GRADIENTS @index

// CHECK-DAG: #[[$MAP2_01:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$MAP2_NONE:.+]] = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x2xf64>, %[[VALUE:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: tensor<3x3xf64>)
// CHECK-NEXT: %[[PAD:.*]] = tensor.pad %[[X]] low[1, 0] high[0, 1] {
// CHECK-NEXT: ^bb0(%[[ARG3:.*]]: index, %[[ARG4:.*]]: index):
// CHECK-NEXT: tensor.yield %[[VALUE]]
// CHECK-NEXT: } : tensor<2x2xf64> to tensor<3x3xf64>
// CHECK-NEXT: %[[EXTRACT_SLICE:.*]] = tensor.extract_slice %[[G]][1, 0] [2, 2] [1, 1] : tensor<3x3xf64> to tensor<2x2xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<2x2xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[FILL]] into %[[G]][1, 0] [2, 2] [1, 1] : tensor<2x2xf64> into tensor<3x3xf64>
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty() : tensor<f64>
// CHECK-NEXT: %[[FILL_2:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY_2]] : {{.*}})
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_01]], #[[$MAP2_NONE]]], iterator_types = ["reduction", "reduction"]} ins(%[[INSERT_SLICE]] : {{.*}}) outs(%[[FILL_2]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[OUT]], %[[IN]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF]]
// CHECK-NEXT: } -> tensor<f64>
// CHECK-NEXT: %[[EXTRACT:.*]] = tensor.extract %[[GENERIC]][] : tensor<f64>
// CHECK-NEXT: return %[[PAD]], %[[EXTRACT_SLICE]], %[[EXTRACT]]
func.func @f(%x: tensor<2x2xf64>, %value: f64) -> tensor<3x3xf64> {
  %y = tensor.pad %x low[1, 0] high[0, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %value : f64
  } : tensor<2x2xf64> to tensor<3x3xf64>
  return %y : tensor<3x3xf64>
}

func.func @dynamic(%x: tensor<?x2xf64>, %value: f64, %n: index) -> tensor<?x?xf64> {
  %y = tensor.pad %x low[%n, 0] high[0, %n] {
  ^bb0(%i: index, %j: index):
    tensor.yield %value : f64
  } : tensor<?x2xf64> to tensor<?x?xf64>
  return %y : tensor<?x?xf64>
}

// CHECK-LABEL: func @constant_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2xf64>, %[[G:[a-z0-9]+]]: tensor<4xf64>)
// CHECK-NEXT: %[[C:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[PAD:.*]] = tensor.pad %[[X]] low[1] high[1] {
// CHECK-NEXT: ^bb0(%[[ARG2:.*]]: index):
// CHECK-NEXT: tensor.yield %[[C]]
// CHECK-NEXT: } : tensor<2xf64> to tensor<4xf64>
// CHECK-NEXT: %[[EXTRACT_SLICE:.*]] = tensor.extract_slice %[[G]][1] [2] [1] : tensor<4xf64> to tensor<2xf64>
// CHECK-NEXT: return %[[PAD]], %[[EXTRACT_SLICE]]
func.func @constant(%x: tensor<2xf64>) -> tensor<4xf64> {
  %zero = arith.constant 0.0 : f64
  %y = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %zero : f64
  } : tensor<2xf64> to tensor<4xf64>
  return %y : tensor<4xf64>
}

// A value that is another one for each element is fine if it is not
// differentiated.
func.func @index(%x: tensor<2xf64>) -> tensor<4xf64> {
  %y = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    %integer = arith.index_cast %i : index to i64
    %value = arith.sitofp %integer : i64 to f64
    tensor.yield %value : f64
  } : tensor<2xf64> to tensor<4xf64>
  return %y : tensor<4xf64>
}
