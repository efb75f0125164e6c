//===- Activity.cpp - What takes part in a differentiation ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Forward from the arguments, then backward from the results along what the
// first half found. Integers are inactive, with one exception: codes that an
// operation of altgrad made are i8 below differentiation, and losing a gradient
// in them without a word is what this analysis has to prevent.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Gradients/Differentiation.h"

#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace altgrad;

/// Whatever is not known to hold integers may hold something differentiable.
static bool mayHoldFloats(Type type) {
  return !getElementTypeOrSelf(type).isIntOrIndex();
}

static bool holdsBytes(Type type) {
  return getElementTypeOrSelf(type).isInteger(8);
}

/// True if the results of the operation that `operand` belongs to depend on it
/// differentiably.
static bool passesGradient(OpOperand &operand) {
  auto rule = dyn_cast<DifferentiableOpInterface>(operand.getOwner());
  return !rule || !rule.hasZeroDerivative(operand);
}

/// The operands of `op` and those of nested operations that are captured.
static SmallVector<OpOperand *> getInputs(Operation *op) {
  SmallVector<OpOperand *> inputs = llvm::map_to_vector(
      op->getOpOperands(), [](OpOperand &operand) { return &operand; });
  visitUsedValuesDefinedAbove(op->getRegions(), [&](OpOperand *captured) {
    inputs.push_back(captured);
  });
  return inputs;
}

/// True if the analysis follows the values through the regions of `op`.
static bool isTransparent(Operation *op) {
  return isa<RegionBranchOpInterface>(op) && isa<DifferentiableOpInterface>(op);
}

/// Calls `visit` with each value that a branch within `op` forwards, and what
/// it becomes.
static void visitEdges(RegionBranchOpInterface op,
                       function_ref<void(Value from, Value to)> visit) {
  for (RegionBranchPoint point : op.getAllRegionBranchPoints()) {
    SmallVector<RegionSuccessor> successors;
    op.getSuccessorRegions(point, successors);
    for (RegionSuccessor successor : successors) {
      OperandRange operands = point.isParent()
                                  ? op.getEntrySuccessorOperands(successor)
                                  : cast<RegionBranchTerminatorOpInterface>(
                                        point.getTerminatorPredecessorOrNull())
                                        .getSuccessorOperands(successor);
      for (auto [from, to] :
           llvm::zip_equal(operands, successor.getSuccessorInputs()))
        visit(from, to);
    }
  }
}

//===----------------------------------------------------------------------===//
// Forward: varied
//===----------------------------------------------------------------------===//

static bool spreadVaried(Region &region, Activity &activity);

static bool spreadVariedThrough(Operation *op, Activity &activity) {
  bool changed = false;
  if (isTransparent(op)) {
    visitEdges(cast<RegionBranchOpInterface>(op), [&](Value from, Value to) {
      if (activity.isVaried(from) && mayHoldFloats(to.getType()))
        changed |= activity.addVaried(to);
    });
    for (Region &region : op->getRegions())
      changed |= spreadVaried(region, activity);
    return changed;
  }
  bool isVaried = false, hasCodes = isa<AltgradDialect>(op->getDialect());
  for (OpOperand *input : getInputs(op)) {
    if (!activity.isVaried(input->get()) || !passesGradient(*input))
      continue;
    isVaried = true;
    hasCodes |= holdsBytes(input->get().getType());
  }
  if (!isVaried)
    return false;
  for (Value result : op->getResults())
    if (mayHoldFloats(result.getType()) ||
        (hasCodes && holdsBytes(result.getType())))
      changed |= activity.addVaried(result);
  return changed;
}

static bool spreadVaried(Region &region, Activity &activity) {
  bool changed = false;
  for (Operation &op : region.getOps())
    changed |= spreadVariedThrough(&op, activity);
  return changed;
}

//===----------------------------------------------------------------------===//
// Backward: useful
//===----------------------------------------------------------------------===//

static bool spreadUseful(Region &region, Activity &activity);

static bool spreadUsefulThrough(Operation *op, Activity &activity) {
  bool changed = false;
  if (isTransparent(op)) {
    visitEdges(cast<RegionBranchOpInterface>(op), [&](Value from, Value to) {
      if (activity.isActive(to) && activity.isVaried(from))
        changed |= activity.addUseful(from);
    });
    for (Region &region : op->getRegions())
      changed |= spreadUseful(region, activity);
    return changed;
  }
  if (!activity.hasActiveResult(op))
    return false;
  for (OpOperand *input : getInputs(op))
    if (activity.isVaried(input->get()) && passesGradient(*input))
      changed |= activity.addUseful(input->get());
  return changed;
}

static bool spreadUseful(Region &region, Activity &activity) {
  bool changed = false;
  for (Block &block : llvm::reverse(region))
    for (Operation &op : llvm::reverse(block))
      changed |= spreadUsefulThrough(&op, activity);
  return changed;
}

void altgrad::analyzeActivity(Region &region, Activity &activity) {
  // Loops carry values around, so one sweep may not be enough.
  while (spreadVaried(region, activity)) {
  }
  while (spreadUseful(region, activity)) {
  }
}

//===----------------------------------------------------------------------===//
// What cannot be differentiated
//===----------------------------------------------------------------------===//

/// True if `op` writes a varied value to memory, where it would be lost.
static bool storesVaried(Operation *op, const Activity &activity) {
  auto isBuffer = [](Value value) {
    return isa<BaseMemRefType>(value.getType());
  };
  SmallVector<OpOperand *> inputs = getInputs(op);
  return !isMemoryEffectFree(op) && llvm::any_of(inputs, [&](OpOperand *input) {
    return isBuffer(input->get());
  }) && llvm::any_of(inputs, [&](OpOperand *input) {
    return activity.isVaried(input->get()) && !isBuffer(input->get());
  });
}

LogicalResult altgrad::checkGradientRules(Region &region,
                                          const Activity &activity) {
  bool isComplete = true;
  for (Operation &op : region.getOps()) {
    if (isTransparent(&op)) {
      for (Region &nested : op.getRegions())
        isComplete &= succeeded(checkGradientRules(nested, activity));
    } else if (storesVaried(&op, activity)) {
      op.emitOpError() << "expected values that depend on an argument to "
                          "differentiate to stay in tensors, vectors and "
                          "scalars, but stores one in memory";
      isComplete = false;
    }
    if (activity.hasActiveResult(&op) && !isa<DifferentiableOpInterface>(op)) {
      (void)emitMissingRule(&op);
      isComplete = false;
    }
  }
  return success(isComplete);
}
