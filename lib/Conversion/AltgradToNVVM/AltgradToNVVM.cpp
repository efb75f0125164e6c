//===- AltgradToNVVM.cpp - convert-altgrad-to-nvvm ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pass: which code is for which chip. The instructions are in
// ConvertPrimitives.cpp.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToNVVM/AltgradToNVVM.h"
#include "altgrad/Conversion/AltgradToArith/AltgradToArith.h"
#include "altgrad/Conversion/AltgradToArith/GPUModuleTarget.h"
#include "altgrad/Conversion/AltgradToArith/RewriteUsersFirst.h"
#include "altgrad/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace altgrad {
#define GEN_PASS_DEF_CONVERTALTGRADTONVVM
#include "altgrad/Conversion/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

/// True if an op below `root` is altgrad's and not on tensors.
static bool hasElementOps(Operation *root) {
  return root
      ->walk([](Operation *op) {
        bool isOurs = isa_and_nonnull<AltgradDialect>(op->getDialect());
        return isOurs && !isOnTensors(op) ? WalkResult::interrupt()
                                          : WalkResult::advance();
      })
      .wasInterrupted();
}

namespace {

class ConvertAltgradToNVVMPass
    : public altgrad::impl::ConvertAltgradToNVVMBase<ConvertAltgradToNVVMPass> {
public:
  using ConvertAltgradToNVVMBase::ConvertAltgradToNVVMBase;

  LogicalResult initialize(MLIRContext *context) override {
    if (!chip.empty()) {
      llvm::Expected<GPUTarget> target = GPUTarget::get(chip, ptx);
      if (!target)
        return emitError(UnknownLoc::get(context))
               << "convert-altgrad-to-nvvm "
               << llvm::toString(target.takeError());
      chosen = *target;
    } else if (ptx != 0) {
      return emitError(UnknownLoc::get(context))
             << "convert-altgrad-to-nvvm expected 'chip' beside 'ptx'";
    }
    RewritePatternSet ops(context), primitives(context);
    populateExpandOpsPatterns(ops);
    populateAltgradToNVVMPatterns(primitives);
    opPatterns = FrozenRewritePatternSet(std::move(ops));
    primitivePatterns = FrozenRewritePatternSet(std::move(primitives));
    return success();
  }

  void runOnOperation() override {
    if (chosen) {
      if (failed(convert(getOperation(), *chosen)))
        signalPassFailure();
      return;
    }
    bool hasModule = false;
    WalkResult result = getOperation()->walk([&](gpu::GPUModuleOp module) {
      hasModule = true;
      FailureOr<std::optional<GPUTarget>> target = getModuleTarget(module);
      if (failed(target))
        return WalkResult::interrupt();
      if (*target)
        return WalkResult(convert(module, **target));
      if (!hasElementOps(module))
        return WalkResult::advance();
      module.emitOpError() << "expected a target such as #nvvm.target<chip = "
                              "\"sm_90\">, or the option 'chip' of "
                              "convert-altgrad-to-nvvm";
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    if (!hasModule && hasElementOps(getOperation())) {
      getOperation()->emitOpError()
          << "has no gpu.module: convert-altgrad-to-nvvm expected one, or the "
             "option 'chip'";
      signalPassFailure();
    }
  }

private:
  LogicalResult convert(Operation *root, const GPUTarget &target) {
    if (!native || !target.hasFP8Conversion)
      return success();
    auto isComposed = [](Operation *op) {
      return !isa<EncodeOp, DecodeOp, RoundOp, BitcastOp>(op) &&
             !isOnTensors(op);
    };
    if (failed(rewriteUsersFirst(root, opPatterns, isComposed)))
      return failure();
    walkAndApplyPatterns(root, primitivePatterns);
    return success();
  }

  std::optional<GPUTarget> chosen;
  FrozenRewritePatternSet opPatterns, primitivePatterns;
};

} // namespace
