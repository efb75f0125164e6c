//===- FuseElementwise.cpp - altgrad-fuse-elementwise ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's patterns with a bound. Each fusion copies both bodies, so a chain
// of n ops costs n^2 without one; and a loop whose body does not fit the
// registers is no faster than two. And with a condition: what a contraction
// reads once per row must not be computed once per row.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADFUSEELEMENTWISE
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

static size_t getBodySize(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return generic ? generic.getBody()->getOperations().size() : 1;
}

/// True if the loops of the user visit each element of the operand once.
static bool isReadOnce(OpOperand *operand) {
  auto user = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  return !user || user.getMatchingIndexingMap(operand).isPermutation();
}

namespace {

class FuseElementwisePass
    : public altgrad::impl::AltgradFuseElementwiseBase<FuseElementwisePass> {
public:
  using AltgradFuseElementwiseBase::AltgradFuseElementwiseBase;

  void runOnOperation() override {
    linalg::ControlFusionFn control = [&](OpOperand *operand) {
      Operation *producer = operand->get().getDefiningOp();
      // A producer with other users would be computed twice, and an element
      // that is read in many iterations in each of them.
      return producer && producer->hasOneUse() &&
             (!isa<linalg::GenericOp>(producer) || isReadOnce(operand)) &&
             getBodySize(producer) + getBodySize(operand->getOwner()) <=
                 maxBodySize;
    };
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, control);
    linalg::populateFoldReshapeOpsByExpansionPatterns(patterns, control);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns,
                                                         &getContext());
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal(true);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns),
                                     config))) {
      emitError(getOperation()->getLoc())
          << "altgrad-fuse-elementwise did not converge";
      signalPassFailure();
    }
  }
};

} // namespace
