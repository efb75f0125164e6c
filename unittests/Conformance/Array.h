//===- Array.h - Arrays and element arithmetic ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled code works on f16, bf16, f32 and f64, of which C++ knows two. Here
// is one array for all of them, seen as bits or as doubles (which hold every
// value of the four), and their IEEE 754 arithmetic.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CONFORMANCE_ARRAY_H
#define ALTGRAD_UNITTESTS_CONFORMANCE_ARRAY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "gtest/gtest.h"

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace altgrad::test {

enum class Element { F16, BF16, F32, F64, I8, I64 };

inline constexpr Element kFloats[] = {Element::F16, Element::BF16, Element::F32,
                                      Element::F64};

/// "bf16", as in the textual IR.
llvm::StringRef spell(Element element);
unsigned getByteWidth(Element element);
bool isFloat(Element element);

/// The number with these bits, exactly; an integer type's as signed.
double decodeElement(Element element, uint64_t bits);
/// The bits of the nearest number to `value`, ties to even.
uint64_t encodeElement(Element element, double value);

/// `value` rounded once to the type, ties to even.
double roundTo(Element element, double value);
/// IEEE operations of the type on numbers of the type.
double divide(Element element, double a, double b);
double multiply(Element element, double a, double b);
double add(Element element, double a, double b);

/// A dense array in C order, or a scalar.
class Array {
public:
  using Shape = llvm::SmallVector<int64_t, 4>;

  /// Nothing.
  Array() : Array(ZerosTag(), Element::F32, {0}) {}
  /// The numbers nearest to the values.
  Array(Element element, llvm::ArrayRef<int64_t> shape,
        llvm::ArrayRef<double> values);
  /// An array of one dimension.
  Array(Element element, llvm::ArrayRef<double> values)
      : Array(element, {int64_t(values.size())}, values) {}

  static Array zeros(Element element, llvm::ArrayRef<int64_t> shape) {
    return {ZerosTag(), element, shape};
  }
  static Array scalar(Element element, double value);
  /// All patterns of bits of a type of 8 or 16 bits, in order.
  static Array allBits(Element element);
  static Array ofBits(Element element, llvm::ArrayRef<uint64_t> bits);

  Element getElement() const { return element; }
  bool isScalar() const { return scalarFlag; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  size_t size() const { return count; }

  void *data() { return storage.data(); }
  const void *data() const { return storage.data(); }
  size_t getByteSize() const { return count * getByteWidth(element); }

  uint64_t getBits(size_t index) const;
  void setBits(size_t index, uint64_t bits);
  double operator[](size_t index) const {
    return decodeElement(element, getBits(index));
  }
  void set(size_t index, double value) {
    setBits(index, encodeElement(element, value));
  }
  std::vector<double> getValues() const;

  /// The same elements in another shape of as many.
  Array reshaped(llvm::ArrayRef<int64_t> newShape) const;

private:
  struct ZerosTag {};
  Array(ZerosTag, Element element, llvm::ArrayRef<int64_t> shape);

  Element element;
  Shape shape;
  size_t count;
  bool scalarFlag = false;
  /// Whole words, so that the first element is aligned for any type; one at
  /// least, so that an empty array has an address.
  std::vector<uint64_t> storage;
};

/// Equal types, shapes and bits, except that all NaNs of a type are equal: the
/// sign and the payload of a NaN are left open. Shows the first differences.
testing::AssertionResult isSame(const Array &actual, const Array &expected);
/// The same, showing the inputs that belong to the differences.
testing::AssertionResult isSame(const Array &actual, const Array &expected,
                                const Array &inputs);

} // namespace altgrad::test

#endif // ALTGRAD_UNITTESTS_CONFORMANCE_ARRAY_H
