// Each verifier rule, by its id in AltgradOps.td.
//
// RUN: altgrad-opt %s -split-input-file -verify-diagnostics

//===----------------------------------------------------------------------===//
// constant
//===----------------------------------------------------------------------===//

func.func @constant_k1_type() {
  // expected-error @+1 {{'altgrad.constant' op expected a value of type 'i8' but got 'i32'}}
  %c = altgrad.constant 56 : i32 as !altgrad.fp8<E4M3FN>
  return
}

// -----

func.func @constant_k1_shape() {
  // expected-error @+1 {{'altgrad.constant' op expected a value of type 'tensor<3xi8>' but got 'tensor<2xi8>'}}
  %c = altgrad.constant dense<[56, 1]> : tensor<2xi8> as tensor<3x!altgrad.fp8<E4M3FN>>
  return
}

// -----

func.func @constant_k1_kind() {
  // expected-error @+1 {{'altgrad.constant' op expected a value of type 'vector<2xi8>' but got 'tensor<2xi8>'}}
  %c = altgrad.constant dense<[56, 1]> : tensor<2xi8> as vector<2x!altgrad.fp8<E4M3FN>>
  return
}

// -----

func.func @constant_k1_resource() {
  // expected-error @+1 {{'altgrad.constant' op expected an integer or a dense elements attribute but got dense_resource<codes> : tensor<2xi8>}}
  %c = altgrad.constant dense_resource<codes> : tensor<2xi8> as tensor<2x!altgrad.fp8<E4M3FN>>
  return
}

{-#
  dialect_resources: { builtin: { codes: "0x010000003801" } }
#-}

// -----

func.func @constant_of_no_code_type() {
  // expected-error @+1 {{'altgrad.constant' op result #0 must be !altgrad.fp8, or a vector or ranked tensor of it, but got 'i8'}}
  %c = altgrad.constant 56 : i8 as i8
  return
}

//===----------------------------------------------------------------------===//
// bitcast
//===----------------------------------------------------------------------===//

// -----

func.func @bitcast_b1_none(%x: i8) {
  // expected-error @+1 {{'altgrad.bitcast' op expected exactly one side with element type !altgrad.fp8 but got 'i8' and 'f8E5M2'}}
  %y = altgrad.bitcast %x : i8 to f8E5M2
  return
}

// -----

func.func @bitcast_b1_both(%x: !altgrad.fp8<E5M2>) {
  // expected-error-re @+1 {{expected exactly one side with element type !altgrad.fp8 but got {{.*}}E5M2, bias = 15{{.*}} and {{.*}}E4M3, bias = 7}}
  %y = altgrad.bitcast %x : !altgrad.fp8<E5M2> to !altgrad.fp8<E4M3FN>
  return
}

// -----

// f8E4M3FN has the split of E4M3, but other specials.
func.func @bitcast_b2_namesake(%x: !altgrad.fp8<E4M3>) {
  // expected-error @+1 {{expected i8 or the builtin float type that encodes like '!altgrad.fp8<E4M3, bias = 7, ieee>' on the other side but got 'f8E4M3FN'}}
  %y = altgrad.bitcast %x : !altgrad.fp8<E4M3> to f8E4M3FN
  return
}

// -----

func.func @bitcast_b2_no_builtin(%x: !altgrad.fp8<E0M7>) {
  // expected-error @+1 {{encodes like '!altgrad.fp8<E0M7, bias = 0, finite>' on the other side but got 'i16'}}
  %y = altgrad.bitcast %x : !altgrad.fp8<E0M7> to i16
  return
}

// -----

func.func @bitcast_b2_signed(%x: !altgrad.fp8<E5M2>) {
  // expected-error @+1 {{on the other side but got 'si8'}}
  %y = altgrad.bitcast %x : !altgrad.fp8<E5M2> to si8
  return
}

// -----

func.func @bitcast_b3_shape(%x: tensor<4x!altgrad.fp8<E5M2>>) {
  // expected-error @+1 {{expected result of the kind and shape of input, 'tensor<4x!altgrad.fp8<E5M2, bias = 15, ieee>>', but got 'tensor<2x2xi8>'}}
  %y = altgrad.bitcast %x : tensor<4x!altgrad.fp8<E5M2>> to tensor<2x2xi8>
  return
}

// -----

func.func @bitcast_b3_kind(%x: vector<4x!altgrad.fp8<E5M2>>) {
  // expected-error @+1 {{expected result of the kind and shape of input, 'vector<4x!altgrad.fp8<E5M2, bias = 15, ieee>>', but got 'tensor<4xi8>'}}
  %y = altgrad.bitcast %x : vector<4x!altgrad.fp8<E5M2>> to tensor<4xi8>
  return
}

// -----

func.func @bitcast_b3_scalability(%x: vector<[4]x!altgrad.fp8<E5M2>>) {
  // expected-error @+1 {{expected result of the kind and shape of input, 'vector<[4]x!altgrad.fp8<E5M2, bias = 15, ieee>>', but got 'vector<4xi8>'}}
  %y = altgrad.bitcast %x : vector<[4]x!altgrad.fp8<E5M2>> to vector<4xi8>
  return
}

// -----

func.func @bitcast_b3_memref(%x: memref<4x!altgrad.fp8<E5M2>>) {
  // expected-error @+1 {{expected a scalar, a vector or a ranked tensor without an encoding but got 'memref<4x!altgrad.fp8<E5M2, bias = 15, ieee>>'}}
  %y = altgrad.bitcast %x : memref<4x!altgrad.fp8<E5M2>> to memref<4xi8>
  return
}

// -----

func.func @bitcast_b3_encoding(%x: tensor<4x!altgrad.fp8<E5M2>, "sparse">) {
  // expected-error @+1 {{without an encoding but got 'tensor<4x!altgrad.fp8<E5M2, bias = 15, ieee>, "sparse">'}}
  %y = altgrad.bitcast %x : tensor<4x!altgrad.fp8<E5M2>, "sparse"> to tensor<4xi8, "sparse">
  return
}

//===----------------------------------------------------------------------===//
// Types of operands and results, through ODS
//===----------------------------------------------------------------------===//

// -----

func.func @quantize_operand_type(%x: i32) {
  // expected-error @+1 {{'altgrad.quantize' op operand #0 must be f16, bf16, f32 or f64, or a vector or ranked tensor of it, but got 'i32'}}
  %q = altgrad.quantize %x : i32 -> !altgrad.fp8<E5M2>
  return
}

// -----

func.func @quantize_unranked(%x: tensor<*xf32>) {
  // expected-error @+1 {{operand #0 must be f16, bf16, f32 or f64, or a vector or ranked tensor of it, but got 'tensor<*xf32>'}}
  %q = altgrad.quantize %x : tensor<*xf32> -> tensor<*x!altgrad.fp8<E5M2>>
  return
}

// -----

func.func @quantize_memref(%x: memref<4xf32>) {
  // expected-error @+1 {{operand #0 must be f16, bf16, f32 or f64, or a vector or ranked tensor of it, but got 'memref<4xf32>'}}
  %q = altgrad.quantize %x : memref<4xf32> -> memref<4x!altgrad.fp8<E5M2>>
  return
}

// -----

func.func @quantize_encoding(%x: tensor<4xf32, "sparse">) {
  // expected-error @+1 {{but got 'tensor<4xf32, "sparse">'}}
  %q = altgrad.quantize %x : tensor<4xf32, "sparse"> -> tensor<4x!altgrad.fp8<E5M2>>
  return
}

// -----

func.func @quantize_result_type(%x: f32) {
  // expected-error @+1 {{'altgrad.quantize' op result #0 must be !altgrad.fp8, or a vector or ranked tensor of it, but got 'i8'}}
  %q = altgrad.quantize %x : f32 -> i8
  return
}

// -----

func.func @dequantize_operand_type(%q: i8) {
  // expected-error @+1 {{'altgrad.dequantize' op operand #0 must be !altgrad.fp8, or a vector or ranked tensor of it, but got 'i8'}}
  %y = altgrad.dequantize %q : i8 -> f32
  return
}

// -----

func.func @fake_quantize_format(%x: f32) {
  // expected-error @+1 {{'altgrad.fake_quantize' op attribute 'format' failed to satisfy constraint: the format, as the type of its codes}}
  %y = altgrad.fake_quantize %x in f8E5M2 : f32
  return
}

// -----

func.func @cotangent_format(%x: f32) {
  // expected-error @+1 {{'altgrad.fake_quantize' op attribute 'cotangent_format' failed to satisfy constraint: the format, as the type of its codes}}
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E5M2> cotangent_format(f8E5M2) : f32
  return
}

// -----

func.func @cotangent_format_of_quantize(%x: f32) {
  // expected-error @+1 {{'altgrad.quantize' op attribute 'cotangent_format' failed to satisfy constraint: the format, as the type of its codes}}
  %y = altgrad.quantize %x cotangent_format(f32) : f32 -> !altgrad.fp8<E5M2>
  return
}

// -----

func.func @fake_quantize_generic_format(%x: f32) {
  // expected-error @+1 {{'altgrad.fake_quantize' op attribute 'format' failed to satisfy constraint: the format, as the type of its codes}}
  %y = "altgrad.fake_quantize"(%x) <{format = f32}> : (f32) -> f32
  return
}

// -----

func.func @unknown_policy(%x: f32) {
  // expected-error @+1 {{expected one of [saturate, infinity] for what becomes of a value past the largest finite one, got: wrap}}
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E5M2> overflow(wrap) : f32
  return
}

// -----

// A scale type without a scale.
func.func @scale_type_without_scale(%x: f32) {
  // expected-error @+1 {{'altgrad.fake_quantize'}}
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E5M2> : f32, f32
  return
}

//===----------------------------------------------------------------------===//
// S1 to S4: scales
//===----------------------------------------------------------------------===//

// -----

func.func @quantize_s1(%x: tensor<4xf32>, %s: f64) {
  // expected-error @+1 {{'altgrad.quantize' op expected scale with the element type of x, 'f32', but got 'f64'}}
  %q = altgrad.quantize %x, %s : tensor<4xf32>, f64 -> tensor<4x!altgrad.fp8<E5M2>>
  return
}

// -----

func.func @dequantize_s1(%q: tensor<4x!altgrad.fp8<E5M2>>, %s: f32) {
  // expected-error @+1 {{'altgrad.dequantize' op expected scale with the element type of result, 'bf16', but got 'f32'}}
  %y = altgrad.dequantize %q, %s : tensor<4x!altgrad.fp8<E5M2>>, f32 -> tensor<4xbf16>
  return
}

// -----

func.func @fake_quantize_s1(%x: f16, %s: bf16) {
  // expected-error @+1 {{'altgrad.fake_quantize' op expected scale with the element type of x, 'f16', but got 'bf16'}}
  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> : f16, bf16
  return
}

// -----

func.func @amax_s1(%x: tensor<4xf16>) {
  // expected-error @+1 {{'altgrad.amax' op expected result with the element type of x, 'f16', but got 'f32'}}
  %a = altgrad.amax %x : tensor<4xf16> -> f32
  return
}

// -----

func.func @stall_s1(%w: tensor<4xf16>, %lr: f16, %s: f32) {
  // expected-error @+1 {{'altgrad.stall' op expected scale with the element type of w, 'f16', but got 'f32'}}
  %0:2 = altgrad.stall %w, %w, %lr, %s in !altgrad.fp8<E5M2> : tensor<4xf16>, f32 -> i64, i64
  return
}

// -----

func.func @quantize_s2_rank(%x: tensor<4x8xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{expected scale to be a scalar or of the kind and rank of x, 'tensor<4x8xf32>', but got 'tensor<8xf32>'}}
  %q = altgrad.quantize %x, %s : tensor<4x8xf32>, tensor<8xf32> -> tensor<4x8x!altgrad.fp8<E5M2>>
  return
}

// -----

func.func @quantize_s2_rank0(%x: tensor<4x8xf32>, %s: tensor<f32>) {
  // expected-error @+1 {{expected scale to be a scalar or of the kind and rank of x, 'tensor<4x8xf32>', but got 'tensor<f32>'}}
  %q = altgrad.quantize %x, %s : tensor<4x8xf32>, tensor<f32> -> tensor<4x8x!altgrad.fp8<E5M2>>
  return
}

// -----

func.func @dequantize_s2_kind(%q: tensor<4x!altgrad.fp8<E5M2>>, %s: vector<4xf32>) {
  // expected-error @+1 {{expected scale to be a scalar or of the kind and rank of result, 'tensor<4xf32>', but got 'vector<4xf32>'}}
  %y = altgrad.dequantize %q, %s : tensor<4x!altgrad.fp8<E5M2>>, vector<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @fake_quantize_s2_scalar(%x: f32, %s: tensor<f32>) {
  // expected-error @+1 {{expected scale to be a scalar or of the kind and rank of x, 'f32', but got 'tensor<f32>'}}
  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> : f32, tensor<f32>
  return
}

// -----

func.func @amax_s2(%x: f32) {
  // expected-error @+1 {{expected result to be a scalar or of the kind and rank of x, 'f32', but got 'tensor<f32>'}}
  %a = altgrad.amax %x : f32 -> tensor<f32>
  return
}

// -----

func.func @stall_s2(%w: tensor<4x8xf32>, %lr: f32, %s: tensor<4xf32>) {
  // expected-error @+1 {{expected scale to be a scalar or of the kind and rank of w, 'tensor<4x8xf32>', but got 'tensor<4xf32>'}}
  %0:2 = altgrad.stall %w, %w, %lr, %s in !altgrad.fp8<E5M2> : tensor<4x8xf32>, tensor<4xf32> -> i64, i64
  return
}

// -----

func.func @quantize_s3(%x: tensor<4x8xf32>, %s: tensor<4x3xf32>) {
  // expected-error @+1 {{expected dimension 1 of scale to divide that of x, 8, but got 3}}
  %q = altgrad.quantize %x, %s : tensor<4x8xf32>, tensor<4x3xf32> -> tensor<4x8x!altgrad.fp8<E5M2>>
  return
}

// -----

// More scales than elements.
func.func @dequantize_s3(%q: tensor<4x!altgrad.fp8<E5M2>>, %s: tensor<8xf32>) {
  // expected-error @+1 {{expected dimension 0 of scale to divide that of result, 4, but got 8}}
  %y = altgrad.dequantize %q, %s : tensor<4x!altgrad.fp8<E5M2>>, tensor<8xf32> -> tensor<4xf32>
  return
}

// -----

func.func @fake_quantize_s3(%x: vector<4x6xf32>, %s: vector<3x6xf32>) {
  // expected-error @+1 {{expected dimension 0 of scale to divide that of x, 4, but got 3}}
  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> : vector<4x6xf32>, vector<3x6xf32>
  return
}

// -----

// The dimensions that are known are checked though others are not.
func.func @amax_s3(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{expected dimension 1 of result to divide that of x, 64, but got 5}}
  %a = altgrad.amax %x : tensor<?x64xf32> -> tensor<?x5xf32>
  return
}

// -----

func.func @stall_s3(%w: tensor<?x64xf32>, %lr: f32, %s: tensor<?x128xf32>) {
  // expected-error @+1 {{expected dimension 1 of scale to divide that of w, 64, but got 128}}
  %0:2 = altgrad.stall %w, %w, %lr, %s in !altgrad.fp8<E5M2> : tensor<?x64xf32>, tensor<?x128xf32> -> i64, i64
  return
}

// -----

func.func @quantize_s3_no_scale_at_all(%x: tensor<4xf32>, %s: tensor<0xf32>) {
  // expected-error @+1 {{expected dimension 0 of scale to divide that of x, 4, but got 0}}
  %q = altgrad.quantize %x, %s : tensor<4xf32>, tensor<0xf32> -> tensor<4x!altgrad.fp8<E5M2>>
  return
}

// -----

// A dynamic dimension that is empty needs a dynamic scale.
func.func @quantize_s3_no_scale_of_a_dynamic_dimension(%x: tensor<?xf32>, %s: tensor<0xf32>) {
  // expected-error @+1 {{expected dimension 0 of scale to divide that of x, ?, but got 0}}
  %q = altgrad.quantize %x, %s : tensor<?xf32>, tensor<0xf32> -> tensor<?x!altgrad.fp8<E5M2>>
  return
}

// -----

func.func @quantize_s4(%x: vector<[4]xf32>, %s: vector<2xf32>) {
  // expected-error @+1 {{expected dimension 0 of scale to be 1 or the scalable dimension of x, 'vector<[4]xf32>', but got 'vector<2xf32>'}}
  %q = altgrad.quantize %x, %s : vector<[4]xf32>, vector<2xf32> -> vector<[4]x!altgrad.fp8<E5M2>>
  return
}

// -----

func.func @quantize_s4_scalable_scale(%x: vector<4xf32>, %s: vector<[4]xf32>) {
  // expected-error @+1 {{expected dimension 0 of scale to be 1 or the scalable dimension of x, 'vector<4xf32>', but got 'vector<[4]xf32>'}}
  %q = altgrad.quantize %x, %s : vector<4xf32>, vector<[4]xf32> -> vector<4x!altgrad.fp8<E5M2>>
  return
}

//===----------------------------------------------------------------------===//
// quantize, dequantize, fake_quantize
//===----------------------------------------------------------------------===//

// -----

func.func @quantize_q1_shape(%x: tensor<4xf32>) {
  // expected-error @+1 {{'altgrad.quantize' op expected result of the kind and shape of x, 'tensor<4xf32>', but got 'tensor<5x!altgrad.fp8<E5M2, bias = 15, ieee>>'}}
  %q = altgrad.quantize %x : tensor<4xf32> -> tensor<5x!altgrad.fp8<E5M2>>
  return
}

// -----

func.func @quantize_q1_dynamic(%x: tensor<4xf32>) {
  // expected-error @+1 {{expected result of the kind and shape of x, 'tensor<4xf32>', but got 'tensor<?x!altgrad.fp8<E5M2, bias = 15, ieee>>'}}
  %q = altgrad.quantize %x : tensor<4xf32> -> tensor<?x!altgrad.fp8<E5M2>>
  return
}

// -----

func.func @quantize_q1_kind(%x: f32) {
  // expected-error @+1 {{expected result of the kind and shape of x, 'f32', but got 'tensor<!altgrad.fp8<E5M2, bias = 15, ieee>>'}}
  %q = altgrad.quantize %x : f32 -> tensor<!altgrad.fp8<E5M2>>
  return
}

// -----

func.func @dequantize_d1(%q: vector<4x!altgrad.fp8<E5M2>>) {
  // expected-error @+1 {{'altgrad.dequantize' op expected result of the kind and shape of input, 'vector<4x!altgrad.fp8<E5M2, bias = 15, ieee>>', but got 'tensor<4xf32>'}}
  %y = altgrad.dequantize %q : vector<4x!altgrad.fp8<E5M2>> -> tensor<4xf32>
  return
}

// -----

func.func @fake_quantize_f1(%x: tensor<4xf32>) {
  // expected-error @+1 {{'altgrad.fake_quantize' op failed to verify that all of {x, result} have same type}}
  %y = "altgrad.fake_quantize"(%x) <{format = !altgrad.fp8<E5M2>}> : (tensor<4xf32>) -> tensor<4xf64>
  return
}

//===----------------------------------------------------------------------===//
// amax and histories
//===----------------------------------------------------------------------===//

// -----

func.func @amax_a1(%x: tensor<4x8xf32>) {
  // expected-error @+1 {{'altgrad.amax' op expected dimension 0 of result to be static, as that of x, 4, is, but got 'tensor<?x1xf32>'}}
  %a = altgrad.amax %x : tensor<4x8xf32> -> tensor<?x1xf32>
  return
}

// -----

func.func @update_amax_history_h1_shape(%h: tensor<16x4xf32>, %a: tensor<5xf32>) {
  // expected-error @+1 {{'altgrad.update_amax_history' op expected an amax of the history's element type and shape without dimension 0, 'tensor<16x4xf32>', but got 'tensor<5xf32>'}}
  %0 = altgrad.update_amax_history %h, %a : tensor<16x4xf32>, tensor<5xf32>
  return
}

// -----

func.func @update_amax_history_h1_element_type(%h: tensor<16xf32>, %a: f64) {
  // expected-error @+1 {{expected an amax of the history's element type and shape without dimension 0, 'tensor<16xf32>', but got 'f64'}}
  %0 = altgrad.update_amax_history %h, %a : tensor<16xf32>, f64
  return
}

// -----

func.func @update_amax_history_h1_kind(%h: tensor<16x4xf32>, %a: vector<4xf32>) {
  // expected-error @+1 {{without dimension 0, 'tensor<16x4xf32>', but got 'vector<4xf32>'}}
  %0 = altgrad.update_amax_history %h, %a : tensor<16x4xf32>, vector<4xf32>
  return
}

// -----

func.func @update_amax_history_h1_rank(%h: f32, %a: f32) {
  // expected-error @+1 {{'altgrad.update_amax_history' op expected a history of rank 1 or more but got 'f32'}}
  %0 = altgrad.update_amax_history %h, %a : f32, f32
  return
}

// -----

func.func @update_amax_history_h1_result(%h: tensor<16xf32>, %a: f32) {
  // expected-error @+1 {{'altgrad.update_amax_history' op failed to verify that all of {history, result} have same type}}
  %0 = "altgrad.update_amax_history"(%h, %a) : (tensor<16xf32>, f32) -> tensor<15xf32>
  return
}

// -----

func.func @update_amax_history_h2(%h: tensor<0xf32>, %a: f32) {
  // expected-error @+1 {{'altgrad.update_amax_history' op expected a history of at least one slot but got 'tensor<0xf32>'}}
  %0 = altgrad.update_amax_history %h, %a : tensor<0xf32>, f32
  return
}

// -----

func.func @history_amax_h2(%h: tensor<0x4xf32>) {
  // expected-error @+1 {{'altgrad.history_amax' op expected a history of at least one slot but got 'tensor<0x4xf32>'}}
  %0 = altgrad.history_amax %h : tensor<0x4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @history_amax_h3(%h: tensor<16x4xf32>) {
  // expected-error @+2 {{'altgrad.history_amax' op failed to infer returned types}}
  // expected-error @+1 {{'altgrad.history_amax' op inferred type(s) 'tensor<4xf32>' are incompatible with return type(s) of operation 'f32'}}
  %0 = altgrad.history_amax %h : tensor<16x4xf32> -> f32
  return
}

// -----

func.func @history_amax_h3_rank0(%h: tensor<16xf32>) {
  // expected-error @+2 {{'altgrad.history_amax' op failed to infer returned types}}
  // expected-error @+1 {{inferred type(s) 'f32' are incompatible with return type(s) of operation 'tensor<f32>'}}
  %0 = altgrad.history_amax %h : tensor<16xf32> -> tensor<f32>
  return
}

// -----

func.func @history_amax_h3_scalar(%h: f32) {
  // expected-error @+1 {{expected a history of rank 1 or more but got 'f32'}}
  %0 = altgrad.history_amax %h : f32 -> f32
  return
}

//===----------------------------------------------------------------------===//
// compute_scale
//===----------------------------------------------------------------------===//

// -----

func.func @compute_scale_c1(%a: tensor<4x1xf64>) {
  // expected-error @+2 {{'altgrad.compute_scale' op failed to infer returned types}}
  // expected-error @+1 {{'altgrad.compute_scale' op inferred type(s) 'tensor<4x1xf32>' are incompatible with return type(s) of operation 'tensor<4xf32>'}}
  %s = altgrad.compute_scale %a in !altgrad.fp8<E5M2> : tensor<4x1xf64> -> tensor<4xf32>
  return
}

// -----

func.func @compute_scale_c1_element_type(%a: f64) {
  // expected-error @+1 {{'altgrad.compute_scale' op result #0 must be f32, or a vector or ranked tensor of it, but got 'f64'}}
  %s = altgrad.compute_scale %a in !altgrad.fp8<E5M2> : f64 -> f64
  return
}

// -----

func.func @compute_scale_c2_zero(%a: f32) {
  // expected-error-re @+1 {{'altgrad.compute_scale' op expected a scale_min that is a positive normal f32 but got {{0.0*}}}}
  %s = altgrad.compute_scale %a in !altgrad.fp8<E5M2> scale_min(0.0) : f32 -> f32
  return
}

// -----

func.func @compute_scale_c2_negative(%a: f32) {
  // expected-error @+1 {{expected a scale_min that is a positive normal f32 but got -1}}
  %s = altgrad.compute_scale %a in !altgrad.fp8<E5M2> scale_min(-1.0) : f32 -> f32
  return
}

// -----

// Normal in f64, subnormal in f32.
func.func @compute_scale_c2_subnormal(%a: f32) {
  // expected-error @+1 {{expected a scale_min that is a positive normal f32 but got 1.0}}
  %s = altgrad.compute_scale %a in !altgrad.fp8<E5M2> scale_min(1.0e-39) : f32 -> f32
  return
}

// -----

// Infinite in f32.
func.func @compute_scale_c2_large(%a: f32) {
  // expected-error @+1 {{expected a scale_min that is a positive normal f32 but got 1.0}}
  %s = altgrad.compute_scale %a in !altgrad.fp8<E5M2> scale_min(1.0e39) : f32 -> f32
  return
}

// -----

func.func @compute_scale_c2_nan(%a: f32) {
  // expected-error @+1 {{expected a scale_min that is a positive normal f32 but got}}
  %s = altgrad.compute_scale %a in !altgrad.fp8<E5M2> scale_min(0x7FF8000000000000) : f32 -> f32
  return
}

// -----

func.func @compute_scale_c3(%a: f32) {
  // expected-error @+1 {{'altgrad.compute_scale' op expected a margin between -100 and 100 but got 101}}
  %s = altgrad.compute_scale %a in !altgrad.fp8<E5M2> margin(101) : f32 -> f32
  return
}

// -----

func.func @compute_scale_c3_negative(%a: f32) {
  // expected-error @+1 {{expected a margin between -100 and 100 but got -101}}
  %s = altgrad.compute_scale %a in !altgrad.fp8<E5M2> margin(-101) : f32 -> f32
  return
}

//===----------------------------------------------------------------------===//
// stall
//===----------------------------------------------------------------------===//

// -----

func.func @stall_l1(%w: tensor<4xf32>, %g: tensor<5xf32>, %lr: f32) {
  // expected-error @+1 {{'altgrad.stall' op failed to verify that all of {w, g} have same type}}
  %0:2 = "altgrad.stall"(%w, %g, %lr, %lr) <{format = !altgrad.fp8<E5M2>}>
      : (tensor<4xf32>, tensor<5xf32>, f32, f32) -> (i64, i64)
  return
}

// -----

func.func @stall_l2(%w: tensor<4xf32>, %lr: f64, %s: f32) {
  // expected-error @+1 {{'altgrad.stall' op failed to verify that lr is a scalar of the element type of w}}
  %0:2 = "altgrad.stall"(%w, %w, %lr, %s) <{format = !altgrad.fp8<E5M2>}>
      : (tensor<4xf32>, tensor<4xf32>, f64, f32) -> (i64, i64)
  return
}

// -----

func.func @stall_l3_negative(%w: f32) {
  // expected-error @+1 {{'altgrad.stall' op expected a threshold that is finite and not negative but got -1}}
  %0:2 = altgrad.stall %w, %w, %w, %w in !altgrad.fp8<E5M2> threshold(-1.0) : f32, f32 -> i64, i64
  return
}

// -----

func.func @stall_l3_infinite(%w: f32) {
  // expected-error @+1 {{expected a threshold that is finite and not negative but got}}
  %0:2 = altgrad.stall %w, %w, %w, %w in !altgrad.fp8<E5M2> threshold(0x7FF0000000000000) : f32, f32 -> i64, i64
  return
}

// -----

func.func @stall_result_types(%w: f32) {
  // expected-error @+1 {{'altgrad.stall' op result #0 must be 64-bit signless integer, but got 'i32'}}
  %0:2 = altgrad.stall %w, %w, %w, %w in !altgrad.fp8<E5M2> : f32, f32 -> i32, i64
  return
}

//===----------------------------------------------------------------------===//
// encode, decode, round
//===----------------------------------------------------------------------===//

// -----

func.func @encode_e1(%x: tensor<4xf32>) {
  // expected-error @+1 {{'altgrad.encode' op all non-scalar operands/results must have the same shape and base type}}
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : tensor<4xf32> -> tensor<5xi8>
  return
}

// -----

func.func @decode_e2_shape(%c: tensor<4xi8>) {
  // expected-error @+1 {{'altgrad.decode' op all non-scalar operands/results must have the same shape and base type}}
  %x = altgrad.decode %c in !altgrad.fp8<E5M2> : tensor<4xi8> -> tensor<5xf32>
  return
}

// -----

func.func @decode_e2_dynamic(%c: tensor<4xi8>) {
  // expected-error @+1 {{'altgrad.decode' op expected result of the kind and shape of code, 'tensor<4xi8>', but got 'tensor<?xf32>'}}
  %x = altgrad.decode %c in !altgrad.fp8<E5M2> : tensor<4xi8> -> tensor<?xf32>
  return
}

// -----

func.func @decode_e2_kind(%c: i8) {
  // expected-error @+1 {{'altgrad.decode' op if a result is non-scalar, then at least one operand must be non-scalar}}
  %x = altgrad.decode %c in !altgrad.fp8<E5M2> : i8 -> tensor<f32>
  return
}

// -----

func.func @decode_e2_scalar(%c: tensor<4xi8>) {
  // expected-error @+1 {{'altgrad.decode' op if an operand is non-scalar, then there must be at least one non-scalar result}}
  %x = altgrad.decode %c in !altgrad.fp8<E5M2> : tensor<4xi8> -> f32
  return
}

// -----

func.func @round_e3(%x: f32) {
  // expected-error @+1 {{'altgrad.round' op requires the same type for all operands and results}}
  %y = "altgrad.round"(%x) <{format = !altgrad.fp8<E5M2>}> : (f32) -> f64
  return
}
