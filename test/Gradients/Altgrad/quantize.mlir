// altgrad.quantize: g / scale, where g is the cotangent of the codes' values,
// with ste(clipped) only inside of the format's range. A pair with one scale is a
// fake_quantize: its gradient is g, bit for bit, and not g * scale / scale.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_straight_through %s

!E4M3FN = !altgrad.fp8<E4M3FN>
!E5M2 = !altgrad.fp8<E5M2>
!E3M4 = !altgrad.fp8<E3M4>

// STRAIGHT_THROUGH @identity kind=quantize format=E4M3FN
// CHECK-LABEL: func @identity_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<24xf32>, %[[S:[a-z0-9]+]]: f32, %[[G:[a-z0-9]+]]: tensor<24xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[G]] :
// CHECK-NEXT: ^bb0(%[[GI:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[R:.*]] = arith.divf %[[GI]], %[[S]]
// CHECK-NEXT: linalg.yield %[[R]]
func.func @identity(%x: tensor<24xf32>, %s: f32) -> tensor<24xf32> {
  %q = altgrad.quantize %x, %s : tensor<24xf32>, f32 -> tensor<24x!E4M3FN>
  %y = altgrad.dequantize %q : tensor<24x!E4M3FN> -> tensor<24xf32>
  return %y : tensor<24xf32>
}

// STRAIGHT_THROUGH @clipped kind=quantize format=E4M3FN ste=clipped
// CHECK-LABEL: func @clipped_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<24xf32>, %[[S:[a-z0-9]+]]: f32, %[[G:[a-z0-9]+]]: tensor<24xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[X]], %[[G]] :
// CHECK-NEXT: ^bb0(%[[XI:.*]]: f32, %[[GI:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[U:.*]] = arith.divf %[[XI]], %[[S]]
// CHECK: %[[IS_INSIDE:.*]] = arith.cmpf ole
// CHECK-NEXT: %[[DIVIDED:.*]] = arith.divf %[[GI]], %[[S]]
// CHECK: arith.select %[[IS_INSIDE]], %[[DIVIDED]], %{{.*}}
func.func @clipped(%x: tensor<24xf32>, %s: f32) -> tensor<24xf32> {
  %q = altgrad.quantize %x, %s ste(clipped) : tensor<24xf32>, f32 -> tensor<24x!E4M3FN>
  %y = altgrad.dequantize %q : tensor<24x!E4M3FN> -> tensor<24xf32>
  return %y : tensor<24xf32>
}

// With scale_grad(lsq): g times Q(u) - u or +-largest, as with fake_quantize.

// STRAIGHT_THROUGH @learned kind=quantize format=E5M2 scale_grad=lsq
// CHECK-LABEL: func @learned_vjp(
// CHECK: %[[Q:.*]] = altgrad.fake_quantize %[[U:.*]] in !E5M2 : f32
// CHECK-NEXT: arith.subf %[[Q]], %[[U]]
func.func @learned(%x: tensor<24xf32>, %s: f32) -> tensor<24xf32> {
  %q = altgrad.quantize %x, %s scale_grad(lsq) : tensor<24xf32>, f32 -> tensor<24x!E5M2>
  %y = altgrad.dequantize %q : tensor<24x!E5M2> -> tensor<24xf32>
  return %y : tensor<24xf32>
}

// STRAIGHT_THROUGH @blocks kind=quantize format=E3M4 ste=clipped scale_grad=lsq
// STRAIGHT_THROUGH @dynamic kind=quantize format=E3M4 ste=clipped scale_grad=lsq
// STRAIGHT_THROUGH @bfloat kind=quantize format=E3M4 ste=clipped scale_grad=lsq
// STRAIGHT_THROUGH @double kind=quantize format=E3M4 ste=clipped scale_grad=lsq
// STRAIGHT_THROUGH @scalar kind=quantize format=E3M4 ste=clipped scale_grad=lsq
func.func @blocks(%x: tensor<4x6xf32>, %s: tensor<4x2xf32>) -> tensor<4x6xf32> {
  %q = altgrad.quantize %x, %s ste(clipped) scale_grad(lsq)
      : tensor<4x6xf32>, tensor<4x2xf32> -> tensor<4x6x!E3M4>
  %y = altgrad.dequantize %q : tensor<4x6x!E3M4> -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}
func.func @dynamic(%x: tensor<?x?xf32>, %s: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %q = altgrad.quantize %x, %s ste(clipped) scale_grad(lsq)
      : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?x!E3M4>
  %y = altgrad.dequantize %q : tensor<?x?x!E3M4> -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
func.func @bfloat(%x: tensor<4x6xbf16>, %s: tensor<4x2xbf16>) -> tensor<4x6xbf16> {
  %q = altgrad.quantize %x, %s ste(clipped) scale_grad(lsq)
      : tensor<4x6xbf16>, tensor<4x2xbf16> -> tensor<4x6x!E3M4>
  %y = altgrad.dequantize %q : tensor<4x6x!E3M4> -> tensor<4x6xbf16>
  return %y : tensor<4x6xbf16>
}
func.func @double(%x: tensor<4x6xf64>, %s: tensor<4x2xf64>) -> tensor<4x6xf64> {
  %q = altgrad.quantize %x, %s ste(clipped) scale_grad(lsq)
      : tensor<4x6xf64>, tensor<4x2xf64> -> tensor<4x6x!E3M4>
  %y = altgrad.dequantize %q : tensor<4x6x!E3M4> -> tensor<4x6xf64>
  return %y : tensor<4x6xf64>
}
func.func @scalar(%x: f32, %s: f32) -> f32 {
  %q = altgrad.quantize %x, %s ste(clipped) scale_grad(lsq) : f32, f32 -> !E3M4
  %y = altgrad.dequantize %q : !E3M4 -> f32
  return %y : f32
}

// The pair.

// STRAIGHT_THROUGH @pair kind=fake format=E4M3FN
// CHECK-LABEL: func @pair_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<24xf32>, %[[S:[a-z0-9]+]]: f32, %[[G:[a-z0-9]+]]: tensor<24xf32>)
// CHECK-NEXT: %[[Y:.*]] = altgrad.fake_quantize %[[X]], %[[S]]
// CHECK-NEXT: %[[ZERO:.*]] = arith.constant 0.0
// CHECK-NEXT: return %[[Y]], %[[G]], %[[ZERO]]
func.func @pair(%x: tensor<24xf32>, %s: f32) -> tensor<24xf32> {
  %q = altgrad.quantize %x, %s : tensor<24xf32>, f32 -> tensor<24x!E4M3FN>
  %y = altgrad.dequantize %q, %s : tensor<24x!E4M3FN>, f32 -> tensor<24xf32>
  return %y : tensor<24xf32>
}

// STRAIGHT_THROUGH @pair_variants kind=fake format=E4M3FN ste=clipped scale_grad=lsq cotangent_format=E5M2
// CHECK-LABEL: func @pair_variants_vjp(
// CHECK-NOT: altgrad.quantize
// CHECK: altgrad.fake_quantize %{{.*}}, %{{.*}} in !E4M3FN ste(clipped) scale_grad(lsq) cotangent_format(!E5M2)
func.func @pair_variants(%x: tensor<4x6xf32>, %s: tensor<4x2xf32>) -> tensor<4x6xf32> {
  %q = altgrad.quantize %x, %s ste(clipped) scale_grad(lsq) cotangent_format(!E5M2)
      : tensor<4x6xf32>, tensor<4x2xf32> -> tensor<4x6x!E4M3FN>
  %y = altgrad.dequantize %q, %s : tensor<4x6x!E4M3FN>, tensor<4x2xf32> -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}
