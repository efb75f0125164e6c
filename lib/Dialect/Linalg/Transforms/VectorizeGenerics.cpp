//===- VectorizeGenerics.cpp - altgrad-vectorize-generics -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Why not upstream's vectorizer: it works on static tiles, so a dynamic size
// costs a mask on every access; and its reductions are horizontal in every
// iteration. Here a whole tensor is one loop over full vectors with a scalar
// remainder, and reductions keep their lanes until the end.
//
//===----------------------------------------------------------------------===//

#include "GenericLoops.h"

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADVECTORIZEGENERICS
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

namespace {

class VectorizeGenericsPass
    : public altgrad::impl::AltgradVectorizeGenericsBase<
          VectorizeGenericsPass> {
public:
  using AltgradVectorizeGenericsBase::AltgradVectorizeGenericsBase;

  LogicalResult initialize(MLIRContext *context) override {
    unsigned width = vectorWidth;
    if (width < 64 || !llvm::isPowerOf2_32(width))
      return emitError(UnknownLoc::get(context))
             << "altgrad-vectorize-generics expected a vector-width that is a "
                "power of two of at least 64 bits but got "
             << width;
    if (!llvm::isPowerOf2_32(vectorsPerStep))
      return emitError(UnknownLoc::get(context))
             << "altgrad-vectorize-generics expected vectors-per-step that is "
                "a "
                "power of two but got "
             << vectorsPerStep;
    if (threads == 0)
      return emitError(UnknownLoc::get(context))
             << "altgrad-vectorize-generics expected at least 1 of threads but "
                "got 0";
    return success();
  }

  void runOnOperation() override {
    generalizeStridedCopies(getOperation(), /*keepContiguous=*/true);
    SmallVector<linalg::GenericOp> generics;
    getOperation()->walk([&](linalg::GenericOp op) {
      if (op.hasPureBufferSemantics())
        generics.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    VectorizationOptions options;
    options.vectorWidth = vectorWidth;
    options.vectorsPerStep = vectorsPerStep;
    options.reassociate = reassociate;
    LoopOptions loops;
    loops.threads = threads;
    loops.largeBytes = largeBytes;
    loops.prefetchBytes = prefetchBytes;
    loops.marksShortLoops = vectorsPerStep > 1;
    for (linalg::GenericOp op : generics) {
      op = collapseLoops(rewriter, op);
      std::string reason;
      std::optional<VectorizationPlan> plan =
          planVectorization(op, options, reason);
      if (plan) {
        emitVectorLoops(rewriter, op, *plan, loops);
        rewriter.eraseOp(op);
        continue;
      }
      if (remarks)
        op.emitRemark() << "becomes scalar loops: " << reason;
      rewriter.setInsertionPoint(op);
      if (failed(linalg::linalgOpToLoops(rewriter, op))) {
        op.emitOpError() << "cannot be turned into loops";
        return signalPassFailure();
      }
      rewriter.eraseOp(op);
    }
  }
};

} // namespace
