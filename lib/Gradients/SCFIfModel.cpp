//===- SCFIfModel.cpp - Gradient rule of scf.if ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RegionTape.h"
#include "SCFModels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace altgrad;

namespace {

/// Both branches record into the same results where the types allow it.
class BranchTapes {
public:
  BranchTapes(scf::IfOp branch, const GradientPlan &plan)
      : tapes{{branch.getThenRegion(), plan}, {branch.getElseRegion(), plan}} {
    for (auto [tape, slots] : llvm::zip_equal(tapes, slotsOf)) {
      SmallVector<bool> isTaken(types.size());
      for (RegionTape::Entry entry : tape.getEntries()) {
        size_t slot = 0;
        while (slot < types.size() &&
               (isTaken[slot] || types[slot] != entry.getType()))
          ++slot;
        if (slot == types.size()) {
          types.push_back(entry.getType());
          isTaken.push_back(false);
        }
        isTaken[slot] = true;
        slots.push_back(slot);
      }
    }
  }

  const RegionTape &operator[](unsigned region) const { return tapes[region]; }
  ArrayRef<Type> getTypes() const { return types; }
  ArrayRef<size_t> getSlots(unsigned region) const { return slotsOf[region]; }

private:
  RegionTape tapes[2];
  SmallVector<size_t> slotsOf[2];
  SmallVector<Type> types;
};

} // namespace

/// What a branch yields into a result that only the other one records; null if
/// there is no such value.
static Value emitPlaceholder(ImplicitLocOpBuilder &b, Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor::EmptyOp::create(
        b, tensor,
        SmallVector<Value>(tensor.getNumDynamicDims(),
                           arith::ConstantIndexOp::create(b, 0)));
  TypedAttr zero = b.getZeroAttr(type);
  return zero ? Value(arith::ConstantOp::create(b, zero)) : Value();
}

namespace {

struct IfModel
    : public DifferentiableOpInterface::ExternalModel<IfModel, scf::IfOp> {
  LogicalResult augmentPrimal(Operation *op, PrimalAugmenter &augmenter) const {
    auto branch = cast<scf::IfOp>(op);
    if (failed(augmentPrimals(*branch.thenBlock(), augmenter)) ||
        failed(augmentPrimals(*branch.elseBlock(), augmenter)))
      return failure();
    BranchTapes tapes(branch, augmenter.getPlan());
    if (tapes.getTypes().empty())
      return success();
    SmallVector<Type> types(branch.getResultTypes());
    llvm::append_range(types, tapes.getTypes());
    augmenter.setInsertionPoint(branch);
    auto augmented =
        scf::IfOp::create(augmenter, branch.getLoc(), types,
                          branch.getCondition(), /*addElseBlock=*/true);
    for (unsigned i : {0, 1}) {
      Region &region = augmented->getRegion(i);
      region.takeBody(branch->getRegion(i));
      Operation *yield = region.front().getTerminator();
      SmallVector<Value> recorded(tapes.getTypes().size());
      ImplicitLocOpBuilder b(yield->getLoc(), augmenter);
      for (auto [entry, slot] :
           llvm::zip_equal(tapes[i].getEntries(), tapes.getSlots(i)))
        recorded[slot] = RegionTape::emitEntry(b, entry);
      b.setInsertionPoint(yield);
      for (auto [value, type] : llvm::zip_equal(recorded, tapes.getTypes())) {
        if (!value)
          value = emitPlaceholder(b, type);
        if (!value)
          return refuseToRecord(augmented, type);
      }
      yield->insertOperands(yield->getNumOperands(), recorded);
    }
    augmenter.replacePrimal(
        branch, augmented,
        augmented->getResults().take_back(tapes.getTypes().size()));
    return success();
  }

  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    auto branch = cast<scf::IfOp>(op);
    needs.addValue(branch.getCondition());
    BranchTapes tapes(branch, needs.getPlan());
    for (unsigned i : {0, 1})
      tapes[i].declareOutside(needs);
  }

  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    auto branch = cast<scf::IfOp>(op);
    BranchTapes tapes(branch, b.getPlan());
    SmallVector<Value> recorded = b.getTape(op);

    // What enters and comes out again.
    SetVector<Value> captured;
    for (unsigned i : {0, 1})
      captured.insert_range(tapes[i].getCaptured());
    SmallVector<Value> before = llvm::map_to_vector(
        captured, [&](Value value) { return b.takeCotangent(value); });

    // The types follow from the branches, so these are built first.
    auto draft = scf::IfOp::create(b, b.getPrimal(branch.getCondition()),
                                   /*withElseRegion=*/true);
    SmallVector<Value> after[2];
    for (unsigned i : {0, 1}) {
      Block &block = draft->getRegion(i).front();
      block.clear();
      BackwardBuilder inner(OpBuilder::atBlockBegin(&block), b);
      SmallVector<Value> values = llvm::map_to_vector(
          tapes.getSlots(i), [&](size_t slot) { return recorded[slot]; });
      tapes[i].provide(inner, values);
      for (auto [value, cotangent] : llvm::zip_equal(captured, before))
        inner.addCotangent(value, cotangent);
      Block &primal = op->getRegion(i).front();
      for (auto [result, yielded] :
           llvm::zip(op->getResults(), primal.getTerminator()->getOperands()))
        inner.addCotangent(yielded, b.getWideCotangent(result));
      if (failed(differentiateBlock(primal, inner)))
        return failure();
      for (Value value : captured)
        after[i].push_back(inner.getWideCotangent(value));
    }

    SmallVector<Value> contributed, yielded[2];
    for (auto [value, first, second] :
         llvm::zip_equal(captured, after[0], after[1])) {
      if (!first && !second)
        continue;
      contributed.push_back(value);
      FloatType element = getWider(getElementFloat(first ? first : second),
                                   getElementFloat(second ? second : first));
      Value both[] = {first, second};
      for (auto [i, cotangent] : llvm::enumerate(both)) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(&draft->getRegion(i).front());
        yielded[i].push_back(cotangent ? b.createCast(cotangent, element)
                                       : emitZero(b, value, element));
      }
    }
    for (unsigned i : {0, 1}) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToEnd(&draft->getRegion(i).front());
      scf::YieldOp::create(b, yielded[i]);
    }
    auto backward =
        scf::IfOp::create(b, TypeRange(ValueRange(yielded[0])),
                          draft.getCondition(), /*addElseBlock=*/true);
    for (unsigned i : {0, 1})
      backward->getRegion(i).takeBody(draft->getRegion(i));
    draft.erase();
    for (auto [value, cotangent] :
         llvm::zip_equal(contributed, backward.getResults()))
      b.addCotangent(value, cotangent);
    return success();
  }
};

} // namespace

void altgrad::attachIfModel(MLIRContext &context) {
  scf::IfOp::attachInterface<IfModel>(context);
}
