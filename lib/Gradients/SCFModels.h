//===- SCFModels.h - What the rules of scf share ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of a branch is a branch on the same condition, that of a loop is
// a loop of the same iterations, last one first. What they read of a primal
// iteration is on a tape: results that the primal operation gets in addition.
//
// Cotangents of values from outside enter the backward region, are added to and
// come out again, so that a contribution to a part of a tensor costs as much as
// the part.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_GRADIENTS_SCFMODELS_H
#define ALTGRAD_LIB_GRADIENTS_SCFMODELS_H

#include "altgrad/Dialect/Altgrad/IR/DifferentiableOpInterface.h"

namespace altgrad {

mlir::FloatType getElementFloat(mlir::Value cotangent);

/// That of a cotangent of `primal` where nothing asks for a wider one.
mlir::FloatType getElementFloat(BackwardBuilder &b, mlir::Value primal);

/// The narrowest type that holds both.
mlir::FloatType getWider(mlir::FloatType a, mlir::FloatType b);

/// A cotangent of zero that code writes to: no constant of its size.
mlir::Value emitZero(BackwardBuilder &b, mlir::Value primal,
                     mlir::FloatType element);

/// The error for a value of a type that no tape holds.
llvm::LogicalResult refuseToRecord(mlir::Operation *op, mlir::Type type);

void attachForModel(mlir::MLIRContext &context);
void attachIfModel(mlir::MLIRContext &context);

} // namespace altgrad

#endif // ALTGRAD_LIB_GRADIENTS_SCFMODELS_H
