//===- BlockedIteration.h - Loops over a tensor and its blocks --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one rule for per-tensor, per-axis and block scales, as an iteration
// space. A dimension of x that is cut into several blocks becomes two loops,
// block and element within it, by an expand_shape of x; so every indexing map
// is a projected permutation, which is what linalg's passes understand.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_ALTGRAD_UTILS_BLOCKEDITERATION_H
#define ALTGRAD_DIALECT_ALTGRAD_UTILS_BLOCKEDITERATION_H

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace altgrad {

class BlockedIteration {
public:
  /// The loops over `x`, whose blocks are the elements of a tensor of type
  /// `blocksType`, or all of `x` where that is a scalar or null. `blocks` gives
  /// the sizes where the type is dynamic; null for a result, whose dynamic
  /// dimensions are as large as those of x.
  BlockedIteration(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                   mlir::Type blocksType, mlir::Value blocks);

  /// One loop for each dimension of `split(x)`.
  unsigned getNumLoops() const { return loopSizes.size(); }
  llvm::ArrayRef<mlir::OpFoldResult> getLoopSizes() const { return loopSizes; }
  mlir::AffineMap getIdentityMap() const;
  /// From loops to the elements of a `reduceRank`ed blocks tensor.
  mlir::AffineMap getBlocksMap() const;
  /// Loops inside a block reduce it; the others are parallel.
  llvm::SmallVector<mlir::utils::IteratorType> getReductionIterators() const;

  /// A tensor of x's shape, expanded to the loops' shape, and back.
  mlir::Value split(mlir::Value tensor) const;
  mlir::Value unsplit(mlir::Value tensor, mlir::RankedTensorType type) const;

  /// A tensor of the blocks' shape without the dimensions that hold but one
  /// block, and back. A tensor of one block becomes rank 0.
  mlir::Value reduceRank(mlir::Value blocks) const;
  mlir::Value restoreRank(mlir::Value blocks,
                          mlir::RankedTensorType type) const;
  /// The sizes of a rank-reduced blocks tensor.
  llvm::SmallVector<mlir::OpFoldResult> getBlockSizes() const;

private:
  mlir::ImplicitLocOpBuilder &b;
  mlir::RankedTensorType xType;
  bool isSplit = false;
  llvm::SmallVector<mlir::OpFoldResult> loopSizes;
  /// The loops of each dimension of x.
  llvm::SmallVector<mlir::ReassociationIndices> loopsOfDim;
  /// For each kept dimension of the blocks tensor, its loop.
  llvm::SmallVector<int64_t> blockLoops;
  /// For each kept dimension of the blocks tensor, it and the dropped
  /// neighbours that collapse into it.
  llvm::SmallVector<mlir::ReassociationIndices> blockGroups;
};

} // namespace altgrad

#endif // ALTGRAD_DIALECT_ALTGRAD_UTILS_BLOCKEDITERATION_H
