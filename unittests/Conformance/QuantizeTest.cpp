//===- QuantizeTest.cpp - Quantization with scales of every shape ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// quantize, dequantize and fake_quantize with scalar, per-axis and block
// scales, on static and dynamic shapes, against ReferenceOps.
//
//===----------------------------------------------------------------------===//

#include "Formats.h"
#include "ReferenceOps.h"
#include "TestDevice.h"

#include <cmath>
#include <limits>

using namespace altgrad;
using namespace altgrad::test;
using llvm::ArrayRef;

namespace {
/// The types of x and its scale, and shapes to try them with. In a type `T`
/// stands for the element type.
struct Case {
  const char *x, *scale;
  struct Shapes {
    Array::Shape x, scale;
  };
  std::vector<Shapes> shapes;
};
} // namespace

static const std::vector<Case> &getCases() {
  static const std::vector<Case> cases = {
      // Lengths around one vector of each width, and far past the largest.
      {"tensor<?xT>",
       "T",
       {{{0}, {}},
        {{1}, {}},
        {{15}, {}},
        {{16}, {}},
        {{17}, {}},
        {{63}, {}},
        {{64}, {}},
        {{65}, {}},
        {{4099}, {}}}},
      {"tensor<?xT>", "tensor<1xT>", {{{33}, {1}}}},
      {"tensor<?xT>", "tensor<?xT>", {{{33}, {33}}, {{33}, {11}}, {{8}, {1}}}},
      {"tensor<T>", "T", {{{}, {}}}},
      {"tensor<T>", "tensor<T>", {{{}, {}}}},
      {"tensor<65xT>", "T", {{{65}, {}}}},
      {"tensor<?x?xT>", "T", {{{3, 21}, {}}, {{5, 0}, {}}, {{0, 5}, {}}}},
      {"tensor<?x?xT>", "tensor<1x1xT>", {{{7, 13}, {1, 1}}}},
      {"tensor<?x?xT>", "tensor<?x1xT>", {{{7, 40}, {7, 1}}, {{1, 3}, {1, 1}}}},
      {"tensor<?x?xT>", "tensor<1x?xT>", {{{7, 40}, {1, 40}}}},
      {"tensor<?x?xT>",
       "tensor<?x?xT>",
       {{{6, 96}, {6, 3}}, {{6, 20}, {3, 5}}, {{4, 4}, {1, 1}}}},
      {"tensor<8x96xT>", "tensor<8x3xT>", {{{8, 96}, {8, 3}}}},
      {"tensor<6x10xT>", "tensor<6x1xT>", {{{6, 10}, {6, 1}}}},
      {"tensor<6x10xT>", "tensor<3x2xT>", {{{6, 10}, {3, 2}}}},
      {"tensor<2x?x12xT>", "tensor<2x1x4xT>", {{{2, 5, 12}, {2, 1, 4}}}},
      {"tensor<2x3x2x40xT>",
       "tensor<1x3x1x5xT>",
       {{{2, 3, 2, 40}, {1, 3, 1, 5}}}},
      {"T", "T", {{{}, {}}}},
  };
  return cases;
}

// Cases differ in shapes; formats and policies take turns.
static const Format::Named &getFormatOf(size_t index) {
  static const std::vector<Format::Named> formats = [] {
    std::vector<Format::Named> result;
    for (const char *name : {"E4M3FN", "E5M2", "E0M7", "E7M0", "E4M3FNUZ",
                             "E3M4", "E1M6", "E2M5", "E6M1"})
      result.push_back({name, makeNamedFormat(name)});
    result.push_back(
        {"E4M3_m112_fnuz", makeFormat(4, 3, -112, Specials::FNUZ)});
    result.push_back({"E2M5_145_ieee", makeFormat(2, 5, 145, Specials::IEEE)});
    return result;
  }();
  return formats[index % formats.size()];
}

static Overflow getOverflowOf(size_t index) {
  return kBothOverflows[index % 2];
}

/// "tensor<4xf16>" from "tensor<4xT>", or with the given elements.
static std::string withElement(llvm::StringRef type, const std::string &name) {
  std::string text = type.str();
  size_t at = text.rfind('T');
  return text.replace(at, 1, name);
}

static std::string makeFunctions(size_t index, Element element) {
  const Case &shape = getCases()[index];
  std::string format = spellType(getFormatOf(index).format);
  return fill(R"mlir(
func.func @quantize$I(%x: $X, %s: $S) -> $B {
  %q = altgrad.quantize %x, %s overflow($O) : $X, $S -> $Q
  %c = altgrad.bitcast %q : $Q to $B
  return %c : $B
}
func.func @dequantize$I(%c: $B, %s: $S) -> $X {
  %q = altgrad.bitcast %c : $B to $Q
  %x = altgrad.dequantize %q, %s : $Q, $S -> $X
  return %x : $X
}
func.func @fake_quantize$I(%x: $X, %s: $S) -> $X {
  %y = altgrad.fake_quantize %x, %s in $F overflow($O) : $X, $S
  return %y : $X
}
func.func @pair$I(%x: $X, %s: $S) -> $X {
  %q = altgrad.quantize %x, %s overflow($O) : $X, $S -> $Q
  %y = altgrad.dequantize %q, %s : $Q, $S -> $X
  return %y : $X
}
)mlir",
              {{"$I", std::to_string(index)},
               {"$X", withElement(shape.x, spell(element).str())},
               {"$S", withElement(shape.scale, spell(element).str())},
               {"$B", withElement(shape.x, "i8")},
               {"$Q", withElement(shape.x, format)},
               {"$F", format},
               {"$O", spell(getOverflowOf(index))}});
}

// A scalar where the type is one.
static Array makeArgument(const char *type, Element element,
                          ArrayRef<int64_t> shape,
                          const std::vector<double> &values) {
  if (*type == 'T')
    return Array::scalar(element, values[0]);
  return Array(element, values).reshaped(shape);
}

static size_t getSize(ArrayRef<int64_t> shape) {
  size_t size = 1;
  for (int64_t dim : shape)
    size *= dim;
  return size;
}

// Mostly ordinary; a power of two or something odd now and then.
static std::vector<double> makeScales(size_t count, std::mt19937_64 &random) {
  static const double kOdd[] = {
      1.0,  0.25,   0x1p-14,
      0.0,  -0.5,   std::numeric_limits<double>::infinity(),
      6e-8, 0x1p15, std::numeric_limits<double>::quiet_NaN()};
  std::uniform_real_distribution<double> exponent(-6, 6);
  std::vector<double> scales(count);
  for (double &scale : scales)
    scale = random() % 8 == 0 ? kOdd[random() % std::size(kOdd)]
                              : std::exp2(exponent(random));
  return scales;
}

// Numbers that the scale of their block brings near the format: between its
// values, on them and on the midpoints, past its ends; and what is special.
static std::vector<double> makeValues(const Format &format,
                                      ArrayRef<int64_t> shape,
                                      const Array &scale,
                                      std::mt19937_64 &random) {
  FormatOracle oracle(format);
  std::vector<double> special = getSpecialInputs();
  std::vector<double> scattered = getRandomInputs(format, 64, random);
  std::vector<double> values(getSize(shape));
  for (size_t i = 0; i < values.size(); ++i) {
    double s = scale[getBlock(shape, scale.getShape(), i)];
    uint32_t code = random() % (oracle.getMaxFiniteCode() + 1);
    double u = 0;
    switch (random() % 8) {
    case 0:
      values[i] = special[random() % special.size()];
      continue;
    case 1:
    case 2:
      u = oracle.getMidpoint(code);
      break;
    case 3:
      u = oracle.getGrid()[code];
      break;
    default:
      u = scattered[random() % scattered.size()];
      break;
    }
    values[i] = (random() % 2 ? u : -u) * s;
  }
  return values;
}

static void checkCase(Program &program, size_t index, Element element) {
  const Case &types = getCases()[index];
  const Format &format = getFormatOf(index).format;
  Overflow overflow = getOverflowOf(index);
  std::mt19937_64 random = makeGenerator(index);
  std::string suffix = std::to_string(index);
  // Scalars and tiny tensors see few numbers in one call.
  for (const Case::Shapes &shapes : types.shapes)
    for (int repeat = 0, end = getSize(shapes.x) < 4 ? 40 : 3; repeat < end;
         ++repeat) {
      Array scale = makeArgument(types.scale, element, shapes.scale,
                                 makeScales(getSize(shapes.scale), random));
      Array x = makeArgument(types.x, element, shapes.x,
                             makeValues(format, shapes.x, scale, random));
      Array codes = quantize(format, overflow, x, scale);
      Array values = dequantize(format, codes, scale);
      if (x.isScalar()) {
        codes = Array::scalar(Element::I8, codes[0]);
        values = Array::scalar(element, values[0]);
      }
      SCOPED_TRACE(std::string(types.x) + ", " + types.scale + ", " +
                   std::string(getFormatOf(index).name) + ", " +
                   spell(overflow) + ", scale " + std::to_string(scale[0]));
      EXPECT_TRUE(isSame(program.callForOne("quantize" + suffix, {x, scale}),
                         codes, x));
      EXPECT_TRUE(
          isSame(program.callForOne("dequantize" + suffix, {codes, scale}),
                 values, codes));
      EXPECT_TRUE(isSame(
          program.callForOne("fake_quantize" + suffix, {x, scale}), values, x));
      EXPECT_TRUE(
          isSame(program.callForOne("pair" + suffix, {x, scale}), values, x));
    }
}

static void checkCompiled(Element element, const Variant &variant) {
  std::string text;
  for (size_t index = 0; index < getCases().size(); ++index)
    text += makeFunctions(index, element);
  auto program = Program::compile(text, variant);
  ASSERT_TRUE(program);
  for (size_t index = 0; index < getCases().size(); ++index)
    checkCase(*program, index, element);
}

namespace {
class Quantize : public testing::TestWithParam<Element> {};
} // namespace

TEST_P(Quantize, Compiled) { checkCompiled(GetParam(), {}); }
TEST_P(Quantize, CompiledForTargets) {
  for (const Variant &variant : getTargetVariants()) {
    SCOPED_TRACE(variant.str());
    checkCompiled(GetParam(), variant);
  }
}
TEST_P(Quantize, OnDevice) {
  ALTGRAD_SKIP_WITHOUT_DEVICE();
  for (const Variant &variant : getDeviceVariants()) {
    SCOPED_TRACE(variant.str());
    checkCompiled(GetParam(), variant);
  }
}
TEST_P(Quantize, CompiledWithoutOptimization) {
  checkCompiled(GetParam(), {/*optLevel=*/0, /*vectorWidth=*/128});
}
TEST(QuantizeOfF32, CompiledForTwoThreads) {
  checkCompiled(Element::F32,
                {/*optLevel=*/3, /*vectorWidth=*/256, /*threads=*/2});
}

TEST_P(Quantize, Folder) {
  for (size_t index = 0; index < getCases().size(); ++index) {
    if (llvm::StringRef(getCases()[index].x).contains('?'))
      continue;
    auto program = Program::fold(makeFunctions(index, GetParam()));
    ASSERT_TRUE(program);
    checkCase(*program, index, GetParam());
  }
}

static std::string printElement(const testing::TestParamInfo<Element> &param) {
  return spell(param.param).str();
}
INSTANTIATE_TEST_SUITE_P(Conformance, Quantize, testing::ValuesIn(kFloats),
                         printElement);
