//===- InlineAllocaScopes.cpp - altgrad-inline-alloca-scopes --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's canonicalization inlines a scope only if it can prove that no
// operation allocates; it does not look into loops. Only memref.alloca does
// what the scope is for.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADINLINEALLOCASCOPES
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

static bool holdsAlloca(memref::AllocaScopeOp scope) {
  return scope.walk([](memref::AllocaOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

namespace {

class InlineAllocaScopesPass
    : public altgrad::impl::AltgradInlineAllocaScopesBase<
          InlineAllocaScopesPass> {
public:
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](memref::AllocaScopeOp scope) {
      if (holdsAlloca(scope))
        return;
      Block *body = &scope.getBodyRegion().front();
      Operation *terminator = body->getTerminator();
      SmallVector<Value> results(terminator->getOperands());
      rewriter.eraseOp(terminator);
      rewriter.inlineBlockBefore(body, scope);
      rewriter.replaceOp(scope, results);
    });
  }
};

} // namespace
