//===- RegionTape.cpp - Primal values of a region -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Had again is what costs next to nothing: constants, integer arithmetic on
// scalars, and views and elements of tensors from outside. So a loop over the
// rows of a matrix records no rows. All else is recorded, and nothing that took
// arithmetic is computed twice.
//
//===----------------------------------------------------------------------===//

#include "RegionTape.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace altgrad;

Type RegionTape::Entry::getType() const {
  return dim ? IndexType::get(value.getContext()) : value.getType();
}

static bool isDynamicTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && !type.hasStaticShape();
}

/// True if doing `op` again costs next to nothing.
static bool isCheap(Operation *op) {
  if (matchPattern(op, m_Constant()))
    return true;
  if (!isMemoryEffectFree(op) || op->getNumRegions())
    return false;
  if (isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::DimOp,
          tensor::EmptyOp, tensor::ExpandShapeOp, tensor::ExtractOp,
          tensor::ExtractSliceOp>(op))
    return true;
  // From integers, such as the number of an iteration.
  return op->getNumOperands() &&
         llvm::all_of(op->getOperandTypes(),
                      [](Type type) { return type.isIntOrIndex(); }) &&
         llvm::all_of(op->getResultTypes(),
                      [](Type type) { return type.isIntOrIndexOrFloat(); });
}

RegionTape::RegionTape(Region &region, const GradientPlan &plan,
                       ValueRange known)
    : region(region), known(known), outside(plan) {
  NeededPrimals needs(plan);
  addNeededPrimals(region.front(), needs);
  llvm::SmallDenseSet<Value> recorded;
  for (Value value : needs.getValues()) {
    if (isOutside(value)) {
      outside.addValue(value);
    } else if (!repeat(value)) {
      entries.push_back({value, std::nullopt});
      recorded.insert(value);
    }
  }
  for (Value value : needs.getSizes()) {
    if (isOutside(value))
      outside.addSizes(value);
    else if (isDynamicTensor(value) && !recorded.contains(value) &&
             !repeat(value))
      for (auto [dim, size] :
           llvm::enumerate(cast<RankedTensorType>(value.getType()).getShape()))
        if (ShapedType::isDynamic(size))
          entries.push_back({value, int64_t(dim)});
  }

  SetVector<Value> used;
  getUsedValuesDefinedAbove(region, used);
  for (Value value : used)
    if (plan.activity.isActive(value))
      captured.push_back(value);
}

bool RegionTape::isOutside(Value value) const {
  return !region.isAncestor(value.getParentRegion());
}

bool RegionTape::repeat(Value value) {
  if (isOutside(value) || llvm::is_contained(known, value))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || !isCheap(op))
    return false;
  if (repeated.contains(op))
    return true;
  // Only all of the operands or none.
  size_t numRepeated = repeated.size();
  for (Value operand : op->getOperands()) {
    if (!repeat(operand)) {
      while (repeated.size() > numRepeated)
        repeated.pop_back();
      return false;
    }
  }
  for (Value operand : op->getOperands())
    if (isOutside(operand))
      outside.addValue(operand);
  repeated.insert(op);
  return true;
}

void RegionTape::declareOutside(NeededPrimals &needs) const {
  for (Value value : outside.getValues())
    needs.addValue(value);
  for (Value value : outside.getSizes())
    needs.addSizes(value);
  for (Value value : captured)
    if (isDynamicTensor(value))
      needs.addSizes(value);
}

Value RegionTape::emitEntry(ImplicitLocOpBuilder &b, Entry entry) {
  b.setInsertionPointAfterValue(entry.value);
  if (!entry.dim)
    return entry.value;
  return tensor::DimOp::create(b, entry.value, *entry.dim);
}

void RegionTape::provide(BackwardBuilder &inner, ValueRange recorded) const {
  DenseMap<Value, SmallVector<OpFoldResult>> sizes;
  for (auto [entry, value] : llvm::zip_equal(entries, recorded)) {
    if (!entry.dim) {
      inner.mapPrimal(entry.value, value);
      continue;
    }
    auto [known, isNew] = sizes.try_emplace(entry.value);
    if (isNew)
      for (int64_t size :
           cast<RankedTensorType>(entry.value.getType()).getShape())
        known->second.push_back(inner.getIndexAttr(size));
    known->second[*entry.dim] = value;
  }
  for (auto &[tensor, known] : sizes)
    inner.mapSizes(tensor, known);
  for (Operation *op : repeated) {
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, inner.getPrimal(operand));
    Operation *clone = inner.clone(*op, mapping);
    for (auto [from, to] :
         llvm::zip_equal(op->getResults(), clone->getResults()))
      inner.mapPrimal(from, to);
  }
}
