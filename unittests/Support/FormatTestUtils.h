//===- FormatTestUtils.h - Inputs and comparisons of the tests --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the tests of the format share: which formats to try, which numbers to
// encode, and how to print a failure so that the format and the bits are in it.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_SUPPORT_FORMATTESTUTILS_H
#define ALTGRAD_UNITTESTS_SUPPORT_FORMATTESTUTILS_H

#include "FormatOracle.h"
#include "altgrad/Support/Format.h"

#include "gtest/gtest.h"

#include <cstdint>
#include <iosfwd>
#include <random>
#include <string>
#include <vector>

namespace altgrad {
/// How GoogleTest prints the parameter of a failed test: by name, not by bytes.
// NOLINTNEXTLINE(readability-identifier-naming)
void PrintTo(const Format::Named &named, std::ostream *stream);
} // namespace altgrad

namespace altgrad::test {

inline constexpr Specials kAllSpecials[] = {Specials::Finite, Specials::IEEE,
                                            Specials::FN, Specials::FNUZ};
inline constexpr Overflow kBothOverflows[] = {Overflow::Saturate,
                                              Overflow::Infinity};

/// The format with these parameters, or under this name, which must exist.
Format makeFormat(unsigned exponentBits, unsigned mantissaBits, int bias,
                  Specials specials);
Format makeNamedFormat(std::string_view name);

/// A generator that gives the same numbers in each run.
std::mt19937_64 makeGenerator(uint64_t seed);

/// "E4M3, bias = 7, fn", as the type is printed.
std::string describe(const Format &format);

/// Equal bits, except that any two NaNs are equal: decoding has one NaN.
bool isSameValue(double a, double b);

float f32FromBits(uint32_t bits);
/// The value of an IEEE half or bfloat16 with these bits, without Format.
double f16FromBits(uint16_t bits);
double bf16FromBits(uint16_t bits);

/// Every format with these E and M that the class accepts, with the extreme
/// biases that it accepts and the usual ones between them, and all specials.
std::vector<Format> getFormatsWith(unsigned exponentBits,
                                   unsigned mantissaBits);
/// getFormatsWith for every E and M of `bitWidth` bits.
std::vector<Format> getFormatsOfWidth(unsigned bitWidth);

/// Every value and midpoint of the grid up to the overflow step, or those of
/// each `stride`th code, with both their neighbours in f64 and in f32.
std::vector<double> getGridInputs(const FormatOracle &oracle,
                                  unsigned stride = 1);
/// Zero, the ends of f32 and f64, infinity and NaNs.
std::vector<double> getSpecialInputs();
/// `count` numbers spread evenly over the binades in and around the format.
std::vector<double> getRandomInputs(const Format &format, unsigned count,
                                    std::mt19937_64 &random);

/// Checks `format` against the oracle on `inputs` and on their negatives, with
/// both overflow modes. Stops at the first difference.
testing::AssertionResult agreesWithOracle(const Format &format,
                                          const FormatOracle &oracle,
                                          const std::vector<double> &inputs);

/// The parameter of tests that run once per named format.
class NamedFormatTest : public testing::TestWithParam<Format::Named> {
protected:
  const Format &format = GetParam().format;
};
std::string
printNamedFormat(const testing::TestParamInfo<Format::Named> &param);

} // namespace altgrad::test

#endif // ALTGRAD_UNITTESTS_SUPPORT_FORMATTESTUTILS_H
