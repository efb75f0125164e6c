//===- SimplifyGenerics.cpp - Generics with fewer loops -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GenericLoops.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"

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

linalg::GenericOp altgrad::collapseLoops(RewriterBase &rewriter,
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

void altgrad::generalizeStridedCopies(Operation *function,
                                      bool keepContiguous) {
  auto isStrided = [&](Value buffer) {
    auto type = dyn_cast<MemRefType>(buffer.getType());
    return type && !type.getLayout().isIdentity() &&
           !(keepContiguous &&
             memref::isStaticShapeAndContiguousRowMajor(type));
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
