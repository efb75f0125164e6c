//===- SetGPUTarget.cpp - altgrad-set-gpu-target --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/GPU/Transforms/Passes.h"
#include "altgrad/Target/GPUTarget.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADSETGPUTARGET
#include "altgrad/Dialect/GPU/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

namespace {

class SetGPUTargetPass
    : public altgrad::impl::AltgradSetGPUTargetBase<SetGPUTargetPass> {
public:
  using AltgradSetGPUTargetBase::AltgradSetGPUTargetBase;

  LogicalResult initialize(MLIRContext *context) override {
    llvm::Expected<GPUTarget> known = GPUTarget::get(chip, ptx);
    if (!known)
      return emitError(UnknownLoc::get(context))
             << "altgrad-set-gpu-target: " << llvm::toString(known.takeError());
    target = *known;
    return success();
  }

  void runOnOperation() override {
    Builder builder(&getContext());
    auto attribute = NVVM::NVVMTargetAttr::get(&getContext(), /*optLevel=*/3,
                                               "nvptx64-nvidia-cuda",
                                               target.chip, target.features);
    getOperation().walk([&](gpu::GPUModuleOp module) {
      if (!module.getTargets())
        module.setTargetsAttr(builder.getArrayAttr(attribute));
    });
  }

private:
  GPUTarget target;
};

} // namespace
