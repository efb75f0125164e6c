// tensor.splat: the sum of the cotangent.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f
// GRADIENTS @dynamic arg1=4

// CHECK-DAG: #[[$MAP2_01:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$MAP2_NONE:.+]] = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f64, %[[G:[a-z0-9]+]]: tensor<2x3xf64>)
// CHECK-NEXT: %[[SPLAT:.*]] = tensor.splat %[[X]] : tensor<2x3xf64>
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<f64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_01]], #[[$MAP2_NONE]]], iterator_types = ["reduction", "reduction"]} ins(%[[G]] : {{.*}}) outs(%[[FILL]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[OUT]], %[[IN]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF]]
// CHECK-NEXT: } -> tensor<f64>
// CHECK-NEXT: %[[EXTRACT:.*]] = tensor.extract %[[GENERIC]][] : tensor<f64>
// CHECK-NEXT: return %[[SPLAT]], %[[EXTRACT]]
func.func @f(%x: f64) -> tensor<2x3xf64> {
  %y = tensor.splat %x : tensor<2x3xf64>
  return %y : tensor<2x3xf64>
}

func.func @dynamic(%x: f64, %n: index) -> tensor<?xf64> {
  %y = tensor.splat %x[%n] : tensor<?xf64>
  return %y : tensor<?xf64>
}
