// State in a loop: an amax history that iterations read and write. Its gradient
// is zero, it is not recorded, and the loop's cotangents do not carry it further
// than where there was no iteration.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: altgrad-opt %s --altgrad-differentiate --altgrad-cpu-pipeline | FileCheck %s --check-prefix=LOWERED
//
// The gradient that is compiled is that of the loop unrolled by hand.
// RUN: %python %S/../same_results.py %s @steps_vjp @unrolled_vjp

// LOWERED: llvm.func @steps_vjp

!E4M3FN = !altgrad.fp8<E4M3FN>

func.func private @step(%w: tensor<4x4xf32>, %x: tensor<4x4xf32>, %history: tensor<3xf32>)
    -> (tensor<4x4xf32>, tensor<3xf32>) {
  %amax = altgrad.history_amax %history : tensor<3xf32> -> f32
  %scale = altgrad.compute_scale %amax in !E4M3FN : f32 -> f32
  %q = altgrad.fake_quantize %x, %scale in !E4M3FN ste(clipped) : tensor<4x4xf32>, f32
  %p = arith.mulf %q, %w : tensor<4x4xf32>
  %y = math.sin %p : tensor<4x4xf32>
  %now = altgrad.amax %y : tensor<4x4xf32> -> f32
  %next = altgrad.update_amax_history %history, %now : tensor<3xf32>, f32
  return %y, %next : tensor<4x4xf32>, tensor<3xf32>
}

// CHECK-LABEL: func @steps_vjp(
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<4x4xf32>, %[[X:[a-z0-9]+]]: tensor<4x4xf32>, %[[H:[a-z0-9]+]]: tensor<3xf32>, %[[G:[a-z0-9]+]]: tensor<4x4xf32>, %{{[a-z0-9]+}}: tensor<3xf32>)
// The tapes: q for the product with w, the product for sin, x and the scale for
// the clipping.
// CHECK-DAG: tensor.empty() : tensor<3x4x4xf32>
// CHECK-DAG: tensor.empty() : tensor<3xf32>
// CHECK: scf.for
// CHECK: altgrad.update_amax_history
// CHECK: scf.for
// CHECK-NOT: altgrad.{{.*}}history
// CHECK: return
func.func @steps(%w: tensor<4x4xf32>, %x: tensor<4x4xf32>, %history: tensor<3xf32>)
    -> (tensor<4x4xf32>, tensor<3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r:2 = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x, %h = %history)
      -> (tensor<4x4xf32>, tensor<3xf32>) {
    %s:2 = func.call @step(%w, %a, %h)
        : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<3xf32>) -> (tensor<4x4xf32>, tensor<3xf32>)
    scf.yield %s#0, %s#1 : tensor<4x4xf32>, tensor<3xf32>
  }
  return %r#0, %r#1 : tensor<4x4xf32>, tensor<3xf32>
}

func.func @unrolled(%w: tensor<4x4xf32>, %x: tensor<4x4xf32>, %history: tensor<3xf32>)
    -> (tensor<4x4xf32>, tensor<3xf32>) {
  %a:2 = func.call @step(%w, %x, %history)
      : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<3xf32>) -> (tensor<4x4xf32>, tensor<3xf32>)
  %b:2 = func.call @step(%w, %a#0, %a#1)
      : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<3xf32>) -> (tensor<4x4xf32>, tensor<3xf32>)
  %c:2 = func.call @step(%w, %b#0, %b#1)
      : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<3xf32>) -> (tensor<4x4xf32>, tensor<3xf32>)
  return %c#0, %c#1 : tensor<4x4xf32>, tensor<3xf32>
}
