//===- FormatEncodeTest.cpp - Rounding against an independent oracle ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Encoding and decoding of every format of 2 to 8 bits, of some wider ones, and
// of the corner cases one by one with their bits. FormatOracle says what is
// right for the many; for the few it is written beside the case.
//
//===----------------------------------------------------------------------===//

#include "FormatTestUtils.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace altgrad;
using namespace altgrad::test;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();
static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

//===----------------------------------------------------------------------===//
// Every format of 2 to 8 bits
//===----------------------------------------------------------------------===//

namespace {
class FormatsOfWidth : public testing::TestWithParam<unsigned> {
protected:
  std::vector<Format> formats = getFormatsOfWidth(GetParam());
};
} // namespace

TEST_P(FormatsOfWidth, DecodeAgreesWithTheOracle) {
  for (const Format &format : formats) {
    FormatOracle oracle(format);
    for (uint32_t code = 0; code < (1u << GetParam()); ++code) {
      double value = format.decode(code);
      ASSERT_TRUE(isSameValue(value, oracle.decode(code)))
          << describe(format) << " code " << code;
      ASSERT_TRUE(isSameValue(value, double(float(value))))
          << describe(format) << " code " << code << " is not exact in f32";
    }
  }
}

TEST_P(FormatsOfWidth, EncodeIsTheInverseOfDecode) {
  for (const Format &format : formats)
    for (Overflow overflow : kBothOverflows)
      for (uint32_t code = 0; code < (1u << GetParam()); ++code) {
        uint32_t expected = code;
        if (format.isNaN(code))
          expected = format.getCanonicalNaNCode();
        else if (format.isInfinity(code) && overflow == Overflow::Saturate)
          expected = (code & format.getSignMask()) | format.getMaxFiniteCode();
        ASSERT_EQ(format.encode(format.decode(code), overflow), expected)
            << describe(format) << " code " << code;
      }
}

TEST_P(FormatsOfWidth, EncodeAgreesWithTheOracle) {
  std::mt19937_64 random = makeGenerator(20260101 + GetParam());
  for (const Format &format : formats) {
    FormatOracle oracle(format);
    ASSERT_TRUE(agreesWithOracle(format, oracle, getGridInputs(oracle)));
    ASSERT_TRUE(agreesWithOracle(format, oracle, getSpecialInputs()));
    ASSERT_TRUE(
        agreesWithOracle(format, oracle, getRandomInputs(format, 500, random)));
  }
}

// One more than the bias, and half the number: the same code. Holds for every
// number, because scaling by a power of two moves the whole grid.
TEST_P(FormatsOfWidth, BiasScalesByAPowerOfTwo) {
  std::mt19937_64 random = makeGenerator(20260201 + GetParam());
  for (const Format &format : formats) {
    std::optional<Format> shifted =
        Format::get(format.getExponentBits(), format.getMantissaBits(),
                    format.getBias() + 1, format.getSpecials());
    if (!shifted)
      continue;
    for (double value : getRandomInputs(format, 200, random))
      for (Overflow overflow : kBothOverflows)
        ASSERT_EQ(format.encode(value, overflow),
                  shifted->encode(value / 2, overflow))
            << describe(format) << " " << std::hexfloat << value;
  }
}

TEST_P(FormatsOfWidth, RoundMagnitudeEndsAtTheOverflowStep) {
  for (const Format &format : formats) {
    SCOPED_TRACE(describe(format));
    uint32_t limit = format.getMaxFiniteCode() + 1;
    double step = format.getOverflowStep();
    EXPECT_EQ(format.roundMagnitude(format.getMaxFinite()), limit - 1);
    EXPECT_EQ(format.roundMagnitude(step), limit);
    EXPECT_EQ(format.roundMagnitude(step * 4), limit);
    EXPECT_EQ(format.roundMagnitude(std::numeric_limits<double>::max()), limit);
    EXPECT_EQ(format.roundMagnitude(kInfinity), limit);
  }
}

INSTANTIATE_TEST_SUITE_P(Format, FormatsOfWidth, testing::Range(2u, 9u),
                         testing::PrintToStringParamName());

//===----------------------------------------------------------------------===//
// Wider formats
//===----------------------------------------------------------------------===//

TEST(WiderFormats, EncodeAgreesWithTheOracle) {
  std::mt19937_64 random = makeGenerator(20260301);
  const unsigned parameters[][2] = {{8, 0}, {5, 4}, {0, 9}, {1, 8}, {6, 5}};
  for (auto [exponentBits, mantissaBits] : parameters)
    for (const Format &format : getFormatsWith(exponentBits, mantissaBits)) {
      FormatOracle oracle(format);
      unsigned stride = format.getBitWidth() > 10 ? 37 : 1;
      ASSERT_TRUE(
          agreesWithOracle(format, oracle, getGridInputs(oracle, stride)));
      ASSERT_TRUE(agreesWithOracle(format, oracle, getSpecialInputs()));
      ASSERT_TRUE(agreesWithOracle(format, oracle,
                                   getRandomInputs(format, 100, random)));
    }
}

// IEEE 754 half is a format of this family, and the compiler has it: a third
// opinion on rounding, overflow to infinity, subnormals and ties.
#ifdef __FLT16_MAX__
TEST(WiderFormats, HalfAgreesWithTheCompiler) {
  Format half = makeFormat(5, 10, 15, Specials::IEEE);
  std::mt19937_64 random = makeGenerator(20260302);
  auto check = [&](double value) {
    _Float16 rounded = static_cast<_Float16>(value);
    ASSERT_TRUE(isSameValue(half.round(value, Overflow::Infinity),
                            static_cast<double>(rounded)))
        << std::hexfloat << value;
  };
  for (double value : getRandomInputs(half, 20000, random)) {
    check(value);
    check(-value);
  }
  for (uint32_t code = 0; code <= half.getMaxFiniteCode(); ++code) {
    double below = half.decode(code);
    double above = code == half.getMaxFiniteCode() ? half.getOverflowStep()
                                                   : half.decode(code + 1);
    double midpoint = (below + above) / 2;
    check(midpoint);
    check(std::nextafter(midpoint, 0.0));
    check(std::nextafter(midpoint, kInfinity));
  }
}
#endif

//===----------------------------------------------------------------------===//
// Named formats: all inputs of the 16-bit types, and f64 rounded once
//===----------------------------------------------------------------------===//

namespace {
class NamedFormatEncode : public NamedFormatTest {};
} // namespace

TEST_P(NamedFormatEncode, AllHalfAndBfloat16InputsAgreeWithTheOracle) {
  FormatOracle oracle(format);
  std::vector<double> inputs;
  for (uint32_t bits = 0; bits < 0x8000; ++bits) {
    inputs.push_back(f16FromBits(bits));
    inputs.push_back(bf16FromBits(bits));
  }
  EXPECT_TRUE(agreesWithOracle(format, oracle, inputs));
}

TEST_P(NamedFormatEncode, RandomF32BitsAgreeWithTheOracle) {
  FormatOracle oracle(format);
  std::mt19937_64 random = makeGenerator(20260303);
  std::vector<double> inputs;
  for (unsigned i = 0; i < 20000; ++i)
    inputs.push_back(f32FromBits(uint32_t(random())));
  EXPECT_TRUE(agreesWithOracle(format, oracle, inputs));
}

// A double just off a midpoint becomes the midpoint itself in f32, f16 or bf16
// and is then rounded once more, to even. At every midpoint one of its two
// neighbours shows the difference.
TEST_P(NamedFormatEncode, F64IsNotRoundedToF32First) {
  FormatOracle oracle(format);
  for (uint32_t code = 0; code < oracle.getMaxFiniteCode(); ++code) {
    double midpoint = oracle.getMidpoint(code);
    double below = std::nextafter(midpoint, 0.0);
    double above = std::nextafter(midpoint, kInfinity);
    ASSERT_EQ(float(below), midpoint);
    ASSERT_EQ(float(above), midpoint);
    EXPECT_EQ(format.encode(below), code);
    EXPECT_EQ(format.encode(above), code + 1);
    uint32_t roundedTwice = format.encode(float(below));
    EXPECT_EQ(roundedTwice, format.encode(float(above)));
    EXPECT_EQ(roundedTwice, oracle.encode(midpoint, Overflow::Saturate));
  }
}

TEST_P(NamedFormatEncode, IsIdempotent) {
  std::mt19937_64 random = makeGenerator(20260304);
  for (double value : getRandomInputs(format, 5000, random))
    for (Overflow overflow : kBothOverflows) {
      double once = format.round(value, overflow);
      EXPECT_TRUE(isSameValue(format.round(once, overflow), once)) << value;
    }
}

TEST_P(NamedFormatEncode, IsMonotonic) {
  std::mt19937_64 random = makeGenerator(20260305);
  std::vector<double> values = getRandomInputs(format, 5000, random);
  for (size_t i = 0; i < 2500; ++i)
    values[i] = -values[i];
  values.insert(values.end(), {0.0, kInfinity, -kInfinity});
  std::sort(values.begin(), values.end());
  for (size_t i = 1; i < values.size(); ++i)
    ASSERT_LE(format.round(values[i - 1]), format.round(values[i]))
        << values[i - 1] << " and " << values[i];
}

TEST_P(NamedFormatEncode, IsSymmetric) {
  std::mt19937_64 random = makeGenerator(20260306);
  for (double value : getRandomInputs(format, 5000, random))
    for (Overflow overflow : kBothOverflows) {
      double positive = format.round(value, overflow);
      double negative = format.round(-value, overflow);
      if (positive == 0 && !format.hasNegativeZero())
        EXPECT_TRUE(isSameValue(negative, 0.0)) << value;
      else
        EXPECT_TRUE(isSameValue(negative, -positive)) << value;
    }
}

TEST_P(NamedFormatEncode, ZeroKeepsItsSign) {
  const double tiny[] = {0.0, 0x1p-1074, 0x1p-149, 1e-30};
  uint32_t negativeZero = format.hasNegativeZero() ? 0x80 : 0x00;
  for (double value : tiny)
    for (Overflow overflow : kBothOverflows) {
      EXPECT_EQ(format.encode(value, overflow), 0x00u) << value;
      EXPECT_EQ(format.encode(-value, overflow), negativeZero) << value;
    }
}

TEST_P(NamedFormatEncode, NaNIsCanonical) {
  uint32_t expected = 0x00;
  if (format.getSpecials() == Specials::FNUZ)
    expected = 0x80;
  else if (format.getSpecials() != Specials::Finite)
    expected = 0x7F;
  for (double value : {kNaN, -kNaN, double(f32FromBits(0x7F800001)),
                       double(f32FromBits(0xFFC12345))})
    for (Overflow overflow : kBothOverflows)
      EXPECT_EQ(format.encode(value, overflow), expected);
}

TEST_P(NamedFormatEncode, InfinityAndOverflowFollowTheMode) {
  uint32_t max = format.getMaxFiniteCode();
  for (double value : {format.getOverflowStep(), 1e300, kInfinity}) {
    EXPECT_EQ(format.encode(value, Overflow::Saturate), max);
    EXPECT_EQ(format.encode(-value, Overflow::Saturate), max | 0x80);
    uint32_t positive = max, negative = max | 0x80;
    switch (format.getSpecials()) {
    case Specials::Finite:
      break;
    case Specials::IEEE:
      positive = max + 1;
      negative = positive | 0x80;
      break;
    case Specials::FN:
      positive = negative = 0x7F;
      break;
    case Specials::FNUZ:
      positive = negative = 0x80;
      break;
    }
    EXPECT_EQ(format.encode(value, Overflow::Infinity), positive);
    EXPECT_EQ(format.encode(-value, Overflow::Infinity), negative);
  }
}

INSTANTIATE_TEST_SUITE_P(Format, NamedFormatEncode,
                         testing::ValuesIn(Format::getAllNamed()),
                         printNamedFormat);

//===----------------------------------------------------------------------===//
// Corner cases with their bits
//===----------------------------------------------------------------------===//

TEST(CornerCases, TiesGoToTheEvenMantissaField) {
  Format format = makeNamedFormat("E4M3FN");
  EXPECT_EQ(format.encode(1.0), 0x38u);      // 1.0 (0x38: e=7, m=0)
  EXPECT_EQ(format.encode(1.0625), 0x38u);   // tie: m=0 and m=1
  EXPECT_EQ(format.encode(1.1875), 0x3Au);   // tie: m=1 and m=2 -> 1.25
  EXPECT_EQ(format.encode(1.9375), 0x40u);   // tie: e=7, m=7 and e=8, m=0
  EXPECT_EQ(format.encode(0x1p-10), 0x00u);  // tie: 0 and 2^-9
  EXPECT_EQ(format.encode(-0x1p-10), 0x80u); // the sign stays
  EXPECT_EQ(format.encode(0x1.8p-9), 0x02u); // tie: subnormals m=1 and m=2
  EXPECT_EQ(format.encode(0x1.Ep-7), 0x08u); // tie: m=7 and e=1, m=0
}

TEST(CornerCases, TheGridGoesOnOneStepBeforeOverflow) {
  Format fn =
      makeNamedFormat("E4M3FN"); // 448 (0x7E), and one step more is 480.
  EXPECT_EQ(fn.encode(464, Overflow::Infinity), 0x7Eu);
  EXPECT_EQ(fn.encode(std::nextafter(464.0f, 500.0f), Overflow::Infinity),
            0x7Fu);
  EXPECT_EQ(fn.encode(std::nextafter(464.0, 500.0), Overflow::Infinity), 0x7Fu);
  EXPECT_EQ(fn.encode(-464, Overflow::Infinity), 0xFEu);
  EXPECT_EQ(fn.encode(-465, Overflow::Infinity), 0x7Fu); // NaN has no sign.
  EXPECT_EQ(fn.encode(465, Overflow::Saturate), 0x7Eu);

  // Here the largest mantissa is odd: the midpoint itself goes to the step.
  Format ieee =
      makeNamedFormat("E5M2"); // 57344 (0x7B), and one step more is 65536.
  EXPECT_EQ(ieee.encode(std::nextafter(61440.0, 0.0), Overflow::Infinity),
            0x7Bu);
  EXPECT_EQ(ieee.encode(61440, Overflow::Infinity), 0x7Cu);
  EXPECT_EQ(ieee.encode(-61440, Overflow::Infinity), 0xFCu);
  EXPECT_EQ(ieee.encode(61440, Overflow::Saturate), 0x7Bu);
  Format fnuz =
      makeNamedFormat("E4M3FNUZ"); // 240 (0x7F), and one step more is 256.
  EXPECT_EQ(fnuz.encode(std::nextafter(248.0, 0.0), Overflow::Infinity), 0x7Fu);
  EXPECT_EQ(fnuz.encode(248, Overflow::Infinity), 0x80u);
}

TEST(CornerCases, WithoutMantissaTiesGoToTheSmallerMagnitude) {
  Format format = makeNamedFormat("E7M0");
  EXPECT_EQ(format.encode(1.5), 0x3Fu);     // 1 (0x3F: e=63)
  EXPECT_EQ(format.encode(3.0), 0x40u);     // 2 (0x40: e=64)
  EXPECT_EQ(format.encode(-3.0), 0xC0u);    // -2
  EXPECT_EQ(format.encode(0x1p-63), 0x00u); // half of the smallest value
  EXPECT_EQ(format.encode(-0x1p-63), 0x80u);
  EXPECT_EQ(format.encode(std::nextafter(0x1p-63, 1.0)), 0x01u);
  EXPECT_EQ(format.encode(std::nextafter(1.5, 2.0)), 0x40u);
  // 1.5 * 2^64 is the midpoint to the step, so that it does not overflow.
  Format ieee = makeFormat(7, 0, 63, Specials::IEEE); // 2^63 (0x7E)
  EXPECT_EQ(ieee.getMaxFinite(), 0x1p63);
  EXPECT_EQ(ieee.encode(0x1.8p63, Overflow::Infinity), 0x7Eu);
  EXPECT_EQ(ieee.encode(0x1.9p63, Overflow::Infinity), 0x7Fu);
}

TEST(CornerCases, IEEEWithoutMantissaHasInfinityButNoNaN) {
  Format format = makeFormat(7, 0, 63, Specials::IEEE);
  EXPECT_TRUE(format.hasInfinity());
  EXPECT_FALSE(format.hasNaN());
  EXPECT_EQ(format.encode(kNaN), 0x00u);
  EXPECT_EQ(format.encode(kInfinity, Overflow::Infinity), 0x7Fu);
  EXPECT_EQ(format.encode(-kInfinity, Overflow::Infinity), 0xFFu);
}

TEST(CornerCases, FixedPointHasOneSpacing) {
  Format format = makeNamedFormat("E0M7");
  EXPECT_EQ(format.encode(0.5), 0x40u);
  EXPECT_EQ(format.encode(1.0 / 256), 0x00u); // tie: 0 and 1/128
  EXPECT_EQ(format.encode(3.0 / 256), 0x02u); // tie: 1/128 and 2/128
  EXPECT_EQ(format.encode(1.0), 0x7Fu);       // past the largest
  EXPECT_EQ(format.encode(-1.0), 0xFFu);
  EXPECT_EQ(format.encode(-0.0), 0x80u);
  EXPECT_TRUE(isSameValue(format.decode(0x80), -0.0));
}

// E0M7 counts in 1/128 and E1M6 in 1/32, with the same codes: the two are one
// grid in different units.
TEST(CornerCases, E0M7IsE1M6InUnitsOfAQuarter) {
  Format e0m7 = makeNamedFormat("E0M7"), e1m6 = makeNamedFormat("E1M6");
  auto check = [&](double value) {
    ASSERT_EQ(e0m7.encode(value), e1m6.encode(4 * value)) << value;
    ASSERT_TRUE(isSameValue(e0m7.round(value), e1m6.round(4 * value) / 4));
  };
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    check(f16FromBits(bits));
    check(bf16FromBits(bits));
  }
  for (uint32_t code = 0; code < 0x100; ++code)
    EXPECT_TRUE(isSameValue(e0m7.decode(code), e1m6.decode(code) / 4));
  std::mt19937_64 random = makeGenerator(20260307);
  for (double value : getRandomInputs(e0m7, 20000, random))
    check(value);
}

TEST(CornerCases, E1M6IsUniform) {
  Format format = makeNamedFormat("E1M6");
  for (uint32_t code = 0; code < 0x80; ++code)
    EXPECT_EQ(format.decode(code), code / 32.0);
}

// The smallest input that there is, and formats whose own smallest values are
// f32 subnormals: nothing is flushed to zero.
TEST(CornerCases, F32SubnormalsAreNumbers) {
  Format format = makeFormat(4, 3, 147, Specials::FN);
  EXPECT_EQ(format.getMinPositive(), 0x1p-149);
  EXPECT_EQ(format.encode(0x1p-149), 0x01u);
  EXPECT_EQ(format.encode(-0x1p-149), 0x81u);
  EXPECT_EQ(format.encode(0x1p-150), 0x00u); // tie, f64 only
  EXPECT_EQ(format.encode(std::nextafter(0x1p-150, 1.0)), 0x01u);
  EXPECT_EQ(format.encode(0x1p-1074), 0x00u);
}
