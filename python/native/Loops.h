//===- Loops.h - Arrays of any strides as lines -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels work on lines of elements that lie next to each other. Here arrays of
// any rank and strides are taken apart into such lines: dimensions that can be
// walked as one become one, the rest is looped over, and a line whose elements
// do not lie next to each other passes through a small buffer. Nothing of the
// size of an array is ever copied.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_LOOPS_H
#define ALTGRAD_PYTHON_LOOPS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace altgrad::python {

/// One array in a nest of loops.
struct Operand {
  char *data;
  int64_t itemSize;
  bool isOutput;
  /// In bytes, one for each loop.
  llvm::SmallVector<int64_t, 6> strides;
};

/// Loops over arrays of one shape; an array that has a dimension no more than
/// once (a scale) has stride 0 along it.
class LoopNest {
public:
  LoopNest(llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<Operand> operands)
      : sizes(sizes), operands(operands) {}

  /// Orders the loops by the strides of the first operand, outermost first, and
  /// merges those that are one for all operands. Afterwards there is at least
  /// one loop, unless the nest is empty.
  void normalize();

  bool isEmpty() const;
  size_t getRank() const { return sizes.size(); }
  /// Of the loops counted from the innermost, 0.
  int64_t getSize(size_t level) const { return sizes[getRank() - 1 - level]; }
  int64_t getStride(size_t operand, size_t level) const {
    return operands[operand].strides[getRank() - 1 - level];
  }
  const Operand &getOperand(size_t index) const { return operands[index]; }
  size_t getNumOperands() const { return operands.size(); }

  /// True if the elements of a line of this operand lie next to each other, and
  /// where the machine wants them.
  bool isDirect(size_t operand) const;

  /// Calls `body` with the operands' addresses for each iteration of all loops
  /// but the innermost `levels`.
  void forEachOuter(
      size_t levels,
      llvm::function_ref<void(llvm::MutableArrayRef<char *>)> body) const;

  /// Calls `body` for lines of the innermost loop: with addresses at which
  /// `count` elements of each operand lie next to each other. Operands in
  /// `fixed`, a set of bits, do not move along the line; `body` gets their
  /// addresses as they are.
  void forEachLine(
      uint64_t fixed,
      llvm::function_ref<void(llvm::MutableArrayRef<char *>, int64_t count)>
          body) const;

private:
  llvm::SmallVector<int64_t, 6> sizes;
  llvm::SmallVector<Operand, 4> operands;
};

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_LOOPS_H
