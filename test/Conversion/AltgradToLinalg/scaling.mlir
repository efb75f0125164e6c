// amax, histories, compute_scale and stall on tensors.
//
// RUN: altgrad-opt %s --convert-altgrad-to-linalg --split-input-file | FileCheck %s

// An integer maximum over the bits of the magnitudes, on which NaN is on top.

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ALL:.*]] = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: func @amax_of_all
// CHECK-SAME: (%[[X:.*]]: tensor<?x64xf16>) -> f16
// CHECK: %[[ZERO:.*]] = linalg.fill ins(%{{.*}} : i16)
// CHECK: %[[BITS:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ALL]]], iterator_types = ["reduction", "reduction"]} ins(%[[X]] : tensor<?x64xf16>) outs(%[[ZERO]] : tensor<i16>)
// CHECK-NEXT: ^bb0(%[[V:.*]]: f16, %[[LARGEST:.*]]: i16):
// CHECK: %[[MAGNITUDE:.*]] = arith.andi
// CHECK-NEXT: arith.maxui %[[LARGEST]], %[[MAGNITUDE]] : i16
// CHECK: %[[SCALAR:.*]] = tensor.extract %[[BITS]][] : tensor<i16>
// CHECK: %[[AMAX:.*]] = arith.bitcast %[[SCALAR]] : i16 to f16
// CHECK: return %[[AMAX]]
func.func @amax_of_all(%x: tensor<?x64xf16>) -> f16 {
  %a = altgrad.amax %x : tensor<?x64xf16> -> f16
  return %a : f16
}

// CHECK-LABEL: func @amax_ignores_nan
// CHECK: %[[INFINITY:.*]] = arith.constant 2139095040 : i32
// CHECK: %[[IS_NAN:.*]] = arith.cmpi ugt, %{{.*}}, %[[INFINITY]] : i32
// CHECK: arith.select %[[IS_NAN]]
// CHECK: arith.maxui
func.func @amax_ignores_nan(%x: tensor<4x4xf32>) -> f32 {
  %a = altgrad.amax %x nan(ignore) : tensor<4x4xf32> -> f32
  return %a : f32
}

// CHECK-LABEL: func @amax_of_blocks
// CHECK: tensor.expand_shape %{{.*}} {{\[\[}}0], [1, 2]] output_shape [%{{.*}}, 2, 32]
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
// CHECK: arith.bitcast %{{.*}} : tensor<?x2xi64> to tensor<?x2xf64>
func.func @amax_of_blocks(%x: tensor<?x64xf64>) -> tensor<?x2xf64> {
  %a = altgrad.amax %x : tensor<?x64xf64> -> tensor<?x2xf64>
  return %a : tensor<?x2xf64>
}

// CHECK-LABEL: func @amax_of_rows
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
// CHECK: tensor.expand_shape %{{.*}} {{\[\[}}0, 1]] output_shape [8, 1]
func.func @amax_of_rows(%x: tensor<8x64xf32>) -> tensor<8x1xf32> {
  %a = altgrad.amax %x : tensor<8x64xf32> -> tensor<8x1xf32>
  return %a : tensor<8x1xf32>
}

// CHECK-LABEL: func @amax_as_tensor
// CHECK: tensor.expand_shape %{{.*}} [] output_shape [1, 1] : tensor<f32> into tensor<1x1xf32>
func.func @amax_as_tensor(%x: tensor<8x64xf32>) -> tensor<1x1xf32> {
  %a = altgrad.amax %x : tensor<8x64xf32> -> tensor<1x1xf32>
  return %a : tensor<1x1xf32>
}

// -----

// CHECK-LABEL: func @update_amax_history
// CHECK-SAME: (%[[HISTORY:.*]]: tensor<?xf32>, %[[AMAX:.*]]: f32)
// CHECK: linalg.generic
// CHECK-NEXT: ^bb0(%[[ENTRY:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[IS_LAST:.*]] = arith.cmpi eq
// CHECK: %[[NEXT:.*]] = tensor.extract %[[HISTORY]]
// CHECK: %[[SHIFTED:.*]] = arith.select %[[IS_LAST]], %[[AMAX]], %[[NEXT]]
// CHECK: %[[IS_FINITE:.*]] = arith.cmpi ult
// CHECK: arith.select %[[IS_FINITE]], %[[SHIFTED]], %[[ENTRY]]
func.func @update_amax_history(%h: tensor<?xf32>, %a: f32) -> tensor<?xf32> {
  %0 = altgrad.update_amax_history %h, %a : tensor<?xf32>, f32
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: func @update_amax_histories
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<16x4x1xf32>, tensor<4x1xf32>)
func.func @update_amax_histories(%h: tensor<16x4x1xf32>, %a: tensor<4x1xf32>) -> tensor<16x4x1xf32> {
  %0 = altgrad.update_amax_history %h, %a : tensor<16x4x1xf32>, tensor<4x1xf32>
  return %0 : tensor<16x4x1xf32>
}

// CHECK-LABEL: func @history_amax
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]
// CHECK: %[[FOUND:.*]] = tensor.extract
// CHECK: %[[IS_EMPTY:.*]] = arith.cmpf olt, %[[FOUND]]
// CHECK: arith.select %[[IS_EMPTY]]
func.func @history_amax(%h: tensor<16xf32>) -> f32 {
  %0 = altgrad.history_amax %h : tensor<16xf32> -> f32
  return %0 : f32
}

// The newest entry that is filled, whatever its size.

// CHECK-LABEL: func @history_most_recent
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]
// CHECK: arith.cmpf oge
// CHECK-NOT: arith.cmpf ogt
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]
func.func @history_most_recent(%h: tensor<16x?xf32>) -> tensor<?xf32> {
  %0 = altgrad.history_amax %h algorithm(most_recent) : tensor<16x?xf32> -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// All in f64, one rounding at the end.

// CHECK-LABEL: func @compute_scale
// CHECK: linalg.generic
// CHECK: arith.extf %{{.*}} : f32 to f64
// CHECK: arith.divf %{{.*}} : f64
// CHECK-NOT: arith.truncf
// CHECK: arith.select
// CHECK: %[[SCALE:.*]] = arith.truncf %{{.*}} : f64 to f32
// CHECK-NEXT: linalg.yield %[[SCALE]]
func.func @compute_scale(%a: tensor<4x1xf32>) -> tensor<4x1xf32> {
  %s = altgrad.compute_scale %a in !altgrad.fp8<E4M3FN> : tensor<4x1xf32> -> tensor<4x1xf32>
  return %s : tensor<4x1xf32>
}

// -----

// Two counters in one loop; w_new is a scalar of its body, never a tensor.

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[ALL:.*]] = affine_map<(d0) -> ()>

// CHECK-LABEL: func @stall
// CHECK-SAME: (%[[W:.*]]: tensor<?xf32>, %[[G:.*]]: tensor<?xf32>, %[[LR:.*]]: f32, %[[SCALE:.*]]: f32)
// CHECK-NOT: tensor.empty(%
// CHECK: %[[COUNTS:.*]]:2 = linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[ALL]], #[[ALL]]], iterator_types = ["reduction"]}
// CHECK-NEXT: ^bb0(%[[WEIGHT:.*]]: f32, %[[GRADIENT:.*]]: f32, %[[STALLED:.*]]: i64, %[[TOTAL:.*]]: i64):
// CHECK: %[[RATE:.*]] = arith.negf %[[LR]] : f32
// CHECK: %[[STEP:.*]] = arith.mulf %[[RATE]], %[[GRADIENT]] : f32
// CHECK: %[[MOVED:.*]] = arith.addf %[[WEIGHT]], %[[STEP]] : f32
// CHECK-COUNT-2: altgrad.round
// CHECK: arith.cmpf oeq
// CHECK: math.absf %[[GRADIENT]] : f32
// CHECK: arith.cmpf ogt
// CHECK: tensor.extract %[[COUNTS]]#0
// CHECK: tensor.extract %[[COUNTS]]#1
func.func @stall(%w: tensor<?xf32>, %g: tensor<?xf32>, %lr: f32, %s: f32) -> (i64, i64) {
  %0:2 = altgrad.stall %w, %g, %lr, %s in !altgrad.fp8<E4M3FN> : tensor<?xf32>, f32 -> i64, i64
  return %0#0, %0#1 : i64, i64
}

// -----

// CHECK-LABEL: func @primitives
// CHECK: linalg.generic
// CHECK: altgrad.encode %{{.*}} in !E5M2 overflow(infinity) : f32 -> i8
// CHECK: linalg.generic
// CHECK: altgrad.decode %{{.*}} in !E5M2 : i8 -> f64
// CHECK: linalg.generic
// CHECK: altgrad.round %{{.*}} in !E5M2 : f64
func.func @primitives(%x: tensor<?xf32>) -> tensor<?xf64> {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> overflow(infinity) : tensor<?xf32> -> tensor<?xi8>
  %d = altgrad.decode %c in !altgrad.fp8<E5M2> : tensor<?xi8> -> tensor<?xf64>
  %r = altgrad.round %d in !altgrad.fp8<E5M2> : tensor<?xf64>
  return %r : tensor<?xf64>
}
