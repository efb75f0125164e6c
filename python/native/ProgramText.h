//===- ProgramText.h - Pieces of programs in MLIR ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels are written as text, from templates with names to be replaced.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_PROGRAMTEXT_H
#define ALTGRAD_PYTHON_PROGRAMTEXT_H

#include "Arrays.h"

namespace altgrad::python {

/// The type of codes of a format.
std::string getFormatText(const Format &format);

/// MLIR's name of a type of numbers.
llvm::StringRef getElementName(DataType type);

/// A number with all of its bits.
std::string getNumberText(double value);

/// Replaces each name by its text.
std::string
fillIn(llvm::StringRef text,
       llvm::ArrayRef<std::pair<llvm::StringRef, std::string>> replacements);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_PROGRAMTEXT_H
