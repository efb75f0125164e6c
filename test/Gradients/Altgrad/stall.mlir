// altgrad.stall: zero for all of its operands. Counts are integers, which have no
// cotangent; as floats they have one that goes nowhere.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<8xf32>, %[[D:[a-z0-9]+]]: tensor<8xf32>, %[[LR:[a-z0-9]+]]: f32, %[[S:[a-z0-9]+]]: f32, %[[G:[a-z0-9]+]]: tensor<8xf32>, %{{[a-z0-9]+}}: f32)
// CHECK: %[[STALLED:.*]], %[[TOTAL:.*]] = altgrad.stall %[[W]], %[[D]], %[[LR]], %[[S]]
// CHECK: %[[RATE:.*]] = arith.sitofp %[[STALLED]]
// CHECK: %[[DW:.*]] = arith.mulf %[[G]], %[[D]]
// CHECK: %[[DD:.*]] = arith.mulf %[[G]], %[[W]]
// CHECK: %[[ZERO:.*]] = arith.constant 0.0{{.*}} : f32
// CHECK: return %{{.*}}, %[[RATE]], %[[TOTAL]], %[[DW]], %[[DD]], %[[ZERO]], %[[ZERO]]
func.func @f(%w: tensor<8xf32>, %d: tensor<8xf32>, %lr: f32, %s: f32)
    -> (tensor<8xf32>, f32, i64) {
  %stalled, %total = altgrad.stall %w, %d, %lr, %s in !altgrad.fp8<E4M3FN>
      : tensor<8xf32>, f32 -> i64, i64
  %rate = arith.sitofp %stalled : i64 to f32
  %p = arith.mulf %w, %d : tensor<8xf32>
  return %p, %rate, %total : tensor<8xf32>, f32, i64
}
