//===- LinalgBody.h - Build structured backward operations ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A linalg.generic over the iterations of a primal operation, with the loops in
// another order: those of its result first, in the order of the result's
// dimensions, the reductions behind them. The body comes first, because the
// element type of the result is known only then.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_GRADIENTS_LINALGBODY_H
#define ALTGRAD_LIB_GRADIENTS_LINALGBODY_H

#include "altgrad/Dialect/Altgrad/IR/DifferentiableOpInterface.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

namespace altgrad {

/// What a computation in the body of a structured operation reads.
struct BodyReads {
  llvm::SetVector<mlir::OpOperand *> operands;
  /// Results, in the place of yielded values, so that those are not computed
  /// again.
  llvm::SetVector<unsigned> results;
  llvm::SetVector<mlir::Value> captured;
  /// Operations of the body, to be computed again.
  llvm::DenseSet<mlir::Operation *> recomputed;

  /// Declares them as needed.
  void declare(mlir::linalg::LinalgOp op, NeededPrimals &needs) const;
};

/// What has to be read to have `values` of the body of `op`. Values that the
/// operation yields once per element are read from its results if
/// `fromResults`.
BodyReads getBodyReads(mlir::linalg::LinalgOp op,
                       llvm::ArrayRef<mlir::Value> values, bool fromResults);

/// The operand and its dimension that has the size of a loop.
std::pair<mlir::OpOperand *, unsigned> getLoopSource(mlir::linalg::LinalgOp op,
                                                     unsigned loop);

class LinalgBody {
public:
  /// `resultMap` is the map of the result in the loops of `op`.
  LinalgBody(BackwardBuilder &b, mlir::linalg::LinalgOp op,
             mlir::AffineMap resultMap);
  ~LinalgBody() {
    if (block)
      block->dropAllReferences();
  }

  /// Builds at the end of the body.
  mlir::OpBuilder getBuilder() {
    mlir::OpBuilder builder(b.getContext());
    builder.setInsertionPointToEnd(block.get());
    return builder;
  }

  /// The element of a tensor; `map` is in the loops of the primal operation.
  mlir::Value addInput(mlir::Value tensor, mlir::AffineMap map);

  /// Makes `reads` available, and what follows from them: `available` maps
  /// values of the primal body to those of this one.
  void addReads(const BodyReads &reads, mlir::IRMapping &available);

  /// The place of this iteration among those of the `loops` of the primal
  /// operation, as i64.
  mlir::Value getPosition(llvm::ArrayRef<unsigned> loops);

  /// The tensor that addInput got if `value` is an element of it and the result
  /// would be that tensor again; else null.
  mlir::Value getIdentity(mlir::Value value);

  /// Makes a linalg.generic of the body that yields `contribution`, or what
  /// `combine` makes of it and the element of `init`. Call it last.
  mlir::Value
  finish(mlir::Value contribution, mlir::Value init,
         llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Value element,
                                        mlir::Value contribution)>
             combine);

  bool isReduction() const { return hasReduction; }

private:
  void removeUnused();
  /// Loops become vectors along the last dimension of the result if all inputs
  /// are contiguous along it, and dot products else. Those are slow where they
  /// are short: there the inputs are transposed, if they are read often enough
  /// to be worth it.
  void transposeInputs();
  /// Adds an operand that only has a size for each loop without one.
  void addMissingSizes();

  BackwardBuilder &b;
  mlir::linalg::LinalgOp op;
  /// In the loops of `op`, and the loops of `op` in those of the new operation.
  mlir::AffineMap resultMap, toNewLoops;
  std::unique_ptr<mlir::Block> block;
  llvm::SmallVector<mlir::Value> inputs;
  /// In the new loops.
  llvm::SmallVector<mlir::AffineMap> maps;
  bool hasReduction;
};

} // namespace altgrad

#endif // ALTGRAD_LIB_GRADIENTS_LINALGBODY_H
