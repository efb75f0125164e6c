//===- Errors.h - Python exceptions from C++ --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every mistake a caller can make ends as a Python exception. All of these
// functions need the GIL.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_ERRORS_H
#define ALTGRAD_PYTHON_ERRORS_H

#include <nanobind/nanobind.h>

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace altgrad::python {

[[noreturn]] void raiseTypeError(const llvm::Twine &message);
[[noreturn]] void raiseValueError(const llvm::Twine &message);

/// Raises altgrad.CompileError with the text of `error`; its constructor takes
/// the text apart into messages and locations.
[[noreturn]] void raiseCompileError(llvm::Error error);

/// Raises altgrad.CUDAError with the text of `error`, likewise.
[[noreturn]] void raiseCUDAError(llvm::Error error);

/// The name of an object's type, for messages.
std::string describe(nanobind::handle object);

/// What str() makes of an object.
std::string toString(nanobind::handle object);

/// "(2, 3)", as Python prints a shape.
std::string describeShape(llvm::ArrayRef<int64_t> shape);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_ERRORS_H
