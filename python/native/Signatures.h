//===- Signatures.h - What a compiled function takes and returns *- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Signatures are those of the execution engine; here is what they are in
// Python.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_SIGNATURES_H
#define ALTGRAD_PYTHON_SIGNATURES_H

#include "Arrays.h"

#include "altgrad/ExecutionEngine/Signature.h"

namespace altgrad::python {

/// The element type of the arrays for a parameter or result. Codes are bytes;
/// their format is in `type`.
DataType getDataType(const ValueType &type);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_SIGNATURES_H
