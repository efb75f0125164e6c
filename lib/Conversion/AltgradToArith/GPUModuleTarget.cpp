//===- GPUModuleTarget.cpp - The chips of a gpu.module --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToArith/GPUModuleTarget.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace altgrad;

FailureOr<std::optional<GPUTarget>>
altgrad::getModuleTarget(gpu::GPUModuleOp module) {
  std::optional<GPUTarget> common;
  if (!module.getTargets())
    return common;
  for (auto attr : module.getTargetsAttr().getAsRange<NVVM::NVVMTargetAttr>()) {
    llvm::Expected<GPUTarget> target =
        GPUTarget::getFromFeatures(attr.getChip(), attr.getFeatures());
    if (!target)
      return module.emitOpError() << "has target " << attr << ": altgrad "
                                  << llvm::toString(target.takeError());
    if (!common)
      common = *target;
    common->hasNaNMinMax &= target->hasNaNMinMax;
    common->hasMagnitudeMinMax &= target->hasMagnitudeMinMax;
    common->hasPackedBF16 &= target->hasPackedBF16;
    common->hasFP8Conversion &= target->hasFP8Conversion;
    common->hasBF16Conversion &= target->hasBF16Conversion;
    common->hasRedux &= target->hasRedux;
  }
  return common;
}
