//===- FreeBuffers.cpp - altgrad-free-buffers -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In a block without control flow it is known who owns which buffer, so each
// can be freed after its last use. Upstream frees all of them at the end of the
// block with one operation, and compares each with each other to simplify it.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADFREEBUFFERS
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

static bool isBuffer(Value value) {
  return isa<BaseMemRefType>(value.getType());
}

/// The buffer that `op` gives another view of, or null.
static Value getViewed(Operation *op) {
  auto view = dyn_cast<ViewLikeOpInterface>(op);
  return view && op->getNumResults() == 1 && isBuffer(op->getResult(0)) &&
                 isBuffer(view.getViewSource()) &&
                 llvm::count_if(op->getOperands(), isBuffer) == 1
             ? view.getViewSource()
             : Value();
}

/// True if `op` only reads and writes its buffers, and those it returns are
/// new, views of its own or nobody's to free.
static bool hasKnownOwners(Operation *op) {
  if (llvm::any_of(op->getResults(), isBuffer))
    return isa<memref::AllocOp, memref::AllocaOp, memref::GetGlobalOp>(op) ||
           getViewed(op);
  return llvm::none_of(op->getOperands(), isBuffer) ||
         isa<linalg::LinalgOp, func::CallOp, func::ReturnOp, memref::LoadOp,
             memref::StoreOp, memref::CopyOp, memref::DimOp, memref::RankOp,
             vector::LoadOp, vector::StoreOp, vector::TransferReadOp,
             vector::TransferWriteOp>(op);
}

static bool isStraightLine(func::FuncOp function) {
  if (!function.getBody().hasOneBlock())
    return false;
  for (Operation &op : function.getBody().front()) {
    if (!hasKnownOwners(&op))
      return false;
    for (Region &region : op.getRegions())
      if (region
              .walk([](Operation *inner) {
                bool isKnown = llvm::none_of(inner->getResults(), isBuffer) &&
                               hasKnownOwners(inner);
                return isKnown ? WalkResult::advance()
                               : WalkResult::interrupt();
              })
              .wasInterrupted())
        return false;
  }
  return true;
}

/// The buffer that `value` is a view of.
static Value getOwner(const DenseMap<Value, Value> &owners, Value value) {
  Value owner = owners.lookup(value);
  return owner ? owner : value;
}

static void freeBuffers(RewriterBase &rewriter, func::FuncOp function) {
  Block &block = function.getBody().front();
  DenseMap<Value, Value> owners;
  DenseMap<Value, Operation *> lastUsers;
  SmallVector<memref::AllocOp> buffers;
  for (Operation &op : block) {
    if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
      buffers.push_back(alloc);
      lastUsers[alloc] = &op;
    } else if (Value viewed = getViewed(&op)) {
      owners[op.getResult(0)] = getOwner(owners, viewed);
    }
    op.walk([&](Operation *user) {
      for (Value operand : user->getOperands())
        if (isBuffer(operand))
          lastUsers[getOwner(owners, operand)] = &op;
    });
  }

  // The caller frees each buffer that is returned: they are new and distinct.
  auto ret = cast<func::ReturnOp>(block.getTerminator());
  DenseSet<Value> given;
  rewriter.setInsertionPoint(ret);
  for (OpOperand &operand : ret->getOpOperands()) {
    if (!isBuffer(operand.get()))
      continue;
    Value owner = getOwner(owners, operand.get());
    if (owner.getDefiningOp<memref::AllocOp>() && given.insert(owner).second)
      continue;
    Value clone =
        bufferization::CloneOp::create(rewriter, ret.getLoc(), operand.get());
    rewriter.modifyOpInPlace(ret, [&] { operand.set(clone); });
  }
  for (memref::AllocOp buffer : buffers) {
    if (given.contains(buffer))
      continue;
    rewriter.setInsertionPointAfter(lastUsers.lookup(buffer));
    memref::DeallocOp::create(rewriter, buffer.getLoc(), buffer);
  }
}

namespace {

class FreeBuffersPass
    : public altgrad::impl::AltgradFreeBuffersBase<FreeBuffersPass> {
public:
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SymbolTableCollection symbols;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      if (isStraightLine(function))
        freeBuffers(rewriter, function);
      else if (failed(bufferization::deallocateBuffersOwnershipBased(
                   function, bufferization::DeallocationOptions(), symbols)))
        return signalPassFailure();
    }
  }
};

} // namespace
