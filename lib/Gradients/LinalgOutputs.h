//===- LinalgOutputs.h - How structured outputs come about ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An output of a structured operation is written once per element, or it is a
// reduction over the loops that its indexing map leaves out. What the gradient
// of a reduction looks like depends on how it combines.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_GRADIENTS_LINALGOUTPUTS_H
#define ALTGRAD_LIB_GRADIENTS_LINALGOUTPUTS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace altgrad {

struct LinalgOutput {
  enum Kind {
    /// Each element is what the body yields in one iteration.
    Elementwise,
    /// init + the sum of what the iterations add.
    Sum,
    /// The largest or smallest of init and the iterations' contributions.
    Extremum
  };
  Kind kind;
  /// The value of the body that the cotangent of the output is one of: what is
  /// yielded, or the contribution to an extremum.
  mlir::Value seed;

  /// Of an extremum: true if the last contribution that equals the result takes
  /// all of g, false if the first one does, and before it init. That is what
  /// the rule of the combiner amounts to, iteration by iteration. Where the
  /// result is NaN, the last takes it in the first case and init in the second.
  bool isLastAtTie = false;
  /// Of an extremum: true where a contribution may be the result.
  mlir::arith::CmpFPredicate equal = mlir::arith::CmpFPredicate::OEQ;
};

/// Describes the outputs of `op`. On failure `reason` says what has no gradient
/// rule.
llvm::FailureOr<llvm::SmallVector<LinalgOutput>>
describeOutputs(mlir::linalg::LinalgOp op, std::string &reason);

/// The loops that `map` leaves out, in order.
llvm::SmallVector<unsigned> getReducedLoops(mlir::AffineMap map);

} // namespace altgrad

#endif // ALTGRAD_LIB_GRADIENTS_LINALGOUTPUTS_H
