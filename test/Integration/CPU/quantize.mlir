// Codes of quantize, fake_quantize and dequantize, one body and several routes:
// the bits are those of the folder (test/Dialect/Altgrad/fold.mlir).
//
// DEFINE: %{run} = mlir-runner -O2 -e main -entry-point-result=void \
// DEFINE:   -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils
// Compiled, for wide and for narrow vectors; then folded first.
// RUN: altgrad-opt %s --altgrad-cpu-pipeline | %{run} | FileCheck %s
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=vector-width=128 | %{run} | FileCheck %s
// RUN: altgrad-opt %s --inline --canonicalize --altgrad-cpu-pipeline | %{run} | FileCheck %s

func.func private @printMemrefI32(%m: tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF32(%m: tensor<*xf32> {bufferization.access = "read"})
func.func private @printMemrefF64(%m: tensor<*xf64> {bufferization.access = "read"})

func.func private @print_codes(%codes: tensor<?xi8>) {
  %wide = arith.extui %codes : tensor<?xi8> to tensor<?xi32>
  %any = tensor.cast %wide : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

// 19 values: 16 lanes and a remainder of 3.
func.func private @values() -> tensor<19xf32> {
  %x = arith.constant dense<[
      0.0, -0.0, 1.0, -1.0, 0.1, 0.3, 448.0, 464.0, 1000.0, 57344.0,
      61439.0, 61440.0, -1.0e30, 0x7F800000, 0xFF800000, 0x7FC00000,
      1.0e-45, -1.0e-10, 0.0029296875]> : tensor<19xf32>
  return %x : tensor<19xf32>
}

func.func private @e4m3fn(%x: tensor<19xf32>) -> tensor<19xi8> {
  %q = altgrad.quantize %x : tensor<19xf32> -> tensor<19x!altgrad.fp8<E4M3FN>>
  %b = altgrad.bitcast %q : tensor<19x!altgrad.fp8<E4M3FN>> to tensor<19xi8>
  return %b : tensor<19xi8>
}
func.func private @e4m3fn_overflow(%x: tensor<19xf32>) -> tensor<19xi8> {
  %q = altgrad.quantize %x overflow(infinity) : tensor<19xf32> -> tensor<19x!altgrad.fp8<E4M3FN>>
  %b = altgrad.bitcast %q : tensor<19x!altgrad.fp8<E4M3FN>> to tensor<19xi8>
  return %b : tensor<19xi8>
}
func.func private @e5m2_overflow(%x: tensor<19xf32>) -> tensor<19xi8> {
  %q = altgrad.quantize %x overflow(infinity) : tensor<19xf32> -> tensor<19x!altgrad.fp8<E5M2>>
  %b = altgrad.bitcast %q : tensor<19x!altgrad.fp8<E5M2>> to tensor<19xi8>
  return %b : tensor<19xi8>
}
func.func private @e7m0(%x: tensor<19xf32>) -> tensor<19xi8> {
  %q = altgrad.quantize %x : tensor<19xf32> -> tensor<19x!altgrad.fp8<E7M0>>
  %b = altgrad.bitcast %q : tensor<19x!altgrad.fp8<E7M0>> to tensor<19xi8>
  return %b : tensor<19xi8>
}
func.func private @e0m7(%x: tensor<19xf32>) -> tensor<19xi8> {
  %q = altgrad.quantize %x : tensor<19xf32> -> tensor<19x!altgrad.fp8<E0M7>>
  %b = altgrad.bitcast %q : tensor<19x!altgrad.fp8<E0M7>> to tensor<19xi8>
  return %b : tensor<19xi8>
}
func.func private @e4m3fnuz(%x: tensor<19xf32>) -> tensor<19xi8> {
  %q = altgrad.quantize %x : tensor<19xf32> -> tensor<19x!altgrad.fp8<E4M3FNUZ>>
  %b = altgrad.bitcast %q : tensor<19x!altgrad.fp8<E4M3FNUZ>> to tensor<19xi8>
  return %b : tensor<19xi8>
}

// x / scale a little above 1.0625 in f64, equal to it in f32, f16 and bf16:
// 1.125 (0x39 = 57: e=7, m=1) and 1.0 (0x38 = 56: e=7, m=0).
func.func private @quotients(%x32: tensor<1xf32>, %s32: f32, %x64: tensor<1xf64>, %s64: f64,
                             %x16: tensor<1xf16>, %s16: f16, %xb: tensor<1xbf16>, %sb: bf16) -> tensor<4xi8> {
  %c0 = arith.constant 0 : index
  %q0 = altgrad.quantize %x32, %s32 : tensor<1xf32>, f32 -> tensor<1x!altgrad.fp8<E4M3FN>>
  %q1 = altgrad.quantize %x64, %s64 : tensor<1xf64>, f64 -> tensor<1x!altgrad.fp8<E4M3FN>>
  %q2 = altgrad.quantize %x16, %s16 : tensor<1xf16>, f16 -> tensor<1x!altgrad.fp8<E4M3FN>>
  %q3 = altgrad.quantize %xb, %sb : tensor<1xbf16>, bf16 -> tensor<1x!altgrad.fp8<E4M3FN>>
  %t0 = altgrad.bitcast %q0 : tensor<1x!altgrad.fp8<E4M3FN>> to tensor<1xi8>
  %t1 = altgrad.bitcast %q1 : tensor<1x!altgrad.fp8<E4M3FN>> to tensor<1xi8>
  %t2 = altgrad.bitcast %q2 : tensor<1x!altgrad.fp8<E4M3FN>> to tensor<1xi8>
  %t3 = altgrad.bitcast %q3 : tensor<1x!altgrad.fp8<E4M3FN>> to tensor<1xi8>
  %b0 = tensor.extract %t0[%c0] : tensor<1xi8>
  %b1 = tensor.extract %t1[%c0] : tensor<1xi8>
  %b2 = tensor.extract %t2[%c0] : tensor<1xi8>
  %b3 = tensor.extract %t3[%c0] : tensor<1xi8>
  %b = tensor.from_elements %b0, %b1, %b2, %b3 : tensor<4xi8>
  return %b : tensor<4xi8>
}

func.func private @fake_quantize(%x: tensor<19xf32>, %s: f32) -> tensor<19xf32> {
  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E4M3FN> : tensor<19xf32>, f32
  return %y : tensor<19xf32>
}

// 2^20 (0x53: e=83) is no f16, the product 2^20 * 2^-24 is; 2^20 itself is infinite.
func.func private @dequantize_f16(%q: tensor<2x!altgrad.fp8<E7M0>>, %s: tensor<2xf16>) -> tensor<2xf32> {
  %y = altgrad.dequantize %q, %s : tensor<2x!altgrad.fp8<E7M0>>, tensor<2xf16> -> tensor<2xf16>
  %r = arith.extf %y : tensor<2xf16> to tensor<2xf32>
  return %r : tensor<2xf32>
}
func.func private @dequantize_f64(%q: tensor<5x!altgrad.fp8<E5M2>>, %s: f64) -> tensor<5xf64> {
  %y = altgrad.dequantize %q, %s : tensor<5x!altgrad.fp8<E5M2>>, f64 -> tensor<5xf64>
  return %y : tensor<5xf64>
}

func.func @main() {
  %x = call @values() : () -> tensor<19xf32>

  // 0.1 -> 0.1015625 (0x1D = 29), 0.3 -> 0.3125 (0x2A = 42), 448 (0x7E = 126),
  // negative: 0x80 = 128 and more, NaN (0x7F = 127), 1.5 * 2^-9 -> 2^-8 (0x02)
  // CHECK: [0,  128,  56,  184,  29,  42,  126,  126,  126,  126,  126,  126,  254,  126,  254,  127,  0,  128,  2]
  %0 = call @e4m3fn(%x) : (tensor<19xf32>) -> tensor<19xi8>
  %d0 = tensor.cast %0 : tensor<19xi8> to tensor<?xi8>
  call @print_codes(%d0) : (tensor<?xi8>) -> ()

  // 464 is still 448, what is past it NaN.
  // CHECK: [0,  128,  56,  184,  29,  42,  126,  126,  127,  127,  127,  127,  127,  127,  127,  127,  0,  128,  2]
  %1 = call @e4m3fn_overflow(%x) : (tensor<19xf32>) -> tensor<19xi8>
  %d1 = tensor.cast %1 : tensor<19xi8> to tensor<?xi8>
  call @print_codes(%d1) : (tensor<?xi8>) -> ()

  // 448 (0x5F = 95), 1000 -> 1024 (0x64 = 100), 57344 (0x7B = 123) up to 61439,
  // infinity (0x7C = 124) and -infinity (0xFC = 252)
  // CHECK: [0,  128,  60,  188,  46,  53,  95,  95,  100,  123,  123,  124,  252,  124,  252,  127,  0,  128,  26]
  %2 = call @e5m2_overflow(%x) : (tensor<19xf32>) -> tensor<19xi8>
  %d2 = tensor.cast %2 : tensor<19xi8> to tensor<?xi8>
  call @print_codes(%d2) : (tensor<?xi8>) -> ()

  // Powers of two: 0.1 -> 2^-3 (0x3C = 60), 0.3 -> 2^-2, 448 -> 2^9, 57344 -> 2^16;
  // 2^64 (0x7F) is the largest; no NaN: 0
  // CHECK: [0,  128,  63,  191,  60,  61,  72,  72,  73,  79,  79,  79,  255,  127,  255,  0,  0,  158,  54]
  %3 = call @e7m0(%x) : (tensor<19xf32>) -> tensor<19xi8>
  %d3 = tensor.cast %3 : tensor<19xi8> to tensor<?xi8>
  call @print_codes(%d3) : (tensor<?xi8>) -> ()

  // 0.1 -> 13/128, 0.3 -> 38/128, all else is past 127/128 or zero
  // CHECK: [0,  128,  127,  255,  13,  38,  127,  127,  127,  127,  127,  127,  255,  127,  255,  0,  0,  128,  0]
  %4 = call @e0m7(%x) : (tensor<19xf32>) -> tensor<19xi8>
  %d4 = tensor.cast %4 : tensor<19xi8> to tensor<?xi8>
  call @print_codes(%d4) : (tensor<?xi8>) -> ()

  // No negative zero; NaN is 0x80 = 128.
  // CHECK: [0,  0,  64,  192,  37,  50,  127,  127,  127,  127,  127,  127,  255,  127,  255,  128,  0,  0,  3]
  %5 = call @e4m3fnuz(%x) : (tensor<19xf32>) -> tensor<19xi8>
  %d5 = tensor.cast %5 : tensor<19xi8> to tensor<?xi8>
  call @print_codes(%d5) : (tensor<?xi8>) -> ()

  %x32 = arith.constant dense<0x3DD9D14F> : tensor<1xf32>
  %s32 = arith.constant 0x3DCD013B : f32
  %x64 = arith.constant dense<0x3FBB3A29E0000000> : tensor<1xf64>
  %s64 = arith.constant 0x3FB9A02760000000 : f64
  %x16 = arith.constant dense<0x34C6> : tensor<1xf16>
  %s16 = arith.constant 0x347E : f16
  %xb = arith.constant dense<0x3F11> : tensor<1xbf16>
  %sb = arith.constant 0x3F08 : bf16
  // CHECK: [56,  57,  56,  56]
  %6 = call @quotients(%x32, %s32, %x64, %s64, %x16, %s16, %xb, %sb)
      : (tensor<1xf32>, f32, tensor<1xf64>, f64, tensor<1xf16>, f16, tensor<1xbf16>, bf16) -> tensor<4xi8>
  %d6 = tensor.cast %6 : tensor<4xi8> to tensor<?xi8>
  call @print_codes(%d6) : (tensor<?xi8>) -> ()

  // Multiples of 1/2: 0.1 / 0.5 -> 0.203125 * 0.5; -1e-10 / 0.5 -> -0
  // CHECK: [0,  -0,  1,  -1,  0.101562,  0.3125,  224,  224,  224,  224,  224,  224,  -224,  224,  -224,  nan,  0,  -0,  0.00292969]
  %half = arith.constant 0.5 : f32
  %7 = call @fake_quantize(%x, %half) : (tensor<19xf32>, f32) -> tensor<19xf32>
  %a7 = tensor.cast %7 : tensor<19xf32> to tensor<*xf32>
  call @printMemrefF32(%a7) : (tensor<*xf32>) -> ()

  // CHECK: [0.0625,  inf]
  %q8 = altgrad.constant dense<83> : tensor<2xi8> as tensor<2x!altgrad.fp8<E7M0>>
  %s8 = arith.constant dense<[0x0001, 1.0]> : tensor<2xf16>
  %8 = call @dequantize_f16(%q8, %s8) : (tensor<2x!altgrad.fp8<E7M0>>, tensor<2xf16>) -> tensor<2xf32>
  %a8 = tensor.cast %8 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%a8) : (tensor<*xf32>) -> ()

  // infinity (0x7C), -infinity (0xFC), 1 (0x3C), -0 (0x80), 2^-16 (0x01), times 3
  // CHECK: [inf,  -inf,  3,  -0,  4.57764e-05]
  %q9 = altgrad.constant dense<[124, -4, 60, -128, 1]> : tensor<5xi8> as tensor<5x!altgrad.fp8<E5M2>>
  %s9 = arith.constant 3.0 : f64
  %9 = call @dequantize_f64(%q9, %s9) : (tensor<5x!altgrad.fp8<E5M2>>, f64) -> tensor<5xf64>
  %a9 = tensor.cast %9 : tensor<5xf64> to tensor<*xf64>
  call @printMemrefF64(%a9) : (tensor<*xf64>) -> ()
  return
}
