//===- Models.h - Gradient rules of upstream dialects -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// External models of DifferentiableOpInterface. Each function attaches those of
// one dialect, once the dialect is loaded.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_GRADIENTS_MODELS_H
#define ALTGRAD_GRADIENTS_MODELS_H

#include "mlir/IR/DialectRegistry.h"

namespace altgrad {

void registerArithGradients(mlir::DialectRegistry &registry);
void registerLinalgGradients(mlir::DialectRegistry &registry);
void registerMathGradients(mlir::DialectRegistry &registry);
void registerSCFGradients(mlir::DialectRegistry &registry);
void registerTensorGradients(mlir::DialectRegistry &registry);

/// All of the above.
inline void registerAllGradients(mlir::DialectRegistry &registry) {
  registerArithGradients(registry);
  registerLinalgGradients(registry);
  registerMathGradients(registry);
  registerSCFGradients(registry);
  registerTensorGradients(registry);
}

} // namespace altgrad

#endif // ALTGRAD_GRADIENTS_MODELS_H
