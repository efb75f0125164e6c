//===- RewriteUsersFirst.cpp - One rewrite per op, users first ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToArith/RewriteUsersFirst.h"

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Rewrite/PatternApplicator.h"

using namespace mlir;
using namespace altgrad;

bool altgrad::isOnTensors(Operation *op) {
  auto isTensor = [](Type type) { return isa<TensorType>(type); };
  return llvm::any_of(op->getOperandTypes(), isTensor) ||
         llvm::any_of(op->getResultTypes(), isTensor);
}

namespace {

/// Keeps the last reason why a pattern did not apply, for the diagnostic.
struct ReasonListener : public RewriterBase::Listener {
  void notifyMatchFailure(Location loc,
                          function_ref<void(Diagnostic &)> callback) override {
    Diagnostic diagnostic(loc, DiagnosticSeverity::Remark);
    callback(diagnostic);
    reason = diagnostic.str();
  }
  std::string reason;
};

} // namespace

LogicalResult
altgrad::rewriteUsersFirst(Operation *root,
                           const FrozenRewritePatternSet &patterns,
                           llvm::function_ref<bool(Operation *)> filter) {
  SmallVector<Operation *> ops;
  root->walk([&](Operation *op) {
    if (isa_and_nonnull<AltgradDialect>(op->getDialect()) && filter(op))
      ops.push_back(op);
  });

  PatternApplicator applicator(patterns);
  applicator.applyDefaultCostModel();
  PatternRewriter rewriter(root->getContext());
  ReasonListener listener;
  rewriter.setListener(&listener);
  for (Operation *op : llvm::reverse(ops)) {
    listener.reason.clear();
    rewriter.setInsertionPoint(op);
    if (succeeded(applicator.matchAndRewrite(op, rewriter)))
      continue;
    InFlightDiagnostic diagnostic = op->emitOpError() << "cannot be lowered";
    if (!listener.reason.empty())
      diagnostic << ": " << listener.reason;
    return diagnostic;
  }
  return success();
}
