//===- FormatParametersTest.cpp - Which formats exist, and their limits ---===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The named formats with the figures that people compare them by, the formats
// of other widths, and the parameters that make no format at all.
//
//===----------------------------------------------------------------------===//

#include "FormatTestUtils.h"

#include <cmath>
#include <limits>

using namespace altgrad;
using namespace altgrad::test;

namespace {
struct NamedRow {
  std::string_view name;
  unsigned exponentBits, mantissaBits;
  int bias;
  Specials specials;
  double maxFinite;
  uint32_t maxFiniteCode;
  double minPositive;
};
} // namespace

// Written out by hand, and not taken from the library: these rows are the
// promise that it keeps.
static const NamedRow kNamedRows[] = {
    {"E0M7", 0, 7, 0, Specials::Finite, 127.0 / 128, 0x7F, 1.0 / 128},
    {"E1M6", 1, 6, 0, Specials::Finite, 3.96875, 0x7F, 0x1p-5},
    {"E3M4", 3, 4, 1, Specials::Finite, 124, 0x7F, 0x1p-4},
    {"E5M2", 5, 2, 15, Specials::IEEE, 57344, 0x7B, 0x1p-16},
    {"E7M0", 7, 0, 63, Specials::Finite, 0x1p64, 0x7F, 0x1p-62},
    {"E2M5", 2, 5, 1, Specials::Finite, 7.875, 0x7F, 0x1p-5},
    {"E6M1", 6, 1, 31, Specials::Finite, 0x1.8p32, 0x7F, 0x1p-31},
    {"E4M3FN", 4, 3, 7, Specials::FN, 448, 0x7E, 0x1p-9},
    {"E4M3", 4, 3, 7, Specials::IEEE, 240, 0x77, 0x1p-9},
    {"E3M4IEEE", 3, 4, 3, Specials::IEEE, 15.5, 0x6F, 0x1p-6},
    {"E4M3FNUZ", 4, 3, 8, Specials::FNUZ, 240, 0x7F, 0x1p-10},
    {"E5M2FNUZ", 5, 2, 16, Specials::FNUZ, 57344, 0x7F, 0x1p-17},
    {"E4M3B11FNUZ", 4, 3, 11, Specials::FNUZ, 30, 0x7F, 0x1p-13},
};

TEST(NamedFormats, HaveTheParametersAndLimitsOfTheTable) {
  const std::vector<Format::Named> &all = Format::getAllNamed();
  ASSERT_EQ(all.size(), std::size(kNamedRows));
  for (size_t i = 0; i < all.size(); ++i) {
    const NamedRow &row = kNamedRows[i];
    const Format &format = all[i].format;
    SCOPED_TRACE(row.name);
    EXPECT_EQ(all[i].name, row.name);
    EXPECT_EQ(format.getExponentBits(), row.exponentBits);
    EXPECT_EQ(format.getMantissaBits(), row.mantissaBits);
    EXPECT_EQ(format.getBias(), row.bias);
    EXPECT_EQ(format.getSpecials(), row.specials);
    EXPECT_EQ(format.getBitWidth(), 8u);
    EXPECT_EQ(format.getMaxFinite(), row.maxFinite);
    EXPECT_EQ(format.getMaxFiniteCode(), row.maxFiniteCode);
    EXPECT_EQ(format.getMinPositive(), row.minPositive);
    EXPECT_EQ(format.getMaxExponent(), std::ilogb(row.maxFinite));
  }
}

TEST(NamedFormats, AreFoundByTheirNameAndOnlyByIt) {
  for (const NamedRow &row : kNamedRows) {
    SCOPED_TRACE(row.name);
    std::optional<Format> byName = Format::getNamed(row.name);
    std::optional<Format> byParameters =
        Format::get(row.exponentBits, row.mantissaBits, row.bias, row.specials);
    ASSERT_TRUE(byName && byParameters);
    EXPECT_TRUE(*byName == *byParameters);
    EXPECT_EQ(byParameters->getName(), row.name);
  }
  for (std::string_view unknown :
       {"", "E4", "e4m3fn", "E4M3FN ", "E4M3FNU", "E4M4", "f8E4M3FN"})
    EXPECT_FALSE(Format::getNamed(unknown)) << unknown;
}

TEST(NamedFormats, DifferFromEachOther) {
  for (const Format::Named &a : Format::getAllNamed())
    for (const Format::Named &b : Format::getAllNamed()) {
      EXPECT_EQ(a.format == b.format, a.name == b.name) << a.name << b.name;
      EXPECT_EQ(a.format != b.format, a.name != b.name) << a.name << b.name;
    }
}

TEST(Parameters, OfOneFormatDistinguishIt) {
  Format format = makeFormat(4, 3, 7, Specials::FN);
  EXPECT_NE(format, makeFormat(3, 4, 7, Specials::FN));
  EXPECT_NE(format, makeFormat(4, 2, 7, Specials::FN));
  EXPECT_NE(format, makeFormat(4, 3, 6, Specials::FN));
  EXPECT_NE(format, makeFormat(4, 3, 7, Specials::IEEE));
  EXPECT_EQ(makeFormat(4, 3, 6, Specials::FN).getName(), "");
}

TEST(Parameters, SpecialsHaveWords) {
  EXPECT_EQ(stringifySpecials(Specials::Finite), "finite");
  EXPECT_EQ(stringifySpecials(Specials::IEEE), "ieee");
  EXPECT_EQ(stringifySpecials(Specials::FN), "fn");
  EXPECT_EQ(stringifySpecials(Specials::FNUZ), "fnuz");
  for (Specials specials : kAllSpecials)
    EXPECT_EQ(symbolizeSpecials(stringifySpecials(specials)), specials);
  for (std::string_view word : {"", "FN", "fnu", "fnuz ", "infinity"})
    EXPECT_FALSE(symbolizeSpecials(word)) << word;
}

// Accepted if and only if decoding to f32 is exact, as the oracle's grid tells
// value by value. Biases far beyond the accepted ones on both sides, and shapes
// up to E9M0, which spans more than f32 does and has no bias that fits.
TEST(Parameters, AreAcceptedExactlyWhereF32HoldsEveryValue) {
  for (unsigned exponentBits = 1; exponentBits <= 9; ++exponentBits)
    for (unsigned mantissaBits = 0; exponentBits + mantissaBits <= 9;
         ++mantissaBits)
      for (Specials specials : kAllSpecials) {
        bool reservesAll =
            exponentBits + mantissaBits == 1 &&
            (specials == Specials::IEEE || specials == Specials::FN);
        if (reservesAll)
          continue;
        for (int bias = -140; bias <= 420; ++bias) {
          bool exact = FormatOracle(exponentBits, mantissaBits, bias, specials)
                           .isExactInF32();
          std::optional<Format> format =
              Format::get(exponentBits, mantissaBits, bias, specials);
          ASSERT_EQ(format.has_value(), exact)
              << "E" << exponentBits << "M" << mantissaBits << " bias " << bias
              << " " << stringifySpecials(specials);
        }
      }
}

TEST(Parameters, HaveTheseExtremeBiases) {
  // E4M3 finite: smallest 2^(1-bias-3) = 2^-149, largest 1.875*2^(15-bias).
  EXPECT_TRUE(Format::get(4, 3, 147, Specials::Finite));
  EXPECT_FALSE(Format::get(4, 3, 148, Specials::Finite));
  EXPECT_EQ(makeFormat(4, 3, 147, Specials::Finite).getMinPositive(), 0x1p-149);
  EXPECT_TRUE(Format::get(4, 3, -112, Specials::Finite));
  EXPECT_FALSE(Format::get(4, 3, -113, Specials::Finite));
  EXPECT_EQ(makeFormat(4, 3, -112, Specials::Finite).getMaxFinite(), 0x1.Ep127);
  // E7M0 has no subnormal values, so that its bias may be larger.
  EXPECT_TRUE(Format::get(7, 0, 150, Specials::Finite));
  EXPECT_FALSE(Format::get(7, 0, 151, Specials::Finite));
  EXPECT_EQ(makeFormat(7, 0, 150, Specials::Finite).getMinPositive(), 0x1p-149);
}

namespace {
struct ImpossibleRow {
  unsigned exponentBits, mantissaBits;
  int bias;
  Specials specials;
  std::string message;
};
} // namespace

TEST(Parameters, OfImpossibleFormatsAreExplained) {
  constexpr int maxInt = std::numeric_limits<int>::max();
  constexpr int minInt = std::numeric_limits<int>::min();
  constexpr unsigned maxUnsigned = std::numeric_limits<unsigned>::max();
  std::string outside = "expected values within 2^-149 and 2^128, exact in "
                        "f32, but bias ";
  const ImpossibleRow rows[] = {
      {0, 0, 0, Specials::Finite,
       "expected at least one exponent or mantissa bit but got none"},
      {0, 7, 1, Specials::Finite,
       "expected bias 0 for a format without exponent bits but got 1"},
      {0, 7, -7, Specials::FN,
       "expected bias 0 for a format without exponent bits but got -7"},
      {0, 7, 0, Specials::IEEE,
       "expected exponent bits for ieee specials, which reserve the top "
       "exponent, but got none"},
      {1, 0, 0, Specials::IEEE,
       "expected a number beside zero but the specials take them all"},
      {1, 0, 0, Specials::FN,
       "expected a number beside zero but the specials take them all"},
      {0, 1, 0, Specials::FN,
       "expected a number beside zero but the specials take them all"},
      {8, 8, 127, Specials::IEEE,
       "expected at most 16 bits with the sign but got 17"},
      {17, 0, 0, Specials::Finite,
       "expected at most 16 bits with the sign but got 18"},
      {maxUnsigned, 3, 0, Specials::Finite,
       "expected at most 16 bits with the sign but got 4294967299"},
      {maxUnsigned, maxUnsigned, 0, Specials::Finite,
       "expected at most 16 bits with the sign but got 8589934591"},
      {4, 3, 148, Specials::Finite, outside + "148 puts them outside"},
      {4, 3, -113, Specials::Finite, outside + "-113 puts them outside"},
      {4, 3, maxInt, Specials::FN,
       outside + std::to_string(maxInt) + " puts them outside"},
      {4, 3, minInt, Specials::FN,
       outside + std::to_string(minInt) + " puts them outside"},
      {9, 0, 255, Specials::Finite, outside + "255 puts them outside"},
      {15, 0, 16383, Specials::Finite, outside + "16383 puts them outside"},
  };
  for (const ImpossibleRow &row : rows) {
    SCOPED_TRACE(row.message);
    std::string error;
    EXPECT_FALSE(Format::get(row.exponentBits, row.mantissaBits, row.bias,
                             row.specials, &error));
    EXPECT_EQ(error, row.message);
    // The message is optional.
    EXPECT_FALSE(Format::get(row.exponentBits, row.mantissaBits, row.bias,
                             row.specials));
  }
}

TEST(Parameters, OfPossibleFormatsLeaveTheMessageAlone) {
  std::string error = "untouched";
  EXPECT_TRUE(Format::get(4, 3, 7, Specials::FN, &error));
  EXPECT_EQ(error, "untouched");
}

TEST(Specials, SayWhichCodesAreNotNumbers) {
  for (unsigned bitWidth = 2; bitWidth <= 8; ++bitWidth)
    for (const Format &format : getFormatsOfWidth(bitWidth)) {
      SCOPED_TRACE(describe(format));
      FormatOracle oracle(format);
      bool anyNaN = false, anyInfinity = false;
      for (uint32_t code = 0; code < (1u << bitWidth); ++code) {
        double value = oracle.decode(code);
        EXPECT_EQ(format.isNaN(code), std::isnan(value));
        EXPECT_EQ(format.isInfinity(code), std::isinf(value));
        anyNaN |= std::isnan(value);
        anyInfinity |= std::isinf(value);
      }
      EXPECT_EQ(format.hasNaN(), anyNaN);
      EXPECT_EQ(format.hasInfinity(), anyInfinity);
      EXPECT_EQ(format.isNaN(format.getCanonicalNaNCode()), anyNaN);
      if (!anyNaN) {
        EXPECT_EQ(format.getCanonicalNaNCode(), 0u);
      }
      if (anyInfinity) {
        EXPECT_EQ(format.decode(format.getInfinityCode()),
                  std::numeric_limits<double>::infinity());
      }
      EXPECT_EQ(format.hasNegativeZero(),
                isSameValue(oracle.decode(1u << (bitWidth - 1)), -0.0));
    }
}

TEST(Limits, FollowFromTheGrid) {
  for (unsigned bitWidth = 2; bitWidth <= 8; ++bitWidth)
    for (const Format &format : getFormatsOfWidth(bitWidth)) {
      SCOPED_TRACE(describe(format));
      FormatOracle oracle(format);
      const std::vector<double> &grid = oracle.getGrid();
      EXPECT_EQ(format.getBitWidth(), bitWidth);
      EXPECT_EQ(format.getSignMask(), 1u << (bitWidth - 1));
      EXPECT_EQ(format.getMagnitudeMask(), (1u << (bitWidth - 1)) - 1);
      EXPECT_EQ(format.getMaxFiniteCode(), oracle.getMaxFiniteCode());
      EXPECT_EQ(format.getMaxFinite(), grid[oracle.getMaxFiniteCode()]);
      EXPECT_EQ(format.getMaxExponent(), std::ilogb(format.getMaxFinite()));
      EXPECT_EQ(format.getOverflowStep(), grid.back());
      EXPECT_EQ(format.getMinPositive(), grid[1]);
      EXPECT_EQ(std::ldexp(grid[1], format.getMantissaBits()),
                std::ldexp(1.0, format.getMinExponent()));

      bool uniform = true;
      for (size_t i = 1; i <= oracle.getMaxFiniteCode(); ++i)
        uniform &= grid[i] - grid[i - 1] == grid[1];
      if (format.isUniform()) {
        EXPECT_TRUE(uniform);
      }
    }
}

// OCP Microscaling Formats (MX) v1.0, sections 5.3.2 and 5.3.3.
TEST(OtherWidths, FourAndSixBitFormatsOfOCPMX) {
  std::optional<Format> e2m1 = Format::get(2, 1, 1, Specials::Finite);
  ASSERT_TRUE(e2m1);
  EXPECT_EQ(e2m1->getBitWidth(), 4u);
  const double magnitudes[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  for (uint32_t code = 0; code < 8; ++code) {
    EXPECT_EQ(e2m1->decode(code), magnitudes[code]);
    EXPECT_TRUE(isSameValue(e2m1->decode(code | 8), -magnitudes[code]));
    EXPECT_EQ(e2m1->encode(-magnitudes[code]), code | 8);
  }
  EXPECT_EQ(e2m1->encode(5.0), 0x6u);  // A tie between 4 (m=0) and 6 (m=1).
  EXPECT_EQ(e2m1->encode(-9.0), 0xFu); // -6

  std::optional<Format> e2m3 = Format::get(2, 3, 1, Specials::Finite);
  ASSERT_TRUE(e2m3);
  EXPECT_EQ(e2m3->getBitWidth(), 6u);
  EXPECT_EQ(e2m3->getMaxFinite(), 7.5);
  EXPECT_EQ(e2m3->getMinPositive(), 0.125);
  EXPECT_EQ(e2m3->encode(-7.5), 0x3Fu);

  std::optional<Format> e3m2 = Format::get(3, 2, 3, Specials::Finite);
  ASSERT_TRUE(e3m2);
  EXPECT_EQ(e3m2->getBitWidth(), 6u);
  EXPECT_EQ(e3m2->getMaxFinite(), 28);
  EXPECT_EQ(e3m2->getMinPositive(), 0x1p-4);
  EXPECT_EQ(e3m2->encode(-1e9), 0x3Fu);
}

TEST(OtherWidths, SmallestFormats) {
  // One magnitude bit: 0 and 2^(1-bias), or 0 and 1/2.
  Format e1m0 = makeFormat(1, 0, 1, Specials::FNUZ);
  EXPECT_EQ(e1m0.decode(0), 0);
  EXPECT_EQ(e1m0.decode(1), 1);
  EXPECT_TRUE(e1m0.isNaN(2));
  EXPECT_EQ(e1m0.decode(3), -1);
  EXPECT_EQ(e1m0.encode(0.5), 0u); // The tie goes to the smaller magnitude.
  EXPECT_EQ(e1m0.encode(-0.6), 3u);
  Format e0m1 = makeFormat(0, 1, 0, Specials::Finite);
  EXPECT_EQ(e0m1.decode(1), 0.5);
  EXPECT_EQ(e0m1.encode(0.25), 0u); // The tie goes to the even field.
  EXPECT_EQ(e0m1.encode(-7), 3u);
}

TEST(OtherWidths, WidestFormatsAreHalfAndBfloat16) {
  Format half = makeFormat(5, 10, 15, Specials::IEEE);
  Format bfloat = makeFormat(8, 7, 127, Specials::IEEE);
  EXPECT_EQ(half.getBitWidth(), Format::kMaxBitWidth);
  for (uint32_t code = 0; code < 0x10000; ++code) {
    ASSERT_TRUE(isSameValue(half.decode(code), f16FromBits(code))) << code;
    ASSERT_TRUE(isSameValue(bfloat.decode(code), bf16FromBits(code))) << code;
  }
}
