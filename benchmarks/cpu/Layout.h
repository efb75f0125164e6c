//===- Layout.h - A format's constants, known when compiling ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a programmer with one format in mind would write down as numbers. For
// the kernels written by hand; the compiler that is measured has its own.
//
// Per element: u = bits of x, a = bits of |x|, all in f32, which holds every
// f16 and bf16 exactly.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_CPU_LAYOUT_H
#define ALTGRAD_BENCHMARKS_CPU_LAYOUT_H

#include "Kernels.h"

#include "altgrad/Support/Format.h"

#include <cstdint>

namespace altgrad::bench {

constexpr float power(int exponent) {
  float result = 1;
  for (; exponent > 0; --exponent)
    result *= 2;
  for (; exponent < 0; ++exponent)
    result /= 2;
  return result;
}

/// A format of 8 bits that has a negative zero.
template <int E, int M, int Bias, Specials Special> struct Layout {
  static_assert(E + M == 7 && Special != Specials::FNUZ);

  static constexpr int kExponentBits = E, kMantissaBits = M, kBias = Bias;
  static constexpr Specials kSpecials = Special;
  static constexpr bool kIsUniform = E <= 1;
  static constexpr bool kHasNaN = Special != Specials::Finite;
  static constexpr int kMinExponent = E == 0 ? 0 : 1 - Bias;
  /// From the mantissa of f32 to the format's.
  static constexpr int kShift = 23 - M;
  /// The exponent field of the smallest binade in f32.
  static constexpr uint32_t kMinField = 127 + kMinExponent;
  static constexpr uint32_t kInfinity = 0x7f800000;

  static constexpr int kMaxField =
      (1 << E) - (Special == Specials::IEEE ? 2 : 1);
  static constexpr int kMaxMantissa =
      (1 << M) - (Special == Specials::FN ? 2 : 1);
  /// The largest finite value: on the smallest grid with its implicit bit, if
  /// any, and then moved to its binade.
  static constexpr float kMax =
      (E == 0 ? float(kMaxMantissa) : float(kMaxMantissa + (1 << M))) *
      power(kMinExponent - M) * power(E == 0 ? 0 : kMaxField - 1);
  static constexpr float kMinPositive = power(kMinExponent - M);
  /// An f32 of this size has the spacing of the format's smallest grid.
  static constexpr float kUniformAddend = power(kMinExponent + kShift);

  static constexpr uint32_t kMaxBits = __builtin_bit_cast(uint32_t, kMax);
  static constexpr uint32_t kMinBits =
      __builtin_bit_cast(uint32_t, kMinPositive);
  static constexpr uint32_t kHalfMinBits =
      __builtin_bit_cast(uint32_t, kMinPositive / 2);
};

/// Calls `function` with a value of the layout that a work's format has, or any
/// layout for an operation without a format; null where there is none.
template <typename Function>
Kernel withLayout(const Work &work, Function function) {
  if (work.format == "E0M7" || work.op == Op::Amax)
    return function(Layout<0, 7, 0, Specials::Finite>());
  if (work.format == "E1M6")
    return function(Layout<1, 6, 0, Specials::Finite>());
  if (work.format == "E3M4")
    return function(Layout<3, 4, 1, Specials::Finite>());
  if (work.format == "E5M2")
    return function(Layout<5, 2, 15, Specials::IEEE>());
  if (work.format == "E7M0")
    return function(Layout<7, 0, 63, Specials::Finite>());
  if (work.format == "E4M3FN")
    return function(Layout<4, 3, 7, Specials::FN>());
  return nullptr;
}

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_CPU_LAYOUT_H
