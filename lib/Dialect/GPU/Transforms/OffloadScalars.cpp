//===- OffloadScalars.cpp - altgrad-offload-scalars -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostMemory.h"

#include "altgrad/Dialect/GPU/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADOFFLOADSCALARS
#include "altgrad/Dialect/GPU/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

namespace {

/// Operations that every thread of a kernel may as well repeat.
constexpr size_t kMaxRepeated = 8;

/// Buffers up to this size live to the end of their block, so that kernels can
/// read them instead of the host.
constexpr int64_t kMaxKeptElements = 64;

/// How a scalar is computed from memory: in order of execution.
struct Computation {
  SmallVector<Operation *> ops;

  auto getLoads() const {
    return llvm::make_filter_range(
        ops, [](Operation *op) { return isa<memref::LoadOp>(op); });
  }

  /// Not worth a kernel of its own.
  bool isCheap() const {
    auto isExpensive = [](Operation *op) {
      return op->getName().getDialectNamespace() == "math" ||
             isa<arith::DivFOp, arith::RemFOp, arith::DivSIOp, arith::DivUIOp,
                 arith::RemSIOp, arith::RemUIOp>(op) ||
             llvm::any_of(op->getResultTypes(),
                          [](Type type) { return type.isF64(); });
    };
    return ops.size() <= kMaxRepeated && llvm::none_of(ops, isExpensive);
  }
};

class OffloadScalarsPass
    : public altgrad::impl::AltgradOffloadScalarsBase<OffloadScalarsPass> {
public:
  using AltgradOffloadScalarsBase::AltgradOffloadScalarsBase;

  void runOnOperation() override {
    keepSmallBuffers();
    offloadStores();
    SmallVector<gpu::LaunchOp> launches;
    getOperation()->walk([&](gpu::LaunchOp op) { launches.push_back(op); });
    for (gpu::LaunchOp launch : launches)
      offloadOperands(launch);
  }

private:
  void keepSmallBuffers();
  void offloadStores();
  void offloadOperands(gpu::LaunchOp launch);
  bool findComputation(Value value, Computation &computation,
                       DenseSet<Operation *> &seen);
  Value getInMemory(Value value, const Computation &computation);

  /// Scalars in memory, by their value in host code.
  DenseMap<Value, Value> inMemory;
};

} // namespace

/// True if `op` may write to `memory`, or end its life.
static bool mayWrite(Operation *op, Value memory) {
  Value base = getBase(memory);
  bool isAllocated = base.getDefiningOp<memref::AllocOp>() != nullptr;
  auto mayBe = [&](Value other) {
    Value otherBase = getBase(other);
    // A fresh buffer overlaps with nothing but itself.
    if (isAllocated || otherBase.getDefiningOp<memref::AllocOp>())
      return otherBase == base;
    return true;
  };
  bool writes = false;
  op->walk([&](Operation *inner) {
    if (isPure(inner) || isa<memref::AllocOp, memref::LoadOp>(inner) ||
        inner->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
        isa<gpu::LaunchOp, gpu::BarrierOp, gpu::TerminatorOp, gpu::ShuffleOp>(
            inner))
      return WalkResult::advance();
    auto effects = dyn_cast<MemoryEffectOpInterface>(inner);
    if (!effects) {
      writes = true;
      return WalkResult::interrupt();
    }
    SmallVector<MemoryEffects::EffectInstance> instances;
    effects.getEffects(instances);
    for (const MemoryEffects::EffectInstance &instance : instances) {
      if (isa<MemoryEffects::Read, MemoryEffects::Allocate>(
              instance.getEffect()))
        continue;
      if (!instance.getValue() || mayBe(instance.getValue())) {
        writes = true;
        return WalkResult::interrupt();
      }
    }
    return WalkResult::advance();
  });
  return writes;
}

/// True if `load` reads the same value when it is executed at `point` instead.
static bool canMove(Operation *load, Operation *point) {
  if (load->getBlock() != point->getBlock() || !load->isBeforeInBlock(point))
    return false;
  Value memory = cast<memref::LoadOp>(load).getMemRef();
  for (Operation *op = load->getNextNode(); op != point; op = op->getNextNode())
    if (mayWrite(op, memory))
      return false;
  return true;
}

void OffloadScalarsPass::keepSmallBuffers() {
  SmallVector<memref::DeallocOp> small;
  getOperation()->walk([&](memref::DeallocOp op) {
    auto type = dyn_cast<MemRefType>(op.getMemref().getType());
    if (type && type.hasStaticShape() &&
        type.getNumElements() <= kMaxKeptElements)
      small.push_back(op);
  });
  for (memref::DeallocOp op : small)
    op->moveBefore(op->getBlock()->getTerminator());
}

void OffloadScalarsPass::offloadStores() {
  SmallVector<memref::StoreOp> stores;
  getOperation()->walk([&](memref::StoreOp op) {
    if (!op->getParentOfType<gpu::LaunchOp>() && !isHostMemory(op.getMemRef()))
      stores.push_back(op);
  });
  for (memref::StoreOp store : stores) {
    ImplicitLocOpBuilder b(store.getLoc(), store);
    emitSingleThread(b, [&] { b.clone(*store); });
    store.erase();
  }
}

/// Gathers how host code computes `value`. False if no element of device memory
/// is part of it, or something that a kernel cannot do.
bool OffloadScalarsPass::findComputation(Value value, Computation &computation,
                                         DenseSet<Operation *> &seen) {
  Operation *op = value.getDefiningOp();
  if (!op || (seen.contains(op)))
    return op && llvm::is_contained(computation.ops, op);
  seen.insert(op);
  if (auto load = dyn_cast<memref::LoadOp>(op)) {
    if (isHostMemory(load.getMemRef()))
      return false;
    computation.ops.push_back(op);
    return true;
  }
  StringRef dialect = op->getName().getDialectNamespace();
  if (!isPure(op) || op->getNumRegions() != 0 || op->getNumResults() != 1 ||
      (dialect != "arith" && dialect != "math" && dialect != "altgrad"))
    return false;
  bool found = false;
  for (Value operand : op->getOperands())
    found |= findComputation(operand, computation, seen);
  if (found)
    computation.ops.push_back(op);
  return found;
}

/// A buffer of one element that holds `value` from where it is computed on;
/// null where the loads cannot be moved there.
Value OffloadScalarsPass::getInMemory(Value value,
                                      const Computation &computation) {
  if (Value known = inMemory.lookup(value))
    return known;
  Operation *point = value.getDefiningOp()->getNextNode();
  if (!llvm::all_of(computation.getLoads(),
                    [&](Operation *load) { return canMove(load, point); }))
    return nullptr;
  ImplicitLocOpBuilder b(value.getLoc(), point);
  Value buffer =
      memref::AllocOp::create(b, MemRefType::get({}, value.getType()));
  emitSingleThread(b, [&] {
    IRMapping mapping;
    for (Operation *op : computation.ops)
      b.clone(*op, mapping);
    memref::StoreOp::create(b, mapping.lookup(value), buffer);
  });
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(point->getBlock()->getTerminator());
  memref::DeallocOp::create(b, buffer);
  inMemory[value] = buffer;
  return buffer;
}

void OffloadScalarsPass::offloadOperands(gpu::LaunchOp launch) {
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(launch.getBody(), captured);
  for (Value value : captured) {
    if (!value.getType().isIntOrIndexOrFloat())
      continue;
    Computation computation;
    DenseSet<Operation *> seen;
    if (!findComputation(value, computation, seen))
      continue;
    auto isInside = [&](OpOperand &use) {
      return launch->isProperAncestor(use.getOwner());
    };
    ImplicitLocOpBuilder b(value.getLoc(), launch->getContext());
    b.setInsertionPointToStart(&launch.getBody().front());
    bool canRepeat = llvm::all_of(computation.getLoads(), [&](Operation *load) {
      return canMove(load, launch);
    });
    if (computation.isCheap() && canRepeat) {
      IRMapping mapping;
      for (Operation *op : computation.ops)
        b.clone(*op, mapping);
      value.replaceUsesWithIf(mapping.lookup(value), isInside);
      continue;
    }
    if (Value buffer = getInMemory(value, computation)) {
      Value loaded = memref::LoadOp::create(b, buffer);
      value.replaceUsesWithIf(loaded, isInside);
    }
  }
}
