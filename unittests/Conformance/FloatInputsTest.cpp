//===- FloatInputsTest.cpp - Chosen inputs of f32 and f64 -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Too many to try them all here (altgrad-exhaustive-check does for f32), so:
// where a code changes, where a carrier's range or precision ends, and many at
// random. f64 is where a conversion through f32 would round twice.
//
//===----------------------------------------------------------------------===//

#include "Formats.h"
#include "TestDevice.h"

using namespace altgrad;
using namespace altgrad::test;

namespace {
using FloatInputs = NamedFormatTest;
} // namespace

static void checkPrimitives(Program &program, const Format &format,
                            const Array &inputs) {
  for (Overflow overflow : kBothOverflows) {
    std::string suffix =
        "_" + spell(inputs.getElement()).str() + "_" + spell(overflow);
    SCOPED_TRACE(suffix);
    Array codes = encodeAll(format, overflow, inputs);
    EXPECT_TRUE(
        isSame(program.callForOne("encode" + suffix, {inputs}), codes, inputs));
    EXPECT_TRUE(isSame(program.callForOne("round" + suffix, {inputs}),
                       decodeAll(format, inputs.getElement(), codes), inputs));
  }
}

TEST_P(FloatInputs, Compiled) {
  std::string text = makePrimitives(format, {Element::F32, Element::F64});
  Array singles = makeInputs(format, Element::F32, 1000000);
  Array doubles = makeInputs(format, Element::F64, 200000);
  auto program = Program::compile(text);
  ASSERT_TRUE(program);
  checkPrimitives(*program, format, singles);
  checkPrimitives(*program, format, doubles);
}

TEST_P(FloatInputs, CompiledForTargets) {
  std::string text = makePrimitives(format, {Element::F32, Element::F64});
  Array singles = makeInputs(format, Element::F32, 100000);
  Array doubles = makeInputs(format, Element::F64, 1000);
  for (const Variant &variant : getTargetVariants()) {
    SCOPED_TRACE(variant.str());
    auto program = Program::compile(text, variant);
    ASSERT_TRUE(program);
    checkPrimitives(*program, format, singles);
    checkPrimitives(*program, format, doubles);
  }
}

TEST_P(FloatInputs, OnDevice) {
  ALTGRAD_SKIP_WITHOUT_DEVICE();
  std::string text = makePrimitives(format, {Element::F32, Element::F64});
  bool isFew = isEmulated();
  Array singles = makeInputs(format, Element::F32, isFew ? 1000 : 1000000);
  Array doubles = makeInputs(format, Element::F64, isFew ? 1000 : 200000);
  for (const Variant &variant : getDeviceVariants(format)) {
    SCOPED_TRACE(variant.str());
    auto program = Program::compile(text, variant);
    ASSERT_TRUE(program);
    checkPrimitives(*program, format, singles);
    checkPrimitives(*program, format, doubles);
  }
}

TEST_P(FloatInputs, CompiledWithoutOptimization) {
  std::string text = makePrimitives(format, {Element::F32, Element::F64});
  auto program = Program::compile(text, {/*optLevel=*/0, /*vectorWidth=*/128});
  ASSERT_TRUE(program);
  checkPrimitives(*program, format, makeInputs(format, Element::F32, 1000));
  checkPrimitives(*program, format, makeInputs(format, Element::F64, 1000));
}

TEST_P(FloatInputs, Folder) {
  for (Element element : {Element::F32, Element::F64}) {
    Array inputs = makeInputs(format, element, 1000);
    auto program = Program::fold(fill(
        R"mlir(
func.func @encode(%x: tensor<$Nx$T>) -> tensor<$Nxi8> {
  %c = altgrad.encode %x in $F : tensor<$Nx$T> -> tensor<$Nxi8>
  return %c : tensor<$Nxi8>
}
func.func @round(%x: tensor<$Nx$T>) -> tensor<$Nx$T> {
  %y = altgrad.round %x in $F overflow(infinity) : tensor<$Nx$T>
  return %y : tensor<$Nx$T>
}
)mlir",
        {{"$N", std::to_string(inputs.size())},
         {"$T", spell(element).str()},
         {"$F", spellType(format)}}));
    ASSERT_TRUE(program);
    EXPECT_TRUE(isSame(program->callForOne("encode", {inputs}),
                       encodeAll(format, Overflow::Saturate, inputs), inputs));
    EXPECT_TRUE(isSame(program->callForOne("round", {inputs}),
                       roundAll(format, Overflow::Infinity, inputs), inputs));
  }
}

// Numbers of f64 beside a tie, which f32 would make the tie itself, and then
// the wrong even neighbour: a test of the test above, that it has such cases.
TEST(FloatInputsOfF64, GoingThroughF32WouldDiffer) {
  for (const Format::Named &named : Format::getAllNamed()) {
    Array inputs = makeInputs(named.format, Element::F64, 0);
    unsigned differences = 0;
    for (double value : inputs.getValues())
      differences += named.format.encode(value) !=
                     named.format.encode(roundTo(Element::F32, value));
    EXPECT_GT(differences, 100u) << named.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, FloatInputs,
                         testing::ValuesIn(getTestedFormats()),
                         printNamedFormat);
