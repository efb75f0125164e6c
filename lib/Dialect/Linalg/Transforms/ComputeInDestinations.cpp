//===- ComputeInDestinations.cpp - A place for each tensor ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's eliminate-empty-tensors runs the whole one-shot analysis to find
// out whether a destination is free. Here that is seen from the uses of the
// destination in the block: there are none between the computation and the
// insertion. Where this is too strict, the result is a copy, never an error.
//
//===----------------------------------------------------------------------===//

#include "BufferAnalysis.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SubsetOpInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace altgrad;

void altgrad::splitEmptyTensors(RewriterBase &rewriter, Operation *root) {
  root->walk([&](tensor::EmptyOp empty) {
    for (OpOperand &use : llvm::make_early_inc_range(empty->getUses())) {
      if (empty->hasOneUse())
        break;
      rewriter.setInsertionPoint(use.getOwner());
      Operation *copy = rewriter.clone(*empty);
      rewriter.modifyOpInPlace(use.getOwner(),
                               [&] { use.set(copy->getResult(0)); });
    }
  });
}

/// The tensor that `value` is a part or another shape of.
static Value getViewed(Value value) {
  while (Operation *def = value.getDefiningOp()) {
    if (!isa<tensor::ExtractSliceOp, tensor::CastOp, tensor::ExpandShapeOp,
             tensor::CollapseShapeOp>(def))
      break;
    value = def->getOperand(0);
  }
  return value;
}

static bool isDefinedBefore(Value value, Operation *op) {
  Operation *def = value.getDefiningOp();
  return !def || def->getBlock() != op->getBlock() || def->isBeforeInBlock(op);
}

namespace {

class DestinationFinder {
public:
  explicit DestinationFinder(RewriterBase &rewriter) : rewriter(rewriter) {}

  void visit(SubsetInsertionOpInterface insertion) {
    // The operations that compute what is inserted, last one first.
    SmallVector<DestinationStyleOpInterface> producers;
    Value source = insertion.getSourceOperand().get();
    while (!source.getDefiningOp<tensor::EmptyOp>()) {
      auto producer = source.getDefiningOp<DestinationStyleOpInterface>();
      if (!producer || !source.hasOneUse() ||
          producer->getBlock() != insertion->getBlock() ||
          !passed.insert(producer).second)
        return;
      producers.push_back(producer);
      source = producer.getTiedOpOperand(cast<OpResult>(source))->get();
    }
    if (producers.empty() || !source.hasOneUse())
      return;
    DestinationStyleOpInterface first = producers.back();
    Value destination = insertion.getDestinationOperand().get();
    if (!isFree(destination, first, insertion) ||
        !llvm::all_of(
            insertion.getValuesNeededToBuildSubsetExtraction(),
            [&](Value value) { return isDefinedBefore(value, first); }))
      return;
    FailureOr<Value> slice = findSlice(insertion, producers);
    if (failed(slice))
      return;
    if (!*slice) {
      rewriter.setInsertionPoint(first);
      *slice = insertion.buildSubsetExtraction(rewriter, insertion.getLoc());
    }
    if (!*slice || slice->getType() != source.getType())
      return;
    rewriter.replaceAllUsesWith(source, *slice);
  }

private:
  /// True if `destination` is not used between `first` and `insertion`.
  static bool isFree(Value destination, Operation *first,
                     Operation *insertion) {
    return llvm::all_of(destination.getUsers(), [&](Operation *user) {
      user = first->getBlock()->findAncestorOpInBlock(*user);
      return !user || user == insertion || user->isBeforeInBlock(first);
    });
  }

  /// The slice of the destination that the producers read already, or null.
  /// Fails if they read it in another way.
  static FailureOr<Value>
  findSlice(SubsetInsertionOpInterface insertion,
            ArrayRef<DestinationStyleOpInterface> producers) {
    Value viewed = getViewed(insertion.getDestinationOperand().get());
    auto isSame = [](Value a, Value b) { return a == b; };
    Value slice;
    for (DestinationStyleOpInterface producer : producers)
      for (OpOperand *input : producer.getDpsInputOperands()) {
        Value value = input->get();
        if (!isa<TensorType>(value.getType()) || getViewed(value) != viewed)
          continue;
        if (!insertion.isEquivalentSubset(value, isSame) ||
            (slice && slice != value))
          return failure();
        slice = value;
      }
    return slice;
  }

  RewriterBase &rewriter;
  DenseSet<Operation *> passed;
};

} // namespace

void altgrad::computeInDestinations(RewriterBase &rewriter, Operation *root) {
  DestinationFinder finder(rewriter);
  root->walk([&](SubsetInsertionOpInterface op) { finder.visit(op); });
}
