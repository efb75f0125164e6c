//===- InitAll.h - Registers everything of altgrad --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only list of all dialects, passes and pipelines. The tools, the plugin
// and programs that embed altgrad call these functions, so that what exists
// for one of them exists for all. The functions are inline: a program links
// what it registers and nothing more.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_INITALL_H
#define ALTGRAD_INITALL_H

#include "altgrad/Conversion/Passes.h"
#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h"
#include "altgrad/Dialect/GPU/Transforms/Passes.h"
#include "altgrad/Dialect/LLVM/Transforms/Passes.h"
#include "altgrad/Dialect/Linalg/Transforms/Passes.h"
#include "altgrad/Gradients/Models.h"
#include "altgrad/Pipelines/CPUPipeline.h"
#include "altgrad/Pipelines/GPUPipeline.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

namespace altgrad {

/// Registers the altgrad dialect, together with the upstream dialects and
/// interface models that its pipelines lower through and the gradient rules of
/// those dialects. A registry that holds the upstream ones already is left as
/// it is.
inline void registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  // Kernels are compiled by a pass.
  mlir::registerAllGPUToLLVMIRTranslations(registry);
  registry.insert<AltgradDialect>();
  registerAllGradients(registry);
}

/// Registers altgrad's passes under their command-line names.
inline void registerAllPasses() {
  registerAltgradTransformsPasses();
  registerAltgradLinalgTransformsPasses();
  registerAltgradGPUTransformsPasses();
  registerAltgradLLVMTransformsPasses();
  registerAltgradConversionPasses();
}

/// Registers altgrad's pipelines under their command-line names.
inline void registerAllPipelines() {
  registerCPUPipeline();
  registerGPUPipeline();
}

} // namespace altgrad

#endif // ALTGRAD_INITALL_H
