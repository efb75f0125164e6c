//===- FloatTest.cpp - Floats of PTX against those of the host ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"

#include "llvm/ADT/APFloat.h"

#include <cfenv>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <random>

using namespace altgrad::test;

static std::vector<std::vector<float>> makeInputs() {
  const float special[] = {
      0.0f,      1.0f,     -1.0f,    0x1p-149f,     0x1.fffffcp-127f,
      0x1p-126f, 3.14159f, 1.5f,     0x1p127f,      0x1.fffffep127f,
      INFINITY,  NAN,      0x1p-24f, 0x1.000002p0f, 0.333333343f};
  std::vector<std::vector<float>> inputs(3);
  std::mt19937 random(5);
  for (float a : special)
    for (float b : special)
      for (float c : special)
        for (unsigned signs = 0; signs < 8; ++signs) {
          inputs[0].push_back(signs & 1 ? -a : a);
          inputs[1].push_back(signs & 2 ? -b : b);
          inputs[2].push_back(signs & 4 ? -c : c);
        }
  for (unsigned i = 0; i < 50000; ++i) {
    uint32_t scale = random() % 254 + 1;
    for (auto &input : inputs) // Close to one another, so that they cancel.
      input.push_back(i % 2 ? toBits<float>(static_cast<uint32_t>(random()))
                            : toBits<float>(static_cast<uint32_t>(
                                  scale << 23 | (random() & 0x807fffffu))));
  }
  return inputs;
}

namespace {
class FloatTest : public ElementwiseTest {
protected:
  std::vector<std::vector<float>> inputs = makeInputs();

  /// NaN results are 0x7fffffff, all others the bits of `expected`.
  void check(const std::string &body,
             std::function<float(float, float, float)> expected) {
    auto results = run<uint32_t, float>(body, inputs);
    unsigned shown = 0;
    for (size_t i = 0; i < results.size(); ++i) {
      float wanted = expected(inputs[0][i], inputs[1][i], inputs[2][i]);
      uint32_t bits =
          std::isnan(wanted) ? 0x7fffffff : toBits<uint32_t>(wanted);
      if (results[i] != bits && ++shown < 4)
        ADD_FAILURE() << body << " of " << inputs[0][i] << ", " << inputs[1][i]
                      << ", " << inputs[2][i] << " gives "
                      << toBits<float>(results[i]) << " and not " << wanted;
    }
  }
};
} // namespace

static float flush(float x) {
  return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x;
}
static float saturate(float x) { return x > 1 ? 1 : x > 0 ? x : 0; }
static float rounded(int rounding, std::function<float()> compute) {
  std::fesetround(rounding);
  volatile float result = compute();
  std::fesetround(FE_TONEAREST);
  return result;
}
static float fmaOf(float a, float b, float c) { return std::fma(a, b, c); }
static float maximum(float a, float b) {
  if (std::isnan(a) || std::isnan(b))
    return std::isnan(a) ? b : a;
  if (a == b)
    return std::signbit(a) ? b : a;
  return a > b ? a : b;
}
static float minimum(float a, float b) { return -maximum(-a, -b); }

TEST_F(FloatTest, Arithmetic) {
  check("add.f32 result, a, b;", [](float a, float b, float) { return a + b; });
  check("add.rn.f32 result, a, b;",
        [](float a, float b, float) { return a + b; });
  check("sub.rn.f32 result, a, b;",
        [](float a, float b, float) { return a - b; });
  check("mul.rn.f32 result, a, b;",
        [](float a, float b, float) { return a * b; });
  check("div.rn.f32 result, a, b;",
        [](float a, float b, float) { return a / b; });
  check("fma.rn.f32 result, a, b, c;", fmaOf);
  check("rcp.rn.f32 result, a;", [](float a, float, float) { return 1 / a; });
  check("sqrt.rn.f32 result, a;",
        [](float a, float, float) { return std::sqrt(a); });
}

TEST_F(FloatTest, FlushAndSaturate) {
  check("add.ftz.f32 result, a, b;",
        [](float a, float b, float) { return flush(flush(a) + flush(b)); });
  check("mul.rn.ftz.f32 result, a, b;",
        [](float a, float b, float) { return flush(flush(a) * flush(b)); });
  check("add.rn.sat.f32 result, a, b;",
        [](float a, float b, float) { return saturate(a + b); });
  check("fma.rn.ftz.sat.f32 result, a, b, c;", [](float a, float b, float c) {
    return saturate(flush(fmaOf(flush(a), flush(b), flush(c))));
  });
}

TEST_F(FloatTest, Roundings) {
  for (auto [name, rounding] :
       {std::pair("rz", FE_TOWARDZERO), std::pair("rm", FE_DOWNWARD),
        std::pair("rp", FE_UPWARD)}) {
    std::string suffix = std::string(".") + name + ".f32 result, a, b";
    check("add" + suffix + ";", [rounding = rounding](float a, float b, float) {
      return rounded(rounding, [&] {
        volatile float x = a, y = b;
        return x + y;
      });
    });
    check("div" + suffix + ";", [rounding = rounding](float a, float b, float) {
      return rounded(rounding, [&] {
        volatile float x = a, y = b;
        return x / y;
      });
    });
    check("fma" + suffix + ", c;",
          [rounding = rounding](float a, float b, float c) {
            return rounded(rounding, [&] {
              volatile float x = a;
              return std::fma(float(x), b, c);
            });
          });
  }
}

TEST_F(FloatTest, MinMax) {
  check("max.f32 result, a, b;",
        [](float a, float b, float) { return maximum(a, b); });
  check("min.f32 result, a, b;",
        [](float a, float b, float) { return minimum(a, b); });
  auto orNaN = [](float a, float b, float value) {
    return std::isnan(a) || std::isnan(b) ? NAN : value;
  };
  check("max.NaN.f32 result, a, b;",
        [=](float a, float b, float) { return orNaN(a, b, maximum(a, b)); });
  check("min.xorsign.abs.f32 result, a, b;", [=](float a, float b, float) {
    float value = minimum(std::fabs(a), std::fabs(b));
    return std::copysign(value,
                         std::signbit(a) != std::signbit(b) ? -1.0f : 1.0f);
  });
}

TEST_F(FloatTest, Comparisons) {
  auto test = [&](const std::string &name,
                  std::function<bool(float, float)> f) {
    check("setp." + name +
              ".f32 %p, a, b; selp.f32 result, 0f3f800000, 0f00000000, %p;",
          [=](float a, float b, float) { return f(a, b) ? 1.0f : 0.0f; });
  };
  auto unordered = [](float a, float b) {
    return std::isnan(a) || std::isnan(b);
  };
  test("eq", [](float a, float b) { return a == b; });
  test("ne", [=](float a, float b) { return !unordered(a, b) && a != b; });
  test("lt", [](float a, float b) { return a < b; });
  test("ge", [](float a, float b) { return a >= b; });
  test("equ", [=](float a, float b) { return unordered(a, b) || a == b; });
  test("neu", [](float a, float b) { return a != b; });
  test("ltu", [](float a, float b) { return !(a >= b); });
  test("gtu", [](float a, float b) { return !(a <= b); });
  test("num", [=](float a, float b) { return !unordered(a, b); });
  test("nan", unordered);
  check("set.gt.f32.f32 result, a, b;",
        [](float a, float b, float) { return a > b ? 1.0f : 0.0f; });
  check(
      "testp.subnormal.f32 %p, a; selp.f32 result, 0f3f800000, 0f00000000, %p;",
      [](float a, float, float) {
        return std::fpclassify(a) == FP_SUBNORMAL ? 1.0f : 0.0f;
      });
}

// The sign of NaN changes too, so bits are compared.
TEST_F(FloatTest, Signs) {
  auto negated = run<uint32_t, float>("neg.f32 result, a;", inputs);
  auto absolute = run<uint32_t, float>("abs.f32 result, a;", inputs);
  auto copied = run<uint32_t, float>("copysign.f32 result, a, b;", inputs);
  for (size_t i = 0; i < negated.size(); ++i) {
    uint32_t a = toBits<uint32_t>(inputs[0][i]),
             b = toBits<uint32_t>(inputs[1][i]);
    ASSERT_EQ(negated[i], a ^ 0x80000000);
    ASSERT_EQ(absolute[i], a & 0x7fffffff);
    ASSERT_EQ(copied[i], (a & 0x80000000) | (b & 0x7fffffff));
  }
}

TEST_F(FloatTest, Doubles) {
  std::vector<std::vector<double>> doubles(3);
  std::mt19937_64 random(6);
  for (unsigned i = 0; i < 30000; ++i)
    for (auto &values : doubles)
      values.push_back(
          std::ldexp(double(int64_t(random())), int(random() % 30) - 70));
  auto test = [&](const std::string &body,
                  std::function<double(double, double, double)> f) {
    auto results = run<double, double>(body, doubles);
    for (size_t i = 0; i < results.size(); ++i)
      ASSERT_EQ(results[i], f(doubles[0][i], doubles[1][i], doubles[2][i]))
          << body;
  };
  test("add.rn.f64 result, a, b;",
       [](double a, double b, double) { return a + b; });
  test("mul.rn.f64 result, a, b;",
       [](double a, double b, double) { return a * b; });
  test("div.rn.f64 result, a, b;",
       [](double a, double b, double) { return a / b; });
  test("fma.rn.f64 result, a, b, c;",
       [](double a, double b, double c) { return std::fma(a, b, c); });
}

namespace {
/// f16 and bf16 against LLVM's arithmetic.
class ShortFloatTest : public ElementwiseTest {
protected:
  using Function =
      std::function<llvm::APFloat(llvm::APFloat, llvm::APFloat, llvm::APFloat)>;

  void check(const std::string &operation, const std::string &type,
             const llvm::fltSemantics &semantics, unsigned sources,
             Function expected) {
    std::vector<std::vector<uint16_t>> values(3);
    std::mt19937 random(7);
    for (unsigned i = 0; i < 65536; ++i) {
      values[0].push_back(i);
      values[1].push_back(random());
      // Half of them close to the product, where fma is hard.
      values[2].push_back(i % 2 ? random() : random() & 0x83ff);
    }
    std::string operands =
        sources == 2 ? " result, a, b;" : " result, a, b, c;";
    auto results =
        run<uint16_t, uint16_t>(operation + "." + type + operands, values);
    std::vector<std::vector<uint32_t>> pairs(3);
    for (unsigned k = 0; k < 3; ++k)
      for (unsigned i = 0; i < 65536; ++i)
        pairs[k].push_back(values[k][i] | values[k][65535 - i] << 16);
    auto paired = run<uint32_t, uint32_t>(
        operation + "." + type + "x2" + operands, pairs);
    unsigned shown = 0;
    for (unsigned i = 0; i < 65536; ++i) {
      auto get = [&](unsigned k) {
        return llvm::APFloat(semantics, llvm::APInt(16, values[k][i]));
      };
      llvm::APFloat wanted = expected(get(0), get(1), get(2));
      uint16_t bits =
          wanted.isNaN() ? 0x7fff : wanted.bitcastToAPInt().getZExtValue();
      if (results[i] != bits && ++shown < 4)
        ADD_FAILURE() << operation << "." << type << " of " << values[0][i]
                      << ", " << values[1][i] << ", " << values[2][i]
                      << " gives " << results[i] << " and not " << bits;
    }
    for (unsigned i = 0; i < 65536; ++i)
      ASSERT_EQ(paired[i], uint32_t(results[i]) | uint32_t(results[65535 - i])
                                                      << 16)
          << operation;
  }
};
} // namespace

TEST_F(ShortFloatTest, Arithmetic) {
  using llvm::APFloat;
  auto nearest = APFloat::rmNearestTiesToEven;
  for (auto [type, semantics] : {std::pair("f16", &APFloat::IEEEhalf()),
                                 std::pair("bf16", &APFloat::BFloat())}) {
    check("add.rn", type, *semantics, 2,
          [](APFloat a, APFloat b, APFloat) { return a + b; });
    check("sub.rn", type, *semantics, 2,
          [](APFloat a, APFloat b, APFloat) { return a - b; });
    check("mul.rn", type, *semantics, 2,
          [](APFloat a, APFloat b, APFloat) { return a * b; });
    check("fma.rn", type, *semantics, 3, [=](APFloat a, APFloat b, APFloat c) {
      a.fusedMultiplyAdd(b, c, nearest);
      return a;
    });
    check("max", type, *semantics, 2,
          [](APFloat a, APFloat b, APFloat) { return maximumnum(a, b); });
    check("min.NaN", type, *semantics, 2,
          [](APFloat a, APFloat b, APFloat) { return minimum(a, b); });
  }
}

TEST_F(ShortFloatTest, PairsComparedAndClamped) {
  // Signs, zeros, subnormals, infinities and NaN beside each other.
  const uint16_t values[] = {0x0000, 0x8000, 0x0001, 0x8001, 0x3f80, 0xbf80,
                             0x4000, 0xc000, 0x7f80, 0xff80, 0x7fc0, 0xffff};
  std::vector<std::vector<uint32_t>> pairs(3);
  for (uint32_t a : values)
    for (uint32_t b : values) {
      pairs[0].push_back(a | b << 16);
      pairs[1].push_back(b | a << 16);
      pairs[2].push_back(0);
    }
  auto toFloat = [](uint32_t bits) {
    return llvm::APFloat(llvm::APFloat::BFloat(), llvm::APInt(16, bits))
        .convertToFloat();
  };
  auto check = [&](const std::string &body,
                   std::function<uint16_t(uint16_t, uint16_t)> expected) {
    auto results = run<uint32_t, uint32_t>(body, pairs);
    for (size_t i = 0; i < results.size(); ++i) {
      uint32_t a = pairs[0][i], b = pairs[1][i];
      uint32_t low = expected(a & 0xffff, b & 0xffff),
               high = expected(a >> 16, b >> 16);
      ASSERT_EQ(results[i], low | high << 16) << body << " " << a << " " << b;
    }
  };
  auto compare = [&](const std::string &name, uint16_t result,
                     std::function<bool(float, float)> test) {
    check("set." + name + " result, a, b;", [=](uint16_t a, uint16_t b) {
      return test(toFloat(a), toFloat(b)) ? result : 0;
    });
  };
  compare("eq.u32.bf16x2", 0xffff, [](float a, float b) { return a == b; });
  compare("gtu.u32.bf16x2", 0xffff, [](float a, float b) { return !(a <= b); });
  compare("num.u32.bf16x2", 0xffff,
          [](float a, float b) { return a == a && b == b; });
  compare("lt.bf16x2.bf16x2", 0x3f80, [](float a, float b) { return a < b; });
  auto clamp = [&](bool isMax) {
    return [=](uint16_t a, uint16_t b) -> uint16_t {
      if (std::isnan(toFloat(a)) || std::isnan(toFloat(b)))
        return 0x7fff;
      uint16_t x = a & 0x7fff, y = b & 0x7fff;
      return (isMax ? std::max(x, y) : std::min(x, y)) | ((a ^ b) & 0x8000);
    };
  };
  check("min.NaN.xorsign.abs.bf16x2 result, a, b;", clamp(false));
  check("max.NaN.xorsign.abs.bf16x2 result, a, b;", clamp(true));
}

// The assembler may fuse a product and a sum that do not say .rn. A result that
// depends on it is seen by running it both ways.
TEST_F(FloatTest, Contraction) {
  auto fusedBy = [&](const std::string &body, bool contracts) {
    if (contracts)
      setenv("ALTGRAD_EMULATOR_CONTRACT", "1", 1);
    auto results = run<float, float>(
        body, {{1 + 0x1p-12f}, {1 + 0x1p-12f}, {-1 - 0x1p-11f}});
    unsetenv("ALTGRAD_EMULATOR_CONTRACT");
    return results[0];
  };
  float apart = 0, fused = 0x1p-24f;
  std::string loose =
      "{.reg .f32 %x; mul.f32 %x, a, b; add.f32 result, %x, c;}";
  EXPECT_EQ(fusedBy(loose, false), apart);
  EXPECT_EQ(fusedBy(loose, true), fused);
  EXPECT_EQ(fusedBy("{.reg .f32 %x; mul.f32 %x, a, b; neg.f32 %x, %x; sub.f32 "
                    "result, c, %x;}",
                    true),
            apart); // Not the product itself.
  EXPECT_EQ(fusedBy("{.reg .f32 %x, %y; neg.f32 %y, c; mul.f32 %x, a, b;"
                    "sub.f32 result, %x, %y;}",
                    true),
            fused);
  EXPECT_EQ(fusedBy("{.reg .f32 %x, %y; mul.f32 %x, a, b; neg.f32 %y, c;"
                    "sub.f32 result, %y, %x;}",
                    true),
            -fused);
  for (const char *strict :
       {"{.reg .f32 %x; mul.rn.f32 %x, a, b; add.f32 result, %x, c;}",
        "{.reg .f32 %x; mul.f32 %x, a, b; add.rn.f32 result, %x, c;}",
        "{.reg .f32 %x, %y; mul.f32 %x, a, b; add.f32 %y, %x, c;"
        "add.f32 result, %x, c;}",
        "{.reg .f32 %x; mul.f32 %x, a, b; mov.f32 a, 0f00000000;"
        "add.f32 result, %x, c;}"})
    EXPECT_EQ(fusedBy(strict, true), apart) << strict;
}

namespace {
/// What only sm_100 has.
class BlackwellTest : public ElementwiseTest {
protected:
  void SetUp() override {
    setenv("ALTGRAD_EMULATOR_CHIP", "sm_100", 1);
    ElementwiseTest::SetUp();
  }
  void TearDown() override {
    ElementwiseTest::TearDown();
    unsetenv("ALTGRAD_EMULATOR_CHIP");
  }
};
} // namespace

TEST_F(BlackwellTest, PairsAndTriples) {
  std::vector<uint64_t> pairs = {uint64_t(toBits<uint32_t>(1.5f)) << 32 |
                                 toBits<uint32_t>(-2.25f)};
  auto sums = run<uint64_t, uint64_t>("fma.rn.f32x2 result, a, a, a;", {pairs},
                                      "sm_100");
  EXPECT_EQ(sums[0], uint64_t(toBits<uint32_t>(3.75f)) << 32 |
                         toBits<uint32_t>(2.8125f));
  std::vector<std::vector<float>> three = {
      {1, NAN, -0.0f}, {3, 2, 0.0f}, {2, 1, -1}};
  auto most = run<float, float>("max.f32 result, a, b, c;", three, "sm_100");
  EXPECT_EQ(most[0], 3);
  EXPECT_EQ(most[1], 2);
  EXPECT_EQ(toBits<uint32_t>(most[2]), 0u);
  auto propagated =
      run<uint32_t, float>("min.NaN.f32 result, a, b, c;", three, "sm_100");
  EXPECT_EQ(propagated[1], 0x7fffffffu);
}

TEST_F(BlackwellTest, ReductionsOfF32) {
  std::vector<float> values;
  for (unsigned i = 0; i < 32; ++i)
    values.push_back(i % 2 ? -float(i) : float(i));
  auto least = run<float, float>("redux.sync.min.f32 result, a, -1;", {values},
                                 "sm_100a");
  auto magnitude = run<float, float>("redux.sync.max.abs.f32 result, a, -1;",
                                     {values}, "sm_100a");
  EXPECT_EQ(least[7], -31);
  EXPECT_EQ(magnitude[7], 31);
}
