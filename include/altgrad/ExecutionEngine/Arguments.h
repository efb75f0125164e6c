//===- Arguments.h - Arguments for compiled functions -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A compiled function is called through one array of pointers, one for each
// argument and result. What those point at is laid down by MLIR's C interface
// (https://mlir.llvm.org/docs/TargetLLVMIR/#c-compatible-wrapper-emission);
// the classes here build it from data pointers and shapes, for ranks known only
// at run time, which the templates upstream cannot do.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXECUTIONENGINE_ARGUMENTS_H
#define ALTGRAD_EXECUTIONENGINE_ARGUMENTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <cstring>
#include <deque>
#include <type_traits>

namespace altgrad {

/// An IEEE binary16 number, as compiled code takes and returns `f16`.
struct Float16 {
  uint16_t bits;

  /// The nearest number to `value`, ties to even; rounded once.
  static Float16 fromDouble(double value);
  double toDouble() const;
};

/// A bfloat16 number, as compiled code takes and returns `bf16`.
struct BFloat16 {
  uint16_t bits;

  /// The nearest number to `value`, ties to even; rounded once.
  static BFloat16 fromDouble(double value);
  double toDouble() const;
};

/// The descriptor of a ranked memref of any rank: two pointers, an offset, the
/// sizes and the strides. It does not own the elements.
class MemRefDescriptor {
public:
  /// Describes an array in C order.
  MemRefDescriptor(void *data, llvm::ArrayRef<int64_t> shape);
  /// Describes an array with the given strides, counted in elements.
  MemRefDescriptor(void *data, llvm::ArrayRef<int64_t> shape,
                   llvm::ArrayRef<int64_t> strides);
  /// An empty descriptor for a function to return into.
  explicit MemRefDescriptor(unsigned rank);

  unsigned getRank() const {
    return static_cast<unsigned>((words.size() - ShapeWord) / 2);
  }
  llvm::ArrayRef<int64_t> getShape() const {
    return llvm::ArrayRef<int64_t>(words).slice(ShapeWord, getRank());
  }
  llvm::ArrayRef<int64_t> getStrides() const {
    return llvm::ArrayRef<int64_t>(words).slice(ShapeWord + getRank());
  }
  /// Where the first element is counted from, and how many elements after it.
  void *getAligned() const { return getPointer(AlignedWord); }
  int64_t getOffset() const { return words[OffsetWord]; }
  /// What to give to free() where a function returned newly allocated memory.
  void *getAllocated() const { return getPointer(AllocatedWord); }

  /// The descriptor in memory, in the layout of compiled code.
  void *getRaw() { return words.data(); }

private:
  enum : unsigned { AllocatedWord, AlignedWord, OffsetWord, ShapeWord };

  void *getPointer(unsigned index) const {
    return reinterpret_cast<void *>(static_cast<intptr_t>(words[index]));
  }

  // Pointers and indices are 64 bits wide on every supported target.
  static_assert(sizeof(void *) == sizeof(int64_t));
  llvm::SmallVector<int64_t, ShapeWord + 8> words;
};

/// The array of pointers for one call, and what it points at. Arguments are
/// added in the order of the function's parameters:
///
///     PackedArguments arguments;
///     arguments.addMemRef(weights, {64, 128});
///     arguments.addScalar(0.05f);
///     float result;
///     arguments.addResult(result);
///
/// One scalar result comes last, with `addResult`. A memref, or several results
/// together, come first, with `addAggregateResult`.
class PackedArguments {
public:
  PackedArguments() = default;
  PackedArguments(const PackedArguments &) = delete;
  PackedArguments &operator=(const PackedArguments &) = delete;

  void addMemRef(void *data, llvm::ArrayRef<int64_t> shape) {
    addMemRef(MemRefDescriptor(data, shape));
  }
  void addMemRef(MemRefDescriptor descriptor);

  template <typename T> void addScalar(T value) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
    scalars.push_back(0);
    std::memcpy(&scalars.back(), &value, sizeof(T));
    pointers.push_back(&scalars.back());
  }

  template <typename T> void addResult(T &result) {
    static_assert(std::is_trivially_copyable_v<T>);
    pointers.push_back(&result);
  }

  /// `result` is a MemRefDescriptor's memory, or a struct with one member for
  /// each result, a memref's being its descriptor.
  void addAggregateResult(void *result) { addPointer(result); }

  llvm::MutableArrayRef<void *> get() { return pointers; }

private:
  /// Adds an argument that is itself a pointer.
  void addPointer(void *value) {
    indirect.push_back(value);
    pointers.push_back(static_cast<void *>(&indirect.back()));
  }

  // A deque never moves an element when one is added after it.
  std::deque<MemRefDescriptor> descriptors;
  std::deque<uint64_t> scalars;
  std::deque<void *> indirect;
  llvm::SmallVector<void *, 8> pointers;
};

} // namespace altgrad

#endif // ALTGRAD_EXECUTIONENGINE_ARGUMENTS_H
