//===- GenericBody.h - The body of a linalg.generic in loops ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whatever the loops around it look like, on a CPU or a GPU: the body of a
// generic is cloned for one iteration, or for a vector of them.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GENERICBODY_H
#define ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GENERICBODY_H

#include "GenericLoops.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace altgrad {

/// The indices of the operand's element in the iteration `ivs`.
llvm::SmallVector<mlir::Value> getElementIndices(mlir::ImplicitLocOpBuilder &b,
                                                 mlir::linalg::GenericOp op,
                                                 mlir::OpOperand &operand,
                                                 mlir::ValueRange ivs);

/// Clones the body for the iteration `ivs`. `mapping` has the values of some of
/// the body's arguments, the accumulators; the others are scalar operands, or
/// what `load` makes of those in memory. Returns what is yielded.
llvm::SmallVector<mlir::Value>
emitScalarBody(mlir::ImplicitLocOpBuilder &b, mlir::linalg::GenericOp op,
               mlir::ValueRange ivs, mlir::IRMapping &mapping,
               llvm::function_ref<mlir::Value(mlir::OpOperand &)> load);

/// Clones the body, all but what combines reductions, for `lanes` iterations
/// from `ivs` on. The mappings have the values of the body's arguments, those
/// that the lanes share in `scalars`, and get those of its operations.
void emitVectorBody(mlir::ImplicitLocOpBuilder &b, mlir::linalg::GenericOp op,
                    const VectorizationPlan &plan, mlir::ValueRange ivs,
                    int64_t lanes, mlir::IRMapping &scalars,
                    mlir::IRMapping &vectors);

/// A value of the body as a vector: what the lanes share is spread.
mlir::Value asVector(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                     int64_t lanes, mlir::IRMapping &scalars,
                     mlir::IRMapping &vectors);

} // namespace altgrad

#endif // ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GENERICBODY_H
