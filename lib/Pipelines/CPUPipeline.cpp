//===- CPUPipeline.cpp - altgrad-cpu-pipeline -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommonPasses.h"

#include "altgrad/Pipelines/CPUPipeline.h"

#include "altgrad/Conversion/Passes.h"
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h"
#include "altgrad/Dialect/LLVM/Transforms/Passes.h"
#include "altgrad/Dialect/Linalg/Transforms/Passes.h"
#include "altgrad/Target/CPUTarget.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace altgrad;

/// linalg on memrefs -> vector loops, primitives -> arith.
static void addLoopPasses(OpPassManager &manager,
                          const CPUPipelineOptions &options) {
  CPUTarget target = CPUTarget::get(options.target).value_or(CPUTarget());
  OpPassManager &loops = manager.nest<func::FuncOp>();
  loops.addPass(createCanonicalizerPass());
  loops.addPass(createCSEPass());
  AltgradVectorizeGenericsOptions vectorize;
  vectorize.vectorWidth =
      options.vectorWidth ? options.vectorWidth : target.vectorWidth;
  if (vectorize.vectorWidth <= target.vectorWidth)
    vectorize.vectorsPerStep = target.vectorsPerStep;
  // On a target nobody named, simple loops.
  bool isGeneric = target.cpu.empty();
  vectorize.largeBytes = isGeneric && !options.largeBytes.hasValue()
                             ? uint64_t(0)
                             : options.largeBytes.getValue();
  vectorize.prefetchBytes = options.prefetchBytes;
  vectorize.threads = options.threads;
  vectorize.reassociate = options.fastMath;
  loops.addPass(createAltgradVectorizeGenerics(vectorize));
  addIfPresent<func::FuncOp>(loops, {"linalg"}, {}, [](OpPassManager &passes) {
    passes.addPass(createConvertLinalgToLoopsPass());
  });
  // It is this pass that complains of an unknown target.
  manager.addPass(createConvertAltgradToArith({options.target}));
  OpPassManager &arithmetic = manager.nest<func::FuncOp>();
  arithmetic.addPass(createCanonicalizerPass());
  arithmetic.addPass(createCSEPass());
  arithmetic.addPass(createLoopInvariantCodeMotionPass());
}

/// Everything -> LLVM.
static void addLLVMPasses(OpPassManager &manager,
                          const CPUPipelineOptions &options) {
  if (options.threads > 1)
    manager.addPass(createConvertSCFToOpenMPPass());
  OpPassManager &function = manager.nest<func::FuncOp>();
  if (options.threads > 1)
    function.addPass(createAltgradInlineAllocaScopes());
  function.addPass(createAltgradLowerVectors());
  addSmallFloatPasses<func::FuncOp>(function);
  addShapePasses<func::FuncOp>(function);
  function.addPass(createAltgradLowerControlFlow());
  if (options.emitCInterface)
    function.addPass(LLVM::createLLVMRequestCWrappersPass());
  // What LLVM has no intrinsic for becomes a call.
  addIfPresent<func::FuncOp>(function, {"math"}, {}, [](OpPassManager &passes) {
    passes.addPass(createConvertMathToLLVMPass());
  });
  addIfPresent<ModuleOp>(manager, {"math"}, {}, [](OpPassManager &passes) {
    passes.addPass(createConvertMathToLibmPass());
  });
  // The interface that the conversion below asks does not know it.
  addIfPresent<ModuleOp>(
      manager, {"memref.reshape"}, {}, [](OpPassManager &passes) {
        passes.addPass(createFinalizeMemRefToLLVMConversionPass());
      });
  // All dialects at once: each pass for one of them walks the whole program.
  manager.addPass(createConvertToLLVMPass());
  addIfPresent<ModuleOp>(manager, {"builtin.unrealized_conversion_cast"}, {},
                         [](OpPassManager &passes) {
                           passes.addPass(createReconcileUnrealizedCastsPass());
                         });
  manager.addPass(createAltgradLegalizeLLVM());
  manager.addPass(createAltgradSetCPUTarget({options.target}));
  OpPassManager &lowered = manager.nest<LLVM::LLVMFuncOp>();
  lowered.addPass(createCanonicalizerPass());
  lowered.addPass(createCSEPass());
  manager.addPass(createAltgradCheckLowered());
}

void altgrad::buildCPUPipeline(OpPassManager &manager,
                               const CPUPipelineOptions &options) {
  addTensorPasses(manager, options.fastMath);
  addBufferizationPasses(manager, /*promotes=*/true);
  addLoopPasses(manager, options);
  addLLVMPasses(manager, options);
}

void altgrad::registerCPUPipeline() {
  PassPipelineRegistration<CPUPipelineOptions>(
      "altgrad-cpu-pipeline",
      "Lower altgrad, and the dialects around it, to the LLVM dialect for CPUs",
      buildCPUPipeline);
}
