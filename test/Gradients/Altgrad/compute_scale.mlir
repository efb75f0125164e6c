// altgrad.compute_scale: zero, also where the scale is learned: x has no gradient
// through its own scale.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s

!E4M3FN = !altgrad.fp8<E4M3FN>

// CHECK-LABEL: func @f_vjp(
// CHECK-SAME: %[[A:[a-z0-9]+]]: f32, %{{[a-z0-9]+}}: f32)
// CHECK-NEXT: %[[S:.*]] = altgrad.compute_scale %[[A]]
// CHECK-NEXT: %[[ZERO:.*]] = arith.constant 0.0
// CHECK-NEXT: return %[[S]], %[[ZERO]]
func.func @f(%a: f32) -> f32 {
  %s = altgrad.compute_scale %a in !E4M3FN : f32 -> f32
  return %s : f32
}

// CHECK-LABEL: func @learned_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[G:[a-z0-9]+]]: tensor<4xf32>)
// CHECK: %[[Y:.*]] = altgrad.fake_quantize
// CHECK-NEXT: return %[[Y]], %[[G]]
func.func @learned(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = altgrad.amax %x : tensor<4xf32> -> f32
  %s = altgrad.compute_scale %a in !E4M3FN : f32 -> f32
  %y = altgrad.fake_quantize %x, %s in !E4M3FN scale_grad(lsq) : tensor<4xf32>, f32
  return %y : tensor<4xf32>
}
