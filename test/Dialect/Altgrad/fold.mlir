// Each folder, with the bits that semantics demand. test/Integration/CPU runs
// compiled code on the same cases.
//
// RUN: altgrad-opt %s --canonicalize --split-input-file | FileCheck %s

//===----------------------------------------------------------------------===//
// quantize
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @quantize_scalars
func.func @quantize_scalars() -> (!altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>) {
  %f16 = arith.constant 1.0 : f16
  %bf16 = arith.constant -0.0 : bf16
  %f32 = arith.constant 0.1 : f32
  %f64 = arith.constant -1.0e-10 : f64
  // 1.0 (0x38: e=7, m=0)
  // CHECK-DAG: altgrad.constant 56 : i8 as !E4M3FN
  %0 = altgrad.quantize %f16 : f16 -> !altgrad.fp8<E4M3FN>
  // -0.0 (0x80: e=0, m=0)
  // CHECK-DAG: altgrad.constant -128 : i8 as !E4M3FN
  %1 = altgrad.quantize %bf16 : bf16 -> !altgrad.fp8<E4M3FN>
  // 0.1015625 (0x1D: e=3, m=5)
  // CHECK-DAG: altgrad.constant 29 : i8 as !E4M3FN
  %2 = altgrad.quantize %f32 : f32 -> !altgrad.fp8<E4M3FN>
  // A tiny negative number keeps its sign: 0x80 again.
  %3 = altgrad.quantize %f64 : f64 -> !altgrad.fp8<E4M3FN>
  return %0, %1, %2, %3 : !altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>
}

// 0.3, infinity, -infinity, NaN and -0.0 in every named format.

// CHECK-LABEL: func @quantize_named_formats
func.func @quantize_named_formats() -> (
    tensor<5x!altgrad.fp8<E0M7>>, tensor<5x!altgrad.fp8<E1M6>>, tensor<5x!altgrad.fp8<E3M4>>,
    tensor<5x!altgrad.fp8<E5M2>>, tensor<5x!altgrad.fp8<E7M0>>, tensor<5x!altgrad.fp8<E2M5>>,
    tensor<5x!altgrad.fp8<E6M1>>, tensor<5x!altgrad.fp8<E4M3FN>>, tensor<5x!altgrad.fp8<E4M3>>,
    tensor<5x!altgrad.fp8<E3M4IEEE>>, tensor<5x!altgrad.fp8<E4M3FNUZ>>,
    tensor<5x!altgrad.fp8<E5M2FNUZ>>, tensor<5x!altgrad.fp8<E4M3B11FNUZ>>) {
  %x = arith.constant dense<[0.3, 0x7F800000, 0xFF800000, 0x7FC00000, -0.0]> : tensor<5xf32>
  // 38/128 (0x26), 127/128 (0x7F), -127/128 (0xFF), +0 for NaN, -0 (0x80)
  // CHECK-DAG: altgrad.constant dense<[38, 127, -1, 0, -128]> : tensor<5xi8> as tensor<5x!E0M7>
  %0 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E0M7>>
  // 10/32 (0x0A)
  // CHECK-DAG: altgrad.constant dense<[10, 127, -1, 0, -128]> : tensor<5xi8> as tensor<5x!E1M6>
  %1 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E1M6>>
  // 0.3125 (0x05: e=0, m=5)
  // CHECK-DAG: altgrad.constant dense<[5, 127, -1, 0, -128]> : tensor<5xi8> as tensor<5x!E3M4>
  %2 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E3M4>>
  // 0.3125 (0x35: e=13, m=1), 57344 (0x7B), -57344 (0xFB), NaN (0x7F)
  // CHECK-DAG: altgrad.constant dense<[53, 123, -5, 127, -128]> : tensor<5xi8> as tensor<5x!E5M2>
  %3 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E5M2>>
  // 0.25 (0x3D: e=61)
  // CHECK-DAG: altgrad.constant dense<[61, 127, -1, 0, -128]> : tensor<5xi8> as tensor<5x!E7M0>
  %4 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E7M0>>
  // 0.3125 (0x0A: e=0, m=10)
  // CHECK-DAG: altgrad.constant dense<[10, 127, -1, 0, -128]> : tensor<5xi8> as tensor<5x!E2M5>
  %5 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E2M5>>
  // 0.25 (0x3A: e=29, m=0)
  // CHECK-DAG: altgrad.constant dense<[58, 127, -1, 0, -128]> : tensor<5xi8> as tensor<5x!E6M1>
  %6 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E6M1>>
  // 0.3125 (0x2A: e=5, m=2), 448 (0x7E), -448 (0xFE), NaN (0x7F)
  // CHECK-DAG: altgrad.constant dense<[42, 126, -2, 127, -128]> : tensor<5xi8> as tensor<5x!E4M3FN>
  %7 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E4M3FN>>
  // 240 (0x77), -240 (0xF7), NaN (0x7F)
  // CHECK-DAG: altgrad.constant dense<[42, 119, -9, 127, -128]> : tensor<5xi8> as tensor<5x!E4M3>
  %8 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E4M3>>
  // 0.296875 (0x13: e=1, m=3), 15.5 (0x6F), -15.5 (0xEF), NaN (0x7F)
  // CHECK-DAG: altgrad.constant dense<[19, 111, -17, 127, -128]> : tensor<5xi8> as tensor<5x!E3M4IEEE>
  %9 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E3M4IEEE>>
  // 0.3125 (0x32: e=6, m=2), 240 (0x7F), -240 (0xFF), NaN (0x80), no -0
  // CHECK-DAG: altgrad.constant dense<[50, 127, -1, -128, 0]> : tensor<5xi8> as tensor<5x!E4M3FNUZ>
  %10 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E4M3FNUZ>>
  // 0.3125 (0x39: e=14, m=1)
  // CHECK-DAG: altgrad.constant dense<[57, 127, -1, -128, 0]> : tensor<5xi8> as tensor<5x!E5M2FNUZ>
  %11 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E5M2FNUZ>>
  // 0.3125 (0x4A: e=9, m=2)
  // CHECK-DAG: altgrad.constant dense<[74, 127, -1, -128, 0]> : tensor<5xi8> as tensor<5x!E4M3B11FNUZ>
  %12 = altgrad.quantize %x : tensor<5xf32> -> tensor<5x!altgrad.fp8<E4M3B11FNUZ>>
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12
      : tensor<5x!altgrad.fp8<E0M7>>, tensor<5x!altgrad.fp8<E1M6>>, tensor<5x!altgrad.fp8<E3M4>>,
        tensor<5x!altgrad.fp8<E5M2>>, tensor<5x!altgrad.fp8<E7M0>>, tensor<5x!altgrad.fp8<E2M5>>,
        tensor<5x!altgrad.fp8<E6M1>>, tensor<5x!altgrad.fp8<E4M3FN>>, tensor<5x!altgrad.fp8<E4M3>>,
        tensor<5x!altgrad.fp8<E3M4IEEE>>, tensor<5x!altgrad.fp8<E4M3FNUZ>>,
        tensor<5x!altgrad.fp8<E5M2FNUZ>>, tensor<5x!altgrad.fp8<E4M3B11FNUZ>>
}

// -----

// overflow(infinity): infinity (ieee), NaN (fn, fnuz), saturation (finite). The
// middle between the largest value and the step after it decides.

// CHECK-LABEL: func @quantize_overflow
func.func @quantize_overflow() -> (tensor<3x!altgrad.fp8<E5M2>>, tensor<3x!altgrad.fp8<E4M3FN>>,
                                   tensor<3x!altgrad.fp8<E4M3FNUZ>>, tensor<3x!altgrad.fp8<E3M4>>) {
  // 57344 (0x7B), infinity (0x7C), -infinity (0xFC): 61440 is the middle, its tie goes up.
  %x = arith.constant dense<[61439.0, 61440.0, 0xFF800000]> : tensor<3xf32>
  // CHECK-DAG: altgrad.constant dense<[123, 124, -4]> : tensor<3xi8> as tensor<3x!E5M2>
  %0 = altgrad.quantize %x overflow(infinity) : tensor<3xf32> -> tensor<3x!altgrad.fp8<E5M2>>
  // 448 (0x7E), NaN (0x7F), NaN: 464 is the middle, its tie goes down.
  %y = arith.constant dense<[464.0, 0x43E80001, -1.0e9]> : tensor<3xf32>
  // CHECK-DAG: altgrad.constant dense<[126, 127, 127]> : tensor<3xi8> as tensor<3x!E4M3FN>
  %1 = altgrad.quantize %y overflow(infinity) : tensor<3xf32> -> tensor<3x!altgrad.fp8<E4M3FN>>
  // 240 (0x7F), NaN (0x80), NaN
  %z = arith.constant dense<[247.9, 248.0, -1.0e9]> : tensor<3xf32>
  // CHECK-DAG: altgrad.constant dense<[127, -128, -128]> : tensor<3xi8> as tensor<3x!E4M3FNUZ>
  %2 = altgrad.quantize %z overflow(infinity) : tensor<3xf32> -> tensor<3x!altgrad.fp8<E4M3FNUZ>>
  // 124 (0x7F), 124, -124 (0xFF)
  // CHECK-DAG: altgrad.constant dense<[127, 127, -1]> : tensor<3xi8> as tensor<3x!E3M4>
  %3 = altgrad.quantize %z overflow(infinity) : tensor<3xf32> -> tensor<3x!altgrad.fp8<E3M4>>
  return %0, %1, %2, %3 : tensor<3x!altgrad.fp8<E5M2>>, tensor<3x!altgrad.fp8<E4M3FN>>,
                          tensor<3x!altgrad.fp8<E4M3FNUZ>>, tensor<3x!altgrad.fp8<E3M4>>
}

// Ties go to the even mantissa field; without one to the smaller magnitude.

// CHECK-LABEL: func @quantize_ties
func.func @quantize_ties() -> (tensor<4x!altgrad.fp8<E7M0>>, tensor<2x!altgrad.fp8<E0M7>>, tensor<2x!altgrad.fp8<E4M3FN>>) {
  // 1.5 -> 1 (0x3F: e=63), 3 -> 2 (0x40: e=64), 2^-63 -> 0, the next float after it -> 2^-62 (0x01)
  %x = arith.constant dense<[1.5, 3.0, 0x20000000, 0x20000001]> : tensor<4xf32>
  // CHECK-DAG: altgrad.constant dense<[63, 64, 0, 1]> : tensor<4xi8> as tensor<4x!E7M0>
  %0 = altgrad.quantize %x : tensor<4xf32> -> tensor<4x!altgrad.fp8<E7M0>>
  // 0.5/128 -> 0, 1.5/128 -> 2/128
  %y = arith.constant dense<[0.00390625, 0.01171875]> : tensor<2xf32>
  // CHECK-DAG: altgrad.constant dense<[0, 2]> : tensor<2xi8> as tensor<2x!E0M7>
  %1 = altgrad.quantize %y : tensor<2xf32> -> tensor<2x!altgrad.fp8<E0M7>>
  // Subnormals, 0.5 * 2^-9 -> 0, 1.5 * 2^-9 -> 2 * 2^-9
  %z = arith.constant dense<[0.0009765625, 0.0029296875]> : tensor<2xf32>
  // CHECK-DAG: altgrad.constant dense<[0, 2]> : tensor<2xi8> as tensor<2x!E4M3FN>
  %2 = altgrad.quantize %z : tensor<2xf32> -> tensor<2x!altgrad.fp8<E4M3FN>>
  return %0, %1, %2 : tensor<4x!altgrad.fp8<E7M0>>, tensor<2x!altgrad.fp8<E0M7>>, tensor<2x!altgrad.fp8<E4M3FN>>
}

// The quotient rounds once, in the type of x. Here it is a little more than the
// middle 1.0625 of two codes, but not in f32: the tie goes to 1.0 (0x38: e=7,
// m=0), in f64 to 1.125 (0x39: e=7, m=1). The same in f16 and bf16.

// CHECK-LABEL: func @quantize_rounds_the_quotient
func.func @quantize_rounds_the_quotient() -> (!altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>,
                                              !altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>) {
  %x32 = arith.constant 0x3DD9D14F : f32
  %s32 = arith.constant 0x3DCD013B : f32
  %x64 = arith.constant 0x3FBB3A29E0000000 : f64
  %s64 = arith.constant 0x3FB9A02760000000 : f64
  %x16 = arith.constant 0x34C6 : f16
  %s16 = arith.constant 0x347E : f16
  %xb16 = arith.constant 0x3F11 : bf16
  %sb16 = arith.constant 0x3F08 : bf16
  // CHECK-DAG: %[[DOWN:.*]] = altgrad.constant 56 : i8 as !E4M3FN
  // CHECK-DAG: %[[UP:.*]] = altgrad.constant 57 : i8 as !E4M3FN
  %0 = altgrad.quantize %x32, %s32 : f32, f32 -> !altgrad.fp8<E4M3FN>
  %1 = altgrad.quantize %x64, %s64 : f64, f64 -> !altgrad.fp8<E4M3FN>
  %2 = altgrad.quantize %x16, %s16 : f16, f16 -> !altgrad.fp8<E4M3FN>
  %3 = altgrad.quantize %xb16, %sb16 : bf16, bf16 -> !altgrad.fp8<E4M3FN>
  // CHECK: return %[[DOWN]], %[[UP]], %[[DOWN]], %[[DOWN]]
  return %0, %1, %2, %3 : !altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>
}

// f64 is never rounded to f32 first: this is above the middle 1.0625 only in f64.

// CHECK-LABEL: func @quantize_f64_rounds_once
// CHECK: altgrad.constant 57 : i8 as !E4M3FN
func.func @quantize_f64_rounds_once() -> !altgrad.fp8<E4M3FN> {
  %x = arith.constant 1.0625000000001 : f64 // 1.125 (0x39: e=7, m=1)
  %q = altgrad.quantize %x : f64 -> !altgrad.fp8<E4M3FN>
  return %q : !altgrad.fp8<E4M3FN>
}

// A scale of zero, infinity or NaN: what the division gives.

// CHECK-LABEL: func @quantize_degenerate_scales
func.func @quantize_degenerate_scales() -> tensor<6x!altgrad.fp8<E4M3FN>> {
  //           1/0 = inf: 448   0/0 = NaN   -1/inf = -0   inf/inf = NaN  1/NaN   -1/-0 = inf
  %x = arith.constant dense<[1.0, 0.0, -1.0, 0x7F800000, 1.0, -1.0]> : tensor<6xf32>
  %s = arith.constant dense<[0.0, 0.0, 0x7F800000, 0x7F800000, 0x7FC00000, -0.0]> : tensor<6xf32>
  // CHECK: altgrad.constant dense<[126, 127, -128, 127, 127, 126]> : tensor<6xi8> as tensor<6x!E4M3FN>
  %q = altgrad.quantize %x, %s : tensor<6xf32>, tensor<6xf32> -> tensor<6x!altgrad.fp8<E4M3FN>>
  return %q : tensor<6x!altgrad.fp8<E4M3FN>>
}

// -----

// Which element uses which scale: per row, per column, per block in both
// dimensions, and of three dimensions. Codes of 4/s in E4M3FN: 4 is 0x48 = 72,
// 2 is 64, 1 is 56, 0.5 is 48, 0.25 is 40, 0.125 is 32.

// CHECK-LABEL: func @quantize_blocks
func.func @quantize_blocks() -> (tensor<2x4x!altgrad.fp8<E4M3FN>>, tensor<2x4x!altgrad.fp8<E4M3FN>>,
                                 vector<4x4x!altgrad.fp8<E4M3FN>>, tensor<2x2x2x!altgrad.fp8<E4M3FN>>) {
  %x = arith.constant dense<4.0> : tensor<2x4xf32>
  %rows = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  // CHECK-DAG: altgrad.constant dense<{{\[}}[72, 72, 72, 72], [64, 64, 64, 64]]> : tensor<2x4xi8>
  %0 = altgrad.quantize %x, %rows : tensor<2x4xf32>, tensor<2x1xf32> -> tensor<2x4x!altgrad.fp8<E4M3FN>>
  %halves = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  // CHECK-DAG: altgrad.constant dense<{{\[}}[72, 72, 64, 64], [72, 72, 64, 64]]> : tensor<2x4xi8>
  %1 = altgrad.quantize %x, %halves : tensor<2x4xf32>, tensor<1x2xf32> -> tensor<2x4x!altgrad.fp8<E4M3FN>>
  %v = arith.constant dense<4.0> : vector<4x4xf32>
  %blocks = arith.constant dense<[[1.0, 2.0], [4.0, 8.0]]> : vector<2x2xf32>
  // CHECK-DAG: altgrad.constant dense<{{\[}}[72, 72, 64, 64], [72, 72, 64, 64], [56, 56, 48, 48], [56, 56, 48, 48]]> : vector<4x4xi8>
  %2 = altgrad.quantize %v, %blocks : vector<4x4xf32>, vector<2x2xf32> -> vector<4x4x!altgrad.fp8<E4M3FN>>
  %y = arith.constant dense<4.0> : tensor<2x2x2xf32>
  %mixed = arith.constant dense<[[[1.0, 2.0]], [[4.0, 8.0]]]> : tensor<2x1x2xf32>
  // CHECK-DAG: altgrad.constant dense<{{\[\[}}[72, 64], [72, 64]], {{\[}}[56, 48], [56, 48]]]> : tensor<2x2x2xi8>
  %3 = altgrad.quantize %y, %mixed : tensor<2x2x2xf32>, tensor<2x1x2xf32> -> tensor<2x2x2x!altgrad.fp8<E4M3FN>>
  return %0, %1, %2, %3 : tensor<2x4x!altgrad.fp8<E4M3FN>>, tensor<2x4x!altgrad.fp8<E4M3FN>>,
                          vector<4x4x!altgrad.fp8<E4M3FN>>, tensor<2x2x2x!altgrad.fp8<E4M3FN>>
}

// Splats stay splats, whatever their size; empty and rank-0 tensors fold too.

// CHECK-LABEL: func @quantize_shapes
func.func @quantize_shapes() -> (tensor<100000x100000x!altgrad.fp8<E4M3FN>>, tensor<0x3x!altgrad.fp8<E4M3FN>>,
                                 tensor<!altgrad.fp8<E4M3FN>>, vector<!altgrad.fp8<E4M3FN>>) {
  %splat = arith.constant dense<1.0> : tensor<100000x100000xf32>
  %empty = arith.constant dense<> : tensor<0x3xf32>
  %scales = arith.constant dense<> : tensor<0x1xf32>
  %rank0 = arith.constant dense<1.0> : tensor<f32>
  %vector0 = arith.constant dense<1.0> : vector<f32>
  // CHECK-DAG: altgrad.constant dense<56> : tensor<100000x100000xi8>
  %0 = altgrad.quantize %splat : tensor<100000x100000xf32> -> tensor<100000x100000x!altgrad.fp8<E4M3FN>>
  // CHECK-DAG: altgrad.constant dense<> : tensor<0x3xi8>
  %1 = altgrad.quantize %empty, %scales : tensor<0x3xf32>, tensor<0x1xf32> -> tensor<0x3x!altgrad.fp8<E4M3FN>>
  // CHECK-DAG: altgrad.constant dense<56> : tensor<i8>
  %2 = altgrad.quantize %rank0, %rank0 : tensor<f32>, tensor<f32> -> tensor<!altgrad.fp8<E4M3FN>>
  // CHECK-DAG: altgrad.constant dense<56> : vector<i8>
  %3 = altgrad.quantize %vector0 : vector<f32> -> vector<!altgrad.fp8<E4M3FN>>
  return %0, %1, %2, %3 : tensor<100000x100000x!altgrad.fp8<E4M3FN>>, tensor<0x3x!altgrad.fp8<E4M3FN>>,
                          tensor<!altgrad.fp8<E4M3FN>>, vector<!altgrad.fp8<E4M3FN>>
}

// Not folded: an unknown scale, a reciprocal (its bits are the lowering's
// choice), a scalable vector.

// CHECK-LABEL: func @quantize_does_not_fold
func.func @quantize_does_not_fold(%s: f32) -> (!altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>, vector<[4]x!altgrad.fp8<E4M3FN>>) {
  %x = arith.constant 1.0 : f32
  %t = arith.constant 3.0 : f32
  %v = arith.constant dense<1.0> : vector<[4]xf32>
  // CHECK-COUNT-3: altgrad.quantize
  %0 = altgrad.quantize %x, %s : f32, f32 -> !altgrad.fp8<E4M3FN>
  %1 = altgrad.quantize %x, %t fastmath<arcp> : f32, f32 -> !altgrad.fp8<E4M3FN>
  %2 = altgrad.quantize %v : vector<[4]xf32> -> vector<[4]x!altgrad.fp8<E4M3FN>>
  return %0, %1, %2 : !altgrad.fp8<E4M3FN>, !altgrad.fp8<E4M3FN>, vector<[4]x!altgrad.fp8<E4M3FN>>
}

// -----

//===----------------------------------------------------------------------===//
// dequantize
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @dequantize_specials
func.func @dequantize_specials() -> (tensor<6xf32>, tensor<3xf32>, tensor<3xf64>) {
  // infinity (0x7C), -infinity (0xFC), NaN (0x7D), NaN (0x7F), -0 (0x80), 2^-16 (0x01)
  %ieee = altgrad.constant dense<[124, -4, 125, 127, -128, 1]> : tensor<6xi8> as tensor<6x!altgrad.fp8<E5M2>>
  // CHECK-DAG: arith.constant dense<[0x7F800000, 0xFF800000, 0x7FC00000, 0x7FC00000, -0.000000e+00, 1.52587891E-5]> : tensor<6xf32>
  %0 = altgrad.dequantize %ieee : tensor<6x!altgrad.fp8<E5M2>> -> tensor<6xf32>
  // NaN (0x80), 240 (0x7F), -240 (0xFF)
  %fnuz = altgrad.constant dense<[-128, 127, -1]> : tensor<3xi8> as tensor<3x!altgrad.fp8<E4M3FNUZ>>
  // CHECK-DAG: arith.constant dense<[0x7FC00000, 2.400000e+02, -2.400000e+02]> : tensor<3xf32>
  %1 = altgrad.dequantize %fnuz : tensor<3x!altgrad.fp8<E4M3FNUZ>> -> tensor<3xf32>
  // 2^64 (0x7F: e=127), -2^64 (0xFF), 0 (0x00)
  %pow2 = altgrad.constant dense<[127, -1, 0]> : tensor<3xi8> as tensor<3x!altgrad.fp8<E7M0>>
  // CHECK-DAG: arith.constant dense<[1.8446744073709552E+19, -1.8446744073709552E+19, 0.000000e+00]> : tensor<3xf64>
  %2 = altgrad.dequantize %pow2 : tensor<3x!altgrad.fp8<E7M0>> -> tensor<3xf64>
  return %0, %1, %2 : tensor<6xf32>, tensor<3xf32>, tensor<3xf64>
}

// For f16 the product is formed in f32: 2^20 (0x53: e=83) is no f16, but 2^20 *
// 2^-24 = 0.0625 is. A product too large is infinite.

// CHECK-LABEL: func @dequantize_f16
func.func @dequantize_f16() -> (f16, f16, bf16) {
  %large = altgrad.constant 83 : i8 as !altgrad.fp8<E7M0>
  %tiny = arith.constant 0x0001 : f16
  // CHECK-DAG: %[[PRODUCT:.*]] = arith.constant 6.250000e-02 : f16
  %0 = altgrad.dequantize %large, %tiny : !altgrad.fp8<E7M0>, f16 -> f16
  // CHECK-DAG: %[[INFINITY:.*]] = arith.constant 0x7C00 : f16
  %1 = altgrad.dequantize %large : !altgrad.fp8<E7M0> -> f16
  // 1.9375 (0x3E: e=1, m=30)
  %code = altgrad.constant 62 : i8 as !altgrad.fp8<E2M5>
  %next = arith.constant 0x3F81 : bf16
  // 1.9375 * 1.0078125 = 1.95263671875, of the neighbours 1.953125 and 1.9453125
  // CHECK-DAG: %[[ROUNDED:.*]] = arith.constant 1.953130e+00 : bf16
  %2 = altgrad.dequantize %code, %next : !altgrad.fp8<E2M5>, bf16 -> bf16
  // CHECK: return %[[PRODUCT]], %[[INFINITY]], %[[ROUNDED]]
  return %0, %1, %2 : f16, f16, bf16
}

// CHECK-LABEL: func @dequantize_blocks
// CHECK: arith.constant dense<[1.000000e+00, 1.000000e+00, 3.000000e+00, 3.000000e+00]> : tensor<4xf64>
func.func @dequantize_blocks() -> tensor<4xf64> {
  %q = altgrad.constant dense<56> : tensor<4xi8> as tensor<4x!altgrad.fp8<E4M3FN>> // 1.0 (0x38)
  %s = arith.constant dense<[1.0, 3.0]> : tensor<2xf64>
  %y = altgrad.dequantize %q, %s : tensor<4x!altgrad.fp8<E4M3FN>>, tensor<2xf64> -> tensor<4xf64>
  return %y : tensor<4xf64>
}

// -----

//===----------------------------------------------------------------------===//
// fake_quantize
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @fake_quantize
func.func @fake_quantize() -> (tensor<6xf32>, tensor<2xf32>, f64) {
  // 1.1 -> 1.125, 1000 -> 448, -1e-9 -> -0, NaN, -infinity -> -448, 2^-9 kept
  %x = arith.constant dense<[1.1, 1000.0, -1.0e-9, 0x7FC00000, 0xFF800000, 0.001953125]> : tensor<6xf32>
  // CHECK-DAG: arith.constant dense<[1.125000e+00, 4.480000e+02, -0.000000e+00, 0x7FC00000, -4.480000e+02, 0.001953125]> : tensor<6xf32>
  %0 = altgrad.fake_quantize %x in !altgrad.fp8<E4M3FN> : tensor<6xf32>
  // A format without NaN: +0.
  %nan = arith.constant dense<[0x7FC00000, 0xFFC00000]> : tensor<2xf32>
  // CHECK-DAG: arith.constant dense<0.000000e+00> : tensor<2xf32>
  %1 = altgrad.fake_quantize %nan in !altgrad.fp8<E3M4> : tensor<2xf32>
  // 0.7 / 0.1 -> 7 * 0.1, the product rounds again
  %y = arith.constant 0.7 : f64
  %s = arith.constant 0.1 : f64
  // CHECK-DAG: arith.constant 0.70000000000000007 : f64
  %2 = altgrad.fake_quantize %y, %s in !altgrad.fp8<E4M3FN> : f64, f64
  return %0, %1, %2 : tensor<6xf32>, tensor<2xf32>, f64
}

// CHECK-LABEL: func @fake_quantize_overflow
// CHECK: arith.constant dense<[0x7C00, 0xFC00, 5.734400e+04]> : tensor<3xf16>
func.func @fake_quantize_overflow() -> tensor<3xf16> {
  %x = arith.constant dense<[0x7C00, -61440.0, 61408.0]> : tensor<3xf16>
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E5M2> overflow(infinity) : tensor<3xf16>
  return %y : tensor<3xf16>
}

// CHECK-LABEL: func @fake_quantize_does_not_fold
// CHECK: altgrad.fake_quantize
func.func @fake_quantize_does_not_fold() -> f32 {
  %x = arith.constant 1.0 : f32
  %s = arith.constant 3.0 : f32
  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E4M3FN> fastmath<arcp> : f32, f32
  return %y : f32
}

// -----

//===----------------------------------------------------------------------===//
// amax
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @amax
func.func @amax() -> (f32, tensor<2x1xf32>, tensor<1x2xf32>, tensor<2x4xf32>, f16, f32, f32) {
  %x = arith.constant dense<[[1.0, -5.0, 2.0, 3.0], [-0.0, 0.5, -7.0, 0.25]]> : tensor<2x4xf32>
  // CHECK-DAG: arith.constant 7.000000e+00 : f32
  %0 = altgrad.amax %x : tensor<2x4xf32> -> f32
  // CHECK-DAG: arith.constant dense<{{\[}}[5.000000e+00], [7.000000e+00]]> : tensor<2x1xf32>
  %1 = altgrad.amax %x : tensor<2x4xf32> -> tensor<2x1xf32>
  // CHECK-DAG: arith.constant dense<{{\[}}[5.000000e+00, 7.000000e+00]]> : tensor<1x2xf32>
  %2 = altgrad.amax %x : tensor<2x4xf32> -> tensor<1x2xf32>
  // CHECK-DAG: arith.constant dense<{{\[}}[1.000000e+00, 5.000000e+00, 2.000000e+00, 3.000000e+00], [0.000000e+00, 5.000000e-01, 7.000000e+00, 2.500000e-01]]> : tensor<2x4xf32>
  %3 = altgrad.amax %x : tensor<2x4xf32> -> tensor<2x4xf32>
  %y = arith.constant -2.0 : f16
  // CHECK-DAG: arith.constant 2.000000e+00 : f16
  %4 = altgrad.amax %y : f16 -> f16
  // A NaN is contagious, or skipped; infinity is a magnitude.
  %z = arith.constant dense<[1.0, 0x7FC00000, 0xFF800000]> : tensor<3xf32>
  // CHECK-DAG: arith.constant 0x7FC00000 : f32
  %5 = altgrad.amax %z : tensor<3xf32> -> f32
  // CHECK-DAG: arith.constant 0x7F800000 : f32
  %6 = altgrad.amax %z nan(ignore) : tensor<3xf32> -> f32
  return %0, %1, %2, %3, %4, %5, %6 : f32, tensor<2x1xf32>, tensor<1x2xf32>, tensor<2x4xf32>, f16, f32, f32
}

// An empty tensor, or nothing but NaN that is skipped: 0.

// CHECK-LABEL: func @amax_of_nothing
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : bf16
// CHECK-DAG: %[[ZEROS:.*]] = arith.constant dense<0.000000e+00> : tensor<1x2xbf16>
// CHECK-DAG: %[[EMPTY:.*]] = arith.constant dense<> : tensor<0x2xbf16>
// CHECK: return %[[ZERO]], %[[ZEROS]], %[[EMPTY]], %[[ZERO]]
func.func @amax_of_nothing() -> (bf16, tensor<1x2xbf16>, tensor<0x2xbf16>, bf16) {
  %x = arith.constant dense<> : tensor<0x4xbf16>
  %nan = arith.constant dense<0x7FC0> : tensor<3xbf16>
  %0 = altgrad.amax %x : tensor<0x4xbf16> -> bf16
  %1 = altgrad.amax %x : tensor<0x4xbf16> -> tensor<1x2xbf16>
  %2 = altgrad.amax %x : tensor<0x4xbf16> -> tensor<0x2xbf16>
  %3 = altgrad.amax %nan nan(ignore) : tensor<3xbf16> -> bf16
  return %0, %1, %2, %3 : bf16, tensor<1x2xbf16>, tensor<0x2xbf16>, bf16
}

// -----

//===----------------------------------------------------------------------===//
// update_amax_history, history_amax
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @update_amax_history
func.func @update_amax_history() -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x2xf32>, vector<1xf64>) {
  %h = arith.constant dense<[-1.0, 2.0, 3.0]> : tensor<3xf32>
  %a = arith.constant 4.0 : f32
  // CHECK-DAG: arith.constant dense<[2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<3xf32>
  %0 = altgrad.update_amax_history %h, %a : tensor<3xf32>, f32
  // Neither infinity nor NaN is recorded.
  %inf = arith.constant 0x7F800000 : f32
  %nan = arith.constant 0x7FC00000 : f32
  // CHECK-DAG: %[[KEPT:.*]] = arith.constant dense<[-1.000000e+00, 2.000000e+00, 3.000000e+00]> : tensor<3xf32>
  %1 = altgrad.update_amax_history %h, %inf : tensor<3xf32>, f32
  %2 = altgrad.update_amax_history %h, %nan : tensor<3xf32>, f32
  // Each column has its window.
  %columns = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %amaxes = arith.constant dense<[0x7FC00000, 5.0]> : tensor<2xf32>
  // CHECK-DAG: arith.constant dense<{{\[}}[1.000000e+00, 4.000000e+00], [3.000000e+00, 5.000000e+00]]> : tensor<2x2xf32>
  %3 = altgrad.update_amax_history %columns, %amaxes : tensor<2x2xf32>, tensor<2xf32>
  // A window of one slot.
  %one = arith.constant dense<1.0> : vector<1xf64>
  %b = arith.constant 0.0 : f64
  // CHECK-DAG: arith.constant dense<0.000000e+00> : vector<1xf64>
  %4 = altgrad.update_amax_history %one, %b : vector<1xf64>, f64
  // CHECK: return %{{.*}}, %[[KEPT]], %[[KEPT]]
  return %0, %1, %2, %3, %4 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x2xf32>, vector<1xf64>
}

// CHECK-LABEL: func @history_amax
// CHECK-DAG: %[[MAX:.*]] = arith.constant 5.000000e+00 : f32
// CHECK-DAG: %[[NEWEST:.*]] = arith.constant 3.000000e+00 : f32
// CHECK-DAG: %[[NOTHING:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-DAG: %[[COLUMNS:.*]] = arith.constant dense<[1.000000e+00, 4.000000e+00, 0.000000e+00]> : tensor<3xf16>
// CHECK: return %[[MAX]], %[[NEWEST]], %[[NOTHING]], %[[NOTHING]], %[[COLUMNS]]
func.func @history_amax() -> (f32, f32, f32, f32, tensor<3xf16>) {
  %h = arith.constant dense<[5.0, -1.0, 3.0, -1.0]> : tensor<4xf32>
  %0 = altgrad.history_amax %h : tensor<4xf32> -> f32
  %1 = altgrad.history_amax %h algorithm(most_recent) : tensor<4xf32> -> f32
  // Nothing recorded: 1. A NaN is no entry.
  %empty = arith.constant dense<[-1.0, 0x7FC00000]> : tensor<2xf32>
  %2 = altgrad.history_amax %empty : tensor<2xf32> -> f32
  %3 = altgrad.history_amax %empty algorithm(most_recent) : tensor<2xf32> -> f32
  // Zero is an entry.
  %columns = arith.constant dense<[[-1.0, 4.0, -1.0], [-1.0, 2.0, 0.0]]> : tensor<2x3xf16>
  %4 = altgrad.history_amax %columns : tensor<2x3xf16> -> tensor<3xf16>
  return %0, %1, %2, %3, %4 : f32, f32, f32, f32, tensor<3xf16>
}

// -----

//===----------------------------------------------------------------------===//
// compute_scale
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @compute_scale
func.func @compute_scale() -> (tensor<7xf32>, tensor<2xf32>, tensor<2xf32>, f32, f32, f32) {
  // 448/448 = 1, 896/448 = 2, 1/448, below scale_min twice, not finite twice
  %amax = arith.constant dense<[448.0, 896.0, 1.0, 1.0e-11, 0.0, 0x7F800000, 0x7FC00000]> : tensor<7xf32>
  // CHECK-DAG: arith.constant dense<[1.000000e+00, 2.000000e+00, 0.00223214296, 1.000000e-10, 1.000000e-10, 1.000000e+00, 1.000000e+00]> : tensor<7xf32>
  %0 = altgrad.compute_scale %amax in !altgrad.fp8<E4M3FN> : tensor<7xf32> -> tensor<7xf32>
  // The margin multiplies what comes from amax, not the floor below scale_min.
  %a = arith.constant dense<[448.0, 0.25]> : tensor<2xf32>
  // CHECK-DAG: arith.constant dense<[4.000000e+00, 5.000000e-01]> : tensor<2xf32>
  %1 = altgrad.compute_scale %a in !altgrad.fp8<E4M3FN> scale_min(0.5) margin(2) : tensor<2xf32> -> tensor<2xf32>
  // 1.0 = 448/448 and 3/448: the next power of two up
  %b = arith.constant dense<[448.0, 3.0]> : tensor<2xf32>
  // CHECK-DAG: arith.constant dense<[1.000000e+00, 7.812500e-03]> : tensor<2xf32>
  %2 = altgrad.compute_scale %b in !altgrad.fp8<E4M3FN> power_of_two(ceil) : tensor<2xf32> -> tensor<2xf32>
  // 3/448 = 0.00669...: the next one down is 2^-8
  %c = arith.constant 3.0 : f32
  // CHECK-DAG: arith.constant 3.906250e-03 : f32
  %3 = altgrad.compute_scale %c in !altgrad.fp8<E4M3FN> power_of_two(floor) : f32 -> f32
  // scale_min becomes a power of two as well: 1e-10 -> 2^-33
  %zero = arith.constant 0.0 : f16
  // CHECK-DAG: arith.constant 1.16415322E-10 : f32
  %4 = altgrad.compute_scale %zero in !altgrad.fp8<E4M3FN> power_of_two(ceil) : f16 -> f32
  // Too large for f32 after the division in f64.
  %huge = arith.constant 1.0e300 : f64
  // CHECK-DAG: arith.constant 0x7F800000 : f32
  %5 = altgrad.compute_scale %huge in !altgrad.fp8<E4M3FN> : f64 -> f32
  return %0, %1, %2, %3, %4, %5 : tensor<7xf32>, tensor<2xf32>, tensor<2xf32>, f32, f32, f32
}

// -----

//===----------------------------------------------------------------------===//
// stall
//===----------------------------------------------------------------------===//

// lr = 0.5, scale 1, E4M3FN, whose spacing above 1 is 0.125:
//   w      g      w_new
//   1.0    0.1    0.95   -> 0.9375: moved
//   1.0   -0.1    1.05   -> 1.0: stalled
//   1.0    0.0    not counted
//   1e-4   1e-5   0 before, 0 after: stalled
//   NaN    1.0    NaN equals nothing: moved
//   1.0    NaN    |NaN| > threshold is false: not counted
//   1e-4   0.001  0 before, -0 after (-4e-4): equal values, stalled
//   1000   1.0    448 before and after: stalled

// CHECK-LABEL: func @stall
// CHECK-DAG: %[[STALLED:.*]] = arith.constant 4 : i64
// CHECK-DAG: %[[TOTAL:.*]] = arith.constant 6 : i64
// CHECK: return %[[STALLED]], %[[TOTAL]]
func.func @stall() -> (i64, i64) {
  %w = arith.constant dense<[1.0, 1.0, 1.0, 1.0e-4, 0x7FC00000, 1.0, 1.0e-4, 1000.0]> : tensor<8xf32>
  %g = arith.constant dense<[0.1, -0.1, 0.0, 1.0e-5, 1.0, 0x7FC00000, 0.001, 1.0]> : tensor<8xf32>
  %lr = arith.constant 0.5 : f32
  %s = arith.constant 1.0 : f32
  %stalled, %total = altgrad.stall %w, %g, %lr, %s in !altgrad.fp8<E4M3FN> : tensor<8xf32>, f32 -> i64, i64
  return %stalled, %total : i64, i64
}

// overflow(infinity) in E5M2: inf equals inf. In E4M3FN it is NaN: moved.

// CHECK-LABEL: func @stall_past_the_end
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : i64
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : i64
// CHECK: return %[[ONE]], %[[ONE]], %[[ZERO]], %[[ONE]]
func.func @stall_past_the_end() -> (i64, i64, i64, i64) {
  %w = arith.constant 1.0e9 : f32
  %g = arith.constant 1.0 : f32
  %0:2 = altgrad.stall %w, %g, %g, %g in !altgrad.fp8<E5M2> overflow(infinity) : f32, f32 -> i64, i64
  %1:2 = altgrad.stall %w, %g, %g, %g in !altgrad.fp8<E4M3FN> overflow(infinity) : f32, f32 -> i64, i64
  return %0#0, %0#1, %1#0, %1#1 : i64, i64, i64, i64
}

// The threshold counts what is above it, not what is equal. A threshold of
// 1e-10 is 0 in f16, where the smallest number is 6e-8.

// CHECK-LABEL: func @stall_threshold
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : i64
// CHECK-DAG: %[[THREE:.*]] = arith.constant 3 : i64
// CHECK: return %[[ONE]], %[[THREE]]
func.func @stall_threshold() -> (i64, i64) {
  %w = arith.constant dense<1.0> : tensor<3xf32>
  %g = arith.constant dense<[0.5, -0.5, 0x3F000001]> : tensor<3xf32>
  %lr = arith.constant 1.0 : f32
  %0:2 = altgrad.stall %w, %g, %lr, %lr in !altgrad.fp8<E4M3FN> threshold(0.5) : tensor<3xf32>, f32 -> i64, i64
  %w16 = arith.constant dense<1.0> : tensor<3xf16>
  %g16 = arith.constant dense<0x0001> : tensor<3xf16>
  %lr16 = arith.constant 1.0 : f16
  %1:2 = altgrad.stall %w16, %g16, %lr16, %lr16 in !altgrad.fp8<E4M3FN> : tensor<3xf16>, f16 -> i64, i64
  return %0#1, %1#1 : i64, i64
}

// CHECK-LABEL: func @stall_of_nothing
// CHECK: %[[ZERO:.*]] = arith.constant 0 : i64
// CHECK: return %[[ZERO]], %[[ZERO]]
func.func @stall_of_nothing() -> (i64, i64) {
  %w = arith.constant dense<> : tensor<0xf32>
  %lr = arith.constant 0.5 : f32
  %0:2 = altgrad.stall %w, %w, %lr, %lr in !altgrad.fp8<E4M3FN> : tensor<0xf32>, f32 -> i64, i64
  return %0#0, %0#1 : i64, i64
}

// CHECK-LABEL: func @stall_does_not_fold
// CHECK: altgrad.stall
func.func @stall_does_not_fold() -> i64 {
  %w = arith.constant 1.0 : f32
  %s = arith.constant 3.0 : f32
  %0:2 = altgrad.stall %w, %w, %w, %s in !altgrad.fp8<E4M3FN> fastmath<arcp> : f32, f32 -> i64, i64
  return %0#0 : i64
}

// -----

//===----------------------------------------------------------------------===//
// encode, decode, round, bitcast
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @primitives
func.func @primitives() -> (i8, vector<2xi8>, f32, tensor<2xf16>, f32, tensor<0xf64>) {
  %x = arith.constant -1.0 : f32
  // -1.0 (0xB8: e=7, m=0)
  // CHECK-DAG: arith.constant -72 : i8
  %0 = altgrad.encode %x in !altgrad.fp8<E4M3FN> : f32 -> i8
  %v = arith.constant dense<[1.0e9, -1.0e9]> : vector<2xf64>
  // infinity (0x7C), -infinity (0xFC)
  // CHECK-DAG: arith.constant dense<[124, -4]> : vector<2xi8>
  %1 = altgrad.encode %v in !altgrad.fp8<E5M2> overflow(infinity) : vector<2xf64> -> vector<2xi8>
  %c = arith.constant -128 : i8
  // CHECK-DAG: arith.constant 0x7FC00000 : f32
  %2 = altgrad.decode %c in !altgrad.fp8<E4M3B11FNUZ> : i8 -> f32
  // 2^64 (0x7F) is infinite in f16, 2^-62 (0x01) zero
  %t = arith.constant dense<[127, 1]> : tensor<2xi8>
  // CHECK-DAG: arith.constant dense<[0x7C00, 0.000000e+00]> : tensor<2xf16>
  %3 = altgrad.decode %t in !altgrad.fp8<E7M0> : tensor<2xi8> -> tensor<2xf16>
  %y = arith.constant 1.1 : f32
  // CHECK-DAG: arith.constant 1.125000e+00 : f32
  %4 = altgrad.round %y in !altgrad.fp8<E4M3FN> : f32
  %e = arith.constant dense<> : tensor<0xf64>
  // CHECK-DAG: arith.constant dense<> : tensor<0xf64>
  %5 = altgrad.round %e in !altgrad.fp8<E4M3FN> : tensor<0xf64>
  return %0, %1, %2, %3, %4, %5 : i8, vector<2xi8>, f32, tensor<2xf16>, f32, tensor<0xf64>
}

// CHECK-LABEL: func @bitcast
func.func @bitcast() -> (tensor<2xi8>, !altgrad.fp8<E5M2>, !altgrad.fp8<E4M3FN>) {
  // CHECK-DAG: arith.constant dense<[56, -128]> : tensor<2xi8>
  %q = altgrad.constant dense<[56, -128]> : tensor<2xi8> as tensor<2x!altgrad.fp8<E4M3FN>>
  %0 = altgrad.bitcast %q : tensor<2x!altgrad.fp8<E4M3FN>> to tensor<2xi8>
  // CHECK-DAG: altgrad.constant 127 : i8 as !E5M2
  %nan = arith.constant 127 : i8
  %1 = altgrad.bitcast %nan : i8 to !altgrad.fp8<E5M2>
  // CHECK-DAG: altgrad.constant 127 : i8 as !E4M3FN
  %2 = altgrad.bitcast %nan : i8 to !altgrad.fp8<E4M3FN>
  return %0, %1, %2 : tensor<2xi8>, !altgrad.fp8<E5M2>, !altgrad.fp8<E4M3FN>
}

// Constants of builtin float types are left alone: their payloads are not ours.

// CHECK-LABEL: func @bitcast_does_not_fold
// CHECK: altgrad.bitcast
func.func @bitcast_does_not_fold() -> !altgrad.fp8<E5M2> {
  %x = arith.constant 1.0 : f8E5M2
  %0 = altgrad.bitcast %x : f8E5M2 to !altgrad.fp8<E5M2>
  return %0 : !altgrad.fp8<E5M2>
}

// -----

//===----------------------------------------------------------------------===//
// Size
//===----------------------------------------------------------------------===//

// A splat costs one element, whatever its size.

// CHECK-LABEL: func @huge_splats
// CHECK-DAG: arith.constant 2.000000e+00 : f32
// CHECK-DAG: arith.constant dense<2.000000e+00> : tensor<100000x2xf32>
// CHECK-DAG: arith.constant 10000000000 : i64
// CHECK-NOT: altgrad
func.func @huge_splats() -> (f32, tensor<100000x2xf32>, i64, i64) {
  %x = arith.constant dense<-2.0> : tensor<100000x100000xf32>
  %lr = arith.constant 1.0e-10 : f32
  %one = arith.constant 1.0 : f32
  %0 = altgrad.amax %x : tensor<100000x100000xf32> -> f32
  %1 = altgrad.amax %x : tensor<100000x100000xf32> -> tensor<100000x2xf32>
  %2:2 = altgrad.stall %x, %x, %lr, %one in !altgrad.fp8<E4M3FN> : tensor<100000x100000xf32>, f32 -> i64, i64
  return %0, %1, %2#0, %2#1 : f32, tensor<100000x2xf32>, i64, i64
}

// What would become a large constant is left to run.

// CHECK-LABEL: func @huge_blocks
// CHECK: altgrad.quantize
func.func @huge_blocks() -> tensor<100000x100000x!altgrad.fp8<E4M3FN>> {
  %x = arith.constant dense<1.0> : tensor<100000x100000xf32>
  %s = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %q = altgrad.quantize %x, %s : tensor<100000x100000xf32>, tensor<2x1xf32> -> tensor<100000x100000x!altgrad.fp8<E4M3FN>>
  return %q : tensor<100000x100000x!altgrad.fp8<E4M3FN>>
}
