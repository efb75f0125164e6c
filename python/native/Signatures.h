//===- Signatures.h - What a compiled function takes and returns *- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_SIGNATURES_H
#define ALTGRAD_PYTHON_SIGNATURES_H

#include "Arrays.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace altgrad::python {

/// One parameter or result of a function.
struct ValueType {
  enum Kind {
    /// A value: an array that is read and never written, or a new array.
    Tensor,
    /// Memory: an array that the function may write to.
    MemRef,
    /// A number.
    Scalar
  };

  Kind kind;
  DataType type;
  /// Of codes, whose `type` is UInt8.
  std::optional<Format> format;
  /// Sizes; negative ones are known only when the function is called.
  Shape shape;
  /// Of a memref with a layout, in elements, likewise; empty for C order.
  Shape strides;
  /// As MLIR prints it.
  std::string text;
};

struct Signature {
  std::vector<ValueType> parameters;
  std::vector<ValueType> results;
  /// "f(tensor<?xf32>, f32) -> tensor<?xf32>".
  std::string text;
};

/// The signature of a function, or an error at its location where one of its
/// types has no counterpart in Python.
llvm::Expected<Signature> getSignature(mlir::func::FuncOp function);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_SIGNATURES_H
