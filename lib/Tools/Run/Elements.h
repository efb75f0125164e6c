//===- Elements.h - Single elements as text and in memory -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a person writes on a command line and reads in a terminal, for each of
// the element types that functions have.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_TOOLS_RUN_ELEMENTS_H
#define ALTGRAD_LIB_TOOLS_RUN_ELEMENTS_H

#include "altgrad/ExecutionEngine/Npy.h"
#include "altgrad/ExecutionEngine/Signature.h"

namespace altgrad::run {

/// The type in which elements are written to files.
NpyType getNpyType(ElementType type);
/// True for files whose elements have the bits of `type`.
bool canRead(NpyType file, ElementType type);

/// Reads a number, rounded once; an error if it is none of the type, or past
/// its ends. Codes are written as numbers from 0 to 255.
llvm::Error parseElement(llvm::StringRef text, const ValueType &type,
                         void *element);

/// The element for a number made up here, rounded once; integers and codes are
/// cut off to their bits.
void storeElement(double value, ElementType type, void *element);

/// The shortest text that is read as the same element: "0.1". A code is
/// followed by its value: "0x38 (1)".
std::string formatElement(const ValueType &type, const void *element);

} // namespace altgrad::run

#endif // ALTGRAD_LIB_TOOLS_RUN_ELEMENTS_H
