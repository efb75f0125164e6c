//===- VectorOpsTest.cpp - Operations on vectors --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Programs may use the operations on vectors of their own, in more dimensions
// than a loop makes of tensors; those are lowered by patterns of their own.
//
//===----------------------------------------------------------------------===//

#include "Formats.h"
#include "ReferenceOps.h"

#include "altgrad/Support/Scaling.h"

#include <algorithm>
#include <cmath>

using namespace altgrad;
using namespace altgrad::test;

/// A function of tensors in which `body` works on vectors: the arguments %a0,
/// %a1, ... of the given shapes as %v0, %v1, ..., and its result %r.
static std::string wrap(const std::string &name, Element element,
                        llvm::ArrayRef<std::string> shapes,
                        const std::string &resultType,
                        const std::string &body) {
  std::string type = spell(element).str(), parameters, reads;
  for (size_t i = 0; i < shapes.size(); ++i) {
    std::string n = std::to_string(i);
    parameters +=
        (i ? ", %a" : "%a") + n + ": tensor<" + shapes[i] + "x" + type + ">";
    size_t rank = 1 + std::count(shapes[i].begin(), shapes[i].end(), 'x');
    std::string zeros = "%c0", bounds = "true";
    for (size_t dim = 1; dim < rank; ++dim) {
      zeros += ", %c0";
      bounds += ", true";
    }
    reads += "  %v" + n + " = vector.transfer_read %a" + n + "[" + zeros +
             "], %pad {in_bounds = [" + bounds + "]} : tensor<" + shapes[i] +
             "x" + type + ">, vector<" + shapes[i] + "x" + type + ">\n";
  }
  std::string text = "func.func @" + name + "(" + parameters + ") -> " +
                     resultType +
                     " {\n  %c0 = arith.constant 0 : index\n"
                     "  %pad = arith.constant 0.0 : " +
                     type + "\n" + reads + body;
  return fill(text, {{"$T", type}});
}

// The end of a function whose result %r is a vector.
static std::string store(const std::string &shape, const std::string &element) {
  bool isFlat = shape.find('x') == std::string::npos;
  return fill("  %to = tensor.empty() : tensor<$S>\n"
              "  %out = vector.transfer_write %r, %to[$Z]"
              " {in_bounds = [$B]} : vector<$S>, tensor<$S>\n"
              "  return %out : tensor<$S>\n}\n",
              {{"$S", shape + "x" + element},
               {"$Z", isFlat ? "%c0" : "%c0, %c0"},
               {"$B", isFlat ? "true" : "true, true"}});
}

namespace {
class VectorOps : public testing::TestWithParam<Element> {
protected:
  // 6x20 numbers, some of them special, and 3x5 scales.
  Array makeValues(llvm::ArrayRef<int64_t> shape) {
    Array values = Array::zeros(element, shape);
    std::vector<double> special = getSpecialInputs();
    for (size_t i = 0; i < values.size(); ++i) {
      double magnitude = std::exp2(double(random() % 2400) / 100 - 12);
      values.set(i, random() % 10 == 0 ? special[random() % special.size()]
                    : random() % 2     ? magnitude
                                       : -magnitude);
    }
    return values;
  }
  Array makeScales(llvm::ArrayRef<int64_t> shape) {
    Array scales = Array::zeros(element, shape);
    for (size_t i = 0; i < scales.size(); ++i)
      scales.set(i, std::exp2(double(random() % 64) / 8 - 4));
    return scales;
  }

  Element element = GetParam();
  std::string type = spell(element).str();
  std::mt19937_64 random = makeGenerator(23);
};
} // namespace

static constexpr int kRepeats = 20;

TEST_P(VectorOps, Quantization) {
  Format format = makeNamedFormat("E4M3FN");
  std::string name = spellType(format), x = "vector<6x20x" + type + ">";
  std::string scales = "vector<3x5x" + type + ">";
  auto program = Program::compile(
      wrap("quantize", element, {"6x20", "3x5"}, "tensor<6x20xi8>",
           "  %q = altgrad.quantize %v0, %v1 : " + x + ", " + scales +
               " -> vector<6x20x" + name +
               ">\n  %r = altgrad.bitcast %q : " + "vector<6x20x" + name +
               "> to vector<6x20xi8>\n" + store("6x20", "i8")) +
      wrap("pair", element, {"6x20", "3x5"}, "tensor<6x20x" + type + ">",
           "  %q = altgrad.quantize %v0, %v1 : " + x + ", " + scales +
               " -> vector<6x20x" + name + ">\n  %c = altgrad.bitcast %q : " +
               "vector<6x20x" + name + "> to vector<6x20xi8>\n" +
               "  %d = altgrad.bitcast %c : vector<6x20xi8> to " +
               "vector<6x20x" + name + ">\n" +
               "  %r = altgrad.dequantize %d, %v1 : vector<6x20x" + name +
               ">, " + scales + " -> " + x + "\n" + store("6x20", type)) +
      wrap("fake_quantize", element, {"6x20", "3x5"},
           "tensor<6x20x" + type + ">",
           "  %r = altgrad.fake_quantize %v0, %v1 in " + name + " : " + x +
               ", " + scales + "\n" + store("6x20", type)) +
      wrap("rows", element, {"6x20", "6x1"}, "tensor<6x20x" + type + ">",
           "  %r = altgrad.fake_quantize %v0, %v1 in " + name + " : " + x +
               ", vector<6x1x" + type + ">\n" + store("6x20", type)));
  ASSERT_TRUE(program);
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    Array values = makeValues({6, 20}), scale = makeScales({3, 5});
    Array codes = quantize(format, Overflow::Saturate, values, scale);
    Array rounded = dequantize(format, codes, scale);
    EXPECT_TRUE(isSame(program->callForOne("quantize", {values, scale}), codes,
                       values));
    EXPECT_TRUE(
        isSame(program->callForOne("pair", {values, scale}), rounded, values));
    EXPECT_TRUE(isSame(program->callForOne("fake_quantize", {values, scale}),
                       rounded, values));
    Array rows = makeScales({6, 1});
    EXPECT_TRUE(isSame(program->callForOne("rows", {values, rows}),
                       fakeQuantize(format, Overflow::Saturate, values, rows),
                       values));
  }
}

TEST_P(VectorOps, AmaxHistoryAndScale) {
  Format format = makeNamedFormat("E4M3FN");
  std::string x = "vector<6x20x" + type + ">", h = "vector<4x5x" + type + ">";
  auto program = Program::compile(
      wrap("amax", element, {"6x20"}, type,
           "  %r = altgrad.amax %v0 : " + x + " -> " + type +
               "\n  return %r : " + type + "\n}\n") +
      wrap("amax_blocks", element, {"6x20"}, "tensor<3x5x" + type + ">",
           "  %r = altgrad.amax %v0 nan(ignore) : " + x + " -> vector<3x5x" +
               type + ">\n" + store("3x5", type)) +
      wrap("update", element, {"4x5", "5"}, "tensor<4x5x" + type + ">",
           "  %r = altgrad.update_amax_history %v0, %v1 : " + h +
               ", vector<5x" + type + ">\n" + store("4x5", type)) +
      wrap("max", element, {"4x5"}, "tensor<5x" + type + ">",
           "  %r = altgrad.history_amax %v0 : " + h + " -> vector<5x" + type +
               ">\n" + store("5", type)) +
      wrap(
          "most_recent", element, {"4"}, type,
          "  %r = altgrad.history_amax %v0 algorithm(most_recent) : vector<4x" +
              type + "> -> " + type + "\n  return %r : " + type + "\n}\n") +
      wrap("scale", element, {"6x20"}, "tensor<6x20xf32>",
           "  %r = altgrad.compute_scale %v0 in " + spellType(format) +
               " power_of_two(ceil) : " + x + " -> vector<6x20xf32>\n" +
               store("6x20", "f32")));
  ASSERT_TRUE(program);
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    Array values = makeValues({6, 20});
    EXPECT_TRUE(isSame(program->callForOne("amax", {values}),
                       amax(values, {}, /*toScalar=*/true, false)));
    EXPECT_TRUE(isSame(program->callForOne("amax_blocks", {values}),
                       amax(values, {3, 5}, false, /*ignoreNaN=*/true)));

    Array history = makeScales({4, 5}), newest = makeValues({5});
    for (size_t i = 0; i < history.size(); ++i)
      if (random() % 3 == 0)
        history.set(i, -1);
    EXPECT_TRUE(isSame(program->callForOne("update", {history, newest}),
                       updateAmaxHistory(history, newest)));
    EXPECT_TRUE(isSame(program->callForOne("max", {history}),
                       historyAmax(history, false)));
    Array window = Array::zeros(element, {4});
    for (size_t i = 0; i < window.size(); ++i)
      window.set(i, history[i]);
    EXPECT_TRUE(isSame(program->callForOne("most_recent", {window}),
                       historyAmax(window, true)));

    Array scales = Array::zeros(Element::F32, {6, 20});
    ScaleOptions options;
    options.powerOfTwo = ScaleRounding::Ceil;
    for (size_t i = 0; i < values.size(); ++i)
      scales.set(i, computeScale(values[i], format, options));
    EXPECT_TRUE(isSame(program->callForOne("scale", {values}), scales, values));
  }
}

TEST_P(VectorOps, Stall) {
  Format format = makeNamedFormat("E5M2");
  std::string x = "vector<6x20x" + type + ">";
  auto program = Program::compile(wrap(
      "stall", element, {"6x20", "6x20", "3x5", "1"}, "(i64, i64)",
      "  %lr = vector.extract %v3[0] : " + type + " from vector<1x" + type +
          ">\n  %stalled, %total = altgrad.stall %v0, %v1, %lr, %v2 in " +
          spellType(format) + " threshold(0.25) : " + x + ", vector<3x5x" +
          type + "> -> i64, i64\n  return %stalled, %total : i64, i64\n}\n"));
  ASSERT_TRUE(program);
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    Array w = makeValues({6, 20}), g = makeValues({6, 20});
    Array scale = makeScales({3, 5}), lr(element, {0.01 * repeat});
    auto [stalled, total] =
        stall(format, Overflow::Saturate, w, g, lr[0], scale, 0.25);
    std::vector<Array> counts = program->call("stall", {w, g, scale, lr});
    ASSERT_EQ(counts.size(), 2u);
    EXPECT_EQ(int64_t(counts[0].getBits(0)), stalled);
    EXPECT_EQ(int64_t(counts[1].getBits(0)), total);
  }
}

static std::string printElement(const testing::TestParamInfo<Element> &param) {
  return spell(param.param).str();
}
INSTANTIATE_TEST_SUITE_P(Conformance, VectorOps, testing::ValuesIn(kFloats),
                         printElement);
