//===- CPUPipeline.cpp - altgrad-cpu-pipeline -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Pipelines/CPUPipeline.h"

#include "altgrad/Conversion/Passes.h"
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h"
#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/Vector/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace altgrad;

/// altgrad and tensors -> fused linalg on tensors.
static void addTensorPasses(OpPassManager &manager,
                            const CPUPipelineOptions &options) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  if (options.fastMath)
    manager.addPass(createAltgradSetFastMath());
  manager.addPass(createConvertAltgradToLinalg());
  auto &function = manager.nest<func::FuncOp>();
  function.addPass(createConvertElementwiseToLinalgPass());
  function.addPass(createLinalgGeneralizeNamedOpsPass());
  function.addPass(createAltgradFuseElementwise());
  function.addPass(createCanonicalizerPass());
  function.addPass(createCSEPass());
  function.addPass(createAltgradFuseSiblingGenerics());
}

/// Tensors -> memrefs, with every buffer freed.
static void addBufferizationPasses(OpPassManager &manager) {
  manager.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  // A loop may carry a new tensor: every step of a training loop does.
  bufferize.allowReturnAllocsFromLoops = true;
  manager.addPass(bufferization::createOneShotBufferizePass(bufferize));
  bufferization::buildBufferDeallocationPipeline(
      manager, bufferization::BufferDeallocationPipelineOptions());
  // Of buffers that a function returns but does not own.
  manager.addPass(createConvertBufferizationToMemRefPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

/// linalg on memrefs -> vector loops, primitives -> arith.
static void addLoopPasses(OpPassManager &manager,
                          const CPUPipelineOptions &options) {
  AltgradVectorizeGenericsOptions vectorize;
  vectorize.vectorWidth = options.vectorWidth;
  vectorize.threads = options.threads;
  vectorize.reassociate = options.fastMath;
  manager.addNestedPass<func::FuncOp>(
      createAltgradVectorizeGenerics(vectorize));
  manager.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  manager.addPass(createConvertAltgradToArith());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createLoopInvariantCodeMotionPass());
}

/// Everything -> LLVM.
static void addLLVMPasses(OpPassManager &manager,
                          const CPUPipelineOptions &options) {
  if (options.threads > 1) {
    manager.addPass(createConvertSCFToOpenMPPass());
    manager.addNestedPass<func::FuncOp>(createAltgradInlineAllocaScopes());
  }
  manager.addNestedPass<func::FuncOp>(
      vector::createLowerVectorMultiReductionPass());
  manager.addNestedPass<func::FuncOp>(createConvertVectorToSCFPass());
  // The user's own arithmetic on bf16 and math on 16-bit types: in f32, with a
  // rounding after each operation. The conversions carry fastmath<contract>, so
  // they have to be expanded before anything folds them away.
  OpPassManager &function = manager.nest<func::FuncOp>();
  function.addPass(math::createMathExtendToSupportedTypes());
  arith::ArithEmulateUnsupportedFloatsOptions emulate;
  emulate.sourceTypeStrs = {"bf16"};
  emulate.targetTypeStr = "f32";
  function.addPass(arith::createArithEmulateUnsupportedFloats(emulate));
  function.addPass(createAltgradExpandBF16());
  manager.addNestedPass<func::FuncOp>(createAltgradExpandDynamicShapes());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createSCFToControlFlowPass());
  if (options.emitCInterface)
    manager.addNestedPass<func::FuncOp>(LLVM::createLLVMRequestCWrappersPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createConvertMathToLibmPass());
  if (options.threads > 1)
    manager.addPass(createConvertOpenMPToLLVMPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  manager.addPass(createConvertFuncToLLVMPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createUBToLLVMConversionPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createAltgradCheckLowered());
}

void altgrad::buildCPUPipeline(OpPassManager &manager,
                               const CPUPipelineOptions &options) {
  addTensorPasses(manager, options);
  addBufferizationPasses(manager);
  addLoopPasses(manager, options);
  addLLVMPasses(manager, options);
}

void altgrad::registerCPUPipeline() {
  PassPipelineRegistration<CPUPipelineOptions>(
      "altgrad-cpu-pipeline",
      "Lower altgrad, and the dialects around it, to the LLVM dialect for CPUs",
      buildCPUPipeline);
}
