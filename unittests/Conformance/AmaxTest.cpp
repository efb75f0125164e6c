//===- AmaxTest.cpp - Largest magnitudes and their history ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// amax, update_amax_history and history_amax against ReferenceOps: with NaN and
// infinity where they hurt, on empty inputs, and at every granularity.
//
//===----------------------------------------------------------------------===//

#include "Formats.h"
#include "ReferenceOps.h"
#include "TestDevice.h"

#include <cmath>
#include <limits>

using namespace altgrad;
using namespace altgrad::test;

static const double kNaN = std::numeric_limits<double>::quiet_NaN();
static const double kInfinity = std::numeric_limits<double>::infinity();

static std::string printElement(const testing::TestParamInfo<Element> &param) {
  return spell(param.param).str();
}

// "tensor<4xT>" with the element type for T.
static std::string withElement(llvm::StringRef type, Element element) {
  std::string text = type.str();
  return text.replace(text.rfind('T'), 1, spell(element).str());
}

//===----------------------------------------------------------------------===//
// amax
//===----------------------------------------------------------------------===//

namespace {
struct AmaxCase {
  const char *x, *result;
  struct Shapes {
    Array::Shape x, result;
  };
  std::vector<Shapes> shapes;
};
} // namespace

static const std::vector<AmaxCase> &getAmaxCases() {
  static const std::vector<AmaxCase> cases = {
      {"T", "T", {{{}, {}}}},
      {"tensor<T>", "T", {{{}, {}}}},
      {"tensor<T>", "tensor<T>", {{{}, {}}}},
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
        {{4099}, {}},
        {{100003}, {}}}},
      {"tensor<?xT>", "tensor<1xT>", {{{0}, {1}}, {{33}, {1}}}},
      {"tensor<?xT>", "tensor<4xT>", {{{0}, {4}}, {{132}, {4}}}},
      {"tensor<?xT>", "tensor<?xT>", {{{0}, {0}}, {{37}, {37}}}},
      {"tensor<65xT>", "T", {{{65}, {}}}},
      {"tensor<96xT>", "tensor<3xT>", {{{96}, {3}}}},
      {"tensor<?x?xT>", "T", {{{3, 21}, {}}, {{0, 4}, {}}, {{4, 0}, {}}}},
      {"tensor<?x?xT>", "tensor<1x1xT>", {{{5, 21}, {1, 1}}}},
      {"tensor<?x?xT>", "tensor<?x1xT>", {{{7, 45}, {7, 1}}, {{3, 0}, {3, 1}}}},
      {"tensor<?x?xT>",
       "tensor<1x?xT>",
       {{{45, 7}, {1, 7}}, {{3, 64}, {1, 64}}, {{0, 5}, {1, 5}}}},
      {"tensor<8x96xT>", "tensor<8x3xT>", {{{8, 96}, {8, 3}}}},
      {"tensor<6x10xT>", "tensor<3x2xT>", {{{6, 10}, {3, 2}}}},
      {"tensor<6x10xT>", "tensor<1x10xT>", {{{6, 10}, {1, 10}}}},
      {"tensor<2x?x12xT>", "tensor<2x1x4xT>", {{{2, 5, 12}, {2, 1, 4}}}},
      {"tensor<?x8x6xT>", "tensor<?x2x1xT>", {{{3, 8, 6}, {3, 2, 1}}}},
  };
  return cases;
}

static std::string makeAmaxFunctions(size_t index, Element element) {
  const AmaxCase &types = getAmaxCases()[index];
  std::string text;
  for (const char *nan : {"propagate", "ignore"})
    text += fill("func.func @amax$I_$N(%x: $X) -> $R {\n"
                 "  %a = altgrad.amax %x nan($N) : $X -> $R\n"
                 "  return %a : $R\n"
                 "}\n",
                 {{"$I", std::to_string(index)},
                  {"$N", nan},
                  {"$X", withElement(types.x, element)},
                  {"$R", withElement(types.result, element)}});
  return text;
}

static void checkAmax(Program &program, size_t index, Element element) {
  const AmaxCase &types = getAmaxCases()[index];
  std::mt19937_64 random = makeGenerator(index);
  double largest =
      decodeElement(element, encodeElement(element, kInfinity) - 1);
  double tiny = decodeElement(element, 1);
  for (const AmaxCase::Shapes &shapes : types.shapes) {
    Array x = Array::zeros(element, shapes.x);
    // Each round fills x in its own way.
    for (int round = 0; round < 9; ++round) {
      for (size_t i = 0; i < x.size(); ++i) {
        double magnitude = std::exp2(double(random() % 2000) / 100 - 10);
        switch (round) {
        default: // Ordinary.
          break;
        case 2: // One NaN here and there.
        case 3:
          if (random() % 20 == 0)
            magnitude = kNaN;
          break;
        case 4: // NaN and infinity.
          if (random() % 6 == 0)
            magnitude = random() % 2 ? kNaN : kInfinity;
          break;
        case 5:
          magnitude = kNaN;
          break;
        case 6:
          magnitude = 0;
          break;
        case 7: // Subnormal numbers.
          magnitude = tiny * double(random() % 50);
          break;
        case 8:
          magnitude = random() % 4 ? largest : tiny;
          break;
        }
        x.set(i, random() % 2 ? magnitude : -magnitude);
      }
      if (types.x[0] == 'T')
        x = Array::scalar(element, x[0]);
      bool toScalar = types.result[0] == 'T';
      for (bool ignoreNaN : {false, true})
        EXPECT_TRUE(isSame(
            program.callForOne("amax" + std::to_string(index) +
                                   (ignoreNaN ? "_ignore" : "_propagate"),
                               {x}),
            amax(x, shapes.result, toScalar, ignoreNaN)))
            << types.x << " -> " << types.result << ", round " << round
            << (ignoreNaN ? ", ignoring NaN" : "");
    }
  }
}

static void checkAmaxCompiled(Element element, const Variant &variant) {
  std::string text;
  for (size_t index = 0; index < getAmaxCases().size(); ++index)
    text += makeAmaxFunctions(index, element);
  auto program = Program::compile(text, variant);
  ASSERT_TRUE(program);
  for (size_t index = 0; index < getAmaxCases().size(); ++index)
    checkAmax(*program, index, element);
}

namespace {
class Amax : public testing::TestWithParam<Element> {};
} // namespace

TEST_P(Amax, Compiled) { checkAmaxCompiled(GetParam(), {}); }
TEST_P(Amax, CompiledForTargets) {
  for (const Variant &variant : getTargetVariants()) {
    SCOPED_TRACE(variant.str());
    checkAmaxCompiled(GetParam(), variant);
  }
}
TEST_P(Amax, OnDevice) {
  ALTGRAD_SKIP_WITHOUT_DEVICE();
  checkAmaxCompiled(GetParam(), getDeviceVariants().front());
}
TEST_P(Amax, CompiledWithoutOptimization) {
  checkAmaxCompiled(GetParam(), {/*optLevel=*/0, /*vectorWidth=*/128});
}
TEST(AmaxOfF32, CompiledForTwoThreads) {
  checkAmaxCompiled(Element::F32,
                    {/*optLevel=*/3, /*vectorWidth=*/256, /*threads=*/2});
}
TEST_P(Amax, Folder) {
  for (size_t index = 0; index < getAmaxCases().size(); ++index) {
    if (llvm::StringRef(getAmaxCases()[index].x).contains('?'))
      continue;
    auto program = Program::fold(makeAmaxFunctions(index, GetParam()));
    ASSERT_TRUE(program);
    checkAmax(*program, index, GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, Amax, testing::ValuesIn(kFloats),
                         printElement);

//===----------------------------------------------------------------------===//
// History
//===----------------------------------------------------------------------===//

namespace {
struct HistoryCase {
  const char *history, *amax;
  Array::Shape shape;
};
} // namespace

static const std::vector<HistoryCase> &getHistoryCases() {
  static const std::vector<HistoryCase> cases = {
      {"tensor<16xT>", "T", {16}},
      {"tensor<1xT>", "T", {1}},
      {"tensor<?xT>", "T", {1}},
      {"tensor<?xT>", "T", {37}},
      {"tensor<4x3x1xT>", "tensor<3x1xT>", {4, 3, 1}},
      {"tensor<?x?xT>", "tensor<?xT>", {5, 33}},
      {"tensor<?x0xT>", "tensor<0xT>", {5, 0}},
      {"tensor<2x?x5xT>", "tensor<?x5xT>", {2, 7, 5}},
  };
  return cases;
}

static std::string makeHistoryFunctions(size_t index, Element element) {
  const HistoryCase &types = getHistoryCases()[index];
  return fill(R"mlir(
func.func @update$I(%h: $H, %a: $A) -> $H {
  %r = altgrad.update_amax_history %h, %a : $H, $A
  return %r : $H
}
func.func @max$I(%h: $H) -> $A {
  %a = altgrad.history_amax %h : $H -> $A
  return %a : $A
}
func.func @most_recent$I(%h: $H) -> $A {
  %a = altgrad.history_amax %h algorithm(most_recent) : $H -> $A
  return %a : $A
}
)mlir",
              {{"$I", std::to_string(index)},
               {"$H", withElement(types.history, element)},
               {"$A", withElement(types.amax, element)}});
}

static void checkHistory(Program &program, size_t index, Element element) {
  const HistoryCase &types = getHistoryCases()[index];
  std::string suffix = std::to_string(index);
  std::mt19937_64 random = makeGenerator(index);
  llvm::ArrayRef<int64_t> amaxShape =
      llvm::ArrayRef<int64_t>(types.shape).drop_front();
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(std::string(types.history) + ", round " +
                 std::to_string(round));
    // Empty, filled from the end as a program does, then anything.
    Array history = Array::zeros(element, types.shape);
    for (size_t i = 0; i < history.size(); ++i) {
      double value = std::exp2(double(random() % 2000) / 100 - 10);
      bool isEmpty = round == 0 || i < history.size() * (4 - round % 4) / 4;
      if (round >= 4)
        isEmpty = random() % 3 == 0;
      if (round >= 20 && random() % 8 == 0)
        value = random() % 3 == 0 ? kNaN : random() % 2 ? kInfinity : 0.0;
      history.set(i, isEmpty ? -1.0 : value);
    }
    Array newest = types.amax[0] == 'T' ? Array::scalar(element, 0)
                                        : Array::zeros(element, amaxShape);
    for (size_t i = 0; i < newest.size(); ++i) {
      double value = std::exp2(double(random() % 2000) / 100 - 10);
      if (random() % 3 == 0)
        value = random() % 2 ? kNaN : kInfinity;
      newest.set(i, value);
    }
    EXPECT_TRUE(isSame(program.callForOne("update" + suffix, {history, newest}),
                       updateAmaxHistory(history, newest)));
    EXPECT_TRUE(isSame(program.callForOne("max" + suffix, {history}),
                       historyAmax(history, /*mostRecent=*/false)));
    EXPECT_TRUE(isSame(program.callForOne("most_recent" + suffix, {history}),
                       historyAmax(history, /*mostRecent=*/true)));
  }
}

static void checkHistoryCompiled(Element element, const Variant &variant) {
  std::string text;
  for (size_t index = 0; index < getHistoryCases().size(); ++index)
    text += makeHistoryFunctions(index, element);
  auto program = Program::compile(text, variant);
  ASSERT_TRUE(program);
  for (size_t index = 0; index < getHistoryCases().size(); ++index)
    checkHistory(*program, index, element);
}

namespace {
class AmaxHistory : public testing::TestWithParam<Element> {};
} // namespace

TEST_P(AmaxHistory, Compiled) { checkHistoryCompiled(GetParam(), {}); }
TEST_P(AmaxHistory, OnDevice) {
  ALTGRAD_SKIP_WITHOUT_DEVICE();
  checkHistoryCompiled(GetParam(), getDeviceVariants().front());
}
TEST_P(AmaxHistory, CompiledWithoutOptimization) {
  checkHistoryCompiled(GetParam(), {/*optLevel=*/0, /*vectorWidth=*/128});
}
TEST(AmaxHistoryOfF32, CompiledForTwoThreads) {
  checkHistoryCompiled(Element::F32,
                       {/*optLevel=*/3, /*vectorWidth=*/256, /*threads=*/2});
}
TEST_P(AmaxHistory, Folder) {
  for (size_t index = 0; index < getHistoryCases().size(); ++index) {
    if (llvm::StringRef(getHistoryCases()[index].history).contains('?'))
      continue;
    auto program = Program::fold(makeHistoryFunctions(index, GetParam()));
    ASSERT_TRUE(program);
    checkHistory(*program, index, GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, AmaxHistory, testing::ValuesIn(kFloats),
                         printElement);
