//===- PlanGPUKernels.cpp - Which kernel a linalg.generic becomes ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GPUKernels.h"
#include "GPUReductions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace altgrad;

/// True if every iteration has an element of its own under `map`.
static bool isInjective(AffineMap map) {
  return map.isProjectedPermutation() &&
         map.getNumResults() == map.getNumDims();
}

static bool isElementwise(const OutputPlan &output) {
  return output.kind == OutputKind::Elementwise;
}

/// Elements that one access moves: of the widest operand, a vector of the
/// options.
static int64_t getLanes(linalg::GenericOp op, const VectorizationPlan &plan,
                        const GPUKernelOptions &options) {
  unsigned width = 8;
  for (OpOperand &operand : op->getOpOperands())
    if (auto type = dyn_cast<MemRefType>(operand.get().getType()))
      if (plan.varying.contains(op.getMatchingBlockArgument(&operand)))
        width = std::max(width, type.getElementType().isIndex()
                                    ? 64u
                                    : type.getElementTypeBitWidth());
  return options.vectorBytes * 8 / width;
}

/// Vectors of each operand: more values than these at a time do not fit the
/// registers, and what is in flight is enough.
static int64_t getVectorsPerThread(linalg::GenericOp op,
                                   const VectorizationPlan &plan,
                                   const GPUKernelOptions &options) {
  int64_t loaded = llvm::count_if(op->getOpOperands(), [&](OpOperand &operand) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    return !argument.use_empty() && plan.varying.contains(argument);
  });
  return std::max<int64_t>(1, options.vectorsPerThread /
                                  std::max<int64_t>(1, loaded));
}

/// The constant that the size of the innermost loop is, if it is one.
static std::optional<int64_t> getInnermostSize(linalg::GenericOp op) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  if (ShapedType::isDynamic(sizes.back()))
    return std::nullopt;
  return sizes.back();
}

/// True if the vectors of every operand along the innermost loop are aligned
/// wherever the operand itself is, given that each starts at a multiple of
/// `lanes` iterations.
static bool alignsInRows(linalg::GenericOp op, const VectorizationPlan &plan,
                         int64_t lanes) {
  return llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    if (!type || !plan.varying.contains(op.getMatchingBlockArgument(&operand)))
      return true;
    if (type.getLayout().isIdentity())
      return true;
    // Rows of a slice: by its strides.
    SmallVector<int64_t> strides;
    int64_t offset = 0;
    return type.getRank() > 0 &&
           succeeded(type.getStridesAndOffset(strides, offset)) &&
           llvm::all_of(ArrayRef(strides).drop_back(), [&](int64_t stride) {
             return !ShapedType::isDynamic(stride) && stride % lanes == 0;
           });
  });
}

/// Why the iterations cannot be one long row; empty if they can.
static StringRef findFlatObstacle(linalg::GenericOp op,
                                  const VectorizationPlan &plan,
                                  int64_t lanes) {
  for (auto [i, output] : llvm::enumerate(plan.outputs)) {
    OpOperand &operand = op.getDpsInitsMutable()[i];
    AffineMap map = op.getMatchingIndexingMap(&operand);
    switch (output.kind) {
    case OutputKind::Elementwise:
      if (!isInjective(map))
        return "an output is reduced along an outer loop";
      break;
    case OutputKind::Ordered:
      return "a reduction has an order";
    case OutputKind::Lanes:
    case OutputKind::Count:
      if (!map.isConstant() && map.getNumResults() != 0)
        return "a reduction has more than one result";
      if (!getAtomicKind(
              output.combiningKind,
              cast<MemRefType>(operand.get().getType()).getElementType()))
        return "a reduction has no atomic operation";
      break;
    }
  }
  if (op.getNumLoops() == 1)
    return "";
  std::optional<int64_t> size = getInnermostSize(op);
  if (!size || *size % lanes != 0)
    return "rows are no whole number of vectors";
  return alignsInRows(op, plan, lanes) ? "" : "rows may not be aligned";
}

/// Why rows cannot be reduced one by one; empty if they can.
static StringRef findRowsObstacle(linalg::GenericOp op,
                                  const VectorizationPlan &plan) {
  SmallVector<utils::IteratorType> types = op.getIteratorTypesArray();
  ArrayRef<utils::IteratorType> loops(types);
  auto isParallel = [](utils::IteratorType loop) {
    return loop == utils::IteratorType::parallel;
  };
  if (!llvm::all_of(loops.drop_back(), isParallel))
    return "an outer loop is a reduction";
  if (isParallel(loops.back()))
    return "the innermost loop is parallel";
  for (auto [i, output] : llvm::enumerate(plan.outputs)) {
    AffineMap map = op.getMatchingIndexingMap(&op.getDpsInitsMutable()[i]);
    if (output.kind == OutputKind::Ordered)
      return "a reduction has an order";
    unsigned missing = isElementwise(output) ? 0 : 1;
    if (!map.isProjectedPermutation() ||
        map.getNumResults() + missing != map.getNumDims())
      return "an output is reduced along an outer loop";
  }
  return "";
}

GPUKernelPlan altgrad::planGPUKernel(linalg::GenericOp op,
                                     const GPUKernelOptions &options,
                                     bool reassociate, std::string &reason) {
  GPUKernelPlan plan;
  if (op.getNumLoops() == 0) {
    reason = "there is no loop";
    return plan;
  }
  VectorizationOptions vectorization;
  // Here it only says whether a body vectorizes.
  vectorization.vectorWidth = 1024;
  vectorization.reassociate = reassociate;
  std::optional<VectorizationPlan> vectors =
      planVectorizationAlong(op, op.getNumLoops() - 1, vectorization, reason);
  if (!vectors)
    return plan;
  int64_t lanes = getLanes(op, *vectors, options);
  plan.vectors = std::move(*vectors);
  plan.vectors.lanes = lanes;
  plan.vectorsPerThread = getVectorsPerThread(op, plan.vectors, options);

  reason = findFlatObstacle(op, plan.vectors, lanes);
  if (reason.empty()) {
    plan.kind = GPUKernelKind::Flat;
    return plan;
  }
  StringRef rows = findRowsObstacle(op, plan.vectors);
  if (!rows.empty()) {
    reason += "; ";
    reason += rows;
    return plan;
  }
  plan.kind = GPUKernelKind::Rows;
  plan.usesVectors = alignsInRows(op, plan.vectors, lanes);
  plan.groupSize = kWarpSize;
  if (std::optional<int64_t> size = getInnermostSize(op)) {
    plan.usesVectors &= *size % lanes == 0;
    auto accesses = static_cast<int64_t>(
        llvm::divideCeil(static_cast<uint64_t>(*size),
                         static_cast<uint64_t>(plan.usesVectors ? lanes : 1)));
    if (accesses < kWarpSize)
      plan.groupSize = static_cast<int64_t>(llvm::PowerOf2Ceil(
          static_cast<uint64_t>(std::max<int64_t>(1, accesses))));
  }
  return plan;
}
