//===- Format.cpp - Parametric low-precision float formats ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reference arithmetic. It is written to be checked by eye, not to be fast:
// the compiled code is tested against it bit for bit.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Support/Format.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

using namespace altgrad;

// Every value must be exact in f32, subnormals included, because decoding
// produces f32: multiples of 2^-149 below 2^128.
static constexpr int kMinF32Exponent = -149;
static constexpr int kMaxF32Exponent = 127;

std::optional<Format> Format::get(unsigned exponentBits, unsigned mantissaBits,
                                  int bias, Specials specials,
                                  std::string *error) {
  auto fail = [&](std::string reason) -> std::optional<Format> {
    if (error)
      *error = std::move(reason);
    return std::nullopt;
  };

  if (exponentBits > kMaxBitWidth || mantissaBits > kMaxBitWidth ||
      1 + exponentBits + mantissaBits > kMaxBitWidth)
    return fail("expected at most " + std::to_string(kMaxBitWidth) +
                " bits with the sign but got " +
                std::to_string(1 + uint64_t(exponentBits) + mantissaBits));
  if (exponentBits + mantissaBits == 0)
    return fail("expected at least one exponent or mantissa bit but got none");
  if (exponentBits == 0 && bias != 0)
    return fail("expected bias 0 for a format without exponent bits but got " +
                std::to_string(bias));
  if (exponentBits == 0 && specials == Specials::IEEE)
    return fail("expected exponent bits for ieee specials, which reserve the "
                "top exponent, but got none");
  if (exponentBits + mantissaBits == 1 &&
      (specials == Specials::FN || specials == Specials::IEEE))
    return fail("expected a number beside zero but the specials take them all");

  // Keep `bias` in a range where the exponents below cannot overflow int.
  constexpr int kBiasLimit = 1 << 20;
  int clamped = std::clamp(bias, -kBiasLimit, kBiasLimit);
  Format format(exponentBits, mantissaBits, clamped, specials);
  int lowest = format.getMinExponent() - int(mantissaBits);
  int highest = format.getMaxExponent();
  if (bias != clamped || lowest < kMinF32Exponent || highest > kMaxF32Exponent)
    return fail("expected values within 2^-149 and 2^128, exact in f32, but "
                "bias " +
                std::to_string(bias) + " puts them outside");
  return format;
}

const std::vector<Format::Named> &Format::getAllNamed() {
  static const std::vector<Named> formats = {
      {"E0M7", Format(0, 7, 0, Specials::Finite)},
      {"E1M6", Format(1, 6, 0, Specials::Finite)},
      {"E3M4", Format(3, 4, 1, Specials::Finite)},
      {"E5M2", Format(5, 2, 15, Specials::IEEE)},
      {"E7M0", Format(7, 0, 63, Specials::Finite)},
      {"E2M5", Format(2, 5, 1, Specials::Finite)},
      {"E6M1", Format(6, 1, 31, Specials::Finite)},
      {"E4M3FN", Format(4, 3, 7, Specials::FN)},
      {"E4M3", Format(4, 3, 7, Specials::IEEE)},
      {"E3M4IEEE", Format(3, 4, 3, Specials::IEEE)},
      {"E4M3FNUZ", Format(4, 3, 8, Specials::FNUZ)},
      {"E5M2FNUZ", Format(5, 2, 16, Specials::FNUZ)},
      {"E4M3B11FNUZ", Format(4, 3, 11, Specials::FNUZ)},
  };
  return formats;
}

std::optional<Format> Format::getNamed(std::string_view name) {
  for (const Named &named : getAllNamed())
    if (named.name == name)
      return named.format;
  return std::nullopt;
}

std::string_view Format::getName() const {
  for (const Named &named : getAllNamed())
    if (named.format == *this)
      return named.name;
  return {};
}

bool Format::hasNaN() const {
  switch (specials) {
  case Specials::Finite:
    return false;
  case Specials::IEEE:
    return mantissaBits > 0; // E7M0 ieee has an infinity but no NaN code.
  case Specials::FN:
  case Specials::FNUZ:
    return true;
  }
  return false;
}

Format::Code Format::getMaxFiniteCode() const {
  switch (specials) {
  case Specials::IEEE:
    return getInfinityCode() - 1;
  case Specials::FN:
    return getMagnitudeMask() - 1;
  case Specials::Finite:
  case Specials::FNUZ:
    break;
  }
  return getMagnitudeMask();
}

Format::Code Format::getInfinityCode() const {
  assert(hasInfinity() && "only ieee formats have an infinity");
  return ((Code(1) << exponentBits) - 1) << mantissaBits;
}

Format::Code Format::getCanonicalNaNCode() const {
  if (!hasNaN())
    return 0;
  return specials == Specials::FNUZ ? getSignMask() : getMagnitudeMask();
}

int Format::getMaxExponent() const { return std::ilogb(getMaxFinite()); }

// The value of a magnitude as if no code were reserved; `magnitude` may be one
// past the largest.
static double magnitudeValue(const Format &format, Format::Code magnitude) {
  unsigned mantissaBits = format.getMantissaBits();
  Format::Code exponentField = magnitude >> mantissaBits;
  Format::Code mantissa = magnitude & ((Format::Code(1) << mantissaBits) - 1);
  int exponent = format.getMinExponent();
  if (exponentField > 0) {
    mantissa |= Format::Code(1) << mantissaBits;
    exponent += int(exponentField) - 1;
  }
  return std::ldexp(double(mantissa), exponent - int(mantissaBits));
}

double Format::getOverflowStep() const {
  return magnitudeValue(*this, getMaxFiniteCode() + 1);
}

bool Format::isNaN(Code code) const {
  Code magnitude = code & getMagnitudeMask();
  switch (specials) {
  case Specials::Finite:
    return false;
  case Specials::IEEE:
    return magnitude > getInfinityCode();
  case Specials::FN:
    return magnitude == getMagnitudeMask();
  case Specials::FNUZ:
    return code == getSignMask();
  }
  return false;
}

bool Format::isInfinity(Code code) const {
  return hasInfinity() && (code & getMagnitudeMask()) == getInfinityCode();
}

double Format::decode(Code code) const {
  assert(code <= (getSignMask() | getMagnitudeMask()) && "code out of range");
  if (isNaN(code))
    return std::numeric_limits<double>::quiet_NaN();
  double magnitude = isInfinity(code)
                         ? std::numeric_limits<double>::infinity()
                         : magnitudeValue(*this, code & getMagnitudeMask());
  return (code & getSignMask()) ? -magnitude : magnitude;
}

Format::Code Format::roundMagnitude(double magnitude) const {
  assert(magnitude >= 0 && "expected a magnitude");
  Code limit = getMaxFiniteCode() + 1;
  if (magnitude >= getOverflowStep())
    return limit;
  if (magnitude == 0)
    return 0;

  // Count in units of the spacing at `magnitude`; ldexp by it is exact, since
  // the quotient of a nonzero result is far from double's own limits, and a
  // double too small for that rounds to zero in every format.
  int binade = std::max(std::ilogb(magnitude), getMinExponent());
  double steps = std::ldexp(magnitude, int(mantissaBits) - binade);
  double whole = std::floor(steps);
  double fraction = steps - whole;
  Code rounded = Code(whole);
  // With a mantissa field the parity of the field decides a tie. Without one
  // every field is 0 and ties go to the smaller magnitude.
  bool roundUp =
      fraction > 0.5 || (fraction == 0.5 && mantissaBits > 0 && (rounded & 1));
  rounded += roundUp;

  // A carry out of the mantissa moves on to the next exponent by itself.
  return (Code(binade - getMinExponent()) << mantissaBits) + rounded;
}

Format::Code Format::encode(double value, Overflow overflow) const {
  if (std::isnan(value))
    return getCanonicalNaNCode();
  Code sign = std::signbit(value) ? getSignMask() : 0;
  Code magnitude = roundMagnitude(std::fabs(value));
  if (magnitude > getMaxFiniteCode()) {
    bool saturate =
        overflow == Overflow::Saturate || specials == Specials::Finite;
    if (!saturate && !hasInfinity())
      return getCanonicalNaNCode();
    magnitude = saturate ? getMaxFiniteCode() : getInfinityCode();
  }
  if (magnitude == 0 && !hasNegativeZero())
    return 0;
  return sign | magnitude;
}

std::string_view altgrad::stringifySpecials(Specials specials) {
  switch (specials) {
  case Specials::Finite:
    return "finite";
  case Specials::IEEE:
    return "ieee";
  case Specials::FN:
    return "fn";
  case Specials::FNUZ:
    return "fnuz";
  }
  return {};
}

std::optional<Specials> altgrad::symbolizeSpecials(std::string_view word) {
  for (Specials specials :
       {Specials::Finite, Specials::IEEE, Specials::FN, Specials::FNUZ})
    if (word == stringifySpecials(specials))
      return specials;
  return std::nullopt;
}
