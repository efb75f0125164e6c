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
  for (Operation *op : llvm::reverse(ops)) {
    rewriter.setInsertionPoint(op);
    // The reason why no pattern applied belongs to the diagnostic.
    std::string reason;
    struct Listener : public RewriterBase::Listener {
      explicit Listener(std::string &reason) : reason(reason) {}
      void
      notifyMatchFailure(Location loc,
                         function_ref<void(Diagnostic &)> callback) override {
        Diagnostic diagnostic(loc, DiagnosticSeverity::Remark);
        callback(diagnostic);
        reason = diagnostic.str();
      }
      std::string &reason;
    } listener(reason);
    rewriter.setListener(&listener);
    LogicalResult result = applicator.matchAndRewrite(op, rewriter);
    rewriter.setListener(nullptr);
    if (succeeded(result))
      continue;
    InFlightDiagnostic diagnostic = op->emitOpError() << "cannot be lowered";
    if (!reason.empty())
      diagnostic << ": " << reason;
    return diagnostic;
  }
  return success();
}
