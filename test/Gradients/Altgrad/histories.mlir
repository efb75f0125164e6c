// altgrad.update_amax_history and altgrad.history_amax: zero, for the history
// and for what it records. State goes in and comes out.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[H:[a-z0-9]+]]: tensor<4xf32>, %[[A:[a-z0-9]+]]: f32, %{{[a-z0-9]+}}: tensor<4xf32>, %{{[a-z0-9]+}}: f32)
// CHECK-NEXT: %[[NEXT:.*]] = altgrad.update_amax_history %[[H]], %[[A]]
// CHECK-NEXT: %[[MAX:.*]] = altgrad.history_amax %[[NEXT]]
// CHECK-DAG: %[[ZERO_H:.*]] = arith.constant dense<0.0{{.*}}> : tensor<4xf32>
// CHECK-DAG: %[[ZERO_A:.*]] = arith.constant 0.0{{.*}} : f32
// CHECK: return %[[NEXT]], %[[MAX]], %[[ZERO_H]], %[[ZERO_A]]
func.func @f(%h: tensor<4xf32>, %a: f32) -> (tensor<4xf32>, f32) {
  %next = altgrad.update_amax_history %h, %a : tensor<4xf32>, f32
  %max = altgrad.history_amax %next : tensor<4xf32> -> f32
  return %next, %max : tensor<4xf32>, f32
}

// Other gradients do not pass through them, but past them.

// CHECK-LABEL: func @past_vjp(
// CHECK-SAME: %[[H:[a-z0-9]+]]: tensor<?xf32>, %[[G:[a-z0-9]+]]: tensor<?xf32>, %[[GA:[a-z0-9]+]]: f32)
// CHECK: return %{{.*}}, %{{.*}}, %[[G]] : tensor<?xf32>, f32, tensor<?xf32>
func.func @past(%h: tensor<?xf32>) -> (tensor<?xf32>, f32) {
  %max = altgrad.history_amax %h algorithm(most_recent) : tensor<?xf32> -> f32
  return %h, %max : tensor<?xf32>, f32
}
