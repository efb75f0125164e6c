//===- Npy.h - Reading and writing NumPy's .npy files -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled programs run on arrays that other tools made. The .npy format is
// the plainest one that all of them write: a short header, then the elements.
// See https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
//
// Only what can be handed to a memref without a conversion is accepted: the
// element types below, little-endian, in C order. Everything else, a file that
// was cut off included, is an error that says what was found.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXECUTIONENGINE_NPY_H
#define ALTGRAD_EXECUTIONENGINE_NPY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace altgrad {

/// The element types an array file may have. BF16 and Code8 are the names that
/// NumPy writes for bfloat16 and 8-bit floats of ml_dtypes: two bytes, and one
/// byte, of which it knows nothing.
enum class NpyType {
  F16,
  F32,
  F64,
  BF16,
  Code8,
  Bool,
  I8,
  U8,
  I16,
  U16,
  I32,
  U32,
  I64,
  U64
};

/// The size of one element in bytes.
unsigned getNpyTypeSize(NpyType type);
/// The name NumPy gives the type in a header: "<f4", "|i1", ...
llvm::StringRef getNpyTypeName(NpyType type);

/// The NpyType of a C++ type; f16 and bf16 have none.
template <typename T> struct NpyTypeOf;
template <> struct NpyTypeOf<float> {
  static constexpr NpyType value = NpyType::F32;
};
template <> struct NpyTypeOf<double> {
  static constexpr NpyType value = NpyType::F64;
};
template <> struct NpyTypeOf<int8_t> {
  static constexpr NpyType value = NpyType::I8;
};
template <> struct NpyTypeOf<uint8_t> {
  static constexpr NpyType value = NpyType::U8;
};
template <> struct NpyTypeOf<int32_t> {
  static constexpr NpyType value = NpyType::I32;
};
template <> struct NpyTypeOf<int64_t> {
  static constexpr NpyType value = NpyType::I64;
};

/// An array as it lies in a file: element type, shape, and the elements in C
/// order, aligned for any of the types.
class NpyArray {
public:
  /// Zeros of the given type and shape. No dimension may be negative.
  NpyArray(NpyType type, llvm::ArrayRef<int64_t> shape);

  /// Reads a file, or the bytes of one; `name` stands for them in messages.
  static llvm::Expected<NpyArray> read(llvm::StringRef path);
  static llvm::Expected<NpyArray> parse(llvm::StringRef bytes,
                                        llvm::StringRef name);

  /// The bytes of a file that holds this array; the same bytes that
  /// numpy.save writes.
  std::string serialize() const;
  llvm::Error write(llvm::StringRef path) const;

  NpyType getType() const { return type; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getRank() const { return static_cast<int64_t>(shape.size()); }
  int64_t getNumElements() const;
  size_t getNumBytes() const {
    return static_cast<size_t>(getNumElements()) * getNpyTypeSize(type);
  }

  void *getData() { return storage.data(); }
  const void *getData() const { return storage.data(); }

  /// The elements, or nothing if the array has another element type.
  template <typename T> std::optional<llvm::MutableArrayRef<T>> getElements() {
    if (NpyTypeOf<T>::value != type)
      return std::nullopt;
    return llvm::MutableArrayRef<T>(static_cast<T *>(getData()),
                                    static_cast<size_t>(getNumElements()));
  }
  template <typename T> std::optional<llvm::ArrayRef<T>> getElements() const {
    if (NpyTypeOf<T>::value != type)
      return std::nullopt;
    return llvm::ArrayRef<T>(static_cast<const T *>(getData()),
                             static_cast<size_t>(getNumElements()));
  }

private:
  NpyType type;
  llvm::SmallVector<int64_t, 4> shape;
  /// Whole 8-byte words, so that the first element is aligned for any type;
  /// one at least, so that an empty array still has an address.
  std::vector<uint64_t> storage;
};

} // namespace altgrad

#endif // ALTGRAD_EXECUTIONENGINE_NPY_H
