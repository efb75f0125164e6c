// Every operation parses, prints as it was written and survives the generic
// form and bytecode. CHECK lines hold the printed form where it differs from
// what was written.
//
// RUN: altgrad-opt %s | FileCheck %s
// RUN: altgrad-opt %s | altgrad-opt | FileCheck %s
// RUN: altgrad-opt %s --mlir-print-op-generic | altgrad-opt | FileCheck %s
// RUN: altgrad-opt %s --emit-bytecode | altgrad-opt | FileCheck %s
// RUN: altgrad-opt %s --mlir-print-op-generic | FileCheck %s --check-prefix=GENERIC

!q = !altgrad.fp8<E4M3FN>

//===----------------------------------------------------------------------===//
// constant, bitcast
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @constant
func.func @constant() {
  // CHECK: %[[CODES:codes]] = altgrad.constant 56 : i8 as !E4M3FN
  // GENERIC: "altgrad.constant"() <{value = 56 : i8}> : () -> !E4M3FN
  %scalar = altgrad.constant 56 : i8 as !q // 1.0 (0x38: e=7, m=0)
  // CHECK: altgrad.constant -8 : i8 as !E4M3FN
  %negative = altgrad.constant -8 : i8 as !q // -256 (0xF8: e=15, m=0)
  // CHECK: altgrad.constant dense<[56, -128]> : tensor<2xi8> as tensor<2x!E4M3FN>
  %tensor = altgrad.constant dense<[56, -128]> : tensor<2xi8> as tensor<2x!q>
  // CHECK: altgrad.constant dense<1> : vector<4xi8> as vector<4x!E4M3FN>
  %vector = altgrad.constant dense<1> : vector<4xi8> as vector<4x!q>
  // CHECK: altgrad.constant dense<1> : tensor<i8> as tensor<!E4M3FN>
  %rank0 = altgrad.constant dense<1> : tensor<i8> as tensor<!q>
  // CHECK: altgrad.constant dense<> : tensor<0x3xi8> as tensor<0x3x!E4M3FN>
  %empty = altgrad.constant dense<> : tensor<0x3xi8> as tensor<0x3x!q>
  return
}

// CHECK-LABEL: func @bitcast_bytes
func.func @bitcast_bytes(%c: !q, %v: vector<2x[4]x!q>, %t: tensor<?x3x!q>, %e: tensor<0x!q>) {
  // CHECK: altgrad.bitcast %{{.*}} : !E4M3FN to i8
  %0 = altgrad.bitcast %c : !q to i8
  // CHECK: altgrad.bitcast %{{.*}} : i8 to !E4M3FN
  %1 = altgrad.bitcast %0 : i8 to !q
  // CHECK: altgrad.bitcast %{{.*}} : vector<2x[4]x!E4M3FN> to vector<2x[4]xi8>
  %2 = altgrad.bitcast %v : vector<2x[4]x!q> to vector<2x[4]xi8>
  // CHECK: altgrad.bitcast %{{.*}} : tensor<?x3x!E4M3FN> to tensor<?x3xi8>
  %3 = altgrad.bitcast %t : tensor<?x3x!q> to tensor<?x3xi8>
  // CHECK: altgrad.bitcast %{{.*}} : tensor<0x!E4M3FN> to tensor<0xi8>
  %4 = altgrad.bitcast %e : tensor<0x!q> to tensor<0xi8>
  return
}

// The builtin types which encode like a format of this dialect.

// CHECK-LABEL: func @bitcast_builtin_floats
func.func @bitcast_builtin_floats(
    %a: !altgrad.fp8<E5M2>, %b: !altgrad.fp8<E4M3FN>, %c: !altgrad.fp8<E4M3>,
    %d: !altgrad.fp8<E3M4IEEE>, %e: !altgrad.fp8<E5M2FNUZ>,
    %f: !altgrad.fp8<E4M3FNUZ>, %g: !altgrad.fp8<E4M3B11FNUZ>,
    %h: tensor<?xf8E5M2>) {
  // CHECK: altgrad.bitcast %{{.*}} : !E5M2 to f8E5M2
  %0 = altgrad.bitcast %a : !altgrad.fp8<E5M2> to f8E5M2
  // CHECK: altgrad.bitcast %{{.*}} : !E4M3FN to f8E4M3FN
  %1 = altgrad.bitcast %b : !altgrad.fp8<E4M3FN> to f8E4M3FN
  // CHECK: altgrad.bitcast %{{.*}} : !E4M3 to f8E4M3
  %2 = altgrad.bitcast %c : !altgrad.fp8<E4M3> to f8E4M3
  // CHECK: altgrad.bitcast %{{.*}} : !E3M4IEEE to f8E3M4
  %3 = altgrad.bitcast %d : !altgrad.fp8<E3M4IEEE> to f8E3M4
  // CHECK: altgrad.bitcast %{{.*}} : !E5M2FNUZ to f8E5M2FNUZ
  %4 = altgrad.bitcast %e : !altgrad.fp8<E5M2FNUZ> to f8E5M2FNUZ
  // CHECK: altgrad.bitcast %{{.*}} : !E4M3FNUZ to f8E4M3FNUZ
  %5 = altgrad.bitcast %f : !altgrad.fp8<E4M3FNUZ> to f8E4M3FNUZ
  // CHECK: altgrad.bitcast %{{.*}} : !E4M3B11FNUZ to f8E4M3B11FNUZ
  %6 = altgrad.bitcast %g : !altgrad.fp8<E4M3B11FNUZ> to f8E4M3B11FNUZ
  // CHECK: altgrad.bitcast %{{.*}} : tensor<?xf8E5M2> to tensor<?x!E5M2>
  %7 = altgrad.bitcast %h : tensor<?xf8E5M2> to tensor<?x!altgrad.fp8<E5M2>>
  return
}

//===----------------------------------------------------------------------===//
// quantize, dequantize, fake_quantize
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @quantize_types
func.func @quantize_types(
    %f16: f16, %bf16: bf16, %f32: f32, %f64: f64, %v: vector<2x4xf32>,
    %vs: vector<2x1xf32>, %v0: vector<f64>, %sv: vector<[4]xf32>,
    %t: tensor<4x8xbf16>, %d: tensor<?x?xf64>, %e: tensor<0xf32>, %r0: tensor<f16>) {
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} : f16, f16 -> !E4M3FN
  // GENERIC-LABEL: sym_name = "quantize_types"
  // GENERIC: "altgrad.quantize"(%{{.*}}, %{{.*}}) <{
  // GENERIC-SAME: fastmath = #arith.fastmath<none>
  // GENERIC-SAME: overflow = #altgrad{{[.<]}}overflow{{[ <]}}saturate>
  // GENERIC-SAME: rounding = #altgrad{{[.<]}}rounding{{[ <]}}nearest_even>
  // GENERIC-SAME: scale_grad = #altgrad{{[.<]}}scale_grad{{[ <]}}none>
  // GENERIC-SAME: ste = #altgrad{{[.<]}}ste{{[ <]}}identity>
  // GENERIC-SAME: }> : (f16, f16) -> !E4M3FN
  %0 = altgrad.quantize %f16, %f16 : f16, f16 -> !q
  // CHECK: altgrad.quantize %{{.*}} : bf16 -> !E4M3FN
  %1 = altgrad.quantize %bf16 : bf16 -> !q
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} : f32, f32 -> !E4M3FN
  %2 = altgrad.quantize %f32, %f32 : f32, f32 -> !q
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} : f64, f64 -> !E4M3FN
  %3 = altgrad.quantize %f64, %f64 : f64, f64 -> !q
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} : vector<2x4xf32>, vector<2x1xf32> -> vector<2x4x!E4M3FN>
  %4 = altgrad.quantize %v, %vs : vector<2x4xf32>, vector<2x1xf32> -> vector<2x4x!q>
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} : vector<f64>, f64 -> vector<!E4M3FN>
  %5 = altgrad.quantize %v0, %f64 : vector<f64>, f64 -> vector<!q>
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} : vector<[4]xf32>, f32 -> vector<[4]x!E4M3FN>
  %6 = altgrad.quantize %sv, %f32 : vector<[4]xf32>, f32 -> vector<[4]x!q>
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} : tensor<4x8xbf16>, bf16 -> tensor<4x8x!E4M3FN>
  %7 = altgrad.quantize %t, %bf16 : tensor<4x8xbf16>, bf16 -> tensor<4x8x!q>
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?x!E4M3FN>
  %8 = altgrad.quantize %d, %d : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?x!q>
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} : tensor<0xf32>, tensor<0xf32> -> tensor<0x!E4M3FN>
  %9 = altgrad.quantize %e, %e : tensor<0xf32>, tensor<0xf32> -> tensor<0x!q>
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} : tensor<f16>, tensor<f16> -> tensor<!E4M3FN>
  %10 = altgrad.quantize %r0, %r0 : tensor<f16>, tensor<f16> -> tensor<!q>
  return
}

// One rule: per tensor, per row, per column, per block, per element.

// CHECK-LABEL: func @scale_granularities
func.func @scale_granularities(
    %x: tensor<4x64xf32>, %d: tensor<?x64xf32>, %s: f32, %all: tensor<1x1xf32>,
    %row: tensor<4x1xf32>, %column: tensor<1x64xf32>, %block: tensor<2x2xf32>,
    %each: tensor<4x64xf32>, %dynamic: tensor<?x2xf32>, %known: tensor<3x1xf32>,
    %x3: tensor<2x6x8xf32>, %block3: tensor<1x3x2xf32>) {
  // CHECK: : tensor<4x64xf32>, f32 ->
  %0 = altgrad.quantize %x, %s : tensor<4x64xf32>, f32 -> tensor<4x64x!q>
  // CHECK: : tensor<4x64xf32>, tensor<1x1xf32> ->
  %1 = altgrad.quantize %x, %all : tensor<4x64xf32>, tensor<1x1xf32> -> tensor<4x64x!q>
  // CHECK: : tensor<4x64xf32>, tensor<4x1xf32> ->
  %2 = altgrad.quantize %x, %row : tensor<4x64xf32>, tensor<4x1xf32> -> tensor<4x64x!q>
  // CHECK: : tensor<4x64xf32>, tensor<1x64xf32> ->
  %3 = altgrad.quantize %x, %column : tensor<4x64xf32>, tensor<1x64xf32> -> tensor<4x64x!q>
  // CHECK: : tensor<4x64xf32>, tensor<2x2xf32> ->
  %4 = altgrad.quantize %x, %block : tensor<4x64xf32>, tensor<2x2xf32> -> tensor<4x64x!q>
  // CHECK: : tensor<4x64xf32>, tensor<4x64xf32> ->
  %5 = altgrad.quantize %x, %each : tensor<4x64xf32>, tensor<4x64xf32> -> tensor<4x64x!q>
  // CHECK: : tensor<?x64xf32>, tensor<?x2xf32> ->
  %6 = altgrad.quantize %d, %dynamic : tensor<?x64xf32>, tensor<?x2xf32> -> tensor<?x64x!q>
  // CHECK: : tensor<?x64xf32>, tensor<3x1xf32> ->
  %7 = altgrad.quantize %d, %known : tensor<?x64xf32>, tensor<3x1xf32> -> tensor<?x64x!q>
  // CHECK: : tensor<4x64xf32>, tensor<?x2xf32> ->
  %8 = altgrad.quantize %x, %dynamic : tensor<4x64xf32>, tensor<?x2xf32> -> tensor<4x64x!q>
  // CHECK: : tensor<2x6x8xf32>, tensor<1x3x2xf32> ->
  %9 = altgrad.quantize %x3, %block3 : tensor<2x6x8xf32>, tensor<1x3x2xf32> -> tensor<2x6x8x!q>
  return
}

// Defaults are elided, other policies are printed as words, in one order.

// CHECK-LABEL: func @quantize_clauses
func.func @quantize_clauses(%x: f32, %s: f32) {
  // CHECK: altgrad.quantize %{{.*}} : f32 -> !E4M3FN
  %0 = altgrad.quantize %x rounding(nearest_even) overflow(saturate) ste(identity)
      scale_grad(none) fastmath<none> : f32 -> !q
  // CHECK: altgrad.quantize %{{.*}} overflow(infinity) : f32 -> !E4M3FN
  %1 = altgrad.quantize %x overflow(infinity) : f32 -> !q
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} ste(clipped) : f32, f32 -> !E4M3FN
  %2 = altgrad.quantize %x, %s ste(clipped) : f32, f32 -> !q
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} scale_grad(lsq) : f32, f32 -> !E4M3FN
  %3 = altgrad.quantize %x, %s scale_grad(lsq) : f32, f32 -> !q
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} fastmath<arcp> : f32, f32 -> !E4M3FN
  %4 = altgrad.quantize %x, %s fastmath<arcp> : f32, f32 -> !q
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} overflow(infinity) ste(clipped) scale_grad(lsq) fastmath<fast> {note = "kept"} : f32, f32 -> !E4M3FN
  %5 = altgrad.quantize %x, %s overflow(infinity) ste(clipped) scale_grad(lsq)
      fastmath<fast> {note = "kept"} : f32, f32 -> !q
  return
}

// CHECK-LABEL: func @dequantize
func.func @dequantize(%c: !q, %v: vector<4x!q>, %t: tensor<4x8x!q>, %d: tensor<?x?x!q>,
                      %s: f16, %row: tensor<4x1xf64>, %blocks: tensor<?x?xf32>) {
  // CHECK: altgrad.dequantize %{{.*}}, %{{.*}} : !E4M3FN, f16 -> f16
  // GENERIC: "altgrad.dequantize"(%{{.*}}, %{{.*}}) : (!E4M3FN, f16) -> f16
  %0 = altgrad.dequantize %c, %s : !q, f16 -> f16
  // CHECK: altgrad.dequantize %{{.*}} : vector<4x!E4M3FN> -> vector<4xbf16>
  %1 = altgrad.dequantize %v : vector<4x!q> -> vector<4xbf16>
  // CHECK: altgrad.dequantize %{{.*}}, %{{.*}} : tensor<4x8x!E4M3FN>, tensor<4x1xf64> -> tensor<4x8xf64>
  %2 = altgrad.dequantize %t, %row : tensor<4x8x!q>, tensor<4x1xf64> -> tensor<4x8xf64>
  // CHECK: altgrad.dequantize %{{.*}}, %{{.*}} : tensor<?x?x!E4M3FN>, tensor<?x?xf32> -> tensor<?x?xf32>
  %3 = altgrad.dequantize %d, %blocks : tensor<?x?x!q>, tensor<?x?xf32> -> tensor<?x?xf32>
  return
}

// CHECK-LABEL: func @fake_quantize
func.func @fake_quantize(%f16: f16, %v: vector<4xbf16>, %t: tensor<4x8xf64>, %s: f64,
                         %d: tensor<?x8xf32>, %blocks: tensor<?x2xf32>) {
  // CHECK: altgrad.fake_quantize %{{.*}} in !E4M3FN : f16
  %0 = altgrad.fake_quantize %f16 in !q : f16
  // CHECK: altgrad.fake_quantize %{{.*}} in !E4M3FN ste(clipped) : vector<4xbf16>
  %1 = altgrad.fake_quantize %v in !q ste(clipped) : vector<4xbf16>
  // CHECK: altgrad.fake_quantize %{{.*}}, %{{.*}} in !E4M3FN overflow(infinity) scale_grad(lsq) : tensor<4x8xf64>, f64
  %2 = altgrad.fake_quantize %t, %s in !q overflow(infinity) scale_grad(lsq) : tensor<4x8xf64>, f64
  // CHECK: altgrad.fake_quantize %{{.*}}, %{{.*}} in !E4M3FN fastmath<arcp> : tensor<?x8xf32>, tensor<?x2xf32>
  %3 = altgrad.fake_quantize %d, %blocks in !q rounding(nearest_even) fastmath<arcp> : tensor<?x8xf32>, tensor<?x2xf32>
  return
}

//===----------------------------------------------------------------------===//
// amax, histories, compute_scale, stall
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @amax
func.func @amax(%s: f16, %v: vector<4x6xf64>, %sv: vector<[4]xf32>, %t: tensor<4x64xbf16>,
                %d: tensor<?x64xf32>, %r0: tensor<f32>, %e: tensor<0x4xf32>) {
  // CHECK: altgrad.amax %{{.*}} : f16 -> f16
  // GENERIC: "altgrad.amax"(%{{.*}}) <{nan = #altgrad{{[.<]}}nan{{[ <]}}propagate>}> : (f16) -> f16
  %0 = altgrad.amax %s : f16 -> f16
  // CHECK: altgrad.amax %{{.*}} : vector<4x6xf64> -> vector<2x3xf64>
  %1 = altgrad.amax %v : vector<4x6xf64> -> vector<2x3xf64>
  // CHECK: altgrad.amax %{{.*}} : vector<[4]xf32> -> f32
  %2 = altgrad.amax %sv : vector<[4]xf32> -> f32
  // CHECK: altgrad.amax %{{.*}} nan(ignore) : tensor<4x64xbf16> -> tensor<1x1xbf16>
  %3 = altgrad.amax %t nan(ignore) : tensor<4x64xbf16> -> tensor<1x1xbf16>
  // CHECK: altgrad.amax %{{.*}} : tensor<?x64xf32> -> tensor<?x2xf32>
  %4 = altgrad.amax %d nan(propagate) : tensor<?x64xf32> -> tensor<?x2xf32>
  // A static number of blocks of a dynamic dimension.
  // CHECK: altgrad.amax %{{.*}} : tensor<?x64xf32> -> tensor<2x1xf32>
  %5 = altgrad.amax %d : tensor<?x64xf32> -> tensor<2x1xf32>
  // CHECK: altgrad.amax %{{.*}} : tensor<f32> -> tensor<f32>
  %6 = altgrad.amax %r0 : tensor<f32> -> tensor<f32>
  // CHECK: altgrad.amax %{{.*}} : tensor<0x4xf32> -> tensor<1x2xf32>
  %7 = altgrad.amax %e : tensor<0x4xf32> -> tensor<1x2xf32>
  return
}

// CHECK-LABEL: func @histories
func.func @histories(%h: tensor<16xf32>, %a: f32, %hr: tensor<?x4x?xf16>, %ar: tensor<4x?xf16>,
                     %hv: vector<4xf64>, %av: f64, %h0: tensor<1x2xbf16>, %hvr: vector<4x2xf32>, %a0: tensor<f32>) {
  // CHECK: altgrad.update_amax_history %{{.*}}, %{{.*}} : tensor<16xf32>, f32
  %0 = altgrad.update_amax_history %h, %a : tensor<16xf32>, f32
  // An amax may be a tensor of rank 0.
  // CHECK: altgrad.update_amax_history %{{.*}}, %{{.*}} : tensor<16xf32>, tensor<f32>
  %h00 = altgrad.update_amax_history %h, %a0 : tensor<16xf32>, tensor<f32>
  // CHECK: altgrad.update_amax_history %{{.*}}, %{{.*}} : tensor<?x4x?xf16>, tensor<4x?xf16>
  %1 = altgrad.update_amax_history %hr, %ar : tensor<?x4x?xf16>, tensor<4x?xf16>
  // CHECK: altgrad.update_amax_history %{{.*}}, %{{.*}} : vector<4xf64>, f64
  %2 = altgrad.update_amax_history %hv, %av : vector<4xf64>, f64
  // CHECK: altgrad.history_amax %{{.*}} : tensor<16xf32> -> f32
  // GENERIC: "altgrad.history_amax"(%{{.*}}) <{algorithm = #altgrad{{[.<]}}algorithm{{[ <]}}max>}> : (tensor<16xf32>) -> f32
  %3 = altgrad.history_amax %h algorithm(max) : tensor<16xf32> -> f32
  // CHECK: altgrad.history_amax %{{.*}} algorithm(most_recent) : tensor<?x4x?xf16> -> tensor<4x?xf16>
  %4 = altgrad.history_amax %hr algorithm(most_recent) : tensor<?x4x?xf16> -> tensor<4x?xf16>
  // CHECK: altgrad.history_amax %{{.*}} : vector<4xf64> -> f64
  %5 = altgrad.history_amax %hv : vector<4xf64> -> f64
  // CHECK: altgrad.history_amax %{{.*}} : tensor<1x2xbf16> -> tensor<2xbf16>
  %6 = altgrad.history_amax %h0 : tensor<1x2xbf16> -> tensor<2xbf16>
  // CHECK: altgrad.history_amax %{{.*}} : vector<4x2xf32> -> vector<2xf32>
  %7 = altgrad.history_amax %hvr : vector<4x2xf32> -> vector<2xf32>
  return
}

// CHECK-LABEL: func @compute_scale
func.func @compute_scale(%s: f32, %v: vector<4xf64>, %t: tensor<4x1xf16>, %d: tensor<?xbf16>) {
  // CHECK: altgrad.compute_scale %{{.*}} in !E4M3FN : f32 -> f32
  // GENERIC: "altgrad.compute_scale"(%{{.*}}) <{
  // GENERIC-SAME: format = !E4M3FN
  // GENERIC-SAME: margin = 0 : i64
  // GENERIC-SAME: power_of_two = #altgrad{{[.<]}}power_of_two{{[ <]}}none>
  // GENERIC-SAME: scale_min = 1.000000e-10 : f64
  %0 = altgrad.compute_scale %s in !q scale_min(1.0e-10) margin(0) power_of_two(none) : f32 -> f32
  // CHECK: altgrad.compute_scale %{{.*}} in !E4M3FN scale_min(5.000000e-01) margin(-100) power_of_two(ceil) : vector<4xf64> -> vector<4xf32>
  %1 = altgrad.compute_scale %v in !q scale_min(0.5) margin(-100) power_of_two(ceil) : vector<4xf64> -> vector<4xf32>
  // CHECK: altgrad.compute_scale %{{.*}} in !E4M3FN margin(100) : tensor<4x1xf16> -> tensor<4x1xf32>
  %2 = altgrad.compute_scale %t in !q margin(100) : tensor<4x1xf16> -> tensor<4x1xf32>
  // CHECK: altgrad.compute_scale %{{.*}} in !E4M3FN power_of_two(floor) : tensor<?xbf16> -> tensor<?xf32>
  %3 = altgrad.compute_scale %d in !q power_of_two(floor) : tensor<?xbf16> -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @stall
func.func @stall(%w: f32, %v: vector<8xf64>, %lr64: f64, %t: tensor<4x8xf16>, %lr16: f16,
                 %row: tensor<4x1xf16>, %d: tensor<?x?xbf16>, %lrb: bf16, %sb: tensor<?x?xbf16>) {
  // CHECK: altgrad.stall %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} in !E4M3FN : f32, f32 -> i64, i64
  // GENERIC: "altgrad.stall"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) <{
  // GENERIC-SAME: threshold = 1.000000e-10 : f64
  // GENERIC-SAME: }> : (f32, f32, f32, f32) -> (i64, i64)
  %0:2 = altgrad.stall %w, %w, %w, %w in !q threshold(1.0e-10) : f32, f32 -> i64, i64
  // CHECK: altgrad.stall %{{.*}} in !E4M3FN threshold(0.000000e+00) : vector<8xf64>, f64 -> i64, i64
  %1:2 = altgrad.stall %v, %v, %lr64, %lr64 in !q threshold(0.0) : vector<8xf64>, f64 -> i64, i64
  // CHECK: altgrad.stall %{{.*}}, %{{.*}}, %{{.*}} in !E4M3FN : tensor<4x8xf16> -> i64, i64
  %n:2 = altgrad.stall %t, %t, %lr16 in !q : tensor<4x8xf16> -> i64, i64
  // CHECK: altgrad.stall %{{.*}} in !E4M3FN overflow(infinity) : tensor<4x8xf16>, tensor<4x1xf16> -> i64, i64
  %2:2 = altgrad.stall %t, %t, %lr16, %row in !q overflow(infinity) : tensor<4x8xf16>, tensor<4x1xf16> -> i64, i64
  // CHECK: altgrad.stall %{{.*}} in !E4M3FN fastmath<arcp> : tensor<?x?xbf16>, tensor<?x?xbf16> -> i64, i64
  %3:2 = altgrad.stall %d, %d, %lrb, %sb in !q rounding(nearest_even) fastmath<arcp>
      : tensor<?x?xbf16>, tensor<?x?xbf16> -> i64, i64
  return
}

//===----------------------------------------------------------------------===//
// The format of cotangents
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @cotangent_format
func.func @cotangent_format(%x: tensor<4xf32>, %s: f32) {
  // CHECK: altgrad.quantize %{{.*}}, %{{.*}} scale_grad(lsq) cotangent_format(!E5M2) fastmath<arcp> : tensor<4xf32>, f32
  %0 = altgrad.quantize %x, %s scale_grad(lsq) cotangent_format(!altgrad.fp8<E5M2>) fastmath<arcp>
      : tensor<4xf32>, f32 -> tensor<4x!q>
  // CHECK: altgrad.fake_quantize %{{.*}} in !E4M3FN cotangent_format(!E0M7) : tensor<4xf32>
  %1 = altgrad.fake_quantize %x in !q cotangent_format(!altgrad.fp8<E0M7>) : tensor<4xf32>
  return
}

//===----------------------------------------------------------------------===//
// encode, decode, round
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @primitives
func.func @primitives(%s: f32, %v: vector<[8]xf16>, %t: tensor<4x?xf64>, %b: tensor<bf16>) {
  // CHECK: altgrad.encode %{{.*}} in !E4M3FN : f32 -> i8
  %0 = altgrad.encode %s in !q : f32 -> i8
  // CHECK: altgrad.encode %{{.*}} in !E4M3FN overflow(infinity) : vector<[8]xf16> -> vector<[8]xi8>
  %1 = altgrad.encode %v in !q rounding(nearest_even) overflow(infinity) : vector<[8]xf16> -> vector<[8]xi8>
  // CHECK: altgrad.encode %{{.*}} in !E4M3FN : tensor<4x?xf64> -> tensor<4x?xi8>
  %2 = altgrad.encode %t in !q : tensor<4x?xf64> -> tensor<4x?xi8>
  // CHECK: altgrad.decode %{{.*}} in !E4M3FN : i8 -> bf16
  %3 = altgrad.decode %0 in !q : i8 -> bf16
  // CHECK: altgrad.decode %{{.*}} in !E4M3FN : vector<[8]xi8> -> vector<[8]xf16>
  %4 = altgrad.decode %1 in !q : vector<[8]xi8> -> vector<[8]xf16>
  // CHECK: altgrad.decode %{{.*}} in !E4M3FN : tensor<4x?xi8> -> tensor<4x?xf64>
  %5 = altgrad.decode %2 in !q : tensor<4x?xi8> -> tensor<4x?xf64>
  // CHECK: altgrad.round %{{.*}} in !E4M3FN : f32
  %6 = altgrad.round %s in !q : f32
  // CHECK: altgrad.round %{{.*}} in !E4M3FN overflow(infinity) : tensor<bf16>
  %7 = altgrad.round %b in !q overflow(infinity) : tensor<bf16>
  return
}
