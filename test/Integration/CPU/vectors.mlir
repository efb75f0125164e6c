// The ops on scalars and vectors, compiled and folded.
//
// DEFINE: %{run} = mlir-runner -O2 -e main -entry-point-result=void \
// DEFINE:   -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils
// RUN: altgrad-opt %s --altgrad-cpu-pipeline | %{run} | FileCheck %s
// RUN: altgrad-opt %s --inline --canonicalize --altgrad-cpu-pipeline | %{run} | FileCheck %s

!q = !altgrad.fp8<E4M3FN>

func.func private @blocks(%x: vector<2x4xf32>, %s: vector<2x2xf32>) -> vector<2x4xi8> {
  %q = altgrad.quantize %x, %s : vector<2x4xf32>, vector<2x2xf32> -> vector<2x4x!q>
  %b = altgrad.bitcast %q : vector<2x4x!q> to vector<2x4xi8>
  return %b : vector<2x4xi8>
}
func.func private @round_trip_f16(%x: vector<8xf16>, %s: f16) -> vector<8xf32> {
  %q = altgrad.quantize %x, %s overflow(infinity) : vector<8xf16>, f16 -> vector<8x!altgrad.fp8<E5M2>>
  %y = altgrad.dequantize %q, %s : vector<8x!altgrad.fp8<E5M2>>, f16 -> vector<8xf16>
  %r = arith.extf %y : vector<8xf16> to vector<8xf32>
  return %r : vector<8xf32>
}
// E5M2 with bias 148: every value is near the smallest float, and exact.
func.func private @subnormals(%c: vector<4xi8>) -> (vector<4xi32>, vector<4xi8>) {
  %x = altgrad.decode %c in !altgrad.fp8<E5M2, bias = 148, ieee> : vector<4xi8> -> vector<4xf32>
  %bits = arith.bitcast %x : vector<4xf32> to vector<4xi32>
  %d = altgrad.encode %x in !altgrad.fp8<E5M2, bias = 148, ieee> overflow(infinity) : vector<4xf32> -> vector<4xi8>
  return %bits, %d : vector<4xi32>, vector<4xi8>
}
func.func private @rounded(%x: vector<5xf64>) -> vector<5xf64> {
  %y = altgrad.round %x in !altgrad.fp8<E7M0> : vector<5xf64>
  return %y : vector<5xf64>
}
func.func private @amax(%x: vector<2x4xf32>) -> (f32, vector<2x1xf32>) {
  %a = altgrad.amax %x nan(ignore) : vector<2x4xf32> -> f32
  %r = altgrad.amax %x : vector<2x4xf32> -> vector<2x1xf32>
  return %a, %r : f32, vector<2x1xf32>
}
func.func private @history(%h: vector<3xf64>, %a: f64) -> (vector<3xf64>, f64, f64) {
  %0 = altgrad.update_amax_history %h, %a : vector<3xf64>, f64
  %1 = altgrad.history_amax %0 : vector<3xf64> -> f64
  %2 = altgrad.history_amax %0 algorithm(most_recent) : vector<3xf64> -> f64
  return %0, %1, %2 : vector<3xf64>, f64, f64
}
func.func private @scale_and_stall(%w: vector<4xf32>, %g: vector<4xf32>, %lr: f32) -> (f32, i64, i64) {
  %a = altgrad.amax %w : vector<4xf32> -> f32
  %s = altgrad.compute_scale %a in !q : f32 -> f32
  %0:2 = altgrad.stall %w, %g, %lr, %s in !q : vector<4xf32>, f32 -> i64, i64
  return %s, %0#0, %0#1 : f32, i64, i64
}
func.func private @scalar(%x: f32) -> (i8, f32, f32) {
  %q = altgrad.quantize %x : f32 -> !q
  %b = altgrad.bitcast %q : !q to i8
  %y = altgrad.dequantize %q : !q -> f32
  %z = altgrad.fake_quantize %x in !altgrad.fp8<E1M6> : f32
  return %b, %y, %z : i8, f32, f32
}

func.func @main() {
  // 4 / s: 1.0 (0x38 = 56), 2 (0x40 = 64), 4 (0x48 = 72), 0.5 (0x30 = 48)
  // CHECK: ( ( 72, 72, 64, 64 ), ( 56, 56, 48, 48 ) )
  %x0 = arith.constant dense<4.0> : vector<2x4xf32>
  %s0 = arith.constant dense<[[1.0, 2.0], [4.0, 8.0]]> : vector<2x2xf32>
  %0 = call @blocks(%x0, %s0) : (vector<2x4xf32>, vector<2x2xf32>) -> vector<2x4xi8>
  vector.print %0 : vector<2x4xi8>

  // 60000 / 0.5 is infinite in f16; 30720 / 0.5 = 61440 overflows E5M2;
  // 28672 / 0.5 = 57344 is its largest value.
  // CHECK: ( inf, inf, 28672, -inf, nan, -0, 1.25, 7.62939e-06 )
  %x1 = arith.constant dense<[60000.0, 30720.0, 28672.0, 0xFC00, 0x7E00, -0.0, 1.3, 7.6e-6]> : vector<8xf16>
  %s1 = arith.constant 0.5 : f16
  %1 = call @round_trip_f16(%x1, %s1) : (vector<8xf16>, f16) -> vector<8xf32>
  vector.print %1 : vector<8xf32>

  // 0x01 is 2^-149, the float with bits 1; 0x04 is 2^-147; 0x81 is -2^-149; 0x7C is infinity.
  // CHECK: ( 1, 4, -2147483647, 2139095040 )
  // CHECK: ( 1, 4, -127, 124 )
  %c2 = arith.constant dense<[1, 4, -127, 124]> : vector<4xi8>
  %2:2 = call @subnormals(%c2) : (vector<4xi8>) -> (vector<4xi32>, vector<4xi8>)
  vector.print %2#0 : vector<4xi32>
  vector.print %2#1 : vector<4xi8>

  // Ties go down, in f64 just above the tie goes up; 2^64 is the largest.
  // CHECK: ( 1, 2, -0.5, 1.84467e+19, 0 )
  %x3 = arith.constant dense<[1.5, 1.5000000000000002, -0.75, 1.0e300, 1.0e-300]> : vector<5xf64>
  %3 = call @rounded(%x3) : (vector<5xf64>) -> vector<5xf64>
  vector.print %3 : vector<5xf64>

  // CHECK: 9
  // CHECK: ( ( nan ), ( 9 ) )
  %x4 = arith.constant dense<[[1.0, 0x7FC00000, 2.0, 3.0], [-9.0, 1.0, 2.0, 3.0]]> : vector<2x4xf32>
  %4:2 = call @amax(%x4) : (vector<2x4xf32>) -> (f32, vector<2x1xf32>)
  vector.print %4#0 : f32
  vector.print %4#1 : vector<2x1xf32>

  // CHECK: ( 5, -1, 2 )
  // CHECK: 5
  // CHECK: 2
  %h5 = arith.constant dense<[7.0, 5.0, -1.0]> : vector<3xf64>
  %a5 = arith.constant 2.0 : f64
  %5:3 = call @history(%h5, %a5) : (vector<3xf64>, f64) -> (vector<3xf64>, f64, f64)
  vector.print %5#0 : vector<3xf64>
  vector.print %5#1 : f64
  vector.print %5#2 : f64

  // 44.8 / 448 = 0.1; steps of 0.1 * 0.5 at 1.0, whose codes are 0.1 apart.
  // CHECK: 0.1
  // CHECK: 1
  // CHECK: 2
  %w6 = arith.constant dense<[1.0, 1.0, 44.8, 0.0]> : vector<4xf32>
  %g6 = arith.constant dense<[0.5, 4.0, 0.0, 0.0]> : vector<4xf32>
  %lr6 = arith.constant 0.1 : f32
  %6:3 = call @scale_and_stall(%w6, %g6, %lr6) : (vector<4xf32>, vector<4xf32>, f32) -> (f32, i64, i64)
  vector.print %6#0 : f32
  vector.print %6#1 : i64
  vector.print %6#2 : i64

  // 0.3 -> 0.3125 (0x2A = 42) in E4M3FN, 10/32 in E1M6
  // CHECK: 42
  // CHECK: 0.3125
  // CHECK: 0.3125
  %x7 = arith.constant 0.3 : f32
  %7:3 = call @scalar(%x7) : (f32) -> (i8, f32, f32)
  vector.print %7#0 : i8
  vector.print %7#1 : f32
  vector.print %7#2 : f32
  return
}
