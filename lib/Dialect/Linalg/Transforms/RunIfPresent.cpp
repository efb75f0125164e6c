//===- RunIfPresent.cpp - altgrad-run-if-present --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pass that finds nothing to do still builds its patterns, tries them on each
// operation and has the verifier run after it. This one looks at names.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADRUNIFPRESENT
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

namespace {

class RunIfPresentPass
    : public altgrad::impl::AltgradRunIfPresentBase<RunIfPresentPass> {
public:
  using AltgradRunIfPresentBase::AltgradRunIfPresentBase;

  RunIfPresentPass(altgrad::AltgradRunIfPresentOptions options,
                   OpPassManager passes)
      : AltgradRunIfPresentBase(std::move(options)),
        manager(std::move(passes)) {}

  void getDependentDialects(DialectRegistry &registry) const override {
    if (manager)
      return manager->getDependentDialects(registry);
    FailureOr<OpPassManager> passes =
        parsePassPipeline(pipeline, llvm::nulls());
    if (succeeded(passes))
      passes->getDependentDialects(registry);
  }

  LogicalResult initialize(MLIRContext *context) override {
    if (!manager) {
      std::string message;
      llvm::raw_string_ostream os(message);
      FailureOr<OpPassManager> passes = parsePassPipeline(pipeline, os);
      if (failed(passes))
        return emitError(UnknownLoc::get(context))
               << "altgrad-run-if-present expected a pipeline but got '"
               << pipeline << "': " << StringRef(message).trim();
      manager = std::move(*passes);
    }
    names.clear();
    for (StringRef name : ops)
      names.insert(name);
    elements.clear();
    for (StringRef name : types) {
      Type type = parseType(name, context);
      if (!type)
        return emitError(UnknownLoc::get(context))
               << "altgrad-run-if-present expected an element type but got '"
               << name << "'";
      elements.insert(type);
    }
    return success();
  }

  void runOnOperation() override {
    WalkResult found = getOperation()->walk([&](Operation *op) {
      return matches(op) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (!found.wasInterrupted())
      return markAllAnalysesPreserved();
    if (failed(runPipeline(*manager, getOperation())))
      signalPassFailure();
  }

private:
  bool matches(Operation *op) const {
    OperationName name = op->getName();
    if (!names.empty() && !names.contains(name.getStringRef()) &&
        !names.contains(name.getDialectNamespace()))
      return false;
    auto isListed = [&](Type type) {
      return elements.contains(getElementTypeOrSelf(type));
    };
    return elements.empty() || llvm::any_of(op->getOperandTypes(), isListed) ||
           llvm::any_of(op->getResultTypes(), isListed);
  }

  /// Parsed from the option where the pass was not made from C++.
  std::optional<OpPassManager> manager;
  DenseSet<StringRef> names;
  DenseSet<Type> elements;
};

} // namespace

std::unique_ptr<Pass> altgrad::createRunIfPresent(ArrayRef<std::string> ops,
                                                  ArrayRef<std::string> types,
                                                  OpPassManager passes) {
  AltgradRunIfPresentOptions options;
  options.ops.assign(ops.begin(), ops.end());
  options.types.assign(types.begin(), types.end());
  llvm::raw_string_ostream os(options.pipeline);
  passes.printAsTextualPipeline(os);
  return std::make_unique<RunIfPresentPass>(std::move(options),
                                            std::move(passes));
}
