//===- Differentiation.h - Drive gradient rules -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reverse-mode differentiation of a block, in four steps: what is active, which
// rules are missing, what has to be recorded, and the backward code. For the
// pass on functions and for the models of operations with regions.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_GRADIENTS_DIFFERENTIATION_H
#define ALTGRAD_GRADIENTS_DIFFERENTIATION_H

#include "altgrad/Dialect/Altgrad/IR/DifferentiableOpInterface.h"

namespace altgrad {

/// Completes `activity`, in which arguments to differentiate are varied and
/// values with a cotangent are useful, for all operations in `region`. Looks
/// into the regions of an operation that implements both
/// RegionBranchOpInterface and DifferentiableOpInterface; other regions are the
/// business of their operation's rule, and all of its results depend on all
/// they capture.
void analyzeActivity(mlir::Region &region, Activity &activity);

/// Emits an error at each operation in `region` that needs a gradient rule and
/// has none, and at each that stores a varied value in memory.
llvm::LogicalResult checkGradientRules(mlir::Region &region,
                                       const Activity &activity);

/// Calls `augmentPrimal` on the operations with active results.
llvm::LogicalResult augmentPrimals(mlir::Block &block,
                                   PrimalAugmenter &augmenter);

/// Declares what the backward code of `block` will read: what the rules of its
/// operations declare, and their tapes.
void addNeededPrimals(mlir::Block &block, NeededPrimals &needs);

/// Runs the rules of the operations in `block`, last one first. The cotangents
/// that the block starts with, those of the values its terminator passes on,
/// are in `builder` already; those of its arguments and of captured values are
/// there afterwards.
llvm::LogicalResult differentiateBlock(mlir::Block &block,
                                       BackwardBuilder &builder);

} // namespace altgrad

#endif // ALTGRAD_GRADIENTS_DIFFERENTIATION_H
