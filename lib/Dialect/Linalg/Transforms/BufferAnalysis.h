//===- BufferAnalysis.h - The parts of altgrad-bufferize --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What altgrad-bufferize does before upstream's bufferization: give each tensor
// a place of its own, and decide which writes may happen where the tensor lies.
// Both take time linear in the number of operations.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_LINALG_TRANSFORMS_BUFFERANALYSIS_H
#define ALTGRAD_DIALECT_LINALG_TRANSFORMS_BUFFERANALYSIS_H

#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace altgrad {

/// Gives each use of a tensor.empty one of its own. CSE makes one of all that
/// have the same shape, and everything computed into it one set of aliases.
void splitEmptyTensors(mlir::RewriterBase &rewriter, mlir::Operation *root);

/// Where what is computed into a tensor.empty is then inserted into another
/// tensor or buffer, computes it there.
void computeInDestinations(mlir::RewriterBase &rewriter, mlir::Operation *root);

/// True if `function` has one block and no operation in it passes tensors into
/// or out of a region or a function.
bool isStraightLine(mlir::func::FuncOp function,
                    const mlir::bufferization::BufferizationOptions &options);

/// Decides for each tensor operand of a straight-line function whether it is
/// bufferized in place, and records that in `state`.
void analyzeStraightLine(mlir::func::FuncOp function,
                         mlir::bufferization::OneShotAnalysisState &state);

} // namespace altgrad

#endif // ALTGRAD_DIALECT_LINALG_TRANSFORMS_BUFFERANALYSIS_H
