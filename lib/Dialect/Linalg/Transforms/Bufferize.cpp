//===- Bufferize.cpp - altgrad-bufferize ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's one-shot bufferization with the analysis done here where a
// function has no control flow. Functions that have some go through upstream's
// analysis, which sees what was decided about the others.
//
//===----------------------------------------------------------------------===//

#include "BufferAnalysis.h"

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADBUFFERIZE
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;
using bufferization::OneShotAnalysisState;
using bufferization::func_ext::FuncAnalysisState;
using bufferization::func_ext::FuncOpAnalysisState;

/// Notes for the analysis of callers what `function` does to its arguments.
static void recordEffects(func::FuncOp function, OneShotAnalysisState &state,
                          FuncAnalysisState &functions) {
  functions.startFunctionAnalysis(function);
  Operation *ret = function.getBody().front().getTerminator();
  for (BlockArgument argument : function.getArguments()) {
    if (!isa<TensorType>(argument.getType()))
      continue;
    int64_t number = argument.getArgNumber();
    if (state.isValueRead(argument))
      functions.readBbArgs[function].insert(number);
    if (state.isValueWritten(argument))
      functions.writtenBbArgs[function].insert(number);
    for (OpOperand &result : ret->getOpOperands()) {
      if (!isa<TensorType>(result.get().getType()))
        continue;
      int64_t position = result.getOperandNumber();
      if (state.areEquivalentBufferizedValues(result.get(), argument))
        functions.equivalentFuncArgs[function][position] = number;
      if (state.areAliasingBufferizedValues(result.get(), argument))
        functions.aliasingReturnVals[function][number].push_back(position);
    }
  }
  functions.analyzedFuncOps[function] = FuncOpAnalysisState::Analyzed;
}

namespace {

/// Upstream follows each tensor up to where its contents were defined, all the
/// way through a chain of updates, to learn whether a copy of it may be left
/// out. With one use for each tensor.empty a look at the operand tells.
class AnalysisState : public OneShotAnalysisState {
public:
  using OneShotAnalysisState::OneShotAnalysisState;

  bool hasUndefinedContents(OpOperand *operand) const override {
    return operand->get().getDefiningOp<tensor::EmptyOp>() ||
           OneShotAnalysisState::hasUndefinedContents(operand);
  }
};

class BufferizePass
    : public altgrad::impl::AltgradBufferizeBase<BufferizePass> {
public:
  void runOnOperation() override {
    ModuleOp module = getOperation();
    IRRewriter rewriter(&getContext());
    splitEmptyTensors(rewriter, module);
    computeInDestinations(rewriter, module);

    bufferization::OneShotBufferizationOptions options;
    options.bufferizeFunctionBoundaries = true;
    options.setFunctionBoundaryTypeConversion(
        bufferization::LayoutMapOption::IdentityLayoutMap);
    // A loop may carry a new tensor: every step of a training loop does.
    options.allowReturnAllocsFromLoops = true;

    AnalysisState state(module, options);
    auto &functions = state.addExtension<FuncAnalysisState>();
    DenseSet<Operation *> analyzed;
    bool isComplete = true;
    for (auto function : module.getOps<func::FuncOp>()) {
      if (isStraightLine(function, options)) {
        analyzeStraightLine(function, state);
        analyzed.insert(function);
      } else {
        isComplete = false;
      }
    }
    if (!isComplete) {
      for (auto function : module.getOps<func::FuncOp>())
        if (analyzed.contains(function))
          recordEffects(function, state, functions);
      bufferization::OpFilter everything = options.opFilter;
      options.opFilter.denyOperation(
          [&](Operation *op) { return analyzed.contains(op); });
      if (failed(bufferization::analyzeModuleOp(module, state)))
        return signalPassFailure();
      options.opFilter = everything;
    }

    bufferization::BufferizationState symbols;
    if (failed(bufferization::insertTensorCopies(module, state, symbols)) ||
        failed(bufferization::bufferizeModuleOp(module, options, symbols)))
      return signalPassFailure();
    bufferization::removeBufferizationAttributesInModule(module);
  }
};

} // namespace
