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
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADVECTORIZEGENERICS
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

/// True if loops `loop` and `loop + 1` walk every operand as one loop would:
/// side by side in its map and contiguous in its memory, or not at all.
static bool canCollapseWithNext(linalg::GenericOp op, unsigned loop) {
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    std::optional<unsigned> first =
        map.getResultPosition(getAffineDimExpr(loop, op.getContext()));
    std::optional<unsigned> second =
        map.getResultPosition(getAffineDimExpr(loop + 1, op.getContext()));
    if (!first && !second)
      continue;
    if (!first || !second || *second != *first + 1)
      return false;
    auto type = cast<MemRefType>(operand.get().getType());
    SmallVector<ReassociationIndices> groups;
    for (int64_t dim = 0, rank = type.getRank(); dim < rank; ++dim) {
      if (dim == int64_t(*second))
        groups.back().push_back(dim);
      else
        groups.push_back({dim});
    }
    if (!memref::CollapseShapeOp::isGuaranteedCollapsible(type, groups))
      return false;
  }
  return true;
}

/// `op` with every run of collapsible loops made one.
static linalg::GenericOp collapseLoops(RewriterBase &rewriter,
                                       linalg::GenericOp op) {
  bool isProjected = llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) {
    return map.isProjectedPermutation();
  });
  if (!isProjected || op.hasIndexSemantics())
    return op;
  SmallVector<ReassociationIndices> groups;
  for (unsigned loop = 0, end = op.getNumLoops(); loop < end; ++loop) {
    if (loop > 0 && canCollapseWithNext(op, loop - 1))
      groups.back().push_back(loop);
    else
      groups.push_back({int64_t(loop)});
  }
  if (groups.size() == op.getNumLoops())
    return op;
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::CollapseResult> result =
      linalg::collapseOpIterationDims(op, groups, rewriter);
  if (failed(result))
    return op;
  auto collapsed = cast<linalg::GenericOp>(result->collapsedOp.getOperation());
  rewriter.eraseOp(op);
  return collapsed;
}

/// Copies from and to slices become generics: upstream lowers them to a call of
/// MLIR's runtime, which copies element by element.
static void generalizeStridedCopies(Operation *function) {
  auto isStrided = [](Value buffer) {
    auto type = dyn_cast<MemRefType>(buffer.getType());
    return type && !type.getLayout().isIdentity() &&
           !memref::isStaticShapeAndContiguousRowMajor(type);
  };
  SmallVector<memref::CopyOp> copies;
  function->walk([&](memref::CopyOp copy) {
    bool isRanked = isa<MemRefType>(copy.getSource().getType()) &&
                    isa<MemRefType>(copy.getTarget().getType());
    if (isRanked &&
        (isStrided(copy.getSource()) || isStrided(copy.getTarget())))
      copies.push_back(copy);
  });
  for (memref::CopyOp copy : copies) {
    OpBuilder builder(copy);
    int64_t rank = cast<MemRefType>(copy.getTarget().getType()).getRank();
    SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(rank));
    SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
    linalg::GenericOp::create(
        builder, copy.getLoc(), copy.getSource(), copy.getTarget(), maps, loops,
        [](OpBuilder &nested, Location loc, ValueRange elements) {
          linalg::YieldOp::create(nested, loc, elements.front());
        });
    copy.erase();
  }
}

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
    generalizeStridedCopies(getOperation());
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
