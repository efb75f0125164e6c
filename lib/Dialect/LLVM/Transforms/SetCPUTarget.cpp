//===- SetCPUTarget.cpp - altgrad-set-cpu-target --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Code that names a processor's instructions does not compile for another one:
// LLVM aborts at the first. So the functions say which processor they are for.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/LLVM/Transforms/Passes.h"
#include "altgrad/Target/CPUTarget.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADSETCPUTARGET
#include "altgrad/Dialect/LLVM/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

namespace {

class SetCPUTargetPass
    : public altgrad::impl::AltgradSetCPUTargetBase<SetCPUTargetPass> {
public:
  using AltgradSetCPUTargetBase::AltgradSetCPUTargetBase;

  LogicalResult initialize(MLIRContext *context) override {
    chosen = CPUTarget::get(target);
    if (!chosen)
      return emitError(UnknownLoc::get(context))
             << "altgrad-set-cpu-target expected as target generic, native or "
                "LLVM's name of an x86-64 processor but got '"
             << target << "'";
    return success();
  }

  void runOnOperation() override {
    if (chosen->cpu.empty())
      return;
    MLIRContext *context = &getContext();
    for (auto function : getOperation().getOps<LLVM::LLVMFuncOp>()) {
      if (function.isExternal() || function.getTargetCpu())
        continue;
      function.setTargetCpu(chosen->cpu);
      if (!chosen->features.empty())
        function.setTargetFeaturesAttr(
            LLVM::TargetFeaturesAttr::get(context, chosen->features));
    }
  }

private:
  std::optional<CPUTarget> chosen;
};

} // namespace
