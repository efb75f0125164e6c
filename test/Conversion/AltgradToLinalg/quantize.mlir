// quantize, dequantize and fake_quantize on tensors are one linalg.generic each,
// at every granularity of the scale.
//
// RUN: altgrad-opt %s --convert-altgrad-to-linalg --split-input-file | FileCheck %s

!q = !altgrad.fp8<E4M3FN>

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>

// A scalar scale is a value from outside of the body.

// CHECK-LABEL: func @per_tensor
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[SCALE:.*]]: f32) -> tensor<?x4xi8>
// CHECK: %[[SIZE:.*]] = tensor.dim %[[X]]
// CHECK: %[[EMPTY:.*]] = tensor.empty(%[[SIZE]]) : tensor<?x4xi8>
// CHECK: %[[CODES:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ID]]], iterator_types = ["parallel", "parallel"]}
// CHECK-SAME: ins(%[[X]] : tensor<?x4xf32>) outs(%[[EMPTY]] : tensor<?x4xi8>)
// CHECK-NEXT: ^bb0(%[[V:.*]]: f32, %{{.*}}: i8):
// CHECK-NEXT: %[[SCALED:.*]] = arith.divf %[[V]], %[[SCALE]] : f32
// CHECK-NEXT: %[[CODE:.*]] = altgrad.encode %[[SCALED]] in !E4M3FN overflow(infinity) : f32 -> i8
// CHECK-NEXT: linalg.yield %[[CODE]]
// CHECK: return %[[CODES]]
func.func @per_tensor(%x: tensor<?x4xf32>, %s: f32) -> tensor<?x4x!q> {
  %q = altgrad.quantize %x, %s overflow(infinity) : tensor<?x4xf32>, f32 -> tensor<?x4x!q>
  return %q : tensor<?x4x!q>
}

// CHECK-LABEL: func @dequantize
// CHECK: linalg.generic
// CHECK-NEXT: ^bb0(%[[CODE:.*]]: i8, %{{.*}}: f32):
// CHECK-NEXT: %[[VALUE:.*]] = altgrad.decode %[[CODE]] in !E4M3FN : i8 -> f32
// CHECK-NEXT: %[[PRODUCT:.*]] = arith.mulf %[[VALUE]], %{{.*}} : f32
// CHECK-NEXT: linalg.yield %[[PRODUCT]]
func.func @dequantize(%q: tensor<4x4x!q>, %s: f32) -> tensor<4x4xf32> {
  %y = altgrad.dequantize %q, %s : tensor<4x4x!q>, f32 -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// No codes are stored.

// CHECK-LABEL: func @fake_quantize
// CHECK-NOT: i8
// CHECK: linalg.generic
// CHECK: %[[SCALED:.*]] = arith.divf
// CHECK-NEXT: %[[ROUNDED:.*]] = altgrad.round %[[SCALED]] in !E4M3FN : f32
// CHECK-NEXT: arith.mulf %[[ROUNDED]], %{{.*}} : f32
// CHECK-NEXT: linalg.yield
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @fake_quantize(%x: tensor<4x4xf32>, %s: f32) -> tensor<4x4xf32> {
  %y = altgrad.fake_quantize %x, %s in !q : tensor<4x4xf32>, f32
  return %y : tensor<4x4xf32>
}

// Without a scale there is no division and no product.

// CHECK-LABEL: func @no_scale
// CHECK-NOT: arith.divf
// CHECK-NOT: arith.mulf
// CHECK: return
func.func @no_scale(%x: tensor<4xf32>) -> (tensor<4x!q>, tensor<4xf32>) {
  %q = altgrad.quantize %x : tensor<4xf32> -> tensor<4x!q>
  %y = altgrad.dequantize %q : tensor<4x!q> -> tensor<4xf32>
  return %q, %y : tensor<4x!q>, tensor<4xf32>
}

// CHECK-LABEL: func @constant
// CHECK: arith.constant dense<[56, -128]> : tensor<2xi8>
func.func @constant() -> tensor<2x!q> {
  %c = altgrad.constant dense<[56, -128]> : tensor<2xi8> as tensor<2x!q>
  return %c : tensor<2x!q>
}

// CHECK-LABEL: func @rank_0
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #{{.*}}], iterator_types = []} ins(%{{.*}} : tensor<f32>) outs(%{{.*}} : tensor<i8>)
func.func @rank_0(%x: tensor<f32>, %s: tensor<f32>) -> tensor<!q> {
  %q = altgrad.quantize %x, %s : tensor<f32>, tensor<f32> -> tensor<!q>
  return %q : tensor<!q>
}

// -----

!q = !altgrad.fp8<E4M3FN>

// Rows: the scale tensor loses its unit dimension, and x is not reshaped.

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[COLUMN:.*]] = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func @per_row
// CHECK-SAME: (%[[X:.*]]: tensor<8x64xf32>, %[[SCALES:.*]]: tensor<8x1xf32>)
// CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[SCALES]] {{\[\[}}0, 1]] : tensor<8x1xf32> into tensor<8xf32>
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ROW]], #[[ID]]]
// CHECK-SAME: ins(%[[X]], %[[ROWS]] : tensor<8x64xf32>, tensor<8xf32>)
func.func @per_row(%x: tensor<8x64xf32>, %s: tensor<8x1xf32>) -> tensor<8x64x!q> {
  %q = altgrad.quantize %x, %s : tensor<8x64xf32>, tensor<8x1xf32> -> tensor<8x64x!q>
  return %q : tensor<8x64x!q>
}

// CHECK-LABEL: func @per_column
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[COLUMN]], #[[ID]]]
// CHECK-SAME: tensor<8x64xf32>, tensor<64xf32>
func.func @per_column(%x: tensor<8x64xf32>, %s: tensor<1x64xf32>) -> tensor<8x64xf32> {
  %q = altgrad.fake_quantize %x, %s in !q : tensor<8x64xf32>, tensor<1x64xf32>
  return %q : tensor<8x64xf32>
}

// CHECK-LABEL: func @per_element
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[ID]]]
func.func @per_element(%x: tensor<8x64xf32>, %s: tensor<8x64xf32>) -> tensor<8x64x!q> {
  %q = altgrad.quantize %x, %s : tensor<8x64xf32>, tensor<8x64xf32> -> tensor<8x64x!q>
  return %q : tensor<8x64x!q>
}

// One block in all: the scale is extracted once, outside.

// CHECK-LABEL: func @one_block
// CHECK: %[[SCALE:.*]] = tensor.extract
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ID]]]
// CHECK: arith.divf %{{.*}}, %[[SCALE]] : f32
func.func @one_block(%x: tensor<8x64xf32>, %s: tensor<1x1xf32>) -> tensor<8x64x!q> {
  %q = altgrad.quantize %x, %s : tensor<8x64xf32>, tensor<1x1xf32> -> tensor<8x64x!q>
  return %q : tensor<8x64x!q>
}

// -----

!q = !altgrad.fp8<E4M3FN>

// Blocks: a dimension in several blocks becomes two loops, so that all maps are
// projected permutations.

// CHECK-DAG: #[[ID3:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[BLOCK3:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @per_block
// CHECK: %[[SPLIT:.*]] = tensor.expand_shape %{{.*}} {{\[\[}}0], [1, 2]] output_shape [8, 2, 32]
// CHECK: %[[CODES:.*]] = linalg.generic {indexing_maps = [#[[ID3]], #[[BLOCK3]], #[[ID3]]]
// CHECK: tensor.collapse_shape %[[CODES]] {{\[\[}}0], [1, 2]] : tensor<8x2x32xi8> into tensor<8x64xi8>
func.func @per_block(%x: tensor<8x64xf32>, %s: tensor<8x2xf32>) -> tensor<8x64x!q> {
  %q = altgrad.quantize %x, %s : tensor<8x64xf32>, tensor<8x2xf32> -> tensor<8x64x!q>
  return %q : tensor<8x64x!q>
}

// -----

!q = !altgrad.fp8<E4M3FN>

// Sizes unknown: every dimension is split; an empty one does not divide by 0.

// CHECK-LABEL: func @dynamic_blocks
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xf32>, %[[SCALES:.*]]: tensor<?x?xf32>)
// CHECK: %[[COUNT:.*]] = tensor.dim %[[SCALES]]
// CHECK: %[[DIVISOR:.*]] = arith.maxui %[[COUNT]], %{{.*}} : index
// CHECK: arith.divui %{{.*}}, %[[DIVISOR]] : index
// CHECK: tensor.expand_shape %[[X]] {{\[\[}}0, 1], [2, 3]] output_shape [{{.*}}] : tensor<?x?xf32> into tensor<?x?x?x?xf32>
// CHECK: linalg.generic
// CHECK: tensor.collapse_shape {{.*}} : tensor<?x?x?x?xi8> into tensor<?x?xi8>
func.func @dynamic_blocks(%x: tensor<?x?xf32>, %s: tensor<?x?xf32>) -> tensor<?x?x!q> {
  %q = altgrad.quantize %x, %s : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?x!q>
  return %q : tensor<?x?x!q>
}

// A known size must be forgotten before it splits into unknown ones.

// CHECK-LABEL: func @dynamic_blocks_of_a_static_tensor
// CHECK: tensor.cast %{{.*}} : tensor<8x64xf32> to tensor<?x64xf32>
// CHECK: tensor.expand_shape {{.*}} : tensor<?x64xf32> into tensor<?x?x2x32xf32>
// CHECK: tensor.collapse_shape
// CHECK: tensor.cast %{{.*}} : tensor<?x64xf32> to tensor<8x64xf32>
func.func @dynamic_blocks_of_a_static_tensor(%x: tensor<8x64xf32>, %s: tensor<?x2xf32>) -> tensor<8x64xf32> {
  %y = altgrad.fake_quantize %x, %s in !q : tensor<8x64xf32>, tensor<?x2xf32>
  return %y : tensor<8x64xf32>
}

// Sizes that are dynamic in the types only, after inlining a caller.

// CHECK-LABEL: func @dynamic_types_of_static_tensors
// CHECK: tensor.expand_shape
// CHECK: linalg.generic
// CHECK: tensor.collapse_shape
func.func @dynamic_types_of_static_tensors(%x: tensor<4x6xf32>, %s: tensor<2x3xf32>) -> tensor<?x?x!q> {
  %dx = tensor.cast %x : tensor<4x6xf32> to tensor<?x?xf32>
  %ds = tensor.cast %s : tensor<2x3xf32> to tensor<?x?xf32>
  %q = altgrad.quantize %dx, %ds : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?x!q>
  return %q : tensor<?x?x!q>
}

// CHECK-LABEL: func @rank_3_blocks
// CHECK: tensor.expand_shape {{.*}} {{\[\[}}0], [1, 2], [3, 4]] output_shape [2, 3, 2, 2, 4] : tensor<2x6x8xf64> into tensor<2x3x2x2x4xf64>
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<2x3x2x2x4xf64>, tensor<3x2xf64>)
// CHECK: tensor.collapse_shape {{.*}} : tensor<2x3x2x2x4xi8> into tensor<2x6x8xi8>
func.func @rank_3_blocks(%x: tensor<2x6x8xf64>, %s: tensor<1x3x2xf64>) -> tensor<2x6x8x!q> {
  %q = altgrad.quantize %x, %s : tensor<2x6x8xf64>, tensor<1x3x2xf64> -> tensor<2x6x8x!q>
  return %q : tensor<2x6x8x!q>
}

// -----

!q = !altgrad.fp8<E4M3FN>

// A division becomes a multiplication only where the bits are the same, or by
// the flag.

// CHECK-LABEL: func @constant_power_of_two
// CHECK: %[[RECIPROCAL:.*]] = arith.constant 4.000000e+00 : f32
// CHECK: arith.mulf %{{.*}}, %[[RECIPROCAL]] : f32
// CHECK-NOT: arith.divf
// CHECK: return
func.func @constant_power_of_two(%x: tensor<4xf32>) -> tensor<4x!q> {
  %s = arith.constant 0.25 : f32
  %q = altgrad.quantize %x, %s : tensor<4xf32>, f32 -> tensor<4x!q>
  return %q : tensor<4x!q>
}

// CHECK-LABEL: func @computed_power_of_two
// CHECK: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK: %[[RECIPROCAL:.*]] = arith.divf %[[ONE]], %{{.*}} : f32
// CHECK: linalg.generic
// CHECK-NOT: arith.divf
// CHECK: arith.mulf %{{.*}}, %[[RECIPROCAL]] : f32
func.func @computed_power_of_two(%x: tensor<4xf32>, %a: f32) -> tensor<4x!q> {
  %s = altgrad.compute_scale %a in !q power_of_two(ceil) : f32 -> f32
  %q = altgrad.quantize %x, %s : tensor<4xf32>, f32 -> tensor<4x!q>
  return %q : tensor<4x!q>
}

// CHECK-LABEL: func @reciprocal_allowed
// CHECK: %[[RECIPROCAL:.*]] = arith.divf
// CHECK: linalg.generic
// CHECK: arith.mulf %{{.*}}, %[[RECIPROCAL]] : f32
func.func @reciprocal_allowed(%x: tensor<4xf32>, %s: f32) -> tensor<4x!q> {
  %q = altgrad.quantize %x, %s fastmath<arcp> : tensor<4xf32>, f32 -> tensor<4x!q>
  return %q : tensor<4x!q>
}

// Not a power of two: divide. Neither is a scale whose smallest value (2^-133)
// has a reciprocal that is infinite in f32.

// CHECK-LABEL: func @other_scales
// CHECK: linalg.generic
// CHECK: arith.divf
// CHECK: linalg.generic
// CHECK: arith.divf
func.func @other_scales(%x: tensor<4xf32>, %a: f32) -> (tensor<4x!q>, tensor<4x!q>) {
  %third = arith.constant 0.3 : f32
  %0 = altgrad.quantize %x, %third : tensor<4xf32>, f32 -> tensor<4x!q>
  %s = altgrad.compute_scale %a in !q margin(-100) power_of_two(ceil) : f32 -> f32
  %1 = altgrad.quantize %x, %s : tensor<4xf32>, f32 -> tensor<4x!q>
  return %0, %1 : tensor<4x!q>, tensor<4x!q>
}

// -----

!q = !altgrad.fp8<E4M3FN>

// bf16 divides in f32 and rounds; 16-bit products are formed in f32.

// CHECK-LABEL: func @bf16
// CHECK: linalg.generic
// CHECK: %[[WIDE:.*]] = arith.divf %{{.*}}, %{{.*}} : f32
// CHECK: arith.truncf %[[WIDE]] : f32 to bf16
// CHECK: altgrad.encode
// CHECK: linalg.generic
// CHECK: altgrad.decode %{{.*}} in !E4M3FN : i8 -> f32
// CHECK: arith.mulf %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to bf16
func.func @bf16(%x: tensor<4xbf16>, %s: bf16) -> tensor<4xbf16> {
  %q = altgrad.quantize %x, %s : tensor<4xbf16>, bf16 -> tensor<4x!q>
  %y = altgrad.dequantize %q, %s : tensor<4x!q>, bf16 -> tensor<4xbf16>
  return %y : tensor<4xbf16>
}

// CHECK-LABEL: func @f16
// CHECK: arith.divf %{{.*}} : f16
// CHECK: %[[ROUNDED:.*]] = altgrad.round %{{.*}} in !E4M3FN : f32
// CHECK: arith.mulf %[[ROUNDED]], %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f16
func.func @f16(%x: tensor<4xf16>, %s: f16) -> tensor<4xf16> {
  %y = altgrad.fake_quantize %x, %s in !q : tensor<4xf16>, f16
  return %y : tensor<4xf16>
}
