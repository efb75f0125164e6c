//===- ExhaustiveHalfTest.cpp - All inputs of f16 and bf16 ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// There are only 2^16 numbers of f16 and of bf16, so none is left out: not a
// subnormal, not a NaN. Each is encoded, rounded, quantized and fake-quantized
// by compiled code in every format; and every code is decoded into every type.
//
//===----------------------------------------------------------------------===//

#include "Formats.h"
#include "TestDevice.h"

#include <cmath>
#include <limits>
#include <map>

using namespace altgrad;
using namespace altgrad::test;

static constexpr Element kHalves[] = {Element::F16, Element::BF16};

// Ordinary and powers of two, at both ends of the type and in its subnormal
// numbers, and what has no meaning but a defined quotient: negative, zero,
// infinite, NaN. A scale of a few bits less than x makes quotients that are
// close to ties of the format.
static std::vector<double> getScales(Element element) {
  double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> scales = {1.0,     0.37, 3.0,       0.25,        17.5,
                                0x1p-14, 6e-5, 0x1.8p-20, 1000.0,      60000.0,
                                -0.7,    0.0,  infinity,  std::nan("")};
  if (element != Element::F16)
    scales.insert(scales.end(), {1e30, 3.3e38, 0x1p-126, 0x1.4p-130, 1e-25});
  if (element == Element::F64)
    scales.insert(scales.end(), {1e300, 0x1p-1022, 0x1.8p-1060, 1 / 3.0});
  for (double &scale : scales)
    scale = roundTo(element, scale);
  return scales;
}

// x / scale for all x, as bits.
static const Array &getQuotients(Element element, double scale) {
  static std::map<std::pair<Element, uint64_t>, Array> cache;
  auto [found, isNew] =
      cache.try_emplace({element, encodeElement(element, scale)});
  Array &quotients = found->second;
  if (isNew) {
    quotients = Array::allBits(element);
    for (size_t i = 0; i < quotients.size(); ++i)
      quotients.set(i, divide(element, quotients[i], scale));
  }
  return quotients;
}

// decode(code) * scale. A product of a code with a number of 16 bits is exact
// in double, so that it is rounded once.
static Array dequantizeAll(const Format &format, const Array &codes,
                           Element element, double scale) {
  uint64_t bits[256];
  for (Format::Code code = 0; code < 256; ++code) {
    double value = format.decode(code);
    bits[code] = encodeElement(element, element == Element::F32
                                            ? multiply(element, value, scale)
                                            : value * scale);
  }
  Array values = Array::zeros(element, codes.getShape());
  for (size_t i = 0; i < codes.size(); ++i)
    values.setBits(i, bits[codes.getBits(i)]);
  return values;
}

static std::string makeProgram(const Format &format) {
  std::string text = makePrimitives(format, kHalves);
  for (Element element : kHalves)
    for (Overflow overflow : kBothOverflows)
      text += fill(R"mlir(
func.func @quantize_$T_$O(%x: tensor<?x$T>, %s: $T) -> tensor<?x$F> {
  %q = altgrad.quantize %x, %s overflow($O) : tensor<?x$T>, $T -> tensor<?x$F>
  return %q : tensor<?x$F>
}
func.func @fake_quantize_$T_$O(%x: tensor<?x$T>, %s: $T) -> tensor<?x$T> {
  %y = altgrad.fake_quantize %x, %s in $F overflow($O) : tensor<?x$T>, $T
  return %y : tensor<?x$T>
}
)mlir",
                   {{"$T", spell(element).str()},
                    {"$O", spell(overflow)},
                    {"$F", spellType(format)}});
  for (Element element : kFloats)
    text += fill(R"mlir(
func.func @decode_$T(%c: tensor<?xi8>) -> tensor<?x$T> {
  %x = altgrad.decode %c in $F : tensor<?xi8> -> tensor<?x$T>
  return %x : tensor<?x$T>
}
func.func @dequantize_$T(%q: tensor<?x$F>, %s: $T) -> tensor<?x$T> {
  %x = altgrad.dequantize %q, %s : tensor<?x$F>, $T -> tensor<?x$T>
  return %x : tensor<?x$T>
}
)mlir",
                 {{"$T", spell(element).str()}, {"$F", spellType(format)}});
  return text;
}

/// All inputs and all codes; with the scales of `getScales`, or the first few.
static void checkProgram(Program &program, const Format &format,
                         size_t maxScales) {
  for (Element element : kHalves) {
    Array inputs = Array::allBits(element);
    for (Overflow overflow : kBothOverflows) {
      std::string suffix = "_" + spell(element).str() + "_" + spell(overflow);
      SCOPED_TRACE(suffix);
      Array codeOf = encodeAll(format, overflow, inputs);
      EXPECT_TRUE(isSame(program.callForOne("encode" + suffix, {inputs}),
                         codeOf, inputs));
      EXPECT_TRUE(isSame(program.callForOne("round" + suffix, {inputs}),
                         decodeAll(format, element, codeOf), inputs));
      // What a scale does before the encoding is the same in every format.
      std::vector<double> scales = getScales(element);
      scales.resize(std::min(scales.size(), maxScales));
      for (double scale : scales) {
        SCOPED_TRACE(scale);
        const Array &quotients = getQuotients(element, scale);
        Array codes = codeOf;
        for (size_t i = 0; i < inputs.size(); ++i)
          codes.setBits(i, codeOf.getBits(quotients.getBits(i)));
        Array scaleArgument = Array::scalar(element, scale);
        EXPECT_TRUE(isSame(
            program.callForOne("quantize" + suffix, {inputs, scaleArgument}),
            codes, inputs));
        EXPECT_TRUE(isSame(program.callForOne("fake_quantize" + suffix,
                                              {inputs, scaleArgument}),
                           dequantizeAll(format, codes, element, scale),
                           inputs));
      }
    }
  }

  Array codes = Array::allBits(Element::I8);
  for (Element element : kFloats) {
    std::string suffix = "_" + spell(element).str();
    SCOPED_TRACE(suffix);
    EXPECT_TRUE(isSame(program.callForOne("decode" + suffix, {codes}),
                       decodeAll(format, element, codes), codes));
    for (double scale : getScales(element))
      EXPECT_TRUE(
          isSame(program.callForOne("dequantize" + suffix,
                                    {codes, Array::scalar(element, scale)}),
                 dequantizeAll(format, codes, element, scale), codes))
          << "scale " << scale;
  }
}

namespace {
using ExhaustiveHalf = NamedFormatTest;
} // namespace

TEST_P(ExhaustiveHalf, Compiled) {
  auto program = Program::compile(makeProgram(format));
  ASSERT_TRUE(program);
  checkProgram(*program, format, format.getName().empty() ? 3 : SIZE_MAX);
}

TEST_P(ExhaustiveHalf, CompiledForTargets) {
  for (const Variant &variant : getTargetVariants()) {
    SCOPED_TRACE(variant.str());
    auto program = Program::compile(makeProgram(format), variant);
    ASSERT_TRUE(program);
    // Divisions are the same for all targets but those of GPUs.
    bool hasOwnDivision = !variant.arithmetic.empty();
    checkProgram(*program, format, hasOwnDivision ? SIZE_MAX : 1);
  }
}

TEST_P(ExhaustiveHalf, OnDevice) {
  ALTGRAD_SKIP_WITHOUT_DEVICE();
  bool isNamed = !format.getName().empty();
  if (isEmulated() && !isNamed)
    GTEST_SKIP() << "too slow on the emulator: formats without a name";
  for (const Variant &variant : getDeviceVariants(format)) {
    SCOPED_TRACE(variant.str());
    auto program = Program::compile(makeProgram(format), variant);
    ASSERT_TRUE(program);
    checkProgram(*program, format, isEmulated() ? 0 : isNamed ? SIZE_MAX : 3);
  }
}

TEST_P(ExhaustiveHalf, Folder) {
  for (Element element : kHalves) {
    Array inputs = Array::allBits(element);
    auto program = Program::fold(
        fill(R"mlir(
func.func @encode(%x: tensor<65536x$T>) -> tensor<65536xi8> {
  %c = altgrad.encode %x in $F overflow(infinity)
      : tensor<65536x$T> -> tensor<65536xi8>
  return %c : tensor<65536xi8>
}
func.func @round(%x: tensor<65536x$T>) -> tensor<65536x$T> {
  %y = altgrad.round %x in $F : tensor<65536x$T>
  return %y : tensor<65536x$T>
}
func.func @decode(%c: tensor<256xi8>) -> tensor<256x$T> {
  %x = altgrad.decode %c in $F : tensor<256xi8> -> tensor<256x$T>
  return %x : tensor<256x$T>
}
)mlir",
             {{"$T", spell(element).str()}, {"$F", spellType(format)}}));
    ASSERT_TRUE(program);
    EXPECT_TRUE(isSame(program->callForOne("encode", {inputs}),
                       encodeAll(format, Overflow::Infinity, inputs), inputs));
    EXPECT_TRUE(isSame(program->callForOne("round", {inputs}),
                       roundAll(format, Overflow::Saturate, inputs), inputs));
    Array codes = Array::allBits(Element::I8);
    EXPECT_TRUE(isSame(program->callForOne("decode", {codes}),
                       decodeAll(format, element, codes), codes));
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, ExhaustiveHalf,
                         testing::ValuesIn(getTestedFormats()),
                         printNamedFormat);
