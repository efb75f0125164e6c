//===- Arrays.cpp - Arguments from text, results as text ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arrays.h"

#include "Elements.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <functional>

using namespace altgrad;
using namespace altgrad::run;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::SmallVector;
using llvm::StringRef;

using Shape = SmallVector<int64_t, 6>;

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

static std::string describeShape(ArrayRef<int64_t> shape) {
  return shape.empty()
             ? "of a number"
             : llvm::join(llvm::map_range(shape,
                                          [](int64_t size) {
                                            return std::to_string(size);
                                          }),
                          "x");
}

static Error checkShape(ArrayRef<int64_t> shape, const ValueType &type) {
  bool fits = shape.size() == type.shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i)
    fits = type.shape[i] < 0 || type.shape[i] == shape[i];
  if (fits)
    return Error::success();
  return llvm::createStringError("expected " + type.text +
                                 " but got the shape " + describeShape(shape));
}

/// Reads "4x8", or takes the shape of the type for an empty text.
static Expected<Shape> parseShape(StringRef text, StringRef name,
                                  const ValueType &type) {
  Shape shape(type.shape);
  if (text.empty()) {
    if (llvm::any_of(shape, [](int64_t size) { return size < 0; }))
      return llvm::createStringError(
          "expected a shape, as in " + name + ":" +
          llvm::join(SmallVector<StringRef>(shape.size(), "4"), "x") +
          ", because " + type.text + " does not have all sizes");
    return shape;
  }
  shape.clear();
  SmallVector<StringRef> sizes;
  text.split(sizes, 'x');
  int64_t numBytes = getElementSize(type.element);
  for (StringRef size : sizes) {
    int64_t value;
    if (size.getAsInteger(10, value) || value < 0 ||
        llvm::MulOverflow(numBytes, std::max<int64_t>(value, 1), numBytes))
      return llvm::createStringError(
          "expected a shape such as 4x8 that fits in memory but got '" + text +
          "'");
    shape.push_back(value);
  }
  if (Error error = checkShape(shape, type))
    return std::move(error);
  return shape;
}

//===----------------------------------------------------------------------===//
// Data that is made up
//===----------------------------------------------------------------------===//

/// The 64 bits of index `index` of a sequence: a counter run through the mixer
/// of SplitMix64, so that elements do not depend on each other.
static uint64_t getRandomBits(uint64_t seed, uint64_t index) {
  uint64_t bits =
      (seed + 1) * 0xD1342543DE82EF95 + (index + 1) * 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

/// Four uniform numbers added up: a bell within 3.47 around 0, of standard
/// deviation 1.
static double getRandomNumber(uint64_t bits) {
  int64_t sum = 0;
  for (int shift = 0; shift < 64; shift += 16)
    sum += static_cast<int64_t>((bits >> shift) & 0xFFFF);
  constexpr double deviation = 37837.22; // 2^16 sqrt(4 / 12)
  return (static_cast<double>(sum) - 131070) / deviation;
}

static NpyArray generate(ArrayRef<int64_t> shape, const ValueType &type,
                         llvm::function_ref<double(uint64_t)> getNumber) {
  NpyArray array(getNpyType(type.element), shape);
  auto *bytes = static_cast<char *>(array.getData());
  unsigned size = getElementSize(type.element);
  for (int64_t i = 0, e = array.getNumElements(); i < e; ++i)
    storeElement(getNumber(static_cast<uint64_t>(i)), type.element,
                 bytes + i * size);
  return array;
}

static Expected<NpyArray>
makeRandom(ArrayRef<int64_t> shape, StringRef seedText, const ValueType &type) {
  uint64_t seed = 0;
  if (!seedText.empty() && seedText.getAsInteger(10, seed))
    return llvm::createStringError("expected a number for the seed but got '" +
                                   seedText + "'");
  bool isFloat =
      llvm::is_contained({ElementType::Float16, ElementType::BFloat16,
                          ElementType::Float32, ElementType::Float64},
                         type.element);
  return generate(shape, type, [&](uint64_t index) {
    uint64_t bits = getRandomBits(seed, index);
    return isFloat ? getRandomNumber(bits)
                   // All values of 32 bits; the upper half of 64 is the sign.
                   : static_cast<double>(static_cast<int32_t>(bits >> 32));
  });
}

/// The array for "NAME:...", or nothing if there is no such name.
static std::optional<Expected<NpyArray>> makeArray(StringRef text,
                                                   const ValueType &type) {
  SmallVector<StringRef, 4> words;
  text.split(words, ':');
  StringRef name = words[0];
  // "fill" has its number before the shape, "random" its seed after it.
  size_t most = llvm::StringSwitch<size_t>(name)
                    .Cases({"zeros", "iota"}, 2)
                    .Cases({"fill", "random"}, 3)
                    .Default(0);
  if (most == 0)
    return std::nullopt;
  if (words.size() > most)
    return llvm::createStringError("expected " + name + " with at most " +
                                   llvm::Twine(most - 1) +
                                   " values behind it but got '" + text + "'");
  words.resize(4);
  bool isFill = name == "fill";
  Expected<Shape> shape =
      parseShape(words[isFill ? 2 : 1], isFill ? "fill:0.5" : name, type);
  if (!shape)
    return shape.takeError();
  if (name == "zeros")
    return NpyArray(getNpyType(type.element), *shape);
  if (name == "iota")
    return generate(*shape, type,
                    [](uint64_t index) { return static_cast<double>(index); });
  if (name == "random")
    return makeRandom(*shape, words[2], type);

  uint64_t element = 0;
  if (Error error = parseElement(words[1], type, &element))
    return std::move(error);
  NpyArray array(getNpyType(type.element), *shape);
  auto *bytes = static_cast<char *>(array.getData());
  unsigned size = getElementSize(type.element);
  for (int64_t i = 0, e = array.getNumElements(); i < e; ++i)
    std::memcpy(bytes + i * size, &element, size);
  return array;
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

namespace {
/// Reads nested lists of numbers.
class ListParser {
public:
  ListParser(StringRef text, const ValueType &type)
      : text(text), rest(text), type(type) {}

  Expected<NpyArray> parse();

private:
  Error parseList(size_t depth);
  /// The lists of one depth must all have the same length.
  Error setSize(size_t depth, int64_t size);
  bool consume(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  Error fail(const llvm::Twine &message) const {
    return llvm::createStringError("in '" + text + "': " + message);
  }

  StringRef text, rest;
  const ValueType &type;
  /// Sizes that are not known yet are negative.
  Shape shape;
  std::vector<char> bytes;
};
} // namespace

Error ListParser::setSize(size_t depth, int64_t size) {
  if (shape[depth] >= 0 && shape[depth] != size)
    return fail("expected lists of the same length but got " +
                llvm::Twine(shape[depth]) + " and " + llvm::Twine(size) +
                " elements");
  shape[depth] = size;
  return Error::success();
}

Error ListParser::parseList(size_t depth) {
  if (depth == shape.size())
    return fail("expected lists of depth " + llvm::Twine(shape.size()) +
                " for " + type.text);
  int64_t size = 0;
  for (; !consume("]"); ++size) {
    if (size > 0 && !consume(","))
      return fail("expected ',' or ']' but got '" + rest.take_front(16) + "'");
    if (consume("[")) {
      if (Error error = parseList(depth + 1))
        return error;
      continue;
    }
    if (depth + 1 != shape.size())
      return fail("expected lists of depth " + llvm::Twine(shape.size()) +
                  " for " + type.text);
    StringRef number = rest.ltrim().take_until(
        [](char c) { return llvm::StringRef(",[] \t\n").contains(c); });
    rest = rest.ltrim().drop_front(number.size());
    uint64_t element = 0;
    if (Error error = parseElement(number, type, &element))
      return error;
    const auto *begin = reinterpret_cast<const char *>(&element);
    bytes.insert(bytes.end(), begin, begin + getElementSize(type.element));
  }
  return setSize(depth, size);
}

Expected<NpyArray> ListParser::parse() {
  shape.assign(type.shape.size(), -1);
  consume("[");
  if (Error error = parseList(0))
    return std::move(error);
  if (!rest.trim().empty())
    return fail("expected the end but got '" + rest.take_front(16) + "'");
  // Below an empty list nothing says how long the lists would have been.
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] < 0)
      shape[i] = std::max<int64_t>(type.shape[i], 0);
  if (Error error = checkShape(shape, type))
    return std::move(error);
  NpyArray array(getNpyType(type.element), shape);
  llvm::copy(bytes, static_cast<char *>(array.getData()));
  return array;
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

static Expected<NpyArray> readFile(StringRef path, const ValueType &type) {
  Expected<NpyArray> array = NpyArray::read(path);
  if (!array)
    return array;
  if (!canRead(array->getType(), type.element))
    return llvm::createStringError(
        path + ": expected " + type.text + ", whose elements are '" +
        getNpyTypeName(getNpyType(type.element)) + "', but got '" +
        getNpyTypeName(array->getType()) + "'");
  if (Error error = checkShape(array->getShape(), type))
    return llvm::createStringError(path + ": " +
                                   llvm::toString(std::move(error)));
  return array;
}

Expected<NpyArray> altgrad::run::readArgument(StringRef text,
                                              const ValueType &type) {
  text = text.trim();
  if (text.ends_with(".npy"))
    return readFile(text, type);
  if (text.starts_with("["))
    return ListParser(text, type).parse();
  if (auto array = makeArray(text, type))
    return std::move(*array);
  if (!type.shape.empty())
    return readFile(text, type);
  NpyArray number(getNpyType(type.element), {});
  if (Error error = parseElement(text, type, number.getData()))
    return llvm::createStringError(llvm::toString(std::move(error)) + " for " +
                                   type.text);
  return number;
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

void altgrad::run::printArray(llvm::raw_ostream &os, const NpyArray &array,
                              const ValueType &type) {
  constexpr int64_t mostElements = 64, edge = 3;
  ArrayRef<int64_t> shape = array.getShape();
  bool abbreviate = array.getNumElements() > mostElements;
  const auto *bytes = static_cast<const char *>(array.getData());
  unsigned elementSize = getElementSize(type.element);

  for (int64_t size : shape)
    os << size << 'x';
  os << type.elementText << ": ";

  int64_t index = 0;
  std::function<void(size_t)> print = [&](size_t depth) {
    if (depth == shape.size()) {
      os << formatElement(type, bytes + index++ * elementSize);
      return;
    }
    int64_t inner = 1;
    for (int64_t size : shape.drop_front(depth + 1))
      inner *= size;
    os << '[';
    for (int64_t i = 0; i < shape[depth]; ++i) {
      os << (i > 0 ? ", " : "");
      if (abbreviate && i == edge && shape[depth] > 2 * edge) {
        os << "...";
        int64_t skipped = shape[depth] - 2 * edge;
        i += skipped - 1;
        index += skipped * inner;
        continue;
      }
      print(depth + 1);
    }
    os << ']';
  };
  print(0);
  os << '\n';
}
