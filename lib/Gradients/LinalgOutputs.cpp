//===- LinalgOutputs.cpp - How structured outputs come about --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgOutputs.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace altgrad;
using arith::CmpFPredicate;

SmallVector<unsigned> altgrad::getReducedLoops(AffineMap map) {
  SmallVector<unsigned> loops;
  for (unsigned loop = 0; loop < map.getNumDims(); ++loop)
    if (!map.isFunctionOfDim(loop))
      loops.push_back(loop);
  return loops;
}

/// True if `yielded` is `argument` and what the iteration adds to it.
static bool isSum(Value yielded, BlockArgument argument) {
  Value value = argument;
  while (value != yielded) {
    if (!value.hasOneUse())
      return false;
    OpOperand &use = *value.use_begin();
    Operation *user = use.getOwner();
    unsigned position = use.getOperandNumber();
    bool isAddend = isa<arith::AddFOp>(user) ||
                    (isa<arith::SubFOp>(user) && position == 0) ||
                    (isa<math::FmaOp>(user) && position == 2);
    if (!isAddend)
      return false;
    value = user->getResult(0);
  }
  return yielded.hasOneUse();
}

/// Describes `yielded` if that is the larger or smaller of `argument` and a
/// contribution.
static FailureOr<LinalgOutput> describeExtremum(Value yielded,
                                                BlockArgument argument) {
  Operation *combiner = yielded.getDefiningOp();
  if (!isa_and_nonnull<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
                       arith::MinNumFOp>(combiner) ||
      !argument.hasOneUse() || *argument.user_begin() != combiner ||
      !yielded.hasOneUse())
    return failure();
  LinalgOutput output{LinalgOutput::Extremum, {}};
  // The second operand takes all at a tie.
  output.isLastAtTie = combiner->getOperand(0) == argument;
  output.seed = combiner->getOperand(output.isLastAtTie ? 1 : 0);
  // A NaN takes all as well, where the combiner lets it pass.
  bool skipsNaN = isa<arith::MaxNumFOp, arith::MinNumFOp>(combiner);
  if (output.isLastAtTie && !skipsNaN)
    output.equal = CmpFPredicate::UEQ;
  return output;
}

FailureOr<SmallVector<LinalgOutput>>
altgrad::describeOutputs(linalg::LinalgOp op, std::string &reason) {
  llvm::raw_string_ostream stream(reason);
  for (AffineMap map : op.getIndexingMapsArray())
    if (!map.isProjectedPermutation()) {
      stream << "expected indexing maps that are projected permutations, to "
                "differentiate, but got "
             << map;
      return failure();
    }
  Block *body = op.getBlock();
  SmallVector<LinalgOutput> outputs;
  for (auto [number, init] : llvm::enumerate(op.getDpsInitsMutable())) {
    Value yielded = body->getTerminator()->getOperand(number);
    if (getReducedLoops(op.getMatchingIndexingMap(&init)).empty() ||
        !isa<FloatType>(yielded.getType())) {
      outputs.push_back({LinalgOutput::Elementwise, yielded});
      continue;
    }
    BlockArgument argument = op.getMatchingBlockArgument(&init);
    if (isSum(yielded, argument)) {
      outputs.push_back({LinalgOutput::Sum, yielded});
      continue;
    }
    FailureOr<LinalgOutput> extremum = describeExtremum(yielded, argument);
    if (failed(extremum)) {
      stream << "expected reductions that are sums, minima or maxima, to "
                "differentiate, but output "
             << number << " is not";
      return failure();
    }
    outputs.push_back(*extremum);
  }
  return outputs;
}
