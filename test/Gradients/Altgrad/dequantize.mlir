// altgrad.dequantize: g * scale for the codes, nothing for the scale. The
// cotangent of codes has the type of the values they became.
//
// RUN: altgrad-opt %s --altgrad-differentiate | FileCheck %s
// RUN: %check_straight_through %s

!E4M3FN = !altgrad.fp8<E4M3FN>

// STRAIGHT_THROUGH @per_tensor kind=dequantize format=E4M3FN
// CHECK-LABEL: func @per_tensor_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<24xf32>, %[[S:[a-z0-9]+]]: f32, %[[G:[a-z0-9]+]]: tensor<24xf32>)
// CHECK: %[[DX:.*]] = linalg.generic {{.*}} ins(%[[G]] :
// CHECK-NEXT: ^bb0(%[[GI:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[R:.*]] = arith.mulf %[[GI]], %[[S]]
// CHECK-NEXT: linalg.yield %[[R]]
// CHECK: %[[ZERO:.*]] = arith.constant 0.0
// CHECK: return %{{.*}}, %[[DX]], %[[ZERO]]
func.func @per_tensor(%x: tensor<24xf32>, %s: f32) -> tensor<24xf32> {
  %q = altgrad.quantize %x : tensor<24xf32> -> tensor<24x!E4M3FN>
  %y = altgrad.dequantize %q, %s : tensor<24x!E4M3FN>, f32 -> tensor<24xf32>
  return %y : tensor<24xf32>
}

// STRAIGHT_THROUGH @blocks kind=dequantize format=E4M3FN
// STRAIGHT_THROUGH @dynamic kind=dequantize format=E4M3FN ste=clipped
// STRAIGHT_THROUGH @half kind=dequantize format=E4M3FN
// STRAIGHT_THROUGH @bfloat kind=dequantize format=E4M3FN
// STRAIGHT_THROUGH @double kind=dequantize format=E4M3FN
// STRAIGHT_THROUGH @scalar kind=dequantize format=E4M3FN
func.func @blocks(%x: tensor<4x6xf32>, %s: tensor<2x3xf32>) -> tensor<4x6xf32> {
  %q = altgrad.quantize %x : tensor<4x6xf32> -> tensor<4x6x!E4M3FN>
  %y = altgrad.dequantize %q, %s : tensor<4x6x!E4M3FN>, tensor<2x3xf32> -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}
func.func @dynamic(%x: tensor<?x?xf32>, %s: tensor<?x1xf32>) -> tensor<?x?xf32> {
  %q = altgrad.quantize %x ste(clipped) : tensor<?x?xf32> -> tensor<?x?x!E4M3FN>
  %y = altgrad.dequantize %q, %s : tensor<?x?x!E4M3FN>, tensor<?x1xf32> -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
func.func @half(%x: tensor<4x6xf16>, %s: tensor<4x1xf16>) -> tensor<4x6xf16> {
  %q = altgrad.quantize %x : tensor<4x6xf16> -> tensor<4x6x!E4M3FN>
  %y = altgrad.dequantize %q, %s : tensor<4x6x!E4M3FN>, tensor<4x1xf16> -> tensor<4x6xf16>
  return %y : tensor<4x6xf16>
}
func.func @bfloat(%x: tensor<4x6xbf16>, %s: tensor<4x1xbf16>) -> tensor<4x6xbf16> {
  %q = altgrad.quantize %x : tensor<4x6xbf16> -> tensor<4x6x!E4M3FN>
  %y = altgrad.dequantize %q, %s : tensor<4x6x!E4M3FN>, tensor<4x1xbf16> -> tensor<4x6xbf16>
  return %y : tensor<4x6xbf16>
}
func.func @double(%x: tensor<4x6xf64>, %s: f64) -> tensor<4x6xf64> {
  %q = altgrad.quantize %x : tensor<4x6xf64> -> tensor<4x6x!E4M3FN>
  %y = altgrad.dequantize %q, %s : tensor<4x6x!E4M3FN>, f64 -> tensor<4x6xf64>
  return %y : tensor<4x6xf64>
}
func.func @scalar(%x: f32, %s: f32) -> f32 {
  %q = altgrad.quantize %x : f32 -> !E4M3FN
  %y = altgrad.dequantize %q, %s : !E4M3FN, f32 -> f32
  return %y : f32
}

// Codes that become values of two types: the wider one holds the sum.

// CHECK-LABEL: func @two_types_vjp(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[S:[a-z0-9]+]]: f32, %[[G32:[a-z0-9]+]]: tensor<4xf32>, %[[G16:[a-z0-9]+]]: tensor<4xbf16>)
// CHECK: %[[WIDE:.*]] = arith.extf %[[G16]] : tensor<4xbf16> to tensor<4xf32>
// CHECK: arith.addf %[[WIDE]], %{{.*}} : tensor<4xf32>
func.func @two_types(%x: tensor<4xf32>, %s: f32) -> (tensor<4xf32>, tensor<4xbf16>) {
  %q = altgrad.quantize %x : tensor<4xf32> -> tensor<4x!E4M3FN>
  %y = altgrad.dequantize %q, %s : tensor<4x!E4M3FN>, f32 -> tensor<4xf32>
  %z = altgrad.dequantize %q : tensor<4x!E4M3FN> -> tensor<4xbf16>
  return %y, %z : tensor<4xf32>, tensor<4xbf16>
}
