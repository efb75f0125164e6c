//===- GPUModuleTarget.h - The chips of a gpu.module ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Code in a gpu.module is for the chips in its list of targets, and nobody has
// to say so once more.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_CONVERSION_ALTGRADTOARITH_GPUMODULETARGET_H
#define ALTGRAD_CONVERSION_ALTGRADTOARITH_GPUMODULETARGET_H

#include "altgrad/Target/GPUTarget.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <optional>

namespace altgrad {

/// What all chips in the `#nvvm.target` attributes of `module` have; none where
/// it has no such attribute. Fails with a diagnostic at `module` where a chip
/// is unknown or does not fit its version of PTX.
llvm::FailureOr<std::optional<GPUTarget>>
getModuleTarget(mlir::gpu::GPUModuleOp module);

} // namespace altgrad

#endif // ALTGRAD_CONVERSION_ALTGRADTOARITH_GPUMODULETARGET_H
