//===- DivisionTest.cpp - Quotients without a division --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// altgrad-expand-division against the division that it replaces: every number
// of f16 divided by every other, and the same for bf16. Of f32, quotients next
// to where a format's rounding changes, since there a last bit matters.
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace altgrad;
using namespace altgrad::test;

static const char *const kF16 = R"mlir(
#element = affine_map<(i) -> (i)>
#one = affine_map<(i) -> ()>
func.func @divide(%x: tensor<65536xf16>, %s: f16) -> tensor<65536xf16> {
  %to = tensor.empty() : tensor<65536xf16>
  %y = linalg.generic {indexing_maps = [#element, #one, #element],
                       iterator_types = ["parallel"]}
      ins(%x, %s : tensor<65536xf16>, f16) outs(%to : tensor<65536xf16>) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %q = arith.divf %a, %b : f16
    linalg.yield %q : f16
  } -> tensor<65536xf16>
  return %y : tensor<65536xf16>
}
)mlir";

static const char *const kBF16 = R"mlir(
#element = affine_map<(i) -> (i)>
#one = affine_map<(i) -> ()>
func.func @divide(%x: tensor<65536xbf16>, %s: bf16) -> tensor<65536xbf16> {
  %to = tensor.empty() : tensor<65536xbf16>
  %y = linalg.generic {indexing_maps = [#element, #one, #element],
                       iterator_types = ["parallel"]}
      ins(%x, %s : tensor<65536xbf16>, bf16) outs(%to : tensor<65536xbf16>) {
  ^bb0(%a: bf16, %b: bf16, %o: bf16):
    %wide = arith.extf %a : bf16 to f32
    %scale = arith.extf %b : bf16 to f32
    %q = arith.divf %wide, %scale : f32
    %r = arith.truncf %q : f32 to bf16
    linalg.yield %r : bf16
  } -> tensor<65536xbf16>
  return %y : tensor<65536xbf16>
}
)mlir";

static void check(const char *text, Element element) {
  Variant likeGPU;
  likeGPU.arithmetic = "sm_90";
  auto expected = Program::compile(text);
  auto actual = Program::compile(text, likeGPU);
  ASSERT_TRUE(expected && actual);
  Array dividends = Array::allBits(element);
  Array divisor = Array::scalar(element, 0);
  for (unsigned bits = 0; bits < 1u << 16; ++bits) {
    divisor.setBits(0, bits);
    ASSERT_TRUE(isSame(actual->callForOne("divide", {dividends, divisor}),
                       expected->callForOne("divide", {dividends, divisor}),
                       dividends))
        << "divisor " << divisor[0];
  }
}

static const char *const kF32 = R"mlir(
func.func @divide(%x: tensor<?xf32>, %s: f32) -> tensor<?xi8> {
  %codes = altgrad.quantize %x, %s : tensor<?xf32>, f32 -> tensor<?x$F>
  %bytes = altgrad.bitcast %codes : tensor<?x$F> to tensor<?xi8>
  return %bytes : tensor<?xi8>
}
)mlir";

/// Divisors inside and outside of the range that products serve, and its ends.
static std::vector<float> getDivisors() {
  std::vector<float> divisors = {0x1p-32f,
                                 std::nextafter(0x1p-32f, 0.0f),
                                 0x1p32f,
                                 std::nextafter(0x1p32f, HUGE_VALF),
                                 1.0f,
                                 std::nextafter(1.0f, 0.0f),
                                 std::nextafter(1.0f, 2.0f),
                                 -3.0f,
                                 0.0f,
                                 -0.0f,
                                 HUGE_VALF,
                                 NAN,
                                 0x1p-149f,
                                 0x1.fffffep127f};
  std::mt19937 random(11);
  for (unsigned i = 0; i < 20000; ++i) {
    float significand = 1.0f + float(random() >> 8) * 0x1p-24f;
    int range = i % 4 ? 35 : 126;
    divisors.push_back(
        std::ldexp(significand, int(random() % (2 * range)) - range));
  }
  return divisors;
}

/// Every middle between two numbers of the format times the divisor, with its
/// neighbours, and numbers that are special or of any size.
static Array getDividends(const Format &format, float divisor) {
  std::vector<uint64_t> bits;
  auto add = [&](float value) {
    uint32_t word;
    std::memcpy(&word, &value, sizeof(word));
    for (int64_t step = -3; step <= 3; ++step) {
      bits.push_back(uint32_t(word + step));
      bits.push_back(uint32_t(word + step) ^ 0x80000000);
    }
  };
  for (unsigned code = 0; code < format.getMaxFiniteCode(); ++code)
    add(float((format.decode(code) + format.decode(code + 1)) / 2 * divisor));
  add(float((format.getMaxFinite() + format.getOverflowStep()) / 2 * divisor));
  for (float value : {0.0f, 0x1p-149f, 0x1p-126f, 0x1p-102f, HUGE_VALF})
    add(value);
  std::mt19937 random(12);
  for (unsigned i = 0; i < 200; ++i)
    bits.push_back(random());
  return Array::ofBits(Element::F32, bits);
}

TEST(Division, OfF32ForFormats) {
  Variant likeGPU;
  likeGPU.arithmetic = "sm_90";
  for (const char *name : {"E0M7", "E3M4", "E7M0", "E4M3FN"}) {
    SCOPED_TRACE(name);
    Format format = *Format::getNamed(name);
    std::string text = fill(kF32, {{"$F", spellType(format)}});
    auto expected = Program::compile(text);
    auto actual = Program::compile(text, likeGPU);
    ASSERT_TRUE(expected && actual);
    for (float divisor : getDivisors()) {
      Array dividends = getDividends(format, divisor);
      Array scale = Array::scalar(Element::F32, divisor);
      ASSERT_TRUE(isSame(actual->callForOne("divide", {dividends, scale}),
                         expected->callForOne("divide", {dividends, scale}),
                         dividends))
          << "divisor " << divisor;
    }
  }
}

TEST(Division, OfF16) { check(kF16, Element::F16); }

TEST(Division, OfBF16) { check(kBF16, Element::BF16); }
