// The elementwise operations of linalg: the rules of their bodies. Where a rule
// reads the result it reads that of the operation, and nothing is computed again.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_gradients %s
// GRADIENTS @f_exp range=0.3:2 samples=2
// GRADIENTS @f_log range=0.3:2 samples=2
// GRADIENTS @f_abs range=0.3:2 samples=2
// GRADIENTS @f_ceil range=0.3:2 samples=2
// GRADIENTS @f_floor range=0.3:2 samples=2
// GRADIENTS @f_negf range=0.3:2 samples=2
// GRADIENTS @f_reciprocal range=0.3:2 samples=2
// GRADIENTS @f_round range=0.3:2 samples=2
// GRADIENTS @f_sqrt range=0.3:2 samples=2
// GRADIENTS @f_rsqrt range=0.3:2 samples=2
// GRADIENTS @f_square range=0.3:2 samples=2
// GRADIENTS @f_tanh range=0.3:2 samples=2
// GRADIENTS @f_erf range=0.3:2 samples=2
// GRADIENTS @f_add range=0.3:2 samples=2
// GRADIENTS @f_sub range=0.3:2 samples=2
// GRADIENTS @f_mul range=0.3:2 samples=2
// GRADIENTS @f_div range=0.3:2 samples=2
// GRADIENTS @f_max range=0.3:2 samples=2
// GRADIENTS @f_min range=0.3:2 samples=2
// GRADIENTS @f_powf range=0.3:2 samples=2
// GRADIENTS @f_select
// GRADIENTS @f_elementwise
// GRADIENTS @f_map

// CHECK-DAG: #[[$MAP1_0:.+]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[$MAP2_0:.+]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$MAP2_01:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$MAP2_1:.+]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[$MAP2_10:.+]] = affine_map<(d0, d1) -> (d1, d0)>

// CHECK-LABEL: func @f_exp_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3xf64>, %[[G:[a-z0-9]+]]: tensor<3xf64>)
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<3xf64>
// CHECK-NEXT: %[[EXP:.*]] = linalg.exp ins(%[[X]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP1_0]], #[[$MAP1_0]], #[[$MAP1_0]]], iterator_types = ["parallel"]} ins(%[[EXP]], %[[G]] : {{.*}}) outs(%[[EMPTY]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[IN_2:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[MULF:.*]] = arith.mulf %[[IN_2]], %[[IN]]
// CHECK-NEXT: linalg.yield %[[MULF]]
// CHECK-NEXT: } -> tensor<3xf64>
// CHECK-NEXT: return %[[EXP]], %[[GENERIC]]
func.func @f_exp(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.exp ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_log(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.log ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_abs(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.abs ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_ceil(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.ceil ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_floor(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.floor ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_negf(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.negf ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_reciprocal(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.reciprocal ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_round(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.round ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_sqrt(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.sqrt ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_rsqrt(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.rsqrt ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_square(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.square ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_tanh(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.tanh ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

func.func @f_erf(%x: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %y = linalg.erf ins(%x : tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %y : tensor<3xf64>
}

// CHECK-LABEL: func @f_add_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3xf64>, %[[Y:[a-z0-9]+]]: tensor<3xf64>, %[[G:[a-z0-9]+]]: tensor<3xf64>)
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<3xf64>
// CHECK-NEXT: %[[ADD:.*]] = linalg.add ins(%[[X]], %[[Y]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: return %[[ADD]], %[[G]], %[[G]]
func.func @f_add(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %z = linalg.add ins(%x, %y : tensor<3xf64>, tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %z : tensor<3xf64>
}

func.func @f_sub(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %z = linalg.sub ins(%x, %y : tensor<3xf64>, tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %z : tensor<3xf64>
}

// CHECK-LABEL: func @f_mul_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3xf64>, %[[Y:[a-z0-9]+]]: tensor<3xf64>, %[[G:[a-z0-9]+]]: tensor<3xf64>)
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<3xf64>
// CHECK-NEXT: %[[MUL:.*]] = linalg.mul ins(%[[X]], %[[Y]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP1_0]], #[[$MAP1_0]], #[[$MAP1_0]]], iterator_types = ["parallel"]} ins(%[[Y]], %[[G]] : {{.*}}) outs(%[[EMPTY]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[IN_2:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[MULF:.*]] = arith.mulf %[[IN_2]], %[[IN]]
// CHECK-NEXT: linalg.yield %[[MULF]]
// CHECK-NEXT: } -> tensor<3xf64>
// CHECK-NEXT: %[[GENERIC_2:.*]] = linalg.generic {indexing_maps = [#[[$MAP1_0]], #[[$MAP1_0]], #[[$MAP1_0]]], iterator_types = ["parallel"]} ins(%[[X]], %[[G]] : {{.*}}) outs(%[[EMPTY]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_3:.*]]: f64, %[[IN_4:.*]]: f64, %[[OUT_2:.*]]: f64):
// CHECK-NEXT: %[[MULF_2:.*]] = arith.mulf %[[IN_4]], %[[IN_3]]
// CHECK-NEXT: linalg.yield %[[MULF_2]]
// CHECK-NEXT: } -> tensor<3xf64>
// CHECK-NEXT: return %[[MUL]], %[[GENERIC]], %[[GENERIC_2]]
func.func @f_mul(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %z = linalg.mul ins(%x, %y : tensor<3xf64>, tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %z : tensor<3xf64>
}

func.func @f_div(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %z = linalg.div ins(%x, %y : tensor<3xf64>, tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %z : tensor<3xf64>
}

func.func @f_max(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %z = linalg.max ins(%x, %y : tensor<3xf64>, tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %z : tensor<3xf64>
}

func.func @f_min(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %z = linalg.min ins(%x, %y : tensor<3xf64>, tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %z : tensor<3xf64>
}

func.func @f_powf(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %z = linalg.powf ins(%x, %y : tensor<3xf64>, tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %z : tensor<3xf64>
}

func.func @f_select(%c: tensor<3xi1>, %x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %e = tensor.empty() : tensor<3xf64>
  %z = linalg.select ins(%c, %x, %y : tensor<3xi1>, tensor<3xf64>, tensor<3xf64>) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  return %z : tensor<3xf64>
}

// Maps that transpose and broadcast.
// CHECK-LABEL: func @f_elementwise_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3x2xf64>, %[[Y:[a-z0-9]+]]: tensor<3xf64>, %[[G:[a-z0-9]+]]: tensor<2x3xf64>)
// CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<2x3xf64>
// CHECK-NEXT: %[[ELEMENTWISE:.*]] = linalg.elementwise kind=#linalg.elementwise_kind<mul> indexing_maps = [#[[$MAP2_10]], #[[$MAP2_1]], #[[$MAP2_01]]] ins(%[[X]], %[[Y]] : {{.*}}) outs(%[[EMPTY]] : {{.*}})
// CHECK-NEXT: %[[EMPTY_2:.*]] = tensor.empty() : tensor<3x2xf64>
// CHECK-NEXT: %[[GENERIC:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_0]], #[[$MAP2_10]], #[[$MAP2_01]]], iterator_types = ["parallel", "parallel"]} ins(%[[Y]], %[[G]] : {{.*}}) outs(%[[EMPTY_2]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f64, %[[IN_2:.*]]: f64, %[[OUT:.*]]: f64):
// CHECK-NEXT: %[[MULF:.*]] = arith.mulf %[[IN_2]], %[[IN]]
// CHECK-NEXT: linalg.yield %[[MULF]]
// CHECK-NEXT: } -> tensor<3x2xf64>
// CHECK-NEXT: %[[EMPTY_3:.*]] = tensor.empty() : tensor<3xf64>
// CHECK-NEXT: %[[C:.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %[[FILL:.*]] = linalg.fill ins(%[[C]] : {{.*}}) outs(%[[EMPTY_3]] : {{.*}})
// CHECK-NEXT: %[[GENERIC_2:.*]] = linalg.generic {indexing_maps = [#[[$MAP2_01]], #[[$MAP2_10]], #[[$MAP2_0]]], iterator_types = ["parallel", "reduction"]} ins(%[[X]], %[[G]] : {{.*}}) outs(%[[FILL]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[IN_3:.*]]: f64, %[[IN_4:.*]]: f64, %[[OUT_2:.*]]: f64):
// CHECK-NEXT: %[[MULF_2:.*]] = arith.mulf %[[IN_4]], %[[IN_3]]
// CHECK-NEXT: %[[ADDF:.*]] = arith.addf %[[OUT_2]], %[[MULF_2]] fastmath<reassoc>
// CHECK-NEXT: linalg.yield %[[ADDF]]
// CHECK-NEXT: } -> tensor<3xf64>
// CHECK-NEXT: return %[[ELEMENTWISE]], %[[GENERIC]], %[[GENERIC_2]]
func.func @f_elementwise(%x: tensor<3x2xf64>, %y: tensor<3xf64>) -> tensor<2x3xf64> {
  %e = tensor.empty() : tensor<2x3xf64>
  %z = linalg.elementwise kind=#linalg.elementwise_kind<mul>
      indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>]
      ins(%x, %y : tensor<3x2xf64>, tensor<3xf64>) outs(%e : tensor<2x3xf64>) -> tensor<2x3xf64>
  return %z : tensor<2x3xf64>
}

func.func @f_map(%x: tensor<?xf64>, %s: f64) -> tensor<?xf64> {
  %y = linalg.map ins(%x, %x : tensor<?xf64>, tensor<?xf64>) outs(%x : tensor<?xf64>)
    (%a: f64, %b: f64, %out: f64) {
      %p = arith.mulf %a, %s : f64
      %q = math.sin %p : f64
      %r = arith.mulf %q, %b : f64
      linalg.yield %r : f64
    }
  return %y : tensor<?xf64>
}
