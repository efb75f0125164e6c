// The ops on scalars and vectors, in terms of arith, math and vector.
//
// RUN: altgrad-opt %s --convert-altgrad-to-arith --split-input-file | FileCheck %s

// CHECK-NOT: altgrad.

!q = !altgrad.fp8<E4M3FN>

// CHECK-LABEL: func @quantize
// CHECK-SAME: (%[[X:.*]]: f32, %[[SCALE:.*]]: f32) -> i8
// CHECK: arith.divf %[[X]], %[[SCALE]] : f32
// CHECK: %[[CODE:.*]] = arith.trunci %{{.*}} : i32 to i8
// CHECK-NEXT: return %[[CODE]]
func.func @quantize(%x: f32, %s: f32) -> !q {
  %q = altgrad.quantize %x, %s : f32, f32 -> !q
  return %q : !q
}

// CHECK-LABEL: func @dequantize
// CHECK-SAME: (%[[Q:.*]]: vector<8xi8>, %[[SCALE:.*]]: f32) -> vector<8xf32>
// CHECK: arith.extui %[[Q]] : vector<8xi8> to vector<8xi32>
// CHECK: %[[SCALES:.*]] = vector.broadcast %[[SCALE]] : f32 to vector<8xf32>
// CHECK: arith.mulf %{{.*}}, %[[SCALES]] : vector<8xf32>
func.func @dequantize(%q: vector<8x!q>, %s: f32) -> vector<8xf32> {
  %y = altgrad.dequantize %q, %s : vector<8x!q>, f32 -> vector<8xf32>
  return %y : vector<8xf32>
}

// CHECK-LABEL: func @fake_quantize
// CHECK: arith.divf %{{.*}} : f64
// CHECK: arith.mulf %{{.*}} : f64
// CHECK-NOT: i8
// CHECK: return
func.func @fake_quantize(%x: f64, %s: f64) -> f64 {
  %y = altgrad.fake_quantize %x, %s in !q : f64, f64
  return %y : f64
}

// A scale for rows is a broadcast; blocks are stretched.

// CHECK-LABEL: func @rows
// CHECK-SAME: (%{{.*}}: vector<2x8xf32>, %[[SCALE:.*]]: vector<2x1xf32>)
// CHECK: vector.broadcast %[[SCALE]] : vector<2x1xf32> to vector<2x8xf32>
// CHECK-NOT: vector.shape_cast
// CHECK: return
func.func @rows(%x: vector<2x8xf32>, %s: vector<2x1xf32>) -> vector<2x8x!q> {
  %q = altgrad.quantize %x, %s : vector<2x8xf32>, vector<2x1xf32> -> vector<2x8x!q>
  return %q : vector<2x8x!q>
}

// CHECK-LABEL: func @blocks
// CHECK-SAME: (%{{.*}}: vector<2x8xf32>, %[[SCALE:.*]]: vector<2x2xf32>)
// CHECK: %[[UNIT:.*]] = vector.shape_cast %[[SCALE]] : vector<2x2xf32> to vector<2x1x2x1xf32>
// CHECK: %[[STRETCHED:.*]] = vector.broadcast %[[UNIT]] : vector<2x1x2x1xf32> to vector<2x1x2x4xf32>
// CHECK: vector.shape_cast %[[STRETCHED]] : vector<2x1x2x4xf32> to vector<2x8xf32>
func.func @blocks(%x: vector<2x8xf32>, %s: vector<2x2xf32>) -> vector<2x8x!q> {
  %q = altgrad.quantize %x, %s : vector<2x8xf32>, vector<2x2xf32> -> vector<2x8x!q>
  return %q : vector<2x8x!q>
}

// CHECK-LABEL: func @scalable
// CHECK: arith.divf %{{.*}} : vector<[4]xf32>
// CHECK: vector.broadcast %{{.*}} : vector<1xf32> to vector<[4]xf32>
func.func @scalable(%x: vector<[4]xf32>, %s: vector<[4]xf32>, %t: vector<1xf32>) -> (vector<[4]x!q>, vector<[4]x!q>) {
  %0 = altgrad.quantize %x, %s : vector<[4]xf32>, vector<[4]xf32> -> vector<[4]x!q>
  %1 = altgrad.quantize %x, %t : vector<[4]xf32>, vector<1xf32> -> vector<[4]x!q>
  return %0, %1 : vector<[4]x!q>, vector<[4]x!q>
}

// CHECK-LABEL: func @rank_0
// CHECK: arith.divf %{{.*}} : vector<f32>
func.func @rank_0(%x: vector<f32>, %s: vector<f32>) -> vector<!q> {
  %q = altgrad.quantize %x, %s : vector<f32>, vector<f32> -> vector<!q>
  return %q : vector<!q>
}

// -----

// CHECK-LABEL: func @amax_of_scalar
// CHECK: %[[BITS:.*]] = arith.bitcast %{{.*}} : f16 to i16
// CHECK: %[[MAGNITUDE:.*]] = arith.andi %[[BITS]]
// CHECK: arith.bitcast %[[MAGNITUDE]] : i16 to f16
func.func @amax_of_scalar(%x: f16) -> f16 {
  %a = altgrad.amax %x : f16 -> f16
  return %a : f16
}

// CHECK-LABEL: func @amax_of_vector
// CHECK: vector.shape_cast %{{.*}} : vector<2x8xi32> to vector<16xi32>
// CHECK: vector.reduction <maxui>, %{{.*}} : vector<16xi32> into i32
func.func @amax_of_vector(%x: vector<2x8xf32>) -> f32 {
  %a = altgrad.amax %x : vector<2x8xf32> -> f32
  return %a : f32
}

// CHECK-LABEL: func @amax_of_scalable_vector
// CHECK: vector.reduction <maxui>, %{{.*}} : vector<[4]xi32> into i32
func.func @amax_of_scalable_vector(%x: vector<[4]xf32>) -> f32 {
  %a = altgrad.amax %x nan(ignore) : vector<[4]xf32> -> f32
  return %a : f32
}

// CHECK-LABEL: func @amax_of_blocks
// CHECK: %[[SPLIT:.*]] = vector.shape_cast %{{.*}} : vector<2x8xi32> to vector<2x1x2x4xi32>
// CHECK: vector.multi_reduction <maxui>, %[[SPLIT]], %{{.*}} [1, 3] : vector<2x1x2x4xi32> to vector<2x2xi32>
func.func @amax_of_blocks(%x: vector<2x8xf32>) -> vector<2x2xf32> {
  %a = altgrad.amax %x : vector<2x8xf32> -> vector<2x2xf32>
  return %a : vector<2x2xf32>
}

// CHECK-LABEL: func @amax_of_elements
// CHECK-NOT: reduction
// CHECK: arith.bitcast %{{.*}} : vector<[4]xi32> to vector<[4]xf32>
func.func @amax_of_elements(%x: vector<[4]xf32>) -> vector<[4]xf32> {
  %a = altgrad.amax %x : vector<[4]xf32> -> vector<[4]xf32>
  return %a : vector<[4]xf32>
}

// CHECK-LABEL: func @update_amax_history
// CHECK-SAME: (%[[HISTORY:.*]]: vector<4xf32>, %[[AMAX:.*]]: f32)
// CHECK: %[[REST:.*]] = vector.extract_strided_slice %[[HISTORY]] {offsets = [1], sizes = [3], strides = [1]}
// CHECK: %[[SHIFTED:.*]] = vector.insert_strided_slice %[[REST]], %[[HISTORY]]
// CHECK: %[[APPENDED:.*]] = vector.insert %[[AMAX]], %[[SHIFTED]] [3]
// CHECK: arith.select %{{.*}}, %[[APPENDED]], %[[HISTORY]]
func.func @update_amax_history(%h: vector<4xf32>, %a: f32) -> vector<4xf32> {
  %0 = altgrad.update_amax_history %h, %a : vector<4xf32>, f32
  return %0 : vector<4xf32>
}

// CHECK-LABEL: func @update_amax_histories
// CHECK: vector.insert %{{.*}}, %{{.*}} [0] : vector<2xbf16> into vector<1x2xbf16>
func.func @update_amax_histories(%h: vector<1x2xbf16>, %a: vector<2xbf16>) -> vector<1x2xbf16> {
  %0 = altgrad.update_amax_history %h, %a : vector<1x2xbf16>, vector<2xbf16>
  return %0 : vector<1x2xbf16>
}

// CHECK-LABEL: func @update_amax_history_rank_0
// CHECK-SAME: (%{{.*}}: vector<3xf32>, %[[AMAX:.*]]: vector<f32>)
// CHECK: %[[SCALAR:.*]] = vector.extract %[[AMAX]][] : f32 from vector<f32>
// CHECK: vector.insert %[[SCALAR]], %{{.*}} [2] : f32 into vector<3xf32>
func.func @update_amax_history_rank_0(%h: vector<3xf32>, %a: vector<f32>) -> vector<3xf32> {
  %0 = altgrad.update_amax_history %h, %a : vector<3xf32>, vector<f32>
  return %0 : vector<3xf32>
}

// CHECK-LABEL: func @history_amax
// CHECK-COUNT-2: vector.extract
// CHECK: %[[IS_EMPTY:.*]] = arith.cmpf olt
// CHECK: arith.select %[[IS_EMPTY]]
func.func @history_amax(%h: vector<2xf32>) -> f32 {
  %0 = altgrad.history_amax %h : vector<2xf32> -> f32
  return %0 : f32
}

// CHECK-LABEL: func @compute_scale
// CHECK: arith.extf %{{.*}} : f16 to f32
// CHECK: arith.extf %{{.*}} : f32 to f64
// CHECK: arith.divf %{{.*}} : f64
// The margin multiplies, 2^2.
// CHECK: %[[FOUR:.*]] = arith.constant 4.000000e+00 : f64
// CHECK: arith.mulf %{{.*}}, %[[FOUR]] : f64
// CHECK: arith.truncf %{{.*}} : f64 to f32
func.func @compute_scale(%a: f16) -> f32 {
  %s = altgrad.compute_scale %a in !altgrad.fp8<E4M3FN> margin(2) : f16 -> f32
  return %s : f32
}

// The exponent field alone; on the way up after adding what is below it.

// CHECK-LABEL: func @compute_scale_ceil
// CHECK: %[[BELOW:.*]] = arith.constant 4503599627370495 : i64
// CHECK: arith.addi %{{.*}}, %[[BELOW]] : i64
// CHECK: %[[EXPONENT:.*]] = arith.constant 9218868437227405312 : i64
// CHECK: arith.andi %{{.*}}, %[[EXPONENT]] : i64
// CHECK: arith.bitcast %{{.*}} : i64 to f64
func.func @compute_scale_ceil(%a: f32) -> f32 {
  %s = altgrad.compute_scale %a in !altgrad.fp8<E4M3FN> power_of_two(ceil) : f32 -> f32
  return %s : f32
}

// CHECK-LABEL: func @compute_scale_floor
// CHECK-NOT: arith.addi
// CHECK: arith.bitcast %{{.*}} : i64 to f64
func.func @compute_scale_floor(%a: f32) -> f32 {
  %s = altgrad.compute_scale %a in !altgrad.fp8<E4M3FN> power_of_two(floor) : f32 -> f32
  return %s : f32
}

// CHECK-LABEL: func @stall_of_scalars
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: arith.cmpf oeq
// CHECK: arith.extui %{{.*}} : i1 to i64
// CHECK: arith.extui %{{.*}} : i1 to i64
func.func @stall_of_scalars(%w: f32, %g: f32, %lr: f32, %s: f32) -> (i64, i64) {
  %0:2 = altgrad.stall %w, %g, %lr, %s in !altgrad.fp8<E4M3FN> : f32, f32 -> i64, i64
  return %0#0, %0#1 : i64, i64
}

// CHECK-LABEL: func @stall_without_scale
// CHECK-NOT: arith.divf
// CHECK: return
func.func @stall_without_scale(%w: f32, %g: f32, %lr: f32) -> i64 {
  %0:2 = altgrad.stall %w, %g, %lr in !altgrad.fp8<E4M3FN> : f32 -> i64, i64
  return %0#0 : i64
}

// CHECK-LABEL: func @stall_of_vectors
// CHECK-COUNT-2: vector.reduction <add>, %{{.*}} : vector<8xi64> into i64
func.func @stall_of_vectors(%w: vector<2x4xf32>, %lr: f32, %s: vector<2x1xf32>) -> (i64, i64) {
  %0:2 = altgrad.stall %w, %w, %lr, %s in !altgrad.fp8<E4M3FN> : vector<2x4xf32>, vector<2x1xf32> -> i64, i64
  return %0#0, %0#1 : i64, i64
}

// -----

// Ops on tensors are another conversion's; then code types stay as they are.

// CHECK-LABEL: func @tensors_stay
// CHECK-SAME: tensor<4x!E4M3FN>
// CHECK: altgrad.dequantize
// CHECK: arith.divf
func.func @tensors_stay(%q: tensor<4x!altgrad.fp8<E4M3FN>>, %x: f32) -> (tensor<4xf32>, !altgrad.fp8<E4M3FN>) {
  %0 = altgrad.dequantize %q : tensor<4x!altgrad.fp8<E4M3FN>> -> tensor<4xf32>
  %1 = altgrad.quantize %x, %x : f32, f32 -> !altgrad.fp8<E4M3FN>
  return %0, %1 : tensor<4xf32>, !altgrad.fp8<E4M3FN>
}
