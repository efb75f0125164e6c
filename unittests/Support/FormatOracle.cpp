//===- FormatOracle.cpp - A second opinion on every code ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Slow on purpose: additions, comparisons and halving only. See the header for
// why nothing here resembles the library.
//
//===----------------------------------------------------------------------===//

#include "FormatOracle.h"

#include <cmath>
#include <limits>

using namespace altgrad;
using namespace altgrad::test;

// 2^exponent by repeated doubling or halving, exact above 2^-1074.
static double powerOfTwo(int exponent) {
  double power = 1;
  for (; exponent > 0; --exponent)
    power *= 2;
  for (; exponent < 0; ++exponent)
    power /= 2;
  return power;
}

FormatOracle::FormatOracle(unsigned exponentBits, unsigned mantissaBits,
                           int bias, Specials specials)
    : mantissaBits(mantissaBits), specials(specials),
      signBit(1u << (exponentBits + mantissaBits)),
      topExponent(signBit - (1u << mantissaBits)) {
  // The spacing starts at the one of the subnormal values and doubles whenever
  // the exponent field steps from 1 or more to the next.
  int firstExponent = exponentBits == 0 ? 0 : 1 - bias;
  double spacing = powerOfTwo(firstExponent - int(mantissaBits));
  uint32_t codesPerBinade = 1u << mantissaBits;
  grid.push_back(0);
  for (uint32_t code = 0; code < signBit && !isReserved(code); ++code) {
    if (code % codesPerBinade == 0 && code / codesPerBinade >= 2)
      spacing *= 2;
    grid.push_back(grid.back() + spacing);
  }
}

bool FormatOracle::isReserved(uint32_t magnitude) const {
  if (specials == Specials::IEEE)
    return magnitude >= topExponent;
  if (specials == Specials::FN)
    return magnitude == signBit - 1;
  return false;
}

double FormatOracle::decode(uint32_t code) const {
  bool negative = code >= signBit;
  uint32_t magnitude = negative ? code - signBit : code;
  double value;
  if (specials == Specials::FNUZ && negative && magnitude == 0)
    value = std::numeric_limits<double>::quiet_NaN();
  else if (!isReserved(magnitude))
    value = grid[magnitude];
  else if (specials == Specials::IEEE && magnitude == topExponent)
    value = std::numeric_limits<double>::infinity();
  else
    value = std::numeric_limits<double>::quiet_NaN();
  return negative ? -value : value;
}

uint32_t FormatOracle::encode(double value, Overflow overflow) const {
  uint32_t nanCode = 0;
  if (specials == Specials::FN || (specials == Specials::IEEE && mantissaBits))
    nanCode = signBit - 1;
  else if (specials == Specials::FNUZ)
    nanCode = signBit;

  if (value != value)
    return nanCode;
  bool negative = std::signbit(value);
  double magnitude = negative ? -value : value;

  // Walk up while the next value is nearer. Two neighbours and their sum have
  // some 17 significant bits, so the comparison is exact.
  uint32_t step = grid.size() - 1;
  uint32_t code = 0;
  while (code < step && magnitude > getMidpoint(code))
    ++code;
  bool tie = code < step && magnitude == getMidpoint(code);
  bool oddField = mantissaBits > 0 && code % 2 == 1;
  if (tie && oddField)
    ++code;

  if (code == step) {
    if (overflow == Overflow::Saturate || specials == Specials::Finite)
      code = step - 1;
    else if (specials == Specials::IEEE)
      code = topExponent;
    else
      return nanCode;
  }
  if (code == 0 && specials == Specials::FNUZ)
    return 0;
  return negative ? code + signBit : code;
}

bool FormatOracle::isExactInF32() const {
  for (uint32_t code = 0; code <= getMaxFiniteCode(); ++code)
    if (std::fabs(grid[code]) > std::numeric_limits<float>::max() ||
        double(float(grid[code])) != grid[code])
      return false;
  return true;
}
