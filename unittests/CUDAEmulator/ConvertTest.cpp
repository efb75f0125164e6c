//===- ConvertTest.cpp - cvt against a search through all values ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The oracle knows no exponents and no shifts: it has the values of a format in
// order, and finds the one that is nearest by comparing distances in double.
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <functional>
#include <random>

using namespace altgrad::test;

namespace {
class FormatOracle {
public:
  FormatOracle(unsigned exponentBits, unsigned mantissaBits, int bias,
               bool hasInfinity)
      : signBit(1u << (exponentBits + mantissaBits)), hasInfinity(hasInfinity) {
    // One step from each value to the next one, and longer steps at the powers
    // of two but the first.
    double step = std::ldexp(1.0, 1 - bias - int(mantissaBits)), value = 0;
    uint32_t finite =
        hasInfinity ? signBit - (1u << mantissaBits) : signBit - 1;
    for (uint32_t code = 0; code <= finite; ++code) {
      values.push_back(value); // The last is that of one step too many.
      value += step;
      if ((code + 1) % (1u << mantissaBits) == 0 &&
          code + 1 > (1u << mantissaBits))
        step *= 2;
    }
  }

  double decode(uint32_t code) const {
    uint32_t magnitude = code & (signBit - 1);
    double value = magnitude < values.size() - 1 ? values[magnitude]
                   : hasInfinity && magnitude == values.size() - 1
                       ? double(INFINITY)
                       : double(NAN);
    return code & signBit ? -value : value;
  }

  uint32_t encode(double x, bool saturates, bool towardZero = false) const {
    if (std::isnan(x))
      return signBit - 1;
    uint32_t sign = std::signbit(x) ? signBit : 0;
    double magnitude = std::fabs(x);
    uint32_t largest = values.size() - 2;
    // The first value that is larger.
    size_t above = std::upper_bound(values.begin(), values.end(), magnitude) -
                   values.begin();
    uint32_t code;
    if (above == values.size()) {
      code = largest + 1;
    } else {
      code = above - 1;
      double down = magnitude - values[code], up = values[above] - magnitude;
      if (!towardZero && (up < down || (up == down && code % 2 == 1)))
        ++code;
    }
    if (code > largest && (saturates || (towardZero && !std::isinf(x))))
      code = largest;
    return sign | code;
  }

private:
  uint32_t signBit;
  bool hasInfinity;
  std::vector<double> values;
};

const FormatOracle e4m3(4, 3, 7, false), e5m2(5, 2, 15, true),
    f16(5, 10, 15, true), bf16(8, 7, 127, true);

/// All numbers of f16 and bf16, the neighbourhoods of midpoints, random bits.
std::vector<float> makeFloats() {
  std::vector<float> values;
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    values.push_back(toBits<float>(bits << 16));
    values.push_back(static_cast<float>(f16.decode(bits)));
  }
  for (const FormatOracle *format : {&e4m3, &e5m2, &f16, &bf16})
    for (uint32_t code = 0;
         code < (format == &e4m3 || format == &e5m2 ? 127u : 32767u);
         code += format == &f16 || format == &bf16 ? 7 : 1) {
      float middle = static_cast<float>(
          (format->decode(code) + format->decode(code + 1)) / 2);
      for (int offset = -2; offset <= 2; ++offset)
        for (uint32_t sign : {0u, 0x80000000u})
          values.push_back(
              toBits<float>((toBits<uint32_t>(middle) + offset) ^ sign));
    }
  std::mt19937 random(2);
  for (unsigned i = 0; i < 200000; ++i)
    values.push_back(toBits<float>(static_cast<uint32_t>(random())));
  return values;
}

class ConvertTest : public ElementwiseTest {
protected:
  template <class R, class T>
  void check(const std::string &body, const std::vector<T> &inputs,
             std::function<R(T)> expected,
             const std::string &target = "sm_90") {
    auto results = run<R, T>(body, {inputs}, target);
    unsigned shown = 0;
    for (size_t i = 0; i < inputs.size(); ++i)
      if (R wanted = expected(inputs[i]);
          std::memcmp(&results[i], &wanted, sizeof(R)) != 0)
        if (++shown < 4)
          ADD_FAILURE() << body << " of " << +inputs[i] << " gives "
                        << +results[i] << " and not " << +wanted;
  }
};

template <class T> std::vector<T> allOf16Bits() {
  std::vector<T> values;
  for (uint32_t bits = 0; bits < 65536; ++bits)
    values.push_back(static_cast<T>(bits));
  return values;
}
} // namespace

/// NaN is 0x7f in both formats, whatever its sign.
static uint32_t encodeByte(const FormatOracle &format, float value) {
  return std::isnan(value) ? 0x7f : format.encode(value, /*saturates=*/true);
}

// The first source operand is the upper byte.
TEST_F(ConvertTest, PairsOfF32ToBytes) {
  std::vector<float> a = makeFloats(), b(a.rbegin(), a.rend());
  for (auto [name, format] :
       {std::pair("e4m3x2", &e4m3), std::pair("e5m2x2", &e5m2)}) {
    auto results = run<uint16_t, float>(
        "cvt.rn.satfinite." + std::string(name) + ".f32 result, a, b;", {a, b});
    auto clamped = run<uint16_t, float>(
        "cvt.rn.satfinite.relu." + std::string(name) + ".f32 result, a, b;",
        {a, b});
    for (size_t i = 0; i < a.size(); ++i) {
      uint32_t upper = encodeByte(*format, a[i]),
               lower = encodeByte(*format, b[i]);
      ASSERT_EQ(results[i], upper << 8 | lower)
          << name << " " << a[i] << " " << b[i];
      auto relu = [](uint32_t code) { return code & 0x80 ? 0 : code; };
      ASSERT_EQ(clamped[i], relu(upper) << 8 | relu(lower))
          << name << " " << a[i];
    }
  }
}

TEST_F(ConvertTest, KnownBytes) {
  // 448 (0x7e) is the largest of e4m3, 57344 (0x7b) of e5m2.
  std::vector<float> inputs = {1.0f, 448.0f,  464.0f, 1e9f,    -INFINITY,
                               NAN,  0x1p-9f, -0.0f,  0x1p-10f};
  std::vector<uint8_t> e4m3Codes = {0x38, 0x7e, 0x7e, 0x7e, 0xfe,
                                    0x7f, 0x01, 0x80, 0x00};
  std::vector<uint8_t> e5m2Codes = {0x3c, 0x5f, 0x5f, 0x7b, 0xfb,
                                    0x7f, 0x18, 0x80, 0x14};
  auto first = run<uint16_t, float>(
      "cvt.rn.satfinite.e4m3x2.f32 result, 0f00000000, a;", {inputs});
  auto second = run<uint16_t, float>(
      "cvt.rn.satfinite.e5m2x2.f32 result, a, 0f00000000;", {inputs});
  for (size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_EQ(first[i], e4m3Codes[i]) << inputs[i];
    EXPECT_EQ(second[i], e5m2Codes[i] << 8) << inputs[i];
  }
}

TEST_F(ConvertTest, AllPairsOfF16ToBytes) {
  std::vector<uint32_t> inputs;
  for (uint32_t bits = 0; bits < 65536; ++bits)
    inputs.push_back(bits << 16 | (bits * 40503u & 0xffff));
  for (auto [name, format] :
       {std::pair("e4m3x2", &e4m3), std::pair("e5m2x2", &e5m2)})
    check<uint16_t, uint32_t>(
        "cvt.rn.satfinite." + std::string(name) + ".f16x2 result, a;", inputs,
        [format = format](uint32_t pair) -> uint16_t {
          return encodeByte(*format, f16.decode(pair >> 16)) << 8 |
                 encodeByte(*format, f16.decode(pair & 0xffff));
        });
}

TEST_F(ConvertTest, AllPairsOfBytesToF16) {
  for (auto [name, format] :
       {std::pair("e4m3x2", &e4m3), std::pair("e5m2x2", &e5m2)})
    check<uint32_t, uint16_t>(
        "cvt.rn.f16x2." + std::string(name) + " result, a;",
        allOf16Bits<uint16_t>(), [format = format](uint16_t pair) {
          return f16.encode(format->decode(pair >> 8), false) << 16 |
                 f16.encode(format->decode(pair & 255), false);
        });
}

TEST_F(ConvertTest, F32ToHalves) {
  std::vector<float> inputs = makeFloats();
  for (auto [name, format] : {std::pair("f16", &f16), std::pair("bf16", &bf16)})
    for (bool towardZero : {false, true}) {
      std::string rounding = towardZero ? "cvt.rz." : "cvt.rn.";
      check<uint16_t, float>(rounding + name + ".f32 result, a;", inputs,
                             [=, format = format](float x) -> uint16_t {
                               return format->encode(x, false, towardZero);
                             });
      std::vector<float> other(inputs.rbegin(), inputs.rend());
      auto pairs = run<uint32_t, float>(rounding + std::string(name) +
                                            "x2.f32 result, a, b;",
                                        {inputs, other});
      for (size_t i = 0; i < inputs.size(); ++i)
        ASSERT_EQ(pairs[i], format->encode(inputs[i], false, towardZero) << 16 |
                                format->encode(other[i], false, towardZero));
    }
  check<uint16_t, float>("cvt.rn.relu.bf16.f32 result, a;", inputs,
                         [](float x) -> uint16_t {
                           return std::isnan(x)     ? 0x7fff
                                  : std::signbit(x) ? 0
                                                    : bf16.encode(x, false);
                         });
}

TEST_F(ConvertTest, AllHalvesToF32) {
  auto expected = [](double value) {
    return std::isnan(value) ? 0x7fffffffu
                             : toBits<uint32_t>(static_cast<float>(value));
  };
  check<uint32_t, uint16_t>(
      "cvt.f32.f16 result, a;", allOf16Bits<uint16_t>(),
      [&](uint16_t bits) { return expected(f16.decode(bits)); });
  check<uint32_t, uint16_t>(
      "cvt.f32.bf16 result, a;", allOf16Bits<uint16_t>(),
      [&](uint16_t bits) { return expected(bf16.decode(bits)); });
}

static const std::pair<const char *, int> roundings[] = {{"rn", FE_TONEAREST},
                                                         {"rz", FE_TOWARDZERO},
                                                         {"rm", FE_DOWNWARD},
                                                         {"rp", FE_UPWARD}};

/// The host's conversion with another rounding.
template <class R, class T> static R castRounded(T value, int rounding) {
  volatile T input = value;
  std::fesetround(rounding);
  volatile R result = static_cast<R>(input);
  std::fesetround(FE_TONEAREST);
  return result;
}

TEST_F(ConvertTest, IntegersToFloats) {
  std::vector<int64_t> inputs;
  std::mt19937_64 random(3);
  for (unsigned bit = 0; bit < 64; ++bit)
    for (int offset = -3; offset <= 3; ++offset)
      for (uint64_t more : {0ull, 1ull << 10, 1ull << 39})
        inputs.push_back((1ull << bit) + offset + more);
  for (unsigned i = 0; i < 20000; ++i)
    inputs.push_back(random() >> random() % 64);
  for (size_t i = 0, end = inputs.size(); i < end; ++i)
    inputs.push_back(static_cast<int64_t>(-static_cast<uint64_t>(inputs[i])));
  for (auto [name, rounding] : roundings) {
    std::string cvt = "cvt." + std::string(name);
    check<float, int64_t>(cvt + ".f32.s64 result, a;", inputs,
                          [=, rounding = rounding](int64_t x) {
                            return castRounded<float>(x, rounding);
                          });
    check<double, int64_t>(cvt + ".f64.s64 result, a;", inputs,
                           [=, rounding = rounding](int64_t x) {
                             return castRounded<double>(x, rounding);
                           });
    check<float, int64_t>("cvt.u32.u64 %r1, a;" + cvt + ".f32.s32 result, %r1;",
                          inputs, [=, rounding = rounding](int64_t x) {
                            return castRounded<float>(static_cast<int32_t>(x),
                                                      rounding);
                          });
  }
  check<double, int64_t>("cvt.rn.f64.u64 result, a;", inputs, [](int64_t x) {
    return static_cast<double>(static_cast<uint64_t>(x));
  });
  check<uint16_t, int64_t>("cvt.rn.f16.s64 result, a;", inputs,
                           [](int64_t x) -> uint16_t {
                             // Any integer that a double rounds is beyond the
                             // largest f16.
                             return f16.encode(static_cast<double>(x), false);
                           });
}

TEST_F(ConvertTest, FloatsToFloats) {
  std::vector<double> inputs;
  std::mt19937_64 random(4);
  for (float value : makeFloats()) {
    inputs.push_back(value);
    inputs.push_back(value * (1 + 0x1p-24));
    inputs.push_back(value * (1 + 0x1p-24 + 0x1p-50));
  }
  for (auto [name, rounding] : roundings)
    check<uint32_t, double>("cvt." + std::string(name) + ".f32.f64 result, a;",
                            inputs, [rounding = rounding](double x) {
                              return std::isnan(x)
                                         ? 0x7fffffffu
                                         : toBits<uint32_t>(
                                               castRounded<float>(x, rounding));
                            });
  check<uint16_t, double>(
      "cvt.rn.f16.f64 result, a;", inputs,
      [](double x) -> uint16_t { return f16.encode(x, false); });
  std::vector<float> floats = makeFloats();
  check<float, float>("cvt.sat.f32.f32 result, a;", floats, [](float x) {
    return x > 1 ? 1.0f : x > 0 ? x : 0.0f;
  });
  check<uint32_t, float>("cvt.rni.f32.f32 result, a;", floats, [](float x) {
    return std::isnan(x) ? 0x7fffffffu : toBits<uint32_t>(std::nearbyint(x));
  });
  check<uint32_t, float>("cvt.rmi.f32.f32 result, a;", floats, [](float x) {
    return std::isnan(x) ? 0x7fffffffu : toBits<uint32_t>(std::floor(x));
  });
}

TEST_F(ConvertTest, FloatsToIntegers) {
  std::vector<float> inputs = makeFloats();
  for (float value : {0.5f, 1.5f, 2.5f, 0x1p31f, 0x1p32f, 0x1p63f, 0x1p64f})
    for (float near :
         {std::nextafter(value, 0.0f), value, std::nextafter(value, INFINITY)})
      for (float sign : {1.0f, -1.0f})
        inputs.push_back(sign * near);
  auto clamp = [](double x, double least, double most) {
    return std::min(std::max(x, least), most);
  };
  check<int32_t, float>(
      "cvt.rni.s32.f32 result, a;", inputs, [=](float x) -> int32_t {
        return std::isnan(x)
                   ? 0
                   : clamp(std::nearbyint(double(x)), INT32_MIN, INT32_MAX);
      });
  check<uint32_t, float>(
      "cvt.rzi.u32.f32 result, a;", inputs, [=](float x) -> uint32_t {
        return std::isnan(x) ? 0 : clamp(std::trunc(double(x)), 0, UINT32_MAX);
      });
  check<int16_t, float>(
      "cvt.rpi.s16.f32 result, a;", inputs, [=](float x) -> int16_t {
        return std::isnan(x)
                   ? 0
                   : clamp(std::ceil(double(x)), INT16_MIN, INT16_MAX);
      });
  check<int64_t, float>(
      "cvt.rmi.s64.f32 result, a;", inputs, [](float x) -> int64_t {
        return std::isnan(x)  ? INT64_MIN
               : x >= 0x1p63f ? INT64_MAX
               : x < -0x1p63f ? INT64_MIN
                              : static_cast<int64_t>(std::floor(x));
      });
}

// Narrow results fill their register with copies of the sign, or zeros.
TEST_F(ConvertTest, IntegersToIntegers) {
  std::vector<uint32_t> inputs;
  for (uint32_t bits = 0; bits < 70000; ++bits)
    inputs.push_back(bits * 2654435761u);
  check<int32_t, uint32_t>("cvt.s32.s8 result, a;", inputs,
                           [](uint32_t x) { return int8_t(x); });
  check<uint32_t, uint32_t>("cvt.u32.u8 result, a;", inputs,
                            [](uint32_t x) { return uint8_t(x); });
  check<int32_t, uint32_t>("cvt.s8.s32 result, a;", inputs,
                           [](uint32_t x) { return int8_t(x); });
  check<int64_t, uint32_t>("cvt.s64.s32 result, a;", inputs,
                           [](uint32_t x) { return int32_t(x); });
  check<uint64_t, uint32_t>("cvt.u64.u32 result, a;", inputs,
                            [](uint32_t x) { return x; });
  check<uint16_t, uint32_t>("cvt.u16.u32 result, a;", inputs,
                            [](uint32_t x) { return x; });
  check<int16_t, uint32_t>(
      "cvt.sat.s16.s32 result, a;", inputs, [](uint32_t x) -> int16_t {
        return std::clamp<int32_t>(x, INT16_MIN, INT16_MAX);
      });
  check<uint16_t, uint32_t>(
      "cvt.sat.u8.s32 result, a;", inputs,
      [](uint32_t x) -> uint16_t { return std::clamp<int32_t>(x, 0, 255); });
}

TEST_F(ConvertTest, RefusesWhatPtxDoesNotHave) {
  for (const char *body :
       {"cvt.f16.f32 result, a;", "cvt.s32.f32 %r1, a;",
        "cvt.rn.e4m3x2.f32 result, a, a;",
        "cvt.rz.satfinite.e4m3x2.f32 result, a, a;",
        "cvt.rn.u32.u16 %r1, result;", "cvt.rn.f16x2.f32 %r1, a;",
        "cvt.rn.mystery.f16.f32 result, a;"})
    EXPECT_NE(loadFailing(makeElementwise(body, 32, 16, 1)), "") << body;
}
