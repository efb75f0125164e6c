// cotangent_format: the rules of fake_quantize and quantize, of a cotangent that
// was fake-quantized with a scale of its own: compute_scale of its amax.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_straight_through %s

!E4M3FN = !altgrad.fp8<E4M3FN>
!E5M2 = !altgrad.fp8<E5M2>

// STRAIGHT_THROUGH @fake kind=fake format=E4M3FN cotangent_format=E5M2
// CHECK-LABEL: func @fake_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<24xf32>, %[[S:[a-z0-9]+]]: f32, %[[G:[a-z0-9]+]]: tensor<24xf32>)
// CHECK: %[[AMAX:.*]] = altgrad.amax %[[G]] : tensor<24xf32> -> f32
// CHECK-NEXT: %[[SCALE:.*]] = altgrad.compute_scale %[[AMAX]] in !E5M2
// CHECK-NEXT: %[[ROUNDED:.*]] = altgrad.fake_quantize %[[G]], %[[SCALE]] in !E5M2
// CHECK: return %{{.*}}, %[[ROUNDED]], %{{.*}}
func.func @fake(%x: tensor<24xf32>, %s: f32) -> tensor<24xf32> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN cotangent_format(!E5M2)
      : tensor<24xf32>, f32
  return %y : tensor<24xf32>
}

// STRAIGHT_THROUGH @all kind=fake format=E4M3FN ste=clipped scale_grad=lsq cotangent_format=E5M2
// CHECK-LABEL: func @all_vjp(
// CHECK: %[[ROUNDED:.*]] = altgrad.fake_quantize %{{.*}} in !E5M2
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[ROUNDED]] :
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[ROUNDED]] :
func.func @all(%x: tensor<24xf32>, %s: f32) -> tensor<24xf32> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN ste(clipped) scale_grad(lsq)
      cotangent_format(!E5M2) : tensor<24xf32>, f32
  return %y : tensor<24xf32>
}

// The cotangent's scale is f32 where 16 bits would not hold it.

// STRAIGHT_THROUGH @half kind=fake format=E4M3FN cotangent_format=E5M2
// CHECK-LABEL: func @half_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x6xf16>, %[[S:[a-z0-9]+]]: tensor<4x1xf16>, %[[G:[a-z0-9]+]]: tensor<4x6xf16>)
// CHECK: %[[WIDE:.*]] = arith.extf %[[G]] : tensor<4x6xf16> to tensor<4x6xf32>
// CHECK: %[[ROUNDED:.*]] = altgrad.fake_quantize %[[WIDE]], %{{.*}} in !E5M2 : tensor<4x6xf32>, f32
// CHECK: arith.truncf %[[ROUNDED]] : tensor<4x6xf32> to tensor<4x6xf16>
func.func @half(%x: tensor<4x6xf16>, %s: tensor<4x1xf16>) -> tensor<4x6xf16> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN cotangent_format(!E5M2)
      : tensor<4x6xf16>, tensor<4x1xf16>
  return %y : tensor<4x6xf16>
}

// STRAIGHT_THROUGH @bfloat kind=fake format=E4M3FN ste=clipped cotangent_format=E4M3FN
func.func @bfloat(%x: tensor<4x6xbf16>, %s: tensor<4x1xbf16>) -> tensor<4x6xbf16> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN ste(clipped) cotangent_format(!E4M3FN)
      : tensor<4x6xbf16>, tensor<4x1xbf16>
  return %y : tensor<4x6xbf16>
}

// STRAIGHT_THROUGH @double kind=fake format=E4M3FN ste=clipped cotangent_format=E5M2
func.func @double(%x: tensor<4x6xf64>, %s: f64) -> tensor<4x6xf64> {
  %y = altgrad.fake_quantize %x, %s in !E4M3FN ste(clipped) cotangent_format(!E5M2)
      : tensor<4x6xf64>, f64
  return %y : tensor<4x6xf64>
}

// A quantize that stays alone rounds the cotangent of its codes.

// STRAIGHT_THROUGH @quantize kind=quantize format=E4M3FN scale_grad=lsq cotangent_format=E5M2
// CHECK-LABEL: func @quantize_vjp(
// CHECK-SAME: %{{.*}}, %[[G:[a-z0-9]+]]: tensor<4x6xf32>)
// CHECK: altgrad.fake_quantize %[[G]], %{{.*}} in !E5M2
func.func @quantize(%x: tensor<4x6xf32>, %s: tensor<4x3xf32>) -> tensor<4x6xf32> {
  %q = altgrad.quantize %x, %s scale_grad(lsq) cotangent_format(!E5M2)
      : tensor<4x6xf32>, tensor<4x3xf32> -> tensor<4x6x!E4M3FN>
  %y = altgrad.dequantize %q : tensor<4x6x!E4M3FN> -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}
