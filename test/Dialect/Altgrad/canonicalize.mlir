// Each canonicalization beside the cases that must stay as they are. A rewrite
// is right only if the bits are equal for every input.
//
// RUN: altgrad-opt %s --canonicalize --split-input-file | FileCheck %s

//===----------------------------------------------------------------------===//
// dequantize(quantize(x, s), s) -> fake_quantize(x, s)
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @pair_becomes_fake_quantize
// CHECK-SAME: (%[[X:.*]]: tensor<4x?xf32>, %[[SCALE:.*]]: f32)
// CHECK-NEXT: %[[Y:.*]] = altgrad.fake_quantize %[[X]], %[[SCALE]] in !E4M3FN : tensor<4x?xf32>, f32
// CHECK-NEXT: return %[[Y]]
func.func @pair_becomes_fake_quantize(%x: tensor<4x?xf32>, %s: f32) -> tensor<4x?xf32> {
  %q = altgrad.quantize %x, %s : tensor<4x?xf32>, f32 -> tensor<4x?x!altgrad.fp8<E4M3FN>>
  %y = altgrad.dequantize %q, %s : tensor<4x?x!altgrad.fp8<E4M3FN>>, f32 -> tensor<4x?xf32>
  return %y : tensor<4x?xf32>
}

// Every policy of the quantize lives on.

// CHECK-LABEL: func @pair_keeps_policies
// CHECK: altgrad.fake_quantize %{{.*}}, %{{.*}} in !E5M2 overflow(infinity) ste(clipped) scale_grad(lsq) cotangent_format(!E4M3FN) fastmath<arcp> : vector<4xf16>, vector<2xf16>
// CHECK-NEXT: return
func.func @pair_keeps_policies(%x: vector<4xf16>, %s: vector<2xf16>) -> vector<4xf16> {
  %q = altgrad.quantize %x, %s overflow(infinity) ste(clipped) scale_grad(lsq)
      cotangent_format(!altgrad.fp8<E4M3FN>) fastmath<arcp> : vector<4xf16>, vector<2xf16> -> vector<4x!altgrad.fp8<E5M2>>
  %y = altgrad.dequantize %q, %s : vector<4x!altgrad.fp8<E5M2>>, vector<2xf16> -> vector<4xf16>
  return %y : vector<4xf16>
}

// CHECK-LABEL: func @pair_without_scale
// CHECK-NEXT: altgrad.fake_quantize %{{.*}} in !E0M7 : f64
// CHECK-NEXT: return
func.func @pair_without_scale(%x: f64) -> f64 {
  %q = altgrad.quantize %x : f64 -> !altgrad.fp8<E0M7>
  %y = altgrad.dequantize %q : !altgrad.fp8<E0M7> -> f64
  return %y : f64
}

// Codes that something else reads stay beside the fake_quantize.

// CHECK-LABEL: func @pair_with_other_user
// CHECK-DAG: %[[CODES:.*]] = altgrad.quantize
// CHECK-DAG: %[[Y:.*]] = altgrad.fake_quantize
// CHECK: return %[[CODES]], %[[Y]]
func.func @pair_with_other_user(%x: f32, %s: f32) -> (!altgrad.fp8<E5M2>, f32) {
  %q = altgrad.quantize %x, %s : f32, f32 -> !altgrad.fp8<E5M2>
  %y = altgrad.dequantize %q, %s : !altgrad.fp8<E5M2>, f32 -> f32
  return %q, %y : !altgrad.fp8<E5M2>, f32
}

// Not with two scales, whatever their values at run time.

// CHECK-LABEL: func @pair_with_two_scales
// CHECK-NEXT: altgrad.quantize
// CHECK-NEXT: altgrad.dequantize
func.func @pair_with_two_scales(%x: f32, %s: f32, %t: f32) -> f32 {
  %q = altgrad.quantize %x, %s : f32, f32 -> !altgrad.fp8<E5M2>
  %y = altgrad.dequantize %q, %t : !altgrad.fp8<E5M2>, f32 -> f32
  return %y : f32
}

// CHECK-LABEL: func @pair_with_one_scale_only
// CHECK-NEXT: altgrad.quantize
// CHECK-NEXT: altgrad.dequantize
func.func @pair_with_one_scale_only(%x: f32, %s: f32) -> f32 {
  %q = altgrad.quantize %x, %s : f32, f32 -> !altgrad.fp8<E5M2>
  %y = altgrad.dequantize %q : !altgrad.fp8<E5M2> -> f32
  return %y : f32
}

// Not into another type: fake_quantize gives the type of x.

// CHECK-LABEL: func @pair_into_another_type
// CHECK-NEXT: altgrad.quantize
// CHECK-NEXT: altgrad.dequantize
func.func @pair_into_another_type(%x: f64) -> f32 {
  %q = altgrad.quantize %x : f64 -> !altgrad.fp8<E5M2>
  %y = altgrad.dequantize %q : !altgrad.fp8<E5M2> -> f32
  return %y : f32
}

// -----

//===----------------------------------------------------------------------===//
// quantize(dequantize(q, s), s) -> q
//===----------------------------------------------------------------------===//

// A finite format has one code for every value and no NaN: all come back.

// CHECK-LABEL: func @codes_survive_in_a_finite_format
// CHECK-SAME: (%[[Q:.*]]: tensor<?x!E3M4>)
// CHECK-NEXT: return %[[Q]]
func.func @codes_survive_in_a_finite_format(%q: tensor<?x!altgrad.fp8<E3M4>>) -> tensor<?x!altgrad.fp8<E3M4>> {
  %y = altgrad.dequantize %q : tensor<?x!altgrad.fp8<E3M4>> -> tensor<?xf32>
  %r = altgrad.quantize %y : tensor<?xf32> -> tensor<?x!altgrad.fp8<E3M4>>
  return %r : tensor<?x!altgrad.fp8<E3M4>>
}

// fnuz has one NaN, the canonical one.

// CHECK-LABEL: func @codes_survive_in_fnuz
// CHECK-SAME: (%[[Q:.*]]: !E4M3FNUZ)
// CHECK-NEXT: return %[[Q]]
func.func @codes_survive_in_fnuz(%q: !altgrad.fp8<E4M3FNUZ>) -> !altgrad.fp8<E4M3FNUZ> {
  %y = altgrad.dequantize %q : !altgrad.fp8<E4M3FNUZ> -> f32
  %r = altgrad.quantize %y : f32 -> !altgrad.fp8<E4M3FNUZ>
  return %r : !altgrad.fp8<E4M3FNUZ>
}

// A constant scale is tried with every code: a power of two loses none.

// CHECK-LABEL: func @codes_survive_a_power_of_two
// CHECK-SAME: (%[[Q:.*]]: tensor<4x!E3M4>)
// CHECK-NEXT: return %[[Q]]
func.func @codes_survive_a_power_of_two(%q: tensor<4x!altgrad.fp8<E3M4>>) -> tensor<4x!altgrad.fp8<E3M4>> {
  %s = arith.constant dense<0.125> : tensor<2xf32>
  %y = altgrad.dequantize %q, %s : tensor<4x!altgrad.fp8<E3M4>>, tensor<2xf32> -> tensor<4xf32>
  %r = altgrad.quantize %y, %s : tensor<4xf32>, tensor<2xf32> -> tensor<4x!altgrad.fp8<E3M4>>
  return %r : tensor<4x!altgrad.fp8<E3M4>>
}

// 0xFF is a NaN of E4M3FN and would come back as 0x7F.

// CHECK-LABEL: func @codes_with_two_nans
// CHECK-NEXT: altgrad.dequantize
// CHECK-NEXT: altgrad.quantize
func.func @codes_with_two_nans(%q: !altgrad.fp8<E4M3FN>) -> !altgrad.fp8<E4M3FN> {
  %y = altgrad.dequantize %q : !altgrad.fp8<E4M3FN> -> f32
  %r = altgrad.quantize %y : f32 -> !altgrad.fp8<E4M3FN>
  return %r : !altgrad.fp8<E4M3FN>
}

// E7M0 as ieee has no NaN but an infinity (0x7F), which saturation takes away.

// CHECK-LABEL: func @infinity_saturates
// CHECK-NEXT: altgrad.dequantize
// CHECK-NEXT: altgrad.quantize
func.func @infinity_saturates(%q: !altgrad.fp8<E7M0, bias = 63, ieee>) -> !altgrad.fp8<E7M0, bias = 63, ieee> {
  %y = altgrad.dequantize %q : !altgrad.fp8<E7M0, bias = 63, ieee> -> f32
  %r = altgrad.quantize %y : f32 -> !altgrad.fp8<E7M0, bias = 63, ieee>
  return %r : !altgrad.fp8<E7M0, bias = 63, ieee>
}

// CHECK-LABEL: func @infinity_survives
// CHECK-SAME: (%[[Q:.*]]: !E7M0_b63_ieee)
// CHECK-NEXT: return %[[Q]]
func.func @infinity_survives(%q: !altgrad.fp8<E7M0, bias = 63, ieee>) -> !altgrad.fp8<E7M0, bias = 63, ieee> {
  %y = altgrad.dequantize %q : !altgrad.fp8<E7M0, bias = 63, ieee> -> f32
  %r = altgrad.quantize %y overflow(infinity) : f32 -> !altgrad.fp8<E7M0, bias = 63, ieee>
  return %r : !altgrad.fp8<E7M0, bias = 63, ieee>
}

// An unknown scale may be zero, or so large that products overflow.

// CHECK-LABEL: func @codes_with_unknown_scale
// CHECK-NEXT: altgrad.dequantize
// CHECK-NEXT: altgrad.quantize
func.func @codes_with_unknown_scale(%q: !altgrad.fp8<E3M4>, %s: f32) -> !altgrad.fp8<E3M4> {
  %y = altgrad.dequantize %q, %s : !altgrad.fp8<E3M4>, f32 -> f32
  %r = altgrad.quantize %y, %s : f32, f32 -> !altgrad.fp8<E3M4>
  return %r : !altgrad.fp8<E3M4>
}

// With 2^127 the larger products are infinite: 1.0625 * 2 * 2^127 and on.

// CHECK-LABEL: func @codes_with_overflowing_scale
// CHECK: altgrad.dequantize
// CHECK-NEXT: altgrad.quantize
func.func @codes_with_overflowing_scale(%q: !altgrad.fp8<E3M4>) -> !altgrad.fp8<E3M4> {
  %s = arith.constant 0x7F000000 : f32
  %y = altgrad.dequantize %q, %s : !altgrad.fp8<E3M4>, f32 -> f32
  %r = altgrad.quantize %y, %s : f32, f32 -> !altgrad.fp8<E3M4>
  return %r : !altgrad.fp8<E3M4>
}

// With 2^-149, the smallest float, 2^-4 * s rounds to zero.

// CHECK-LABEL: func @codes_with_underflowing_scale
// CHECK: altgrad.dequantize
// CHECK-NEXT: altgrad.quantize
func.func @codes_with_underflowing_scale(%q: !altgrad.fp8<E3M4>) -> !altgrad.fp8<E3M4> {
  %s = arith.constant 0x00000001 : f32
  %y = altgrad.dequantize %q, %s : !altgrad.fp8<E3M4>, f32 -> f32
  %r = altgrad.quantize %y, %s : f32, f32 -> !altgrad.fp8<E3M4>
  return %r : !altgrad.fp8<E3M4>
}

// A negative scale turns code 0 into -0 and back: all survive.

// CHECK-LABEL: func @codes_survive_a_negative_scale
// CHECK-SAME: (%[[Q:.*]]: !E3M4)
// CHECK-NEXT: return %[[Q]]
func.func @codes_survive_a_negative_scale(%q: !altgrad.fp8<E3M4>) -> !altgrad.fp8<E3M4> {
  %s = arith.constant -2.0 : f32
  %y = altgrad.dequantize %q, %s : !altgrad.fp8<E3M4>, f32 -> f32
  %r = altgrad.quantize %y, %s : f32, f32 -> !altgrad.fp8<E3M4>
  return %r : !altgrad.fp8<E3M4>
}

// f16 ends at 65504 and E7M0 at 2^64: the value between the two ops overflows.

// CHECK-LABEL: func @codes_through_a_narrow_type
// CHECK-NEXT: altgrad.dequantize
// CHECK-NEXT: altgrad.quantize
func.func @codes_through_a_narrow_type(%q: !altgrad.fp8<E7M0>) -> !altgrad.fp8<E7M0> {
  %y = altgrad.dequantize %q : !altgrad.fp8<E7M0> -> f16
  %r = altgrad.quantize %y : f16 -> !altgrad.fp8<E7M0>
  return %r : !altgrad.fp8<E7M0>
}

// CHECK-LABEL: func @codes_through_bf16
// CHECK-SAME: (%[[Q:.*]]: !E7M0)
// CHECK-NEXT: return %[[Q]]
func.func @codes_through_bf16(%q: !altgrad.fp8<E7M0>) -> !altgrad.fp8<E7M0> {
  %y = altgrad.dequantize %q : !altgrad.fp8<E7M0> -> bf16
  %r = altgrad.quantize %y : bf16 -> !altgrad.fp8<E7M0>
  return %r : !altgrad.fp8<E7M0>
}

// A reciprocal, if the flag allows it, has other bits.

// CHECK-LABEL: func @codes_with_reciprocal
// CHECK: altgrad.dequantize
// CHECK-NEXT: altgrad.quantize
func.func @codes_with_reciprocal(%q: !altgrad.fp8<E3M4>) -> !altgrad.fp8<E3M4> {
  %s = arith.constant 0.3 : f32
  %y = altgrad.dequantize %q, %s : !altgrad.fp8<E3M4>, f32 -> f32
  %r = altgrad.quantize %y, %s fastmath<arcp> : f32, f32 -> !altgrad.fp8<E3M4>
  return %r : !altgrad.fp8<E3M4>
}

// CHECK-LABEL: func @codes_into_another_format
// CHECK-NEXT: altgrad.dequantize
// CHECK-NEXT: altgrad.quantize
func.func @codes_into_another_format(%q: !altgrad.fp8<E3M4>) -> !altgrad.fp8<E2M5> {
  %y = altgrad.dequantize %q : !altgrad.fp8<E3M4> -> f32
  %r = altgrad.quantize %y : f32 -> !altgrad.fp8<E2M5>
  return %r : !altgrad.fp8<E2M5>
}

// -----

//===----------------------------------------------------------------------===//
// fake_quantize is idempotent
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @twice
// CHECK-NEXT: %[[ONCE:.*]] = altgrad.fake_quantize %{{.*}} in !E4M3FN ste(clipped) : f32
// CHECK-NEXT: return %[[ONCE]]
func.func @twice(%x: f32) -> f32 {
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E4M3FN> ste(clipped) : f32
  %z = altgrad.fake_quantize %y in !altgrad.fp8<E4M3FN> ste(clipped) : f32
  return %z : f32
}

// Saturation makes no infinity, so its code need not survive.

// CHECK-LABEL: func @twice_with_constant_scale
// CHECK: %[[ONCE:.*]] = altgrad.fake_quantize %{{.*}}, %{{.*}} in !E5M2 : tensor<?xf32>, f32
// CHECK-NEXT: return %[[ONCE]]
func.func @twice_with_constant_scale(%x: tensor<?xf32>) -> tensor<?xf32> {
  %s = arith.constant 0.1 : f32
  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> : tensor<?xf32>, f32
  %z = altgrad.fake_quantize %y, %s in !altgrad.fp8<E5M2> : tensor<?xf32>, f32
  return %z : tensor<?xf32>
}

// The round trip of a finite format through its values, as fake_quantize.

// CHECK-LABEL: func @after_dequantize
// CHECK-NEXT: %[[Y:.*]] = altgrad.dequantize
// CHECK-NEXT: return %[[Y]]
func.func @after_dequantize(%q: !altgrad.fp8<E1M6>) -> f32 {
  %y = altgrad.dequantize %q : !altgrad.fp8<E1M6> -> f32
  %z = altgrad.fake_quantize %y in !altgrad.fp8<E1M6> : f32
  return %z : f32
}

// A dequantized infinity would saturate in the fake_quantize.

// CHECK-LABEL: func @after_dequantized_infinity
// CHECK-NEXT: altgrad.dequantize
// CHECK-NEXT: altgrad.fake_quantize
func.func @after_dequantized_infinity(%q: !altgrad.fp8<E5M2>) -> f32 {
  %y = altgrad.dequantize %q : !altgrad.fp8<E5M2> -> f32
  %z = altgrad.fake_quantize %y in !altgrad.fp8<E5M2> : f32
  return %z : f32
}

// The infinity of E7M0 as ieee survives overflow(infinity), but a clipped
// gradient is zero there.

// CHECK-LABEL: func @after_dequantize_clipped
// CHECK-NEXT: altgrad.dequantize
// CHECK-NEXT: altgrad.fake_quantize
func.func @after_dequantize_clipped(%q: !altgrad.fp8<E7M0, bias = 64, ieee>) -> f32 {
  %y = altgrad.dequantize %q : !altgrad.fp8<E7M0, bias = 64, ieee> -> f32
  %z = altgrad.fake_quantize %y in !altgrad.fp8<E7M0, bias = 64, ieee> overflow(infinity) ste(clipped) : f32
  return %z : f32
}

// Not with an unknown scale: (c * s) / s may round to a neighbour's tie.

// CHECK-LABEL: func @twice_with_unknown_scale
// CHECK-COUNT-2: altgrad.fake_quantize
func.func @twice_with_unknown_scale(%x: f32, %s: f32) -> f32 {
  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> : f32, f32
  %z = altgrad.fake_quantize %y, %s in !altgrad.fp8<E5M2> : f32, f32
  return %z : f32
}

// CHECK-LABEL: func @twice_in_two_formats
// CHECK-COUNT-2: altgrad.fake_quantize
func.func @twice_in_two_formats(%x: f32) -> f32 {
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E5M2> : f32
  %z = altgrad.fake_quantize %y in !altgrad.fp8<E4M3FN> : f32
  return %z : f32
}

// The inner infinity saturates in the outer one.

// CHECK-LABEL: func @twice_with_two_overflows
// CHECK-COUNT-2: altgrad.fake_quantize
func.func @twice_with_two_overflows(%x: f32) -> f32 {
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E5M2> overflow(infinity) : f32
  %z = altgrad.fake_quantize %y in !altgrad.fp8<E5M2> : f32
  return %z : f32
}

// The bits would be equal, but the gradient of x is clipped once only.

// CHECK-LABEL: func @twice_with_two_estimators
// CHECK-COUNT-2: altgrad.fake_quantize
func.func @twice_with_two_estimators(%x: f32) -> f32 {
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E5M2> : f32
  %z = altgrad.fake_quantize %y in !altgrad.fp8<E5M2> ste(clipped) : f32
  return %z : f32
}

// A learned scale gets a gradient from both.

// CHECK-LABEL: func @twice_with_learned_scale
// CHECK-COUNT-2: altgrad.fake_quantize
func.func @twice_with_learned_scale(%x: f32) -> f32 {
  %s = arith.constant 0.5 : f32
  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> scale_grad(lsq) : f32, f32
  %z = altgrad.fake_quantize %y, %s in !altgrad.fp8<E5M2> scale_grad(lsq) : f32, f32
  return %z : f32
}

// -----

//===----------------------------------------------------------------------===//
// The scale 1
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @unit_scale
// CHECK-NEXT: altgrad.quantize %{{.*}} : f16 -> !E5M2
// CHECK-NEXT: altgrad.dequantize %{{.*}} : tensor<?x4x!E5M2> -> tensor<?x4xf64>
// CHECK-NEXT: altgrad.fake_quantize %{{.*}} in !E5M2 : vector<4xbf16>
// CHECK-NEXT: return
func.func @unit_scale(%x: f16, %q: tensor<?x4x!altgrad.fp8<E5M2>>, %v: vector<4xbf16>)
    -> (!altgrad.fp8<E5M2>, tensor<?x4xf64>, vector<4xbf16>) {
  %one16 = arith.constant 1.0 : f16
  %ones64 = arith.constant dense<1.0> : tensor<2x1xf64>
  %onesb = arith.constant dense<1.0> : vector<1xbf16>
  %0 = altgrad.quantize %x, %one16 : f16, f16 -> !altgrad.fp8<E5M2>
  %1 = altgrad.dequantize %q, %ones64 : tensor<?x4x!altgrad.fp8<E5M2>>, tensor<2x1xf64> -> tensor<?x4xf64>
  %2 = altgrad.fake_quantize %v, %onesb in !altgrad.fp8<E5M2> : vector<4xbf16>, vector<1xbf16>
  return %0, %1, %2 : !altgrad.fp8<E5M2>, tensor<?x4xf64>, vector<4xbf16>
}

// CHECK-LABEL: func @unit_scale_of_stall
// CHECK-NEXT: altgrad.stall %{{.*}}, %{{.*}}, %{{.*}} in !E5M2 : tensor<?xf32> -> i64, i64
func.func @unit_scale_of_stall(%w: tensor<?xf32>, %lr: f32) -> i64 {
  %one = arith.constant 1.0 : f32
  %0:2 = altgrad.stall %w, %w, %lr, %one in !altgrad.fp8<E5M2> : tensor<?xf32>, f32 -> i64, i64
  return %0#0 : i64
}

// Not -1, not a number next to 1, not a tensor with other elements.

// CHECK-LABEL: func @other_scales
// CHECK: altgrad.quantize %{{.*}}, %{{.*}} : f32, f32
// CHECK: altgrad.quantize %{{.*}}, %{{.*}} : f32, f32
// CHECK: altgrad.fake_quantize %{{.*}}, %{{.*}} in !E5M2 : tensor<4xf32>, tensor<2xf32>
func.func @other_scales(%x: f32, %t: tensor<4xf32>)
    -> (!altgrad.fp8<E5M2>, !altgrad.fp8<E5M2>, tensor<4xf32>) {
  %minus = arith.constant -1.0 : f32
  %next = arith.constant 0x3F800001 : f32
  %mixed = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = altgrad.quantize %x, %minus : f32, f32 -> !altgrad.fp8<E5M2>
  %1 = altgrad.quantize %x, %next : f32, f32 -> !altgrad.fp8<E5M2>
  %2 = altgrad.fake_quantize %t, %mixed in !altgrad.fp8<E5M2> : tensor<4xf32>, tensor<2xf32>
  return %0, %1, %2 : !altgrad.fp8<E5M2>, !altgrad.fp8<E5M2>, tensor<4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// bitcast chains
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @there_and_back
// CHECK-SAME: (%[[Q:.*]]: tensor<?x!E5M2>, %[[BYTES:.*]]: i8)
// CHECK-NEXT: return %[[Q]], %[[BYTES]]
func.func @there_and_back(%q: tensor<?x!altgrad.fp8<E5M2>>, %b: i8) -> (tensor<?x!altgrad.fp8<E5M2>>, i8) {
  %0 = altgrad.bitcast %q : tensor<?x!altgrad.fp8<E5M2>> to tensor<?xf8E5M2>
  %1 = altgrad.bitcast %0 : tensor<?xf8E5M2> to tensor<?x!altgrad.fp8<E5M2>>
  %2 = altgrad.bitcast %b : i8 to !altgrad.fp8<E0M7>
  %3 = altgrad.bitcast %2 : !altgrad.fp8<E0M7> to i8
  return %1, %3 : tensor<?x!altgrad.fp8<E5M2>>, i8
}

// Codes of one format read as codes of another: no bit changes, but the type.

// CHECK-LABEL: func @to_another_format
// CHECK-NEXT: altgrad.bitcast
// CHECK-NEXT: altgrad.bitcast
func.func @to_another_format(%q: !altgrad.fp8<E5M2>) -> !altgrad.fp8<E4M3FN> {
  %0 = altgrad.bitcast %q : !altgrad.fp8<E5M2> to i8
  %1 = altgrad.bitcast %0 : i8 to !altgrad.fp8<E4M3FN>
  return %1 : !altgrad.fp8<E4M3FN>
}

// -----

//===----------------------------------------------------------------------===//
// Dead and equal operations
//===----------------------------------------------------------------------===//

// Every op is pure: without users it goes.

// CHECK-LABEL: func @dead
// CHECK-NEXT: return
func.func @dead(%x: tensor<?xf32>, %s: f32, %h: tensor<4xf32>) {
  %q = altgrad.quantize %x, %s : tensor<?xf32>, f32 -> tensor<?x!altgrad.fp8<E5M2>>
  %y = altgrad.dequantize %q, %s : tensor<?x!altgrad.fp8<E5M2>>, f32 -> tensor<?xf32>
  %z = altgrad.fake_quantize %y, %s in !altgrad.fp8<E5M2> : tensor<?xf32>, f32
  %a = altgrad.amax %z : tensor<?xf32> -> f32
  %h1 = altgrad.update_amax_history %h, %a : tensor<4xf32>, f32
  %b = altgrad.history_amax %h1 : tensor<4xf32> -> f32
  %t = altgrad.compute_scale %b in !altgrad.fp8<E5M2> : f32 -> f32
  %stalled, %total = altgrad.stall %x, %x, %t, %t in !altgrad.fp8<E5M2> : tensor<?xf32>, f32 -> i64, i64
  %c = altgrad.encode %s in !altgrad.fp8<E5M2> : f32 -> i8
  %d = altgrad.decode %c in !altgrad.fp8<E5M2> : i8 -> f32
  %r = altgrad.round %d in !altgrad.fp8<E5M2> : f32
  return
}

// -----

//===----------------------------------------------------------------------===//
// What has a say in the gradient stays
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @second_rounding_of_the_cotangent
// CHECK-NEXT: altgrad.fake_quantize
// CHECK-NEXT: altgrad.fake_quantize {{.*}} cotangent_format
func.func @second_rounding_of_the_cotangent(%x: f32) -> f32 {
  %0 = altgrad.fake_quantize %x in !altgrad.fp8<E3M4> : f32
  %1 = altgrad.fake_quantize %0 in !altgrad.fp8<E3M4> cotangent_format(!altgrad.fp8<E5M2>) : f32
  return %1 : f32
}

// The first one rounds the cotangent all the same.

// CHECK-LABEL: func @first_rounding_of_the_cotangent
// CHECK-NEXT: %[[Y:.*]] = altgrad.fake_quantize {{.*}} cotangent_format
// CHECK-NEXT: return %[[Y]]
func.func @first_rounding_of_the_cotangent(%x: f32) -> f32 {
  %0 = altgrad.fake_quantize %x in !altgrad.fp8<E3M4> cotangent_format(!altgrad.fp8<E5M2>) : f32
  %1 = altgrad.fake_quantize %0 in !altgrad.fp8<E3M4> : f32
  return %1 : f32
}

// CHECK-LABEL: func @round_trip_with_a_cotangent_format
// CHECK: altgrad.quantize {{.*}} cotangent_format
func.func @round_trip_with_a_cotangent_format(%q: !altgrad.fp8<E3M4>) -> !altgrad.fp8<E3M4> {
  %0 = altgrad.dequantize %q : !altgrad.fp8<E3M4> -> f32
  %1 = altgrad.quantize %0 cotangent_format(!altgrad.fp8<E5M2>) : f32 -> !altgrad.fp8<E3M4>
  return %1 : !altgrad.fp8<E3M4>
}

// CHECK-LABEL: func @round_trip_with_clipping
// CHECK: altgrad.quantize {{.*}} ste(clipped)
func.func @round_trip_with_clipping(%q: !altgrad.fp8<E3M4>) -> !altgrad.fp8<E3M4> {
  %0 = altgrad.dequantize %q : !altgrad.fp8<E3M4> -> f32
  %1 = altgrad.quantize %0 ste(clipped) : f32 -> !altgrad.fp8<E3M4>
  return %1 : !altgrad.fp8<E3M4>
}
