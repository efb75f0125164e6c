//===- PromoteBuffers.cpp - altgrad-promote-buffers -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Why not upstream's promote-buffers-to-stack: it leaves a buffer where it is,
// and a loop around it then takes new stack in every iteration. Here it goes to
// the start of the function, and a function has a budget.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/Support/CheckedArithmetic.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADPROMOTEBUFFERS
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

/// The size of the buffer in bytes, if it is known.
static std::optional<uint64_t> getSize(memref::AllocOp op) {
  MemRefType type = op.getType();
  Type element = type.getElementType();
  if (!type.hasStaticShape() || !type.getLayout().isIdentity() ||
      type.getMemorySpace() || !(element.isIntOrFloat() || element.isIndex()))
    return std::nullopt;
  uint64_t bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  return llvm::checkedMulUnsigned<uint64_t>(type.getNumElements(),
                                            llvm::divideCeil(bits, 8));
}

/// True if nothing keeps `buffer` beyond the block it was allocated in.
static bool staysInBlock(Value buffer) {
  SmallVector<Value> worklist = {buffer};
  while (!worklist.empty())
    for (OpOperand &use : worklist.pop_back_val().getUses()) {
      Operation *user = use.getOwner();
      if (isa<ViewLikeOpInterface>(user)) {
        if (user->getNumResults() != 1 ||
            !isa<MemRefType>(user->getResult(0).getType()))
          return false;
        worklist.push_back(user->getResult(0));
      } else if (!isa<linalg::LinalgOp, memref::LoadOp, memref::CopyOp,
                      memref::DimOp>(user) &&
                 !(isa<memref::StoreOp>(user) && use.getOperandNumber() == 1)) {
        return false;
      }
    }
  return true;
}

/// True if `op` runs in the thread of the function it is in.
static bool isSequential(Operation *op) {
  Operation *parent = op->getParentOp();
  while (isa<scf::ForOp, scf::IfOp, scf::WhileOp>(parent))
    parent = parent->getParentOp();
  return isa<FunctionOpInterface>(parent);
}

namespace {

class PromoteBuffersPass
    : public altgrad::impl::AltgradPromoteBuffersBase<PromoteBuffersPass> {
public:
  using AltgradPromoteBuffersBase::AltgradPromoteBuffersBase;

  void runOnOperation() override {
    bool isChanged = false;
    getOperation()->walk([&](FunctionOpInterface function) {
      if (!function.isExternal())
        isChanged |= promote(function);
    });
    if (!isChanged)
      markAllAnalysesPreserved();
  }

private:
  bool promote(FunctionOpInterface function) {
    Block &entry = function.getFunctionBody().front();
    uint64_t left = maxTotalSize;
    bool isChanged = false;
    IRRewriter rewriter(&getContext());
    function->walk([&](memref::AllocOp op) {
      std::optional<uint64_t> size = getSize(op);
      if (!size || *size > std::min<uint64_t>(maxSize, left) ||
          !isSequential(op) || !staysInBlock(op))
        return;
      left -= *size;
      isChanged = true;
      rewriter.setInsertionPointToStart(&entry);
      // One element needs no more than its own alignment.
      IntegerAttr alignment = op.getAlignmentAttr();
      if (op.getType().getNumElements() == 1)
        alignment = {};
      auto onStack = memref::AllocaOp::create(rewriter, op.getLoc(),
                                              op.getType(), alignment);
      rewriter.replaceOp(op, onStack);
    });
    return isChanged;
  }
};

} // namespace
