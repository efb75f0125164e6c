//===- Arrays.h - Arguments from text, results as text ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An argument of altgrad-run is a file, a number, a list of numbers, or the
// name of data to be made up, so that a program can be tried without files at
// hand. Numbers are arrays without dimensions here.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_TOOLS_RUN_ARRAYS_H
#define ALTGRAD_LIB_TOOLS_RUN_ARRAYS_H

#include "altgrad/ExecutionEngine/Npy.h"
#include "altgrad/ExecutionEngine/Signature.h"

#include "llvm/Support/raw_ostream.h"

namespace altgrad::run {

/// The array that `text` stands for, one that fits `type`:
///
///     x.npy                  the array in a file
///     0.5                    a number, for types without dimensions
///     [[1, 2], [3, 4]]       an array of numbers
///     zeros:4x8              an array of zeros of this shape
///     fill:0.5:4x8           or of another number
///     iota:4x8               0, 1, 2, ... in the order of memory
///     random:4x8:7           made up from the seed 7; 0 if it is left out
///
/// Where the type has all sizes, the shape may be left out, as in "random::7".
llvm::Expected<NpyArray> readArgument(llvm::StringRef text,
                                      const ValueType &type);

/// Prints "4xf32: [1, 2, 3, 4]": all elements, or the first and last of each
/// dimension where there are many.
void printArray(llvm::raw_ostream &os, const NpyArray &array,
                const ValueType &type);

} // namespace altgrad::run

#endif // ALTGRAD_LIB_TOOLS_RUN_ARRAYS_H
