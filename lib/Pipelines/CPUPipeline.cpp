//===- CPUPipeline.cpp - altgrad-cpu-pipeline -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Pipelines/CPUPipeline.h"

#include "altgrad/Conversion/Passes.h"
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h"
#include "altgrad/Dialect/LLVM/Transforms/Passes.h"
#include "altgrad/Dialect/Linalg/Transforms/Passes.h"
#include "altgrad/Target/CPUTarget.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace altgrad;

/// A pass that runs `pipeline` where there are operations for it. Most programs
/// hold few of the things that have to be lowered, and each pass over the loops
/// of a function costs as much as those.
template <typename AnchorTy>
static void addIfPresent(OpPassManager &manager, ArrayRef<std::string> ops,
                         ArrayRef<std::string> types,
                         function_ref<void(OpPassManager &)> addPasses) {
  OpPassManager passes(AnchorTy::getOperationName());
  addPasses(passes);
  manager.addPass(createRunIfPresent(ops, types, std::move(passes)));
}

/// altgrad and tensors -> fused linalg on tensors.
static void addTensorPasses(OpPassManager &manager,
                            const CPUPipelineOptions &options) {
  OpPassManager &source = manager.nest<func::FuncOp>();
  source.addPass(createCanonicalizerPass());
  source.addPass(createCSEPass());
  if (options.fastMath)
    source.addPass(createAltgradSetFastMath());
  manager.addPass(createConvertAltgradToLinalg());
  OpPassManager &function = manager.nest<func::FuncOp>();
  function.addPass(createConvertElementwiseToLinalgPass());
  function.addPass(createLinalgGeneralizeNamedOpsPass());
  function.addPass(createAltgradFuseElementwise());
  function.addPass(createCanonicalizerPass());
  function.addPass(createAltgradFuseSiblingGenerics());
}

/// Tensors -> memrefs, with every buffer freed.
static void addBufferizationPasses(OpPassManager &manager) {
  manager.addPass(createAltgradBufferize());
  OpPassManager &allocations = manager.nest<func::FuncOp>();
  addIfPresent<func::FuncOp>(
      allocations, {"memref.realloc"}, {}, [](OpPassManager &passes) {
        memref::ExpandReallocPassOptions expand;
        expand.emitDeallocs = false;
        passes.addPass(memref::createExpandReallocPass(expand));
      });
  allocations.addPass(createCanonicalizerPass());
  allocations.addPass(createAltgradPromoteBuffers());
  manager.addPass(createAltgradFreeBuffers());
  // What functions with control flow need to know at run time.
  addIfPresent<ModuleOp>(
      manager, {"bufferization.dealloc"}, {}, [](OpPassManager &passes) {
        auto &function = passes.nest<func::FuncOp>();
        function.addPass(createCanonicalizerPass());
        function.addPass(
            bufferization::createBufferDeallocationSimplificationPass());
        passes.addPass(bufferization::createLowerDeallocationsPass());
      });
}

/// linalg on memrefs -> vector loops, primitives -> arith.
static void addLoopPasses(OpPassManager &manager,
                          const CPUPipelineOptions &options) {
  CPUTarget target = CPUTarget::get(options.target).value_or(CPUTarget());
  OpPassManager &loops = manager.nest<func::FuncOp>();
  // Of buffers that a function returns but does not own.
  addIfPresent<func::FuncOp>(
      loops, {"bufferization"}, {}, [](OpPassManager &passes) {
        passes.addPass(createConvertBufferizationToMemRefPass());
      });
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
  // The user's own arithmetic on bf16 and math on 16-bit types: in f32, with a
  // rounding after each operation. The conversions carry fastmath<contract>, so
  // they have to be expanded before anything folds them away.
  addIfPresent<func::FuncOp>(
      function, {}, {"bf16", "f16"}, [](OpPassManager &passes) {
        passes.addPass(math::createMathExtendToSupportedTypes());
        arith::ArithEmulateUnsupportedFloatsOptions emulate;
        emulate.sourceTypeStrs = {"bf16"};
        emulate.targetTypeStr = "f32";
        passes.addPass(arith::createArithEmulateUnsupportedFloats(emulate));
        passes.addPass(createAltgradExpandBF16());
      });
  addIfPresent<func::FuncOp>(
      function,
      {"memref.collapse_shape", "memref.expand_shape",
       "memref.extract_aligned_pointer_as_index",
       "memref.extract_strided_metadata", "memref.subview"},
      {}, [](OpPassManager &passes) {
        passes.addPass(createAltgradExpandDynamicShapes());
        passes.addPass(memref::createExpandStridedMetadataPass());
      });
  addIfPresent<func::FuncOp>(
      function, {"affine"}, {},
      [](OpPassManager &passes) { passes.addPass(createLowerAffinePass()); });
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
