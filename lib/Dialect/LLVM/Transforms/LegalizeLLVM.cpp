//===- LegalizeLLVM.cpp - altgrad-legalize-llvm ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The last word on what MLIR's conversions leave in the LLVM dialect and LLVM
// does not take as it is meant.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/LLVM/Transforms/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADLEGALIZELLVM
#include "altgrad/Dialect/LLVM/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

/// i16 in the place of bf16; null for other types.
static Type getIntegerLikeBF16(Type type) {
  if (!getElementTypeOrSelf(type).isBF16())
    return nullptr;
  Type i16 = IntegerType::get(type.getContext(), 16);
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(i16)) : i16;
}

static void loadAsInteger(LLVM::LoadOp load, IRRewriter &rewriter) {
  Type type = load.getType();
  Type integer = getIntegerLikeBF16(type);
  if (!integer)
    return;
  rewriter.setInsertionPointAfter(load);
  load.getResult().setType(integer);
  auto cast =
      LLVM::BitcastOp::create(rewriter, load.getLoc(), type, load.getResult());
  rewriter.replaceAllUsesExcept(load.getResult(), cast, cast);
}

static void storeAsInteger(LLVM::StoreOp store, IRRewriter &rewriter) {
  Type integer = getIntegerLikeBF16(store.getValue().getType());
  if (!integer)
    return;
  rewriter.setInsertionPoint(store);
  store.getValueMutable().assign(LLVM::BitcastOp::create(
      rewriter, store.getLoc(), integer, store.getValue()));
}

/// LLVM takes a rounding for what the processor is set to, and sets nothing.
static LogicalResult checkRounding(LLVM::ConstrainedFPTruncIntr op) {
  LLVM::RoundingMode mode = op.getRoundingmode();
  if (mode == LLVM::RoundingMode::NearestTiesToEven)
    return success();
  return op.emitOpError() << "expected rounding to nearest even but got "
                          << LLVM::stringifyRoundingMode(mode)
                          << ", which is not supported";
}

/// Conversions of control flow carry annotations along under the name they have
/// on other dialects' operations.
template <typename BranchOp> static void renameLoopAnnotation(BranchOp branch) {
  constexpr StringRef kForeignName = "llvm.loop_annotation";
  auto annotation =
      branch->template getAttrOfType<LLVM::LoopAnnotationAttr>(kForeignName);
  if (!annotation)
    return;
  branch->removeAttr(kForeignName);
  branch.setLoopAnnotationAttr(annotation);
}

/// A launch is exported as an array of its arguments on the stack, made where
/// the launch is. In a loop the stack would grow.
static void restoreStack(gpu::LaunchFuncOp launch, IRRewriter &rewriter) {
  auto function = launch->getParentOfType<LLVM::LLVMFuncOp>();
  if (!function || launch->getBlock() == &function.getBody().front())
    return;
  rewriter.setInsertionPoint(launch);
  Value stack = LLVM::StackSaveOp::create(
      rewriter, launch.getLoc(),
      LLVM::LLVMPointerType::get(launch.getContext()));
  rewriter.setInsertionPointAfter(launch);
  LLVM::StackRestoreOp::create(rewriter, launch.getLoc(), stack);
}

namespace {

class LegalizeLLVMPass
    : public altgrad::impl::AltgradLegalizeLLVMBase<LegalizeLLVMPass> {
public:
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    WalkResult result =
        getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
          // Kernels have a compiler of their own.
          if (isa<gpu::GPUModuleOp>(op))
            return WalkResult::skip();
          if (auto load = dyn_cast<LLVM::LoadOp>(op))
            loadAsInteger(load, rewriter);
          else if (auto store = dyn_cast<LLVM::StoreOp>(op))
            storeAsInteger(store, rewriter);
          else if (auto branch = dyn_cast<LLVM::BrOp>(op))
            renameLoopAnnotation(branch);
          else if (auto branch = dyn_cast<LLVM::CondBrOp>(op))
            renameLoopAnnotation(branch);
          else if (auto launch = dyn_cast<gpu::LaunchFuncOp>(op))
            restoreStack(launch, rewriter);
          else if (auto truncation = dyn_cast<LLVM::ConstrainedFPTruncIntr>(op);
                   truncation && failed(checkRounding(truncation)))
            return WalkResult::interrupt();
          return WalkResult::advance();
        });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
