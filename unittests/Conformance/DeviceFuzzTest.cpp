//===- DeviceFuzzTest.cpp - Random programs on both -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Programs that nobody thought of, on shapes that nobody thought of: compiled
// for the CPU and for the device, they return the same bits. Only operations
// whose results have one meaning are in them. Seeded and bounded; for a longer
// hunt, with other programs (ALTGRAD_FUZZ_SHOW=1 prints them as they come):
//
//     ALTGRAD_FUZZ_SEED=1000 ALTGRAD_FUZZ_PROGRAMS=500 \
//       AltgradConformanceTests --gtest_filter='*OnDeviceFuzz*'
//
//===----------------------------------------------------------------------===//

#include "DeviceComparison.h"
#include "Formats.h"

#include <cmath>
#include <cstdlib>
#include <limits>

using namespace altgrad;
using namespace altgrad::test;

namespace {
/// One random function @f, and the shapes and types of its arguments.
class RandomProgram {
public:
  explicit RandomProgram(unsigned seed);

  const std::string &getText() const { return text; }
  /// Data of the shape, with other sizes for those that are dynamic.
  std::vector<Array> makeArguments();

private:
  unsigned pick(unsigned count) { return random() % count; }
  bool oneIn(unsigned count) { return pick(count) == 0; }
  template <typename T> const T &pick(const std::vector<T> &values) {
    return values[pick(values.size())];
  }
  const char *pick(std::initializer_list<const char *> values) {
    return values.begin()[pick(values.size())];
  }

  std::string getName() { return "%v" + std::to_string(next++); }
  void emit(const std::string &line) { body += indent + line + "\n"; }
  std::string define(const std::string &operation) {
    std::string name = getName();
    emit(name + " = " + operation);
    return name;
  }
  std::string pickFormat();
  std::string pickOverflow() { return oneIn(2) ? " overflow(infinity)" : ""; }
  /// A scale, " , %s", and its type ", f32"; both may be empty.
  std::pair<std::string, std::string> pickScale();
  std::string getType(const std::string &element) const;
  std::string getReducedType(unsigned dims) const;

  void addStatement(unsigned depth);
  void addElementwise();
  void addRounding();
  void addCodes();
  void addReduction();
  void addStall();
  void addScalar();
  void addSlice();
  void addBranch(unsigned depth);
  void addLoop(unsigned depth);

  std::mt19937_64 random;
  Element element;
  std::string type;           // "tensor<?x8xf32>".
  std::vector<int64_t> sizes; // -1 for a dynamic one.
  std::vector<int64_t>
      blocks; // Of the scales in blocks: their number; 0 = each.
  std::string scaleType;
  unsigned next = 0;
  std::string indent = "  ", body, text;
  /// What there is to use, by kind.
  std::vector<std::string> tensors, scalars;
  /// What the function returns, with its types.
  std::vector<std::pair<std::string, std::string>> results;
};
} // namespace

std::string RandomProgram::getType(const std::string &name) const {
  std::string result = "tensor<";
  for (int64_t size : sizes)
    result += (size < 0 ? "?" : std::to_string(size)) + "x";
  return result + name + ">";
}

/// The type of an amax over the dimensions in the bits of `dims`.
std::string RandomProgram::getReducedType(unsigned dims) const {
  std::string result = "tensor<";
  for (size_t i = 0; i < sizes.size(); ++i)
    result += (dims >> i & 1  ? "1"
               : sizes[i] < 0 ? "?"
                              : std::to_string(sizes[i])) +
              std::string("x");
  return result + spell(element).str() + ">";
}

std::string RandomProgram::pickFormat() {
  const std::vector<Format::Named> &formats = Format::getAllNamed();
  return spellType(pick(formats).format);
}

std::pair<std::string, std::string> RandomProgram::pickScale() {
  switch (pick(4)) {
  case 0:
    return {"", ""};
  case 1:
    return {", %scales", ", " + scaleType};
  default:
    return {", " + pick(scalars), ", " + spell(element).str()};
  }
}

void RandomProgram::addElementwise() {
  std::string x = pick(tensors), y = pick(tensors), z = pick(tensors);
  switch (pick(5)) {
  case 0:
    tensors.push_back(define(std::string("math.") +
                             pick({"absf", "floor", "sqrt", "roundeven"}) +
                             " " + x + " : " + type));
    return;
  case 1: {
    std::string mask = getType("i1");
    std::string less = define(std::string("arith.cmpf ") +
                              pick({"olt", "uge", "oeq", "une", "uno"}) + ", " +
                              x + ", " + y + " : " + type);
    tensors.push_back(define("arith.select " + less + ", " + y + ", " + z +
                             " : " + mask + ", " + type));
    return;
  }
  default:
    tensors.push_back(
        define(std::string("arith.") +
               pick({"addf", "subf", "mulf", "divf", "maximumf", "minimumf"}) +
               " " + x + ", " + y + " : " + type));
  }
}

void RandomProgram::addRounding() {
  auto [scale, scaleSuffix] = pickScale();
  if (oneIn(3))
    tensors.push_back(define("altgrad.round " + pick(tensors) + " in " +
                             pickFormat() + pickOverflow() + " : " + type));
  else
    tensors.push_back(define("altgrad.fake_quantize " + pick(tensors) + scale +
                             " in " + pickFormat() + pickOverflow() + " : " +
                             type + scaleSuffix));
}

void RandomProgram::addCodes() {
  std::string format = pickFormat(), codes = getType(format),
              bytes = getType("i8");
  auto [scale, scaleSuffix] = pickScale();
  std::string q =
      define("altgrad.quantize " + pick(tensors) + scale + pickOverflow() +
             " : " + type + scaleSuffix + " -> " + codes);
  if (oneIn(2))
    results.emplace_back(
        define("altgrad.bitcast " + q + " : " + codes + " to " + bytes), bytes);
  if (oneIn(2))
    tensors.push_back(define("altgrad.dequantize " + q + scale + " : " + codes +
                             scaleSuffix + " -> " + type));
}

void RandomProgram::addReduction() {
  std::string nan = oneIn(2) ? " nan(ignore)" : "";
  std::string x = pick(tensors), name = spell(element).str();
  if (oneIn(2)) {
    scalars.push_back(
        define("altgrad.amax " + x + nan + " : " + type + " -> " + name));
    return;
  }
  if (oneIn(3)) {
    results.emplace_back(
        define("altgrad.amax " + x + nan + " : " + type + " -> " + scaleType),
        scaleType);
    return;
  }
  std::string reduced = getReducedType(pick(1 << sizes.size()));
  results.emplace_back(
      define("altgrad.amax " + x + nan + " : " + type + " -> " + reduced),
      reduced);
}

void RandomProgram::addStall() {
  std::string w = pick(tensors), g = pick(tensors), lr = pick(scalars);
  bool isBlocked = oneIn(2);
  std::string name = getName();
  emit(name + ":2 = altgrad.stall " + w + ", " + g + ", " + lr + ", " +
       (isBlocked ? "%scales" : pick(scalars)) + " in " + pickFormat() +
       pickOverflow() + " : " + type + ", " +
       (isBlocked ? scaleType : spell(element).str()) + " -> i64, i64");
  results.emplace_back(name + "#0", "i64");
  results.emplace_back(name + "#1", "i64");
}

void RandomProgram::addScalar() {
  std::string name = spell(element).str();
  switch (pick(3)) {
  case 0:
    scalars.push_back(define(
        std::string("arith.") + pick({"addf", "mulf", "divf", "maximumf"}) +
        " " + pick(scalars) + ", " + pick(scalars) + " : " + name));
    return;
  case 1: {
    std::string scale =
        define("altgrad.compute_scale " + pick(scalars) + " in " +
               pickFormat() + " power_of_two(" +
               pick({"none", "ceil", "floor"}) + ") : " + name + " -> f32");
    if (element == Element::F32)
      scalars.push_back(scale);
    else if (element == Element::F64)
      scalars.push_back(define("arith.extf " + scale + " : f32 to f64"));
    else
      scalars.push_back(define("arith.truncf " + scale + " : f32 to " + name));
    return;
  }
  default: {
    std::string dims;
    for (size_t i = 0; i < sizes.size(); ++i)
      if (sizes[i] < 0)
        dims += (dims.empty() ? "" : ", ") + ("%size" + std::to_string(i));
    tensors.push_back(define("tensor.splat " + pick(scalars) +
                             (dims.empty() ? "" : "[" + dims + "]") + " : " +
                             type));
  }
  }
}

/// What is computed of the first half of the first dimension goes to the
/// second half, or stays where it was.
void RandomProgram::addSlice() {
  std::string name = spell(element).str(), part = "tensor<?";
  for (size_t i = 1; i < sizes.size(); ++i)
    part += "x" + (sizes[i] < 0 ? "?" : std::to_string(sizes[i]));
  part += "x" + name + ">";
  auto getRange = [&](const std::string &first) {
    std::string offsets = first, lengths = "%half", strides = "1";
    for (size_t i = 1; i < sizes.size(); ++i) {
      offsets += ", 0";
      lengths += ", " + (sizes[i] < 0 ? "%size" + std::to_string(i)
                                      : std::to_string(sizes[i]));
      strides += ", 1";
    }
    return "[" + offsets + "] [" + lengths + "] [" + strides + "]";
  };
  std::string from = pick({"0", "%half"}), to = pick({"0", "%half"});
  std::string slice = define("tensor.extract_slice " + pick(tensors) +
                             getRange(from) + " : " + type + " to " + part);
  std::string computed =
      oneIn(2) ? define("altgrad.round " + slice + " in " + pickFormat() +
                        " : " + part)
               : define("arith.addf " + slice + ", " + slice + " : " + part);
  if (oneIn(2))
    scalars.push_back(
        define("altgrad.amax " + computed + " : " + part + " -> " + name));
  tensors.push_back(define("tensor.insert_slice " + computed + " into " +
                           pick(tensors) + getRange(to) + " : " + part +
                           " into " + type));
}

void RandomProgram::addBranch(unsigned depth) {
  std::string less = define("arith.cmpf olt, " + pick(scalars) + ", " +
                            pick(scalars) + " : " + spell(element).str());
  std::string name = getName();
  emit(name + " = scf.if " + less + " -> (" + type + ") {");
  auto addBlock = [&] {
    std::vector<std::string> outerTensors = tensors, outerScalars = scalars;
    auto outerResults = results;
    indent += "  ";
    for (unsigned i = 0, end = 1 + pick(3); i < end; ++i)
      addStatement(depth + 1);
    emit("scf.yield " + pick(tensors) + " : " + type);
    indent.resize(indent.size() - 2);
    tensors = outerTensors;
    scalars = outerScalars;
    results = outerResults;
  };
  addBlock();
  emit("} else {");
  addBlock();
  emit("}");
  tensors.push_back(name);
}

void RandomProgram::addLoop(unsigned depth) {
  std::string name = getName(), current = getName(), scalar = getName(),
              elementName = spell(element).str();
  emit(name + ":2 = scf.for %i" + std::to_string(next++) +
       " = %zero to %three step %one iter_args(" + current + " = " +
       pick(tensors) + ", " + scalar + " = " + pick(scalars) + ") -> (" + type +
       ", " + elementName + ") {");
  std::vector<std::string> outerTensors = tensors, outerScalars = scalars;
  auto outerResults = results;
  indent += "  ";
  tensors.push_back(current);
  tensors.push_back(current);
  scalars.push_back(scalar);
  for (unsigned i = 0, end = 1 + pick(4); i < end; ++i)
    addStatement(depth + 1);
  emit("scf.yield " + tensors.back() + ", " + scalars.back() + " : " + type +
       ", " + elementName);
  indent.resize(indent.size() - 2);
  emit("}");
  tensors = outerTensors;
  scalars = outerScalars;
  results = outerResults;
  tensors.push_back(name + "#0");
  scalars.push_back(name + "#1");
}

void RandomProgram::addStatement(unsigned depth) {
  switch (pick(depth < 2 ? 13 : 11)) {
  case 0:
  case 1:
  case 2:
    return addElementwise();
  case 3:
  case 4:
    return addRounding();
  case 5:
    return addCodes();
  case 6:
  case 7:
    return addReduction();
  case 8:
    return addStall();
  case 9:
    return addScalar();
  case 10:
    return addSlice();
  case 11:
    return addBranch(depth);
  default:
    return addLoop(depth);
  }
}

RandomProgram::RandomProgram(unsigned seed) : random(makeGenerator(seed)) {
  element = kFloats[oneIn(2) ? 2 : pick(4)];
  std::string name = spell(element).str();
  for (unsigned i = 0, rank = 1 + pick(3); i < rank; ++i) {
    static const std::vector<int64_t> kSizes = {1,  2,  3,  4,  8,
                                                15, 16, 32, 33, 64};
    sizes.push_back(oneIn(2) ? -1 : pick(kSizes));
    // One scale for the dimension, for each element, or for every other one.
    bool isHalved = sizes[i] > 0 && sizes[i] % 2 == 0 && oneIn(3);
    blocks.push_back(isHalved ? sizes[i] / 2 : oneIn(2));
  }
  type = getType(name);
  scaleType = "tensor<";
  for (size_t i = 0; i < sizes.size(); ++i)
    scaleType += (blocks[i] > 0  ? std::to_string(blocks[i])
                  : sizes[i] < 0 ? "?"
                                 : std::to_string(sizes[i])) +
                 "x";
  scaleType += name + ">";

  tensors = {"%x", "%y"};
  scalars = {"%s", "%t"};
  for (unsigned i = 0, end = 2 + pick(9); i < end; ++i)
    addStatement(0);
  results.emplace_back(tensors.back(), type);
  results.emplace_back(pick(tensors), type);
  results.emplace_back(scalars.back(), name);

  std::string values, types;
  for (auto &[value, resultType] : results) {
    values += (values.empty() ? "" : ", ") + value;
    types += (types.empty() ? "" : ", ") + resultType;
  }
  text = "func.func @f(%x: " + type + ", %y: " + type + ", %s: " + name +
         ", %t: " + name + ", %scales: " + scaleType + ")\n    -> (" + types +
         ") {\n";
  text += "  %zero = arith.constant 0 : index\n"
          "  %one = arith.constant 1 : index\n"
          "  %two = arith.constant 2 : index\n"
          "  %three = arith.constant 3 : index\n";
  for (size_t i = 0; i < sizes.size(); ++i) {
    std::string number = std::to_string(i);
    text += "  %dim" + number + " = arith.constant " + number + " : index\n";
    text += "  %size" + number + " = tensor.dim %x, %dim" + number + " : " +
            type + "\n";
  }
  text += "  %half = arith.divui %size0, %two : index\n";
  text += body + "  return " + values + " : " + types + "\n}\n";
}

std::vector<Array> RandomProgram::makeArguments() {
  static const std::vector<int64_t> kSizes = {
      0, 1, 2, 3, 7, 8, 16, 31, 32, 33, 64, 65, 100, 128, 515, 2050};
  Array::Shape shape, scaleShape;
  int64_t count = 1;
  for (size_t i = 0; i < sizes.size(); ++i) {
    int64_t size = sizes[i];
    if (size < 0) {
      size = pick(kSizes);
      // Not more than a few thousand elements.
      while (count * size > 5000)
        size /= 2;
    }
    count *= std::max<int64_t>(size, 1);
    shape.push_back(size);
    scaleShape.push_back(blocks[i] > 0 ? blocks[i] : size);
  }
  static const double kOdd[] = {0.0,
                                -0.0,
                                1e-30,
                                1e30,
                                -448,
                                std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::quiet_NaN()};
  unsigned oddity = pick(3) == 0 ? 10 : 1000000;
  std::uniform_real_distribution<double> exponent(-8, 6);
  auto makeNumber = [&] {
    if (oneIn(oddity))
      return kOdd[pick(std::size(kOdd))];
    double magnitude = std::exp2(exponent(random));
    return oneIn(2) ? magnitude : -magnitude;
  };
  auto makeTensor = [&](const Array::Shape &tensorShape) {
    Array array = Array::zeros(element, tensorShape);
    for (size_t i = 0; i < array.size(); ++i)
      array.set(i, makeNumber());
    return array;
  };
  Array x = makeTensor(shape), y = makeTensor(shape);
  Array s = Array::scalar(element, makeNumber());
  Array t = Array::scalar(element, makeNumber());
  Array scales = makeTensor(scaleShape);
  return {x, y, s, t, scales};
}

//===----------------------------------------------------------------------===//
// The test
//===----------------------------------------------------------------------===//

static unsigned getNumber(const char *name, unsigned otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoul(text, nullptr, 10) : otherwise;
}

static constexpr unsigned kParts = 4;

namespace {
/// A part of the programs, so that they run beside each other.
class OnDeviceFuzz : public testing::TestWithParam<unsigned> {};
} // namespace

TEST_P(OnDeviceFuzz, SameBitsAsTheCPU) {
  ALTGRAD_SKIP_WITHOUT_DEVICE();
  unsigned count =
      getNumber("ALTGRAD_FUZZ_PROGRAMS", isEmulated() ? 80 : 2000) / kParts;
  unsigned first = getNumber("ALTGRAD_FUZZ_SEED", 1) + GetParam() * count;
  for (unsigned seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomProgram program(seed);
    if (getNumber("ALTGRAD_FUZZ_SHOW", 0))
      std::fprintf(stderr, "// Seed %u\n%s", seed, program.getText().c_str());
    std::mt19937_64 random = makeGenerator(seed);
    Variant variant = getDeviceVariants()[random() % 2];
    variant.blockSize = int64_t(32) << random() % 6;
    variant.vectorsPerThread = 1 + random() % 4;
    variant.maxBlocks = 1 + random() % 3;
    variant.misalignment = random() % 4 == 0 ? random() % 5 : 0;
    DeviceComparison comparison(program.getText(), {variant});
    for (int i = 0; i < 4; ++i)
      comparison.expectSame("f", program.makeArguments());
    if (HasFailure())
      return;
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, OnDeviceFuzz, testing::Range(0u, kParts));
