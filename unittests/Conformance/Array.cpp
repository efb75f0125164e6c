//===- Array.cpp - Arrays and element arithmetic --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Array.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cassert>
#include <cmath>
#include <cstring>

using namespace altgrad::test;
using llvm::APFloat;
using llvm::APInt;
using llvm::ArrayRef;

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

llvm::StringRef altgrad::test::spell(Element element) {
  switch (element) {
  case Element::F16:
    return "f16";
  case Element::BF16:
    return "bf16";
  case Element::F32:
    return "f32";
  case Element::F64:
    return "f64";
  case Element::I8:
    return "i8";
  case Element::I64:
    return "i64";
  }
  return {};
}

unsigned altgrad::test::getByteWidth(Element element) {
  switch (element) {
  case Element::I8:
    return 1;
  case Element::F16:
  case Element::BF16:
    return 2;
  case Element::F32:
    return 4;
  case Element::F64:
  case Element::I64:
    return 8;
  }
  return 0;
}

bool altgrad::test::isFloat(Element element) {
  return element != Element::I8 && element != Element::I64;
}

template <typename To, typename From> static To copyBits(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

static const llvm::fltSemantics &getSemantics(Element element) {
  return element == Element::F16 ? APFloat::IEEEhalf() : APFloat::BFloat();
}

static APFloat toAPFloat(Element element, double value) {
  APFloat number(value);
  bool losesInfo = false;
  number.convert(getSemantics(element), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number;
}

static double toDouble(APFloat number) {
  bool losesInfo = false;
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.convertToDouble();
}

// APFloat is right but slow; there are only 2^16 of each.
static std::vector<double> makeTable(Element element) {
  std::vector<double> values;
  values.reserve(1 << 16);
  for (uint64_t bits = 0; bits < (1 << 16); ++bits)
    values.push_back(toDouble(APFloat(getSemantics(element), APInt(16, bits))));
  return values;
}

double altgrad::test::decodeElement(Element element, uint64_t bits) {
  switch (element) {
  case Element::F16: {
    static const std::vector<double> table = makeTable(Element::F16);
    return table[bits];
  }
  case Element::BF16: {
    static const std::vector<double> table = makeTable(Element::BF16);
    return table[bits];
  }
  case Element::F32:
    return copyBits<float>(static_cast<uint32_t>(bits));
  case Element::F64:
    return copyBits<double>(bits);
  case Element::I8:
    return static_cast<int8_t>(bits);
  case Element::I64:
    return static_cast<double>(static_cast<int64_t>(bits));
  }
  return 0;
}

uint64_t altgrad::test::encodeElement(Element element, double value) {
  switch (element) {
  case Element::F16:
  case Element::BF16:
    return toAPFloat(element, value).bitcastToAPInt().getZExtValue();
  case Element::F32:
    return copyBits<uint32_t>(static_cast<float>(value));
  case Element::F64:
    return copyBits<uint64_t>(value);
  case Element::I8:
    return static_cast<uint8_t>(static_cast<int>(value));
  case Element::I64:
    return static_cast<uint64_t>(static_cast<int64_t>(value));
  }
  return 0;
}

double altgrad::test::roundTo(Element element, double value) {
  return decodeElement(element, encodeElement(element, value));
}

template <typename NativeFn, typename SoftFn>
static double compute(Element element, double a, double b, NativeFn native,
                      SoftFn soft) {
  assert(isFloat(element) && "expected a float type");
  if (element == Element::F64)
    return native(a, b);
  if (element == Element::F32)
    return native(static_cast<float>(a), static_cast<float>(b));
  APFloat result = toAPFloat(element, a);
  soft(result, toAPFloat(element, b));
  return toDouble(result);
}

double altgrad::test::divide(Element element, double a, double b) {
  return compute(
      element, a, b, [](auto x, auto y) { return x / y; },
      [](APFloat &x, const APFloat &y) {
        x.divide(y, APFloat::rmNearestTiesToEven);
      });
}

double altgrad::test::multiply(Element element, double a, double b) {
  return compute(
      element, a, b, [](auto x, auto y) { return x * y; },
      [](APFloat &x, const APFloat &y) {
        x.multiply(y, APFloat::rmNearestTiesToEven);
      });
}

double altgrad::test::add(Element element, double a, double b) {
  return compute(
      element, a, b, [](auto x, auto y) { return x + y; },
      [](APFloat &x, const APFloat &y) {
        x.add(y, APFloat::rmNearestTiesToEven);
      });
}

//===----------------------------------------------------------------------===//
// Array
//===----------------------------------------------------------------------===//

static size_t getCount(ArrayRef<int64_t> shape) {
  size_t count = 1;
  for (int64_t size : shape)
    count *= static_cast<size_t>(size);
  return count;
}

Array::Array(ZerosTag, Element element, ArrayRef<int64_t> shape)
    : element(element), shape(shape), count(getCount(shape)),
      storage(count * getByteWidth(element) / 8 + 1) {}

Array::Array(Element element, ArrayRef<int64_t> shape, ArrayRef<double> values)
    : Array(ZerosTag(), element, shape) {
  assert(values.size() == count && "expected as many values as elements");
  for (size_t i = 0; i < count; ++i)
    set(i, values[i]);
}

Array Array::scalar(Element element, double value) {
  Array result(element, {}, {value});
  result.scalarFlag = true;
  return result;
}

Array Array::allBits(Element element) {
  Array result = zeros(element, {int64_t(1) << (8 * getByteWidth(element))});
  for (size_t i = 0; i < result.size(); ++i)
    result.setBits(i, i);
  return result;
}

Array Array::ofBits(Element element, ArrayRef<uint64_t> bits) {
  Array result = zeros(element, {int64_t(bits.size())});
  for (size_t i = 0; i < bits.size(); ++i)
    result.setBits(i, bits[i]);
  return result;
}

// Copies of a known size are single instructions; of any size, calls.
uint64_t Array::getBits(size_t index) const {
  assert(index < count && "index out of range");
  const char *bytes = reinterpret_cast<const char *>(data());
  auto load = [&](auto bits) -> uint64_t {
    std::memcpy(&bits, bytes + index * sizeof(bits), sizeof(bits));
    return bits;
  };
  switch (getByteWidth(element)) {
  case 1:
    return load(uint8_t());
  case 2:
    return load(uint16_t());
  case 4:
    return load(uint32_t());
  default:
    return load(uint64_t());
  }
}

void Array::setBits(size_t index, uint64_t bits) {
  assert(index < count && "index out of range");
  char *bytes = reinterpret_cast<char *>(data());
  auto store = [&](auto value) {
    std::memcpy(bytes + index * sizeof(value), &value, sizeof(value));
  };
  switch (getByteWidth(element)) {
  case 1:
    return store(static_cast<uint8_t>(bits));
  case 2:
    return store(static_cast<uint16_t>(bits));
  case 4:
    return store(static_cast<uint32_t>(bits));
  default:
    return store(bits);
  }
}

std::vector<double> Array::getValues() const {
  std::vector<double> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = (*this)[i];
  return values;
}

Array Array::reshaped(ArrayRef<int64_t> newShape) const {
  assert(getCount(newShape) == count && "expected as many elements");
  Array result = *this;
  result.shape = Shape(newShape);
  result.scalarFlag = false;
  return result;
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

static void print(llvm::raw_ostream &os, const Array &array, size_t index) {
  unsigned digits = 2 * getByteWidth(array.getElement()) + 2;
  os << llvm::format_hex(array.getBits(index), digits) << " ("
     << llvm::format("%.17g", array[index]) << ")";
}

static testing::AssertionResult
compare(const Array &actual, const Array &expected, const Array *inputs) {
  if (actual.getElement() != expected.getElement() ||
      actual.getShape() != expected.getShape() ||
      actual.isScalar() != expected.isScalar()) {
    std::string text;
    llvm::raw_string_ostream os(text);
    auto printType = [&](const Array &array) {
      if (array.isScalar())
        os << "a scalar ";
      for (int64_t size : array.getShape())
        os << size << "x";
      os << spell(array.getElement());
    };
    os << "expected ";
    printType(expected);
    os << " but got ";
    printType(actual);
    return testing::AssertionFailure() << text;
  }

  if (!std::memcmp(actual.data(), expected.data(), expected.getByteSize()))
    return testing::AssertionSuccess();
  constexpr unsigned kMaxShown = 5;
  unsigned differences = 0;
  std::string text;
  llvm::raw_string_ostream os(text);
  for (size_t i = 0; i < expected.size(); ++i) {
    if (actual.getBits(i) == expected.getBits(i))
      continue;
    if (isFloat(expected.getElement()) && std::isnan(actual[i]) &&
        std::isnan(expected[i]))
      continue;
    if (++differences > kMaxShown)
      continue;
    os << "element " << i;
    if (inputs) {
      os << ", of ";
      print(os, *inputs, i);
    }
    os << ": expected ";
    print(os, expected, i);
    os << " but got ";
    print(os, actual, i);
    os << "\n";
  }
  if (differences == 0)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << differences << " of " << expected.size()
                                     << " elements differ, first:\n"
                                     << text;
}

testing::AssertionResult altgrad::test::isSame(const Array &actual,
                                               const Array &expected) {
  return compare(actual, expected, nullptr);
}

testing::AssertionResult altgrad::test::isSame(const Array &actual,
                                               const Array &expected,
                                               const Array &inputs) {
  return compare(actual, expected, &inputs);
}
