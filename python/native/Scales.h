//===- Scales.h - The scale of an operation ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A scale is a number, an array of one element, or an array of the rank of x
// each of whose dimensions divides the one of x: one scale for each block.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_SCALES_H
#define ALTGRAD_PYTHON_SCALES_H

#include "Arrays.h"
#include "Loops.h"

namespace altgrad::python {

/// A number of one of the float types, as it lies in memory.
struct Number {
  alignas(8) char bytes[8] = {};

  static Number round(double value, DataType type);
  static double read(const char *bytes, DataType type);
};

/// Reads a number: a float, an int, or an array of one element.
double readNumber(nanobind::handle object, const char *what);

struct Scale {
  /// The scale is 1: nothing to divide by.
  bool isOne = true;
  /// One scale for everything, unless there is an array.
  Number number;
  /// On the host, several of them; on a device, one or several.
  std::optional<ArrayView> array;
};

/// Reads the scale of an operation on `x`, which messages call `xName`; scales
/// are rounded to `type`. On a device an array stays there, of any float type.
Scale readScale(nanobind::handle object, DataType type, const ArrayView &x,
                const char *xName);

/// Raises TypeError unless the elements are floats.
void checkIsFloat(const ArrayView &array, const char *what);

/// A number that is no array, if it is one.
std::optional<double> readPlainNumber(nanobind::handle object);

/// Raises ValueError unless blocks of shape `blocks` divide `shape`. `what`
/// names the array of the blocks.
void checkBlocks(llvm::ArrayRef<int64_t> blocks, llvm::ArrayRef<int64_t> shape,
                 const char *what);

/// The loops over `arrays`, which have one shape, and over the blocks `blocked`
/// divides them into; that one's operand is the last. Several arrays that have
/// one element per block are none.
LoopNest makeLoops(llvm::ArrayRef<const ArrayView *> arrays, unsigned output,
                   const ArrayView *blocked, bool blockedIsOutput = false);

/// No output among the arrays.
constexpr unsigned kNoOutput = ~0u;

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_SCALES_H
