//===- LowerControlFlow.cpp - altgrad-lower-control-flow ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each loop that becomes blocks splits its own block, and what follows it moves
// to a new one. First loop first, as upstream's convert-scf-to-cf does it,
// moves the rest of a block of n loops n times. Last loop first, every
// operation moves once.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Rewrite/PatternApplicator.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADLOWERCONTROLFLOW
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

/// What upstream's patterns lower; the others are part of one of these.
static bool isLowered(Operation *op) {
  return isa<scf::ExecuteRegionOp, scf::ForallOp, scf::ForOp, scf::IfOp,
             scf::IndexSwitchOp, scf::ParallelOp, scf::WhileOp>(op);
}

namespace {

/// Collects the loops that the lowering of a parallel loop makes.
struct CreatedLoops : public RewriterBase::Listener {
  void notifyOperationInserted(Operation *op,
                               OpBuilder::InsertPoint previous) override {
    if (!previous.isSet() && isLowered(op))
      ops.push_back(op);
  }
  SmallVector<Operation *> ops;
};

class LowerControlFlowPass
    : public altgrad::impl::AltgradLowerControlFlowBase<LowerControlFlowPass> {
public:
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    populateSCFToControlFlowConversionPatterns(set);
    patterns = FrozenRewritePatternSet(std::move(set));
    return success();
  }

  void runOnOperation() override {
    // Inner operations stand before those around them, so the last one is the
    // outermost of the last ones.
    CreatedLoops loops;
    getOperation()->walk([&](Operation *op) {
      if (isLowered(op))
        loops.ops.push_back(op);
    });
    PatternApplicator applicator(patterns);
    applicator.applyDefaultCostModel();
    PatternRewriter rewriter(&getContext());
    rewriter.setListener(&loops);
    while (!loops.ops.empty()) {
      Operation *op = loops.ops.pop_back_val();
      rewriter.setInsertionPoint(op);
      if (succeeded(applicator.matchAndRewrite(op, rewriter)))
        continue;
      op->emitOpError("cannot be lowered to branches");
      return signalPassFailure();
    }
  }

private:
  FrozenRewritePatternSet patterns;
};

} // namespace
