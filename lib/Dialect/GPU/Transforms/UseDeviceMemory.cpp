//===- UseDeviceMemory.cpp - altgrad-use-device-memory --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostMemory.h"

#include "altgrad/Dialect/GPU/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADUSEDEVICEMEMORY
#include "altgrad/Dialect/GPU/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

/// `memory` with the plain layout that gpu.alloc and gpu.memcpy know.
static MemRefType getPlainType(MemRefType type) {
  return MemRefType::get(type.getShape(), type.getElementType());
}

static Value allocate(ImplicitLocOpBuilder &b, MemRefType type,
                      ValueRange sizes = {}) {
  return gpu::AllocOp::create(b, type, /*asyncToken=*/Type(),
                              /*asyncDependencies=*/ValueRange(), sizes,
                              /*symbolOperands=*/ValueRange())
      .getMemref();
}

static void copy(ImplicitLocOpBuilder &b, Value to, Value from) {
  gpu::MemcpyOp::create(b, /*asyncToken=*/Type(), ValueRange(), to, from);
}

static void deallocate(ImplicitLocOpBuilder &b, Value memory) {
  gpu::DeallocOp::create(b, /*asyncToken=*/Type(), ValueRange(), memory);
}

namespace {

class UseDeviceMemoryPass
    : public altgrad::impl::AltgradUseDeviceMemoryBase<UseDeviceMemoryPass> {
public:
  using AltgradUseDeviceMemoryBase::AltgradUseDeviceMemoryBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<gpu::LaunchOp>(op))
        return WalkResult::skip();
      if (isa<memref::AllocOp, memref::DeallocOp, memref::CopyOp,
              memref::GetGlobalOp, memref::LoadOp>(op))
        ops.push_back(op);
      return WalkResult::advance();
    });
    for (Operation *op : ops) {
      ImplicitLocOpBuilder b(op->getLoc(), op);
      if (auto alloc = dyn_cast<memref::AllocOp>(op))
        convert(b, alloc);
      else if (auto dealloc = dyn_cast<memref::DeallocOp>(op))
        convert(b, dealloc);
      else if (auto copyOp = dyn_cast<memref::CopyOp>(op))
        convert(b, copyOp);
      else if (auto global = dyn_cast<memref::GetGlobalOp>(op))
        convert(b, global);
      else
        convert(b, cast<memref::LoadOp>(op));
    }
  }

private:
  void convert(ImplicitLocOpBuilder &b, memref::AllocOp op) {
    Value memory =
        allocate(b, getPlainType(op.getType()), op.getDynamicSizes());
    op.replaceAllUsesWith(memory);
    op.erase();
  }

  void convert(ImplicitLocOpBuilder &b, memref::DeallocOp op) {
    deallocate(b, op.getMemref());
    op.erase();
  }

  void convert(ImplicitLocOpBuilder &b, memref::CopyOp op) {
    for (Value memory : {op.getSource(), op.getTarget()}) {
      auto type = dyn_cast<MemRefType>(memory.getType());
      if (type && type.getLayout().isIdentity())
        continue;
      // Upstream would lower it as if it were.
      op.emitError("expected to copy memory in the order of its elements, but "
                   "got ")
          << memory.getType()
          << "; altgrad-map-generics-to-gpu makes kernels of other copies";
      return signalPassFailure();
    }
    copy(b, op.getTarget(), op.getSource());
    op.erase();
  }

  void convert(ImplicitLocOpBuilder &b, memref::GetGlobalOp op) {
    b.setInsertionPointAfter(op);
    Value memory = allocate(b, op.getType());
    op.getResult().replaceAllUsesWith(memory);
    copy(b, memory, op);
    b.setInsertionPoint(op->getBlock()->getTerminator());
    deallocate(b, memory);
  }

  void convert(ImplicitLocOpBuilder &b, memref::LoadOp op) {
    if (isHostMemory(op.getMemRef()))
      return;
    auto type = MemRefType::get({}, op.getType());
    // The element alone, where it is one of many.
    Value element = op.getMemRef();
    bool isAlone = element.getType() == type;
    if (!isAlone) {
      element = allocate(b, type);
      emitSingleThread(b, [&] {
        Value value =
            memref::LoadOp::create(b, op.getMemRef(), op.getIndices());
        memref::StoreOp::create(b, value, element);
      });
    }
    Value host;
    {
      // Not in a loop: the stack would grow.
      OpBuilder::InsertionGuard guard(b);
      auto function = op->getParentOfType<func::FuncOp>();
      b.setInsertionPointToStart(&function.getBody().front());
      host = memref::AllocaOp::create(b, type);
    }
    copy(b, host, element);
    Value value = memref::LoadOp::create(b, host);
    if (!isAlone)
      deallocate(b, element);
    op.replaceAllUsesWith(value);
    op.erase();
  }
};

} // namespace
