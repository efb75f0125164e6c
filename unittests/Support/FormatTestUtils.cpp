//===- FormatTestUtils.cpp - Inputs and comparisons of the tests ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See the header. Random inputs come from generators that each test seeds with
// a constant: a failure happens again.
//
//===----------------------------------------------------------------------===//

#include "FormatTestUtils.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <ostream>
#include <set>

using namespace altgrad;
using namespace altgrad::test;

// The name is GoogleTest's, not LLVM's style.
// NOLINTNEXTLINE(readability-identifier-naming)
void altgrad::PrintTo(const Format::Named &named, std::ostream *stream) {
  *stream << named.name;
}

Format test::makeFormat(unsigned exponentBits, unsigned mantissaBits, int bias,
                        Specials specials) {
  std::string error;
  std::optional<Format> format =
      Format::get(exponentBits, mantissaBits, bias, specials, &error);
  if (!format) {
    ADD_FAILURE() << error;
    std::abort();
  }
  return *format;
}

Format test::makeNamedFormat(std::string_view name) {
  std::optional<Format> format = Format::getNamed(name);
  if (!format) {
    ADD_FAILURE() << "no format is called " << name;
    std::abort();
  }
  return *format;
}

std::mt19937_64 test::makeGenerator(uint64_t seed) {
  return std::mt19937_64(seed);
}

std::string test::describe(const Format &format) {
  return "E" + std::to_string(format.getExponentBits()) + "M" +
         std::to_string(format.getMantissaBits()) +
         ", bias = " + std::to_string(format.getBias()) + ", " +
         std::string(stringifySpecials(format.getSpecials()));
}

bool test::isSameValue(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

float test::f32FromBits(uint32_t bits) {
  float value;
  static_assert(sizeof(value) == sizeof(bits), "expected a 32-bit float");
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

double test::f16FromBits(uint16_t bits) {
  double sign = (bits & 0x8000) ? -1.0 : 1.0;
  int exponent = (bits >> 10) & 0x1F;
  int mantissa = bits & 0x3FF;
  if (exponent == 0x1F)
    return mantissa ? std::numeric_limits<double>::quiet_NaN()
                    : sign * std::numeric_limits<double>::infinity();
  if (exponent == 0)
    return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

double test::bf16FromBits(uint16_t bits) {
  return f32FromBits(uint32_t(bits) << 16);
}

std::vector<Format> test::getFormatsWith(unsigned exponentBits,
                                         unsigned mantissaBits) {
  std::vector<Format> formats;
  for (Specials specials : kAllSpecials) {
    // Wide enough for the extremes of every width up to 16.
    std::vector<int> accepted;
    for (int bias = -400; bias <= 400; ++bias)
      if (Format::get(exponentBits, mantissaBits, bias, specials))
        accepted.push_back(bias);
    if (accepted.empty())
      continue;
    int half = exponentBits == 0 ? 0 : 1 << (exponentBits - 1);
    for (int bias : std::set<int>{accepted.front(), accepted.back(), -3, 0, 1,
                                  half - 1, half, half + 3})
      if (std::optional<Format> format =
              Format::get(exponentBits, mantissaBits, bias, specials))
        formats.push_back(*format);
  }
  return formats;
}

std::vector<Format> test::getFormatsOfWidth(unsigned bitWidth) {
  std::vector<Format> formats;
  for (unsigned exponentBits = 0; exponentBits < bitWidth; ++exponentBits)
    for (const Format &format :
         getFormatsWith(exponentBits, bitWidth - 1 - exponentBits))
      formats.push_back(format);
  return formats;
}

std::vector<double> test::getGridInputs(const FormatOracle &oracle,
                                        unsigned stride) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr float infinityF32 = std::numeric_limits<float>::infinity();
  std::vector<double> inputs;
  auto addWithNeighbours = [&](double value) {
    inputs.insert(inputs.end(), {value, std::nextafter(value, -infinity),
                                 std::nextafter(value, infinity)});
    // Midpoints below 2^-149 and the step at 2^128 are no floats themselves,
    // but the floats beside them are neighbours all the same.
    if (value > std::numeric_limits<float>::max())
      return;
    inputs.insert(inputs.end(),
                  {std::nextafter(float(value), -infinityF32), float(value),
                   std::nextafter(float(value), infinityF32)});
  };
  for (uint32_t code = 0; code <= oracle.getMaxFiniteCode(); code += stride) {
    addWithNeighbours(oracle.getGrid()[code]);
    addWithNeighbours(oracle.getMidpoint(code));
  }
  addWithNeighbours(oracle.getMidpoint(oracle.getMaxFiniteCode()));
  addWithNeighbours(oracle.getGrid().back());
  addWithNeighbours(1.5 * oracle.getGrid().back());
  return inputs;
}

std::vector<double> test::getSpecialInputs() {
  using F32 = std::numeric_limits<float>;
  using F64 = std::numeric_limits<double>;
  return {0.0,
          F32::denorm_min(),
          F32::min(),
          std::nextafter(F32::min(), 0.0f),
          F32::max(),
          std::ldexp(1.0, 128),
          F64::denorm_min(),
          F64::min(),
          F64::max(),
          F64::infinity(),
          F64::quiet_NaN(),
          f32FromBits(0x7FC12345), // A NaN with a payload.
          1e-300,
          1e300};
}

std::vector<double> test::getRandomInputs(const Format &format, unsigned count,
                                          std::mt19937_64 &random) {
  std::uniform_int_distribution<int> exponents(
      format.getMinExponent() - int(format.getMantissaBits()) - 3,
      format.getMaxExponent() + 2);
  std::uniform_real_distribution<double> significands(1.0, 2.0);
  std::vector<double> inputs;
  for (unsigned i = 0; i < count; ++i)
    inputs.push_back(std::ldexp(significands(random), exponents(random)));
  return inputs;
}

testing::AssertionResult
test::agreesWithOracle(const Format &format, const FormatOracle &oracle,
                       const std::vector<double> &inputs) {
  for (double input : inputs)
    for (double value : {input, -input})
      for (Overflow overflow : kBothOverflows) {
        uint32_t actual = format.encode(value, overflow);
        uint32_t expected = oracle.encode(value, overflow);
        if (actual == expected)
          continue;
        return testing::AssertionFailure()
               << describe(format) << ": expected encode(" << std::hexfloat
               << value << ", "
               << (overflow == Overflow::Saturate ? "saturate" : "infinity")
               << ") to give 0x" << std::hex << expected << " but got 0x"
               << actual;
      }
  return testing::AssertionSuccess();
}

std::string
test::printNamedFormat(const testing::TestParamInfo<Format::Named> &param) {
  return std::string(param.param.name);
}
