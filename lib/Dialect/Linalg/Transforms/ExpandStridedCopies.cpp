//===- ExpandStridedCopies.cpp - altgrad-expand-strided-copies ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream lowers a copy to memcpy only between memrefs of identity layout. A
// slice of a larger buffer has another one, also where it is contiguous.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADEXPANDSTRIDEDCOPIES
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

static bool hasIdentityLayout(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getLayout().isIdentity();
}

namespace {

class ExpandStridedCopiesPass
    : public altgrad::impl::AltgradExpandStridedCopiesBase<
          ExpandStridedCopiesPass> {
public:
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](memref::CopyOp copy) {
      Value from = copy.getSource(), to = copy.getTarget();
      if (!isa<MemRefType>(from.getType()) || !isa<MemRefType>(to.getType()) ||
          (hasIdentityLayout(from) && hasIdentityLayout(to)))
        return;
      rewriter.setInsertionPoint(copy);
      linalg::makeMemRefCopyOp(rewriter, copy.getLoc(), from, to);
      rewriter.eraseOp(copy);
    });
  }
};

} // namespace
