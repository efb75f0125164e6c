//===- StraightLineAnalysis.cpp - Which writes happen in place ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's analysis compares, for each operand, all reads with all writes of
// everything that may alias it: for a chain of n updates of one tensor that is
// n^3. In a block without control flow the question is simpler. A write may
// happen in place if nothing that may share the buffer is used afterwards; so
// one number per set of aliases, the position of its last use, answers it.
//
// The sets only grow downwards. Whatever shares the buffer further down was
// made from a member of the set, by a use of that member after the write, or
// from the result of the write.
//
//===----------------------------------------------------------------------===//

#include "BufferAnalysis.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SubsetOpInterface.h"

using namespace mlir;
using namespace altgrad;
using bufferization::AliasingValue;
using bufferization::BufferRelation;
using bufferization::OneShotAnalysisState;

static bool isTensor(Value value) { return isa<TensorType>(value.getType()); }

static bool touchesTensors(Operation *op) {
  return llvm::any_of(op->getOperands(), isTensor) ||
         llvm::any_of(op->getResults(), isTensor);
}

/// What may stand in the body of an operation and use tensors from outside.
static bool isElementRead(Operation *op) {
  return isa<tensor::ExtractOp, tensor::DimOp>(op);
}

/// Calls `visit` with each tensor operand in the regions of `op`.
static void visitCaptured(Operation *op,
                          function_ref<void(OpOperand &)> visit) {
  for (Region &region : op->getRegions())
    region.walk([&](Operation *inner) {
      for (OpOperand &operand : inner->getOpOperands())
        if (isTensor(operand.get()))
          visit(operand);
    });
}

bool altgrad::isStraightLine(
    func::FuncOp function, const bufferization::BufferizationOptions &options) {
  if (!function.getBody().hasOneBlock())
    return false;
  for (Operation &op : function.getBody().front()) {
    for (Region &region : op.getRegions())
      if (region
              .walk([](Operation *inner) {
                bool isKnown = !touchesTensors(inner) || isElementRead(inner);
                return isKnown ? WalkResult::advance()
                               : WalkResult::interrupt();
              })
              .wasInterrupted())
        return false;
    if (!touchesTensors(&op))
      continue;
    if (isa<CallOpInterface>(op) || !options.dynCastBufferizableOp(&op))
      return false;
    // Upstream reports what is wrong with it.
    if (auto toTensor = dyn_cast<bufferization::ToTensorOp>(op))
      if (!toTensor.getRestrict())
        return false;
  }
  return true;
}

namespace {

/// From the extraction of a slice to the insertion of what was made of it into
/// the same place. What the destination has in that place is not needed in
/// between, although the insertion uses it.
struct Window {
  Value destination;
  unsigned insertion;
};

class StraightLineAnalysis {
public:
  StraightLineAnalysis(Block &block, OneShotAnalysisState &state)
      : block(block), state(state) {}

  void run() {
    number();
    for (auto [position, op] : llvm::enumerate(block))
      if (auto insertion = dyn_cast<SubsetInsertionOpInterface>(op))
        findWindow(insertion, position);
    for (auto [position, op] : llvm::enumerate(block))
      decide(&op, position);
  }

private:
  struct ValueInfo {
    unsigned set;
    /// The positions of the last two operations that use the value.
    unsigned lastUse = 0, useBefore = 0;
  };

  /// Values that may share a buffer.
  struct AliasSet {
    unsigned parent;
    bool isWritable;
    /// The member that is used last, and the last use of any other.
    Value last;
    unsigned lastUse, otherLastUse = 0;
  };

  /// Notes the last uses of all values and makes a set of each.
  void number() {
    auto add = [&](Value value) {
      if (!isTensor(value))
        return;
      values[value].set = sets.size();
      sets.push_back({unsigned(sets.size()), state.isWritable(value), value,
                      /*lastUse=*/0});
    };
    llvm::for_each(block.getArguments(), add);
    for (auto [position, op] : llvm::enumerate(block)) {
      for (OpOperand &operand : op.getOpOperands())
        noteUse(operand.get(), position);
      visitCaptured(&op, [&, position = position](OpOperand &operand) {
        noteUse(operand.get(), position);
      });
      llvm::for_each(op.getResults(), add);
    }
  }

  void noteUse(Value value, unsigned position) {
    auto info = values.find(value);
    if (info == values.end() || info->second.lastUse == position)
      return;
    info->second.useBefore = info->second.lastUse;
    info->second.lastUse = position;
    sets[info->second.set].lastUse = position;
  }

  /// Walks from what is inserted up to what was extracted from the same place.
  /// No operation is passed twice, so that all walks are linear together.
  void findWindow(SubsetInsertionOpInterface insertion, unsigned position) {
    Value destination = insertion.getDestinationOperand().get();
    Value source = insertion.getSourceOperand().get();
    if (!isTensor(destination) || !isTensor(source))
      return;
    auto isSame = [](Value a, Value b) { return a == b; };
    SmallVector<OpOperand *> written;
    while (!insertion.isEquivalentSubset(source, isSame)) {
      auto producer = source.getDefiningOp<DestinationStyleOpInterface>();
      if (!producer || !passed.insert(producer).second)
        return;
      written.push_back(producer.getTiedOpOperand(cast<OpResult>(source)));
      source = written.back()->get();
    }
    for (OpOperand *operand : written)
      windows[operand] = {destination, position};
    extractions[insertion] = source;
  }

  unsigned find(Value value) {
    unsigned set = values.find(value)->second.set;
    while (sets[set].parent != set)
      set = sets[set].parent = sets[sets[set].parent].parent;
    return set;
  }

  void unite(Value a, Value b) {
    unsigned first = find(a), second = find(b);
    if (first == second)
      return;
    if (sets[first].lastUse < sets[second].lastUse)
      std::swap(first, second);
    AliasSet &into = sets[first], &from = sets[second];
    into.isWritable &= from.isWritable;
    into.otherLastUse = std::max(into.otherLastUse, from.lastUse);
    from.parent = first;
  }

  void decide(Operation *op, unsigned position) {
    // These only read.
    visitCaptured(op,
                  [&](OpOperand &operand) { state.bufferizeInPlace(operand); });
    for (OpOperand &operand : op->getOpOperands()) {
      if (!isTensor(operand.get()))
        continue;
      if (state.bufferizesToMemoryWrite(operand) &&
          !mayWriteInPlace(operand, position)) {
        state.bufferizeOutOfPlace(operand);
        continue;
      }
      state.bufferizeInPlace(operand);
      for (const AliasingValue &alias : state.getAliasingValues(operand)) {
        unite(operand.get(), alias.value);
        if (alias.relation == BufferRelation::Equivalent && alias.isDefinite)
          state.unionEquivalenceClasses(alias.value, operand.get());
      }
    }
  }

  bool mayWriteInPlace(OpOperand &operand, unsigned position) {
    const AliasSet &set = sets[find(operand.get())];
    if (!set.isWritable)
      return false;
    unsigned lastUse = set.lastUse;
    auto window = windows.find(&operand);
    if (window != windows.end() && set.last == window->second.destination &&
        lastUse == window->second.insertion)
      lastUse =
          std::max(set.otherLastUse, values.find(set.last)->second.useBefore);
    if (lastUse > position)
      return false;
    Operation *op = operand.getOwner();
    bool isCaptured = false;
    visitCaptured(op, [&](OpOperand &captured) {
      isCaptured |= find(captured.get()) == find(operand.get());
    });
    return !isCaptured &&
           llvm::none_of(op->getOpOperands(), [&](OpOperand &other) {
             return conflicts(operand, other);
           });
  }

  /// True if a write to `operand` in place would change what the same operation
  /// reads or writes through `other`.
  bool conflicts(OpOperand &operand, OpOperand &other) {
    if (&other == &operand || !isTensor(other.get()) ||
        find(other.get()) != find(operand.get()))
      return false;
    bool isDecided = other.getOperandNumber() < operand.getOperandNumber();
    if (isDecided && !state.isInPlace(other))
      return false;
    if (state.bufferizesToMemoryWrite(other))
      return true;
    if (!state.bufferizesToMemoryRead(other))
      return false;
    Operation *op = operand.getOwner();
    auto extraction = extractions.find(op);
    if (extraction != extractions.end())
      return !areSame(extraction->second, other.get());
    auto bufferizable = state.getOptions().dynCastBufferizableOp(op);
    return !areSame(operand.get(), other.get()) ||
           !bufferizable.bufferizesToElementwiseAccess(state,
                                                       {&other, &operand});
  }

  bool areSame(Value a, Value b) {
    return a == b || state.areEquivalentBufferizedValues(a, b);
  }

  Block &block;
  OneShotAnalysisState &state;
  DenseMap<Value, ValueInfo> values;
  std::vector<AliasSet> sets;
  DenseMap<OpOperand *, Window> windows;
  /// What an insertion puts back was extracted as this value.
  DenseMap<Operation *, Value> extractions;
  DenseSet<Operation *> passed;
};

} // namespace

void altgrad::analyzeStraightLine(func::FuncOp function,
                                  OneShotAnalysisState &state) {
  StraightLineAnalysis(function.getBody().front(), state).run();
}
