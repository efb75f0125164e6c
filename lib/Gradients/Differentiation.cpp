//===- Differentiation.cpp - Drive gradient rules -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Gradients/Differentiation.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace altgrad;

/// The operations that have a part in the backward code, in order. Collected
/// first, because the backward code may be built into the same block.
static SmallVector<Operation *> getActiveOps(Block &block,
                                             const Activity &activity) {
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    if (activity.hasActiveResult(&op))
      ops.push_back(&op);
  return ops;
}

LogicalResult altgrad::augmentPrimals(Block &block,
                                      PrimalAugmenter &augmenter) {
  for (Operation *op : getActiveOps(block, augmenter.getPlan().activity)) {
    augmenter.setInsertionPoint(op);
    if (auto rule = dyn_cast<DifferentiableOpInterface>(op))
      if (failed(rule.augmentPrimal(augmenter)))
        return failure();
  }
  return success();
}

void altgrad::addNeededPrimals(Block &block, NeededPrimals &needs) {
  const GradientPlan &plan = needs.getPlan();
  for (Operation *op : getActiveOps(block, plan.activity)) {
    if (auto rule = dyn_cast<DifferentiableOpInterface>(op))
      rule.getNeededPrimals(needs);
    if (auto tape = plan.tapes.find(op); tape != plan.tapes.end())
      for (Value value : tape->second)
        needs.addValue(value);
  }
}

LogicalResult altgrad::differentiateBlock(Block &block,
                                          BackwardBuilder &builder) {
  SmallVector<Operation *> ops =
      getActiveOps(block, builder.getPlan().activity);
  for (Operation *op : llvm::reverse(ops))
    if (failed(builder.runRule(op)))
      return failure();
  return success();
}
