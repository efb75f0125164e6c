//===- Diagnostics.h - Diagnostics of MLIR as llvm::Error -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR reports to a handler and returns failure; a library that others call
// must hand its caller an error instead of printing. This turns one into the
// other, with the source locations.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXECUTIONENGINE_DIAGNOSTICS_H
#define ALTGRAD_EXECUTIONENGINE_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"

#include <string>

namespace altgrad {

/// While it lives, gathers the errors that are reported in a context, with
/// their notes. Warnings and remarks go to the handler that was there before.
class ErrorCollector {
public:
  explicit ErrorCollector(mlir::MLIRContext *context);

  /// Everything gathered so far as one error, one line per diagnostic:
  ///
  ///     file.mlir:3:8: error: expected ...
  ///     file.mlir:2:3: note: ...
  ///
  /// `fallback` is the message where a step failed without a diagnostic.
  llvm::Error takeError(const llvm::Twine &fallback);

private:
  std::string text;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace altgrad

#endif // ALTGRAD_EXECUTIONENGINE_DIAGNOSTICS_H
