//===- OperationArguments.h - What the operations accept --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_OPERATIONARGUMENTS_H
#define ALTGRAD_PYTHON_OPERATIONARGUMENTS_H

#include "Arrays.h"

namespace altgrad::python {

/// Reads an array of one of the float types.
ArrayView readFloats(nanobind::handle object, const char *what);

/// Raises TypeError unless the elements are codes: bytes, or an 8-bit float of
/// this format.
void checkCodes(const ArrayView &codes, const Format &format);

/// Raises ValueError for formats that have no type in the compiler.
void checkEightBits(const Format &format);

/// Raises TypeError or ValueError unless a result can be written to `output`.
void checkOutput(const ArrayView &output, DataType type,
                 llvm::ArrayRef<int64_t> shape);

/// The type that `output` has to have for a result of `type`: codes may go to
/// any bytes, and to an 8-bit float of their format.
DataType getOutputType(const ArrayView &output, DataType type,
                       const Format &format);

/// True if writing an element of `output` could change an element of `input`
/// that is still to be read.
bool interferes(const ArrayView &output, const ArrayView &input);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_OPERATIONARGUMENTS_H
