//===- StallTest.cpp - Counting lost updates ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// stall against ReferenceOps: on random weights, and on those where a shortcut
// would count wrongly: a fused multiply-add, a comparison of codes, a threshold
// that is met exactly.
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

namespace {
struct Step {
  Array w, g, scale;
  double lr;
};

/// The formats and policies of the functions of one program.
struct Rule {
  const char *format;
  Overflow overflow;
  double threshold;
};
} // namespace

static constexpr Rule kRules[] = {
    {"E4M3FN", Overflow::Saturate, 1e-10}, {"E5M2", Overflow::Infinity, 1e-10},
    {"E0M7", Overflow::Saturate, 0.0},     {"E7M0", Overflow::Saturate, 0x1p-7},
    {"E4M3FNUZ", Overflow::Infinity, 0.3}, {"E1M6", Overflow::Saturate, 1e-10},
};

static std::string makeProgram(Element element) {
  std::string text;
  for (const Rule &rule : kRules) {
    char threshold[32];
    std::snprintf(threshold, sizeof(threshold), "%.17e", rule.threshold);
    for (auto [name, x, scale] :
         {std::tuple("each", "$T", "$T"),
          std::tuple("flat", "tensor<?x$T>", "$T"),
          std::tuple("rows", "tensor<?x?x$T>", "tensor<?x1x$T>"),
          std::tuple("blocks", "tensor<?x?x$T>", "tensor<?x?x$T>"),
          std::tuple("fixed", "tensor<6x32x$T>", "tensor<3x4x$T>")})
      text += fill(R"mlir(
func.func @$N_$R(%w: $X, %g: $X, %lr: $T, %s: $S) -> (i64, i64) {
  %stalled, %total = altgrad.stall %w, %g, %lr, %s in $F threshold($H)
      overflow($O) : $X, $S -> i64, i64
  return %stalled, %total : i64, i64
}
)mlir",
                   {{"$N", name},
                    {"$R", rule.format},
                    {"$X", x},
                    {"$S", scale},
                    {"$F", spellType(makeNamedFormat(rule.format))},
                    {"$H", threshold},
                    {"$O", spell(rule.overflow)},
                    {"$T", spell(element).str()}});
  }
  return text;
}

static void checkStep(Program &program, const Rule &rule,
                      const std::string &name, const Step &step) {
  Element element = step.w.getElement();
  auto [stalled, total] =
      stall(makeNamedFormat(rule.format), rule.overflow, step.w, step.g,
            step.lr, step.scale, rule.threshold);
  std::vector<Array> results = program.call(
      name + "_" + rule.format,
      {step.w, step.g, Array::scalar(element, step.lr), step.scale});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(int64_t(results[0].getBits(0)), stalled)
      << name << ", " << rule.format << ", " << step.w.size() << " weights";
  EXPECT_EQ(int64_t(results[1].getBits(0)), total)
      << name << ", " << rule.format << ", " << step.w.size() << " weights";
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

// Weights of the size of the format's values, gradients that move some of them.
static void fillAtRandom(const Format &format, Array &w, Array &g,
                         const Array &scale, std::mt19937_64 &random) {
  FormatOracle oracle(format);
  std::uniform_real_distribution<double> exponent(-14, 3), fraction(0, 1);
  for (size_t i = 0; i < w.size(); ++i) {
    double s = scale[getBlock(w.getShape(), scale.getShape(), i)];
    uint32_t code = random() % oracle.getMaxFiniteCode();
    double low = oracle.getGrid()[code], high = oracle.getGrid()[code + 1];
    double u = low + (high - low) * fraction(random);
    w.set(i, (random() % 2 ? u : -u) * s);
    double step = std::exp2(exponent(random)) * w[i];
    g.set(i, random() % 16 == 0 ? 0.0 : (random() % 2 ? step : -step));
  }
}

// What arithmetic shortcuts get wrong, one after the other.
static void makeAdversarial(Element element, const Format &format, double lr,
                            double scale, double threshold, Array &w,
                            Array &g) {
  std::vector<double> ws, gs;
  auto addPair = [&](double weight, double gradient) {
    ws.push_back(weight);
    gs.push_back(gradient);
  };
  double tiny = decodeElement(element, 1);
  threshold = roundTo(element, threshold);
  uint64_t thresholdBits = encodeElement(element, threshold);
  for (double weight : {0.0, -0.0, 1.0, -1.0, tiny, -tiny, 1e30, 0.3, kNaN,
                        kInfinity, -kInfinity}) {
    for (double gradient : {0.0, -0.0, tiny, -tiny, 1.0, -1.0, 1e-8, 1e4, kNaN,
                            kInfinity, -kInfinity})
      addPair(weight, gradient);
    // Equal to the threshold is not counted, the next number is.
    for (int64_t step : {-1, 0, 1})
      if (int64_t(thresholdBits) + step >= 0)
        for (double sign : {1.0, -1.0})
          addPair(weight, sign * decodeElement(element, thresholdBits + step));
  }
  // From one side of zero to the other, where the codes are 0x00 and 0x80.
  double small = format.getMinPositive() * scale / 8;
  addPair(small, 2 * small / lr);
  addPair(-small, -2 * small / lr);

  // A weight that the rounded product brings to a tie, exactly. A fused
  // multiply-add keeps the product's tail, and leaves the tie.
  std::mt19937_64 random = makeGenerator(7);
  FormatOracle oracle(format);
  std::uniform_real_distribution<double> factor(4, 64);
  for (unsigned i = 0; i < 2000; ++i) {
    uint32_t code = 1 + random() % (oracle.getMaxFiniteCode() - 1);
    double tie = oracle.getMidpoint(code) * scale;
    double gradient = roundTo(element, factor(random) * tie / lr);
    double product = multiply(element, -lr, gradient);
    double weight = roundTo(element, tie - product);
    addPair(weight, gradient);
  }
  w = Array(element, ws);
  g = Array(element, gs);
}

static void checkProgram(Program &program, Element element) {
  std::mt19937_64 random = makeGenerator(3);
  for (const Rule &rule : kRules) {
    Format format = makeNamedFormat(rule.format);
    for (double lr : {0.01, 0.5, 0.0, -0.1}) {
      lr = roundTo(element, lr);
      // Lengths around a vector, and more elements than 16 bits count.
      for (int64_t size : {0, 1, 15, 16, 17, 63, 64, 65, 4099, 200001}) {
        if (size > 10000 && (lr != 0.0 || &rule != &kRules[0]))
          continue;
        Step step = {Array::zeros(element, {size}),
                     Array::zeros(element, {size}),
                     Array::scalar(element, 0.37), lr};
        fillAtRandom(format, step.w, step.g, step.scale, random);
        checkStep(program, rule, "flat", step);
      }
      auto checkBlocks = [&](const char *name, Array::Shape shape,
                             Array::Shape blocks) {
        Step step = {Array::zeros(element, shape), Array::zeros(element, shape),
                     Array::zeros(element, blocks), lr};
        for (size_t i = 0; i < step.scale.size(); ++i)
          step.scale.set(i, std::exp2(double(random() % 64) / 8 - 4));
        fillAtRandom(format, step.w, step.g, step.scale, random);
        checkStep(program, rule, name, step);
      };
      checkBlocks("rows", {7, 45}, {7, 1});
      checkBlocks("rows", {0, 3}, {0, 1});
      checkBlocks("blocks", {4, 96}, {4, 3});
      checkBlocks("blocks", {6, 20}, {3, 5});
      checkBlocks("fixed", {6, 32}, {3, 4});
    }
    for (double lr : {0.1, 1.0, 0.0, 0.75}) {
      Step step = {{}, {}, Array::scalar(element, 0.3), roundTo(element, lr)};
      makeAdversarial(element, format, step.lr == 0 ? 1 : step.lr,
                      step.scale[0], rule.threshold, step.w, step.g);
      checkStep(program, rule, "flat", step);
      for (size_t i = 0; i < step.w.size(); i += 3) {
        Step one = {Array::scalar(element, step.w[i]),
                    Array::scalar(element, step.g[i]), step.scale, step.lr};
        checkStep(program, rule, "each", one);
      }
    }
  }
}

static void checkCompiled(Element element, const Variant &variant) {
  auto program = Program::compile(makeProgram(element), variant);
  ASSERT_TRUE(program);
  checkProgram(*program, element);
}

namespace {
class Stall : public testing::TestWithParam<Element> {};
} // namespace

TEST_P(Stall, Compiled) { checkCompiled(GetParam(), {}); }
TEST_P(Stall, CompiledForTargets) {
  for (const Variant &variant : getTargetVariants()) {
    SCOPED_TRACE(variant.str());
    checkCompiled(GetParam(), variant);
  }
}
TEST_P(Stall, OnDevice) {
  ALTGRAD_SKIP_WITHOUT_DEVICE();
  for (const Variant &variant : getDeviceVariants()) {
    SCOPED_TRACE(variant.str());
    checkCompiled(GetParam(), variant);
    if (isEmulated())
      break;
  }
}
TEST_P(Stall, CompiledWithoutOptimization) {
  checkCompiled(GetParam(), {/*optLevel=*/0, /*vectorWidth=*/128});
}
TEST(StallOfF32, CompiledForTwoThreads) {
  checkCompiled(Element::F32,
                {/*optLevel=*/3, /*vectorWidth=*/256, /*threads=*/2});
}

TEST_P(Stall, Folder) {
  Element element = GetParam();
  auto program = Program::fold(makeProgram(element));
  ASSERT_TRUE(program);
  std::mt19937_64 random = makeGenerator(5);
  for (const Rule &rule : kRules) {
    Format format = makeNamedFormat(rule.format);
    for (double lr : {0.01, 0.5, 0.0}) {
      lr = roundTo(element, lr);
      Step step = {Array::zeros(element, {6, 32}),
                   Array::zeros(element, {6, 32}),
                   Array::zeros(element, {3, 4}), lr};
      for (size_t i = 0; i < step.scale.size(); ++i)
        step.scale.set(i, std::exp2(double(random() % 64) / 8 - 4));
      fillAtRandom(format, step.w, step.g, step.scale, random);
      checkStep(*program, rule, "fixed", step);

      Step hard = {{}, {}, Array::scalar(element, 0.3), lr};
      makeAdversarial(element, format, lr == 0 ? 1 : lr, 0.3, rule.threshold,
                      hard.w, hard.g);
      for (size_t i = 0; i < hard.w.size(); i += 5)
        checkStep(*program, rule, "each",
                  {Array::scalar(element, hard.w[i]),
                   Array::scalar(element, hard.g[i]), hard.scale, lr});
    }
  }
}

// That the weights made for it do tell a fused multiply-add from two roundings.
TEST(StallOfF32, AFusedMultiplyAddWouldDiffer) {
  Format format = makeNamedFormat("E4M3FN");
  float lr = 0.1f, scale = 0.3f;
  Array w, g;
  makeAdversarial(Element::F32, format, lr, scale, 1e-10, w, g);
  unsigned differences = 0;
  for (size_t i = 0; i < w.size(); ++i) {
    auto weight = static_cast<float>(w[i]), gradient = static_cast<float>(g[i]);
    double twice = add(Element::F32, weight,
                       multiply(Element::F32, -double(lr), gradient));
    float once = std::fma(-lr, gradient, weight);
    differences += format.encode(divide(Element::F32, twice, scale)) !=
                   format.encode(divide(Element::F32, once, scale));
  }
  EXPECT_GT(differences, 100u);
}

static std::string printElement(const testing::TestParamInfo<Element> &param) {
  return spell(param.param).str();
}
INSTANTIATE_TEST_SUITE_P(Conformance, Stall, testing::ValuesIn(kFloats),
                         printElement);
