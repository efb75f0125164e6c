//===- FloatFormats.cpp - Formats that the host does not have -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatFormats.h"

#include <algorithm>
#include <cmath>

using namespace altgrad::emulator;

/// Whether a remainder of this kind takes the magnitude one step up.
static bool roundsUp(Rounding rounding, bool isNegative, bool isOdd, bool half,
                     bool belowHalf) {
  bool isInexact = half || belowHalf;
  switch (rounding) {
  case Rounding::NearestEven:
    return half && (belowHalf || isOdd);
  case Rounding::NearestAway:
    return half;
  case Rounding::TowardZero:
    return false;
  case Rounding::Down:
    return isNegative && isInexact;
  case Rounding::Up:
    return !isNegative && isInexact;
  }
  return false;
}

/// What a magnitude above the largest finite one becomes (IEEE 754, 7.4).
static uint32_t getOverflow(const FloatLayout &layout, bool isNegative,
                            Rounding rounding, bool saturatesToFinite) {
  bool isFinite = saturatesToFinite || rounding == Rounding::TowardZero ||
                  (rounding == Rounding::Down && !isNegative) ||
                  (rounding == Rounding::Up && isNegative);
  return isFinite ? layout.maxFinite() : layout.infinity();
}

uint32_t altgrad::emulator::roundToFormat(const FloatLayout &layout,
                                          bool isNegative, uint64_t significand,
                                          int exponent, bool isSticky,
                                          Rounding rounding,
                                          bool saturatesToFinite) {
  uint32_t sign = isNegative ? layout.signBit() : 0;
  if (significand == 0)
    return sign;
  // The leading bit goes to bit 63: the value is 1.xxx * 2^leading.
  unsigned shift = __builtin_clzll(significand);
  significand <<= shift;
  int leading = exponent - static_cast<int>(shift) + 63;
  int smallest = 1 - layout.bias;
  int dropped = 63 - static_cast<int>(layout.mantissaBits) +
                std::max(0, smallest - leading);
  uint64_t kept = dropped > 63 ? 0 : significand >> dropped;
  bool half = dropped <= 64 && (significand >> (dropped - 1)) & 1;
  bool belowHalf =
      isSticky ||
      (dropped > 64 ? true
                    : (significand & ((1ull << (dropped - 1)) - 1)) != 0);
  if (roundsUp(rounding, isNegative, kept & 1, half, belowHalf))
    ++kept;
  // The implicit bit in `kept` adds the one that turns exponent field 0 into 1,
  // and a carry out of the mantissa takes the next exponent by itself.
  uint64_t exponentSteps = std::max(0, leading - smallest);
  uint64_t code = kept + (exponentSteps << layout.mantissaBits);
  if (code > layout.maxFinite())
    code = getOverflow(layout, isNegative, rounding, saturatesToFinite);
  return sign | static_cast<uint32_t>(code);
}

uint32_t altgrad::emulator::encode(const FloatLayout &layout, double value,
                                   Rounding rounding, bool saturatesToFinite) {
  if (std::isnan(value))
    return getCanonicalNaN(layout);
  bool isNegative = std::signbit(value);
  if (std::isinf(value))
    return (isNegative ? layout.signBit() : 0) |
           (saturatesToFinite ? layout.maxFinite() : layout.infinity());
  uint64_t bits = bitCast<uint64_t>(value) & ~(1ull << 63);
  uint64_t field = bits >> 52;
  uint64_t significand = bits & ((1ull << 52) - 1);
  if (field != 0)
    significand |= 1ull << 52;
  int exponent = static_cast<int>(std::max<uint64_t>(field, 1)) - 1075;
  return roundToFormat(layout, isNegative, significand, exponent,
                       /*isSticky=*/false, rounding, saturatesToFinite);
}

double altgrad::emulator::decode(const FloatLayout &layout, uint32_t code) {
  uint32_t magnitude = code & (layout.signBit() - 1);
  double sign = code & layout.signBit() ? -1.0 : 1.0;
  if (magnitude > layout.maxFinite())
    return layout.hasInfinity && magnitude == layout.infinity()
               ? sign * HUGE_VAL
               : std::nan("");
  uint32_t field = magnitude >> layout.mantissaBits;
  uint32_t mantissa = magnitude & ((1u << layout.mantissaBits) - 1);
  if (field != 0)
    mantissa |= 1u << layout.mantissaBits;
  int exponent = static_cast<int>(std::max(field, 1u)) - layout.bias -
                 static_cast<int>(layout.mantissaBits);
  return sign * std::ldexp(static_cast<double>(mantissa), exponent);
}

double altgrad::emulator::addRoundToOdd(double x, double y) {
  double sum = x + y;
  if (!std::isfinite(sum))
    return sum;
  // Knuth's TwoSum: `error` is what the rounding of the sum lost.
  double yInSum = sum - x;
  double error = (x - (sum - yInSum)) + (y - yInSum);
  uint64_t bits = bitCast<uint64_t>(sum);
  if (error == 0 || bits & 1)
    return sum;
  // The exact sum lies beside an even double: take the odd one on its side.
  bool awayFromZero = (error > 0) == (sum > 0);
  return bitCast<double>(awayFromZero ? bits + 1 : bits - 1);
}
