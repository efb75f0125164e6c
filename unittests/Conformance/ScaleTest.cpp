//===- ScaleTest.cpp - From amax to a scale -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// compute_scale, folded and compiled, against a few scales worked out by hand
// and against Support/Scaling.h: for all numbers of 16 bits, and for many of
// the others.
//
//===----------------------------------------------------------------------===//

#include "Formats.h"
#include "TestDevice.h"

#include "altgrad/Support/Scaling.h"

#include <cmath>
#include <limits>

using namespace altgrad;
using namespace altgrad::test;

static const double kNaN = std::numeric_limits<double>::quiet_NaN();
static const double kInfinity = std::numeric_limits<double>::infinity();

static const ScaleOptions kOptions[] = {
    {},
    {1e-10, 0, ScaleRounding::Ceil},
    {1e-10, 0, ScaleRounding::Floor},
    {1e-6, 3, ScaleRounding::None},
    {1e-6, -3, ScaleRounding::Ceil},
    {0x1p-126, 0, ScaleRounding::None},
    {0x1p-126, -100, ScaleRounding::Floor},
    {0x1p-126, -100, ScaleRounding::None},
    {1e30, 100, ScaleRounding::Ceil},
    {0.75, 100, ScaleRounding::Floor},
    {0.75, 2, ScaleRounding::None},
};

static const char *spellRounding(ScaleRounding rounding) {
  switch (rounding) {
  case ScaleRounding::None:
    return "none";
  case ScaleRounding::Ceil:
    return "ceil";
  case ScaleRounding::Floor:
    return "floor";
  }
  return "";
}

/// Functions @scale0, @scale1, ..., one for each of the options.
static std::string makeFunctions(const Format &format, Element element,
                                 const std::string &size,
                                 llvm::ArrayRef<ScaleOptions> options) {
  std::string text;
  for (size_t i = 0; i < options.size(); ++i) {
    char scaleMin[32];
    std::snprintf(scaleMin, sizeof(scaleMin), "%.17e", options[i].scaleMin);
    text += fill(R"mlir(
func.func @scale$I(%a: tensor<$Nx$T>) -> tensor<$Nxf32> {
  %s = altgrad.compute_scale %a in $F scale_min($L) margin($M) power_of_two($P)
      : tensor<$Nx$T> -> tensor<$Nxf32>
  return %s : tensor<$Nxf32>
}
func.func @each$I(%a: $T) -> f32 {
  %s = altgrad.compute_scale %a in $F scale_min($L) margin($M) power_of_two($P)
      : $T -> f32
  return %s : f32
}
)mlir",
                 {{"$I", std::to_string(i)},
                  {"$N", size},
                  {"$T", spell(element).str()},
                  {"$F", spellType(format)},
                  {"$L", scaleMin},
                  {"$M", std::to_string(options[i].margin)},
                  {"$P", spellRounding(options[i].powerOfTwo)}});
  }
  return text;
}

static Array makeAmaxes(Element element) {
  if (getByteWidth(element) == 2)
    return Array::allBits(element);
  std::vector<double> values = {0.0, -0.0, kNaN, kInfinity, -kInfinity, -1.0};
  bool isDouble = element == Element::F64;
  // Both sides of each power of two, and of each scale_min.
  for (int exponent = isDouble ? -1074 : -149;
       exponent < (isDouble ? 1024 : 128); ++exponent)
    for (double factor : {1.0, 1.5, 448.0, 127.0 / 128, 1 / 448.0, 57344.0})
      values.push_back(std::ldexp(factor, exponent));
  for (const ScaleOptions &options : kOptions)
    values.push_back(options.scaleMin);
  std::mt19937_64 random = makeGenerator(11);
  for (int i = 0; i < 20000; ++i)
    values.push_back(decodeElement(
        element, isDouble ? random() : static_cast<uint32_t>(random())));
  std::vector<uint64_t> bits;
  for (double value : values) {
    uint64_t center = encodeElement(element, value);
    for (uint64_t near : {center - 1, center, center + 1})
      bits.push_back(isDouble ? near : static_cast<uint32_t>(near));
  }
  return Array::ofBits(element, bits);
}

static Array computeScales(const Format &format, const ScaleOptions &options,
                           const Array &amaxes) {
  Array scales = Array::zeros(Element::F32, amaxes.getShape());
  for (size_t i = 0; i < amaxes.size(); ++i)
    scales.set(i, computeScale(amaxes[i], format, options));
  return scales;
}

static std::string describe(size_t option) {
  const ScaleOptions &options = kOptions[option];
  return "scale_min " + std::to_string(options.scaleMin) + ", margin " +
         std::to_string(options.margin) + ", " +
         spellRounding(options.powerOfTwo);
}

namespace {
class ComputeScale : public testing::TestWithParam<Element> {};
} // namespace

static const char *const kFormats[] = {"E4M3FN", "E5M2", "E0M7", "E7M0"};

TEST_P(ComputeScale, Compiled) {
  Array amaxes = makeAmaxes(GetParam());
  for (const char *name : kFormats) {
    SCOPED_TRACE(name);
    Format format = makeNamedFormat(name);
    for (const Variant &variant :
         {Variant(), Variant{/*optLevel=*/0, /*vectorWidth=*/128}}) {
      auto program = Program::compile(
          makeFunctions(format, GetParam(), "?", kOptions), variant);
      ASSERT_TRUE(program);
      for (size_t i = 0; i < std::size(kOptions); ++i) {
        SCOPED_TRACE(describe(i));
        Array scales = computeScales(format, kOptions[i], amaxes);
        std::string suffix = std::to_string(i);
        EXPECT_TRUE(isSame(program->callForOne("scale" + suffix, {amaxes}),
                           scales, amaxes));
        EXPECT_TRUE(isSame(program->callForEach("each" + suffix, amaxes),
                           scales, amaxes));
      }
    }
  }
}

TEST_P(ComputeScale, OnDevice) {
  ALTGRAD_SKIP_WITHOUT_DEVICE();
  Array all = makeAmaxes(GetParam());
  std::vector<uint64_t> bits;
  for (size_t i = 0; i < all.size(); i += isEmulated() ? 61 : 1)
    bits.push_back(all.getBits(i));
  Array amaxes = Array::ofBits(GetParam(), bits);
  for (const char *name : kFormats) {
    SCOPED_TRACE(name);
    Format format = makeNamedFormat(name);
    auto program =
        Program::compile(makeFunctions(format, GetParam(), "?", kOptions),
                         getDeviceVariants().front());
    ASSERT_TRUE(program);
    for (size_t i = 0; i < std::size(kOptions); ++i) {
      SCOPED_TRACE(describe(i));
      EXPECT_TRUE(
          isSame(program->callForOne("scale" + std::to_string(i), {amaxes}),
                 computeScales(format, kOptions[i], amaxes), amaxes));
    }
  }
}

TEST_P(ComputeScale, Folder) {
  Array amaxes = makeAmaxes(GetParam());
  for (const char *name : kFormats) {
    SCOPED_TRACE(name);
    Format format = makeNamedFormat(name);
    auto program = Program::fold(makeFunctions(
        format, GetParam(), std::to_string(amaxes.size()), kOptions));
    ASSERT_TRUE(program);
    for (size_t i = 0; i < std::size(kOptions); ++i) {
      SCOPED_TRACE(describe(i));
      EXPECT_TRUE(
          isSame(program->callForOne("scale" + std::to_string(i), {amaxes}),
                 computeScales(format, kOptions[i], amaxes), amaxes));
    }
  }
}

// Worked out from the description, not from Scaling.h.
TEST(ComputeScaleByHand, FoldedAndCompiled) {
  struct Example {
    const char *format;
    double amax;
    ScaleOptions options;
    double scale;
  };
  using Rounding = ScaleRounding;
  const Example examples[] = {
      // amax / largest_finite.
      {"E4M3FN", 448, {}, 1},
      {"E4M3FN", 896, {}, 2},
      {"E4M3FN", 1, {}, 1.0f / 448},
      {"E5M2", 57344, {}, 1},
      {"E0M7", 127.0 / 128, {}, 1},
      {"E7M0", 0x1p70, {}, 64},
      // Below scale_min: no division, no margin.
      {"E4M3FN", 0, {}, 1e-10f},
      {"E4M3FN", 9e-11, {}, 1e-10f},
      {"E4M3FN", 9e-11, {1e-10, 5, Rounding::None}, 1e-10f},
      {"E4M3FN", -5, {}, 1e-10f},
      // The quotient below scale_min, amax not: the margin counts.
      {"E4M3FN", 1e-9, {}, 1e-10f},
      {"E4M3FN", 1e-9, {1e-10, 1, Rounding::None}, 2e-10f},
      // Not finite.
      {"E4M3FN", kNaN, {}, 1},
      {"E4M3FN", kInfinity, {}, 1},
      {"E4M3FN", -kInfinity, {1e-10, 3, Rounding::Ceil}, 1},
      // The margin.
      {"E4M3FN", 448, {1e-10, 2, Rounding::None}, 4},
      {"E4M3FN", 448, {1e-10, -2, Rounding::None}, 0.25},
      // Powers of two; one that is exact stays.
      {"E4M3FN", 449, {1e-10, 0, Rounding::Ceil}, 2},
      {"E4M3FN", 449, {1e-10, 0, Rounding::Floor}, 1},
      {"E4M3FN", 448, {1e-10, 0, Rounding::Ceil}, 1},
      {"E4M3FN", 448, {1e-10, 0, Rounding::Floor}, 1},
      {"E4M3FN", 447, {1e-10, 0, Rounding::Floor}, 0.5},
      {"E4M3FN", 0, {0.75, 0, Rounding::Ceil}, 1},
      {"E4M3FN", 0, {0.75, 0, Rounding::Floor}, 0.5},
      // Rounded once to f32: past the largest f32 halfway is infinity.
      {"E0M7", 3e38, {1e-10, 10, Rounding::None}, kInfinity},
      {"E0M7", 1e300, {}, kInfinity},
      // Not even an f64 any more.
      {"E0M7", 1e300, {1e-10, 100, Rounding::None}, kInfinity},
      {"E0M7", 1e300, {1e-10, 100, Rounding::Ceil}, kInfinity},
      {"E0M7", 1e300, {1e-10, 100, Rounding::Floor}, kInfinity},
  };
  for (const Example &example : examples) {
    Format format = makeNamedFormat(example.format);
    std::string text =
        makeFunctions(format, Element::F64, "1", {example.options});
    auto compiled = Program::compile(text), folded = Program::fold(text);
    ASSERT_TRUE(compiled && folded);
    SCOPED_TRACE(std::string(example.format) + ", " +
                 std::to_string(example.amax) + ", margin " +
                 std::to_string(example.options.margin) + ", " +
                 spellRounding(example.options.powerOfTwo));
    Array amax(Element::F64, {example.amax});
    Array scale(Element::F32, {example.scale});
    EXPECT_TRUE(isSame(compiled->callForOne("scale0", {amax}), scale));
    EXPECT_TRUE(isSame(folded->callForOne("scale0", {amax}), scale));
    EXPECT_TRUE(isSame(Array(Element::F32, {computeScale(example.amax, format,
                                                         example.options)}),
                       scale))
        << "Scaling.h";
  }
}

static std::string printElement(const testing::TestParamInfo<Element> &param) {
  return spell(param.param).str();
}
INSTANTIATE_TEST_SUITE_P(Conformance, ComputeScale, testing::ValuesIn(kFloats),
                         printElement);
