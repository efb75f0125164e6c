// Divisions by a scale may become multiplications: arcp on the ops that divide,
// on top of what they have, and on no other op.
//
// RUN: altgrad-opt %s --altgrad-set-fast-math | FileCheck %s

// CHECK-LABEL: func @dividing
// CHECK: altgrad.quantize %{{.*}}, %{{.*}} fastmath<arcp> : tensor<4xf32>, f32
// CHECK: altgrad.quantize %{{.*}}, %{{.*}} fastmath<nnan,arcp> : tensor<4xf32>, f32
// CHECK: altgrad.fake_quantize %{{.*}}, %{{.*}} in !E5M2 fastmath<arcp> : tensor<4xf32>, f32
// CHECK: altgrad.stall %{{.*}} in !E5M2 fastmath<arcp> : tensor<4xf32>, f32
func.func @dividing(%x: tensor<4xf32>, %s: f32) -> tensor<4xf32> {
  %0 = altgrad.quantize %x, %s : tensor<4xf32>, f32 -> tensor<4x!altgrad.fp8<E5M2>>
  %1 = altgrad.quantize %x, %s fastmath<nnan> : tensor<4xf32>, f32 -> tensor<4x!altgrad.fp8<E5M2>>
  %2 = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> : tensor<4xf32>, f32
  %3:2 = altgrad.stall %x, %x, %s, %s in !altgrad.fp8<E5M2> : tensor<4xf32>, f32 -> i64, i64
  return %2 : tensor<4xf32>
}

// CHECK-LABEL: func @others
// CHECK-NOT: fastmath
// CHECK: return
func.func @others(%x: tensor<4xf32>, %q: !altgrad.fp8<E5M2>, %s: f32) -> f32 {
  %0 = altgrad.dequantize %q, %s : !altgrad.fp8<E5M2>, f32 -> f32
  %1 = altgrad.amax %x : tensor<4xf32> -> f32
  %2 = altgrad.compute_scale %1 in !altgrad.fp8<E5M2> : f32 -> f32
  %3 = arith.divf %0, %2 : f32
  return %3 : f32
}
