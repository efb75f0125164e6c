//===- Passes.h - Passes on linalg.generic ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_LINALG_TRANSFORMS_PASSES_H
#define ALTGRAD_DIALECT_LINALG_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"

namespace altgrad {

#define GEN_PASS_DECL
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"

/// altgrad-run-if-present with passes that need not be registered.
std::unique_ptr<mlir::Pass>
createRunIfPresent(llvm::ArrayRef<std::string> ops,
                   llvm::ArrayRef<std::string> types,
                   mlir::OpPassManager passes);

#define GEN_PASS_REGISTRATION
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"

} // namespace altgrad

#endif // ALTGRAD_DIALECT_LINALG_TRANSFORMS_PASSES_H
