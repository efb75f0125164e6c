//===- MetamorphicTest.cpp - Laws that compiled code obeys ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Relations between results that hold whatever the reference says: they would
// still notice a mistake that the reference and the lowering share.
//
//===----------------------------------------------------------------------===//

#include "Formats.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace altgrad;
using namespace altgrad::test;

namespace {
using Laws = NamedFormatTest;
} // namespace

static constexpr Element kHalves[] = {Element::F16, Element::BF16};

// All f16, all bf16 and many f32.
static std::vector<Array> makeAllInputs(const Format &format) {
  return {Array::allBits(Element::F16), Array::allBits(Element::BF16),
          makeInputs(format, Element::F32, 100000)};
}

static std::string makeDecodes(const Format &format) {
  return fill(R"mlir(
func.func @decode(%c: tensor<?xi8>) -> tensor<?xf32> {
  %x = altgrad.decode %c in $F : tensor<?xi8> -> tensor<?xf32>
  return %x : tensor<?xf32>
}
)mlir",
              {{"$F", spellType(format)}});
}

TEST_P(Laws, IdempotentMonotoneAndSymmetric) {
  auto program = Program::compile(
      makePrimitives(format, {Element::F16, Element::BF16, Element::F32}) +
      makeDecodes(format));
  ASSERT_TRUE(program);
  for (Overflow overflow : kBothOverflows) {
    // decode, then encode, is nothing for what encode can give.
    std::string mode = "_" + spell(overflow);
    Array codes = Array::allBits(Element::I8);
    Array values = program->callForOne("decode", {codes});
    Array again = program->callForOne("encode_f32" + mode, {values});
    for (size_t code = 0; code < 256; ++code) {
      bool isSaturated =
          overflow == Overflow::Saturate && format.isInfinity(code);
      if (!std::isnan(values[code]) && !isSaturated) {
        EXPECT_EQ(again.getBits(code), code);
      }
    }

    for (const Array &inputs : makeAllInputs(format)) {
      std::string suffix = "_" + spell(inputs.getElement()).str() + mode;
      SCOPED_TRACE(suffix);
      Array encoded = program->callForOne("encode" + suffix, {inputs});
      Array rounded = program->callForOne("round" + suffix, {inputs});
      ASSERT_EQ(rounded.size(), inputs.size());

      // Idempotence. (Where f16 or bf16 cannot hold the values of the format
      // the result is a rounded one, whose rounding may differ.)
      bool isExact = true;
      for (size_t code = 0; code < 256; ++code)
        isExact &= std::isnan(values[code]) ||
                   roundTo(inputs.getElement(), values[code]) == values[code];
      if (isExact) {
        EXPECT_TRUE(isSame(program->callForOne("round" + suffix, {rounded}),
                           rounded, inputs));
      }

      // Symmetry.
      Array negative = inputs;
      uint64_t signBit = uint64_t(1)
                         << (8 * getByteWidth(inputs.getElement()) - 1);
      for (size_t i = 0; i < inputs.size(); ++i)
        negative.setBits(i, inputs.getBits(i) ^ signBit);
      Array mirrored = program->callForOne("encode" + suffix, {negative});
      Array expected = encoded;
      for (size_t i = 0; i < inputs.size(); ++i) {
        uint64_t code = encoded.getBits(i);
        bool hasNoSign = std::isnan(values[code]) || std::isnan(inputs[i]) ||
                         (code == 0 && format.getSpecials() == Specials::FNUZ);
        if (!hasNoSign)
          expected.setBits(i, code ^ 0x80);
      }
      EXPECT_TRUE(isSame(mirrored, expected, negative));

      // Monotonicity.
      std::vector<std::pair<double, double>> pairs;
      for (size_t i = 0; i < inputs.size(); ++i)
        if (!std::isnan(inputs[i]) && !std::isnan(rounded[i]))
          pairs.emplace_back(inputs[i], rounded[i]);
      llvm::sort(pairs);
      auto descent = llvm::adjacent_find(
          pairs, [](auto a, auto b) { return a.second > b.second; });
      EXPECT_TRUE(descent == pairs.end())
          << descent->first << " gives " << descent->second << ", "
          << descent[1].first << " gives " << descent[1].second;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, Laws,
                         testing::ValuesIn(Format::getAllNamed()),
                         printNamedFormat);

// A power of two only moves the exponent, so that a division by it and a
// multiplication by its reciprocal have the same bits. The lowering multiplies
// where it knows (a constant, compute_scale's power_of_two) or may (fast math).
static void addQuantize(std::string &text, const Format &format,
                        const std::string &name, Element element,
                        const std::string &scale,
                        const std::string &definition = "") {
  text += fill(R"mlir(
func.func @$N_$T(%x: tensor<?x$T>, %s: $T) -> tensor<?xi8> {
  $D
  %q = altgrad.quantize %x, $S : tensor<?x$T>, $T -> tensor<?x$F>
  %c = altgrad.bitcast %q : tensor<?x$F> to tensor<?xi8>
  return %c : tensor<?xi8>
}
)mlir",
               {{"$N", name},
                {"$D", definition},
                {"$S", scale},
                {"$T", spell(element).str()},
                {"$F", spellType(format)}});
}

TEST(LawsOfScales, MultiplyingByTheReciprocalOfAPowerOfTwoIsDividing) {
  Format format = makeNamedFormat("E4M3FN");
  const int exponents[] = {0, -3, 7, 14, -14, 60, -60, 126, -126};
  auto fits = [](Element element, int exponent) {
    return element != Element::F16 || std::abs(exponent) <= 14;
  };
  std::string text;
  for (Element element : kHalves) {
    // Divides: nothing is known of the argument.
    addQuantize(text, format, "divide", element, "%s");
    for (size_t i = 0; i < std::size(exponents); ++i) {
      if (!fits(element, exponents[i]))
        continue;
      char bits[8];
      std::snprintf(
          bits, sizeof(bits), "0x%04X",
          unsigned(encodeElement(element, std::ldexp(1.0, exponents[i]))));
      addQuantize(text, format, "constant" + std::to_string(i), element,
                  "%scale",
                  "%scale = arith.constant " + std::string(bits) + " : $T");
    }
  }
  addQuantize(text, format, "divide", Element::F32, "%s");
  addQuantize(text, format, "computed", Element::F32, "%scale",
              "%scale = altgrad.compute_scale %s in !altgrad.fp8<E7M0> "
              "scale_min(2.0e-38) power_of_two(floor) : f32 -> f32");

  auto exact = Program::compile(text);
  ASSERT_TRUE(exact);
  Variant fastMath;
  fastMath.fastMath = true;
  auto fast = Program::compile(text, fastMath);
  ASSERT_TRUE(fast);
  for (Element element : kHalves) {
    Array inputs = Array::allBits(element);
    std::string suffix = "_" + spell(element).str();
    for (size_t i = 0; i < std::size(exponents); ++i) {
      if (!fits(element, exponents[i]))
        continue;
      SCOPED_TRACE("2^" + std::to_string(exponents[i]) + suffix);
      Array scale = Array::scalar(element, std::ldexp(1.0, exponents[i]));
      Array divided = exact->callForOne("divide" + suffix, {inputs, scale});
      EXPECT_TRUE(
          isSame(exact->callForOne("constant" + std::to_string(i) + suffix,
                                   {inputs, scale}),
                 divided, inputs));
      EXPECT_TRUE(isSame(fast->callForOne("divide" + suffix, {inputs, scale}),
                         divided, inputs));
    }
  }
  Array inputs = makeInputs(format, Element::F32, 100000);
  for (int exponent : {0, -3, 7, 63, -20, -60}) {
    // E7M0's largest value is 2^64.
    Array amax = Array::scalar(Element::F32, std::ldexp(1.0, exponent + 64));
    Array scale = Array::scalar(Element::F32, std::ldexp(1.0, exponent));
    Array divided = exact->callForOne("divide_f32", {inputs, scale});
    EXPECT_TRUE(isSame(exact->callForOne("computed_f32", {inputs, amax}),
                       divided, inputs));
    EXPECT_TRUE(isSame(fast->callForOne("divide_f32", {inputs, scale}), divided,
                       inputs));
  }
}

// E1M6's grid is code / 32, E0M7's is code / 128.
TEST(LawsBetweenFormats, E0M7IsE1M6OfFourTimesTheValue) {
  auto program = Program::compile(fill(
      R"mlir(
func.func @e0m7(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = altgrad.round %x in !altgrad.fp8<E0M7> : tensor<?xf32>
  return %y : tensor<?xf32>
}
func.func @e1m6(%x: tensor<?xf32>) -> tensor<?xf32> {
  %four = arith.constant 4.0 : f32
  %quarter = arith.constant 0.25 : f32
  %n = arith.constant 0 : index
  %size = tensor.dim %x, %n : tensor<?xf32>
  %fours = tensor.splat %four[%size] : tensor<?xf32>
  %quarters = tensor.splat %quarter[%size] : tensor<?xf32>
  %large = arith.mulf %x, %fours : tensor<?xf32>
  %y = altgrad.round %large in !altgrad.fp8<E1M6> : tensor<?xf32>
  %small = arith.mulf %y, %quarters : tensor<?xf32>
  return %small : tensor<?xf32>
}
)mlir",
      {}));
  ASSERT_TRUE(program);
  Array inputs = makeInputs(makeNamedFormat("E0M7"), Element::F32, 1000000);
  EXPECT_TRUE(isSame(program->callForOne("e1m6", {inputs}),
                     program->callForOne("e0m7", {inputs}), inputs));
}

// A step of length zero loses every update there is.
TEST(LawsOfStall, AZeroUpdateStallsEveryCountedElement) {
  for (const Format::Named &named : Format::getAllNamed()) {
    auto program = Program::compile(fill(
        R"mlir(
func.func @stall(%w: tensor<?xf32>, %g: tensor<?xf32>, %lr: f32, %s: f32)
    -> (i64, i64) {
  %stalled, %total = altgrad.stall %w, %g, %lr, %s in $F
      : tensor<?xf32>, f32 -> i64, i64
  return %stalled, %total : i64, i64
}
)mlir",
        {{"$F", spellType(named.format)}}));
    ASSERT_TRUE(program);
    Array all = makeInputs(named.format, Element::F32, 100000);
    std::vector<double> weights, gradients;
    int64_t counted = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      double gradient = all[all.size() - 1 - i];
      if (std::isnan(all[i]) || !std::isfinite(gradient))
        continue;
      weights.push_back(all[i]);
      gradients.push_back(gradient);
      counted += std::fabs(gradient) > double(1e-10f);
    }
    for (double lr : {0.0, -0.0}) {
      std::vector<Array> counts = program->call(
          "stall",
          {Array(Element::F32, weights), Array(Element::F32, gradients),
           Array::scalar(Element::F32, lr), Array::scalar(Element::F32, 0.7)});
      ASSERT_EQ(counts.size(), 2u);
      EXPECT_EQ(int64_t(counts[0].getBits(0)), counted) << named.name;
      EXPECT_EQ(int64_t(counts[1].getBits(0)), counted) << named.name;
    }
  }
}
