//===- Check.cpp - Data, and what must come out of them -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Check.h"

#include "altgrad/ExecutionEngine/Arguments.h"
#include "altgrad/Support/Format.h"
#include "altgrad/Support/Scaling.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <sstream>

using namespace altgrad;
using namespace altgrad::bench;

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

static double load(Element element, const void *data, int64_t index) {
  const char *at = static_cast<const char *>(data) +
                   index * static_cast<int64_t>(getByteWidth(element));
  if (element == Element::F32) {
    float value;
    std::memcpy(&value, at, sizeof(value));
    return static_cast<double>(value);
  }
  uint16_t bits;
  std::memcpy(&bits, at, sizeof(bits));
  return element == Element::BF16 ? BFloat16{bits}.toDouble()
                                  : Float16{bits}.toDouble();
}

static void store(Element element, void *data, int64_t index, double value) {
  char *at = static_cast<char *>(data) +
             index * static_cast<int64_t>(getByteWidth(element));
  if (element == Element::F32) {
    auto narrow = static_cast<float>(value);
    std::memcpy(at, &narrow, sizeof(narrow));
    return;
  }
  uint16_t bits = element == Element::BF16 ? BFloat16::fromDouble(value).bits
                                           : Float16::fromDouble(value).bits;
  std::memcpy(at, &bits, sizeof(bits));
}

/// `value`, rounded to the element type.
static double roundTo(Element element, double value) {
  char bytes[sizeof(float)];
  store(element, bytes, 0, value);
  return load(element, bytes, 0);
}

/// A format; amax has none and gets any.
static Format getFormat(const Work &work) {
  return *Format::getNamed(work.format.empty() ? "E5M2" : work.format);
}

Call altgrad::bench::makeCall(const Work &work) {
  Call call;
  call.learningRate = static_cast<float>(roundTo(work.element, 0.05));
  Format format = getFormat(work);
  // A tenth of the format's range: the power of two above is 1/8.
  call.scaleAmax = static_cast<float>(format.getMaxFinite() / 10);
  if (work.scale == Scale::Runtime)
    call.scale = 0.1f;
  if (work.scale == Scale::PowerOfTwo) {
    ScaleOptions options;
    options.powerOfTwo = ScaleRounding::Ceil;
    call.scale =
        computeScale(static_cast<double>(call.scaleAmax), format, options);
  }
  return call;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

Inputs altgrad::bench::makeTimedInputs(const Work &work, int64_t period) {
  Inputs inputs;
  inputs.count = period;
  inputs.input.resize(period * getInputWidth(work.op, work.element));
  inputs.secondInput.resize(period *
                            getSecondInputWidth(work.op, work.element));
  std::mt19937_64 random(1);
  if (work.op == Op::Dequantize) {
    Format format = getFormat(work);
    for (char &code : inputs.input) {
      auto candidate = static_cast<uint8_t>(random());
      code = static_cast<char>(format.isNaN(candidate) ? 0 : candidate);
    }
    return inputs;
  }
  std::normal_distribution<double> normal;
  for (int64_t i = 0; i < period; ++i) {
    store(work.element, inputs.input.data(), i, normal(random));
    // Steps around the spacing of the formats; one gradient in 64 is zero.
    if (isStall(work.op))
      store(work.element, inputs.secondInput.data(), i,
            random() % 64 == 0 ? 0.0 : normal(random));
  }
  return inputs;
}

/// Interesting numbers of f32.
static std::vector<float> getEdgeNumbers(const Format &format, float scale) {
  std::vector<float> magnitudes = {0,
                                   1e-45f,
                                   1e-40f,
                                   std::numeric_limits<float>::min(),
                                   1e-10f,
                                   0.1f,
                                   1,
                                   3.14159f,
                                   1e10f,
                                   1e30f,
                                   std::numeric_limits<float>::max(),
                                   std::numeric_limits<float>::infinity()};
  auto addWithNeighbours = [&](double value) {
    for (double factor : {1.0, static_cast<double>(scale)}) {
      auto middle = static_cast<float>(value * factor);
      for (float end : {-1.0f, std::numeric_limits<float>::infinity()})
        magnitudes.push_back(std::fabs(std::nextafter(middle, end)));
      magnitudes.push_back(middle);
    }
  };
  for (Format::Code code = 0; code <= format.getMaxFiniteCode(); ++code) {
    double value = format.decode(code);
    double next = code == format.getMaxFiniteCode() ? format.getOverflowStep()
                                                    : format.decode(code + 1);
    addWithNeighbours(value);
    addWithNeighbours((value + next) / 2);
  }
  addWithNeighbours(format.getOverflowStep());
  std::vector<float> numbers;
  for (float magnitude : magnitudes)
    numbers.insert(numbers.end(), {magnitude, -magnitude});
  return numbers;
}

/// Bits of edge cases of a float type, NaNs included.
static std::vector<uint32_t> getEdgeBits(const Work &work) {
  std::vector<uint32_t> bits;
  if (work.element != Element::F32) {
    for (uint32_t i = 0; i < 65536; ++i)
      bits.push_back(i);
    return bits;
  }
  for (float number : getEdgeNumbers(getFormat(work), makeCall(work).scale)) {
    uint32_t word;
    std::memcpy(&word, &number, sizeof(word));
    bits.push_back(word);
  }
  for (uint32_t nan : {0x7f800001u, 0x7fbfffffu, 0x7fc00000u, 0x7fffffffu})
    bits.insert(bits.end(), {nan, nan | 0x80000000u});
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i)
    bits.push_back(static_cast<uint32_t>(random()));
  return bits;
}

Inputs altgrad::bench::makeEdgeInputs(const Work &work, bool withNaN) {
  Inputs inputs;
  std::mt19937_64 random(3);
  if (work.op == Op::Dequantize) {
    // Three times, so that each code meets vectors and remainders.
    for (int i = 0; i < 3 * 256 + 5; ++i)
      inputs.input.push_back(static_cast<char>(i));
    inputs.count = static_cast<int64_t>(inputs.input.size());
    return inputs;
  }
  size_t width = getByteWidth(work.element);
  auto append = [&](std::vector<char> &array, uint32_t bits) {
    char bytes[sizeof(bits)];
    std::memcpy(bytes, &bits, sizeof(bits));
    array.insert(array.end(), bytes, bytes + width);
  };
  std::vector<uint32_t> all = getEdgeBits(work);
  for (uint32_t bits : all) {
    char bytes[sizeof(bits)];
    std::memcpy(bytes, &bits, sizeof(bits));
    if (!withNaN && std::isnan(load(work.element, bytes, 0)))
      continue;
    append(inputs.input, bits);
    ++inputs.count;
  }
  // A length that leaves remainders.
  if (inputs.count % 2 == 0) {
    append(inputs.input, 0);
    ++inputs.count;
  }
  if (!isStall(work.op))
    return inputs;
  // Every kind of gradient with every kind of weight; steps about as large as
  // the spacing elsewhere, because most random pairs neither stall nor move.
  std::normal_distribution<double> normal;
  for (int64_t i = 0; i < inputs.count; ++i) {
    append(inputs.secondInput, all[random() % all.size()]);
    if (i % 2 == 0)
      continue;
    double weight = load(work.element, inputs.input.data(), i);
    double size = std::isfinite(weight) ? weight : 1;
    store(work.element, inputs.secondInput.data(), i, normal(random) * size);
  }
  return inputs;
}

//===----------------------------------------------------------------------===//
// Expectations
//===----------------------------------------------------------------------===//

/// One division in f32; elsewhere nothing is divided.
static double divide(const Work &work, const Call &call, double x) {
  if (work.scale == Scale::None)
    return x;
  return static_cast<double>(static_cast<float>(x) / call.scale);
}
/// Of a value of the format: exact in double, rounded by the caller.
static double multiply(const Work &work, const Call &call, double value) {
  return work.scale == Scale::None ? value
                                   : value * static_cast<double>(call.scale);
}

Expectation altgrad::bench::computeExpectation(const Work &work,
                                               const Inputs &inputs) {
  Expectation expected;
  Format format = getFormat(work);
  Call call = makeCall(work);
  Element element = work.element;
  expected.output.resize(inputs.count * getOutputWidth(work.op, element));
  if (work.op == Op::Dequantize) {
    for (int64_t i = 0; i < inputs.count; ++i) {
      double value = format.decode(static_cast<uint8_t>(inputs.input[i]));
      store(element, expected.output.data(), i, multiply(work, call, value));
    }
    return expected;
  }
  double threshold = roundTo(element, 1e-10);
  auto rate = static_cast<double>(call.learningRate);
  for (int64_t i = 0; i < inputs.count; ++i) {
    double x = load(element, inputs.input.data(), i);
    if (hasAmax(work.op))
      expected.magnitudes.push_back(static_cast<float>(std::fabs(x)));
    switch (work.op) {
    case Op::Quantize:
    case Op::QuantizeAmax:
      expected.output[i] =
          static_cast<char>(format.encode(divide(work, call, x)));
      break;
    case Op::FakeQuantize:
    case Op::FakeQuantizeAmax:
      store(element, expected.output.data(), i,
            multiply(work, call, format.round(divide(work, call, x))));
      break;
    case Op::Stall:
    case Op::StallUpdate: {
      double g = load(element, inputs.secondInput.data(), i);
      // In double the product is exact, and the sum exact or so far from a tie
      // that rounding it twice is rounding it once.
      double step = roundTo(element, -rate * g);
      double moved = roundTo(element, x + step);
      bool counted = std::fabs(g) > threshold;
      bool equal = format.round(divide(work, call, x)) ==
                   format.round(divide(work, call, moved));
      expected.stall.push_back(counted | (counted && equal ? 2 : 0));
      if (work.op == Op::StallUpdate)
        store(element, expected.output.data(), i, moved);
      break;
    }
    case Op::Amax:
    case Op::Dequantize:
      break;
    }
  }
  return expected;
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

/// The first of `count` outputs that is wrong, or `count`. NaNs are equal.
static int64_t findDifference(const Work &work, const char *got,
                              const char *expected, int64_t count) {
  size_t width = getOutputWidth(work.op, work.element);
  if (std::memcmp(got, expected, count * width) == 0)
    return count;
  for (int64_t i = 0; i < count; ++i) {
    if (std::memcmp(got + i * width, expected + i * width, width) == 0)
      continue;
    if (width > 1 && std::isnan(load(work.element, got, i)) &&
        std::isnan(load(work.element, expected, i)))
      continue;
    return i;
  }
  return count;
}

static std::string printBits(const void *data, int64_t index, size_t width) {
  uint32_t bits = 0;
  std::memcpy(&bits, static_cast<const char *>(data) + index * width, width);
  std::ostringstream os;
  os << "0x" << std::hex << bits;
  return os.str();
}

static std::string compareOutput(const Work &work, const Call &call,
                                 const Inputs &inputs,
                                 const Expectation &expected) {
  size_t width = getOutputWidth(work.op, work.element);
  auto *output = static_cast<const char *>(call.output);
  for (int64_t begin = 0; width && begin < call.count; begin += inputs.count) {
    int64_t count = std::min(inputs.count, call.count - begin);
    int64_t at = findDifference(work, output + begin * width,
                                expected.output.data(), count);
    if (at == count)
      continue;
    std::string text = "element " + std::to_string(begin + at) + " of " +
                       printBits(inputs.input.data(), at,
                                 getInputWidth(work.op, work.element));
    if (isStall(work.op))
      text += " and " + printBits(inputs.secondInput.data(), at,
                                  getByteWidth(work.element));
    return text + ": expected " + printBits(expected.output.data(), at, width) +
           " but got " + printBits(output, begin + at, width);
  }
  return "";
}

std::string altgrad::bench::compare(const Work &work, const Call &call,
                                    const Inputs &inputs,
                                    const Expectation &expected) {
  std::string text = compareOutput(work, call, inputs, expected);
  if (!text.empty())
    return text;
  int64_t repeats = call.count / inputs.count;
  int64_t rest = call.count % inputs.count;
  // Counts are far below 2^53.
  auto check = [&](const char *what, double got, double wanted) {
    bool bothNaN = std::isnan(got) && std::isnan(wanted);
    if (got == wanted || bothNaN || !text.empty())
      return;
    std::ostringstream os;
    os.precision(17);
    os << what << ": expected " << wanted << " but got " << got;
    text = os.str();
  };
  if (hasAmax(work.op)) {
    double largest = 0;
    for (int64_t i = 0, end = std::min(call.count, inputs.count); i < end;
         ++i) {
      auto magnitude = static_cast<double>(expected.magnitudes[i]);
      if (std::isnan(magnitude) || magnitude > largest)
        largest = magnitude;
      if (std::isnan(largest))
        break;
    }
    check("amax", load(work.element, &call.amaxBits, 0), largest);
  }
  if (isStall(work.op)) {
    int64_t stalled = 0, total = 0;
    for (int64_t i = 0; i < inputs.count; ++i) {
      int64_t times = repeats + (i < rest);
      total += times * (expected.stall[i] & 1);
      stalled += times * (expected.stall[i] >> 1);
    }
    check("stalled", static_cast<double>(call.stalled),
          static_cast<double>(stalled));
    check("total", static_cast<double>(call.total), static_cast<double>(total));
  }
  return text;
}

std::string altgrad::bench::checkEdges(const Work &work, const Inputs &inputs,
                                       const Expectation &expected,
                                       const Bind &bind) {
  constexpr size_t kAlignment = 64, kGuard = 64;
  constexpr char kPoison = 0x5a;
  size_t width = getOutputWidth(work.op, work.element);
  size_t inputWidth = getInputWidth(work.op, work.element);
  size_t secondWidth = getSecondInputWidth(work.op, work.element);
  auto align = [](std::vector<char> &buffer) {
    auto address = reinterpret_cast<uintptr_t>(buffer.data());
    return buffer.data() + (kAlignment - address % kAlignment) % kAlignment;
  };
  int64_t lengths[] = {1, 31, 67, 4097, inputs.count};
  for (int64_t length : lengths) {
    for (size_t offset : {0, 1}) {
      Call call = makeCall(work);
      call.count = std::min(length, inputs.count);
      // Between guards, and one element away from alignment the second time.
      std::vector<char> input((call.count + offset) * inputWidth + kAlignment);
      std::vector<char> second((call.count + offset) * secondWidth +
                               kAlignment);
      std::vector<char> output(
          (call.count + offset) * width + kAlignment + 2 * kGuard, kPoison);
      char *in = align(input) + offset * inputWidth;
      char *in2 = align(second) + offset * secondWidth;
      char *out = align(output) + kGuard + offset * width;
      std::memcpy(in, inputs.input.data(), call.count * inputWidth);
      if (secondWidth)
        std::memcpy(in2, inputs.secondInput.data(), call.count * secondWidth);
      call.input = in;
      call.secondInput = secondWidth ? in2 : nullptr;
      call.output = width ? out : nullptr;
      bind(call)();

      std::string text = compare(work, call, inputs, expected);
      const char *end = out + call.count * width;
      auto isPoison = [](char byte) { return byte == kPoison; };
      if (text.empty() && (!std::all_of(out - kGuard, out, isPoison) ||
                           !std::all_of(end, end + kGuard, isPoison)))
        text = "writes outside of its output";
      if (!text.empty())
        return "edge cases, length " + std::to_string(call.count) +
               (offset ? ", not aligned, " : ", ") + text;
    }
  }
  return "";
}
