//===- GPUPipeline.cpp - altgrad-gpu-pipeline -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Pipelines/GPUPipeline.h"

#include "CommonPasses.h"

#include "altgrad/Conversion/Passes.h"
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h"
#include "altgrad/Dialect/GPU/Transforms/Passes.h"
#include "altgrad/Dialect/LLVM/Transforms/Passes.h"
#include "altgrad/Target/GPUTarget.h"

#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace altgrad;

/// As gpu-module-to-binary calls it; empty where it has nothing to do.
static StringRef spell(GPUBinaryFormat format) {
  switch (format) {
  case GPUBinaryFormat::ISA:
    return "isa";
  case GPUBinaryFormat::Bin:
    return "bin";
  case GPUBinaryFormat::Fatbin:
    return "fatbin";
  case GPUBinaryFormat::NVVM:
    return "";
  }
  llvm_unreachable("unknown format");
}

/// linalg on memrefs -> kernels, and host code on device memory.
static void addKernelPasses(OpPassManager &manager,
                            const GPUPipelineOptions &options) {
  OpPassManager &host = manager.nest<func::FuncOp>();
  host.addPass(createCanonicalizerPass());
  host.addPass(createCSEPass());
  // Bufferization makes linalg.map of tensor.splat and tensor.generate.
  host.addPass(createLinalgGeneralizeNamedOpsPass());
  AltgradMapGenericsToGPUOptions map;
  map.blockSize = options.blockSize;
  map.vectorsPerThread = options.vectorsPerThread;
  map.maxBlocks = options.maxBlocks;
  map.reassociate = options.fastMath;
  host.addPass(createAltgradMapGenericsToGPU(map));
  addIfPresent<func::FuncOp>(host, {"linalg"}, {}, [](OpPassManager &passes) {
    passes.addPass(createConvertLinalgToLoopsPass());
  });
  host.addPass(createAltgradOffloadScalars());
  host.addPass(createCanonicalizerPass());
  host.addPass(createCSEPass());
  host.addPass(createAltgradUseDeviceMemory());
  host.addPass(createGpuLaunchSinkIndexComputationsPass());
  manager.addPass(createGpuKernelOutliningPass());
}

/// Kernels -> NVVM.
static void addDevicePasses(OpPassManager &manager,
                            const GPUPipelineOptions &options,
                            const GPUTarget &target) {
  manager.addPass(createAltgradSetGPUTarget({options.chip, options.ptx}));
  manager.addNestedPass<gpu::GPUModuleOp>(createAltgradExpandDivision());
  manager.addNestedPass<gpu::GPUModuleOp>(createAltgradNarrowBF16());
  ConvertAltgradToNVVMOptions native;
  native.native = options.nativeConversions;
  manager.addNestedPass<gpu::GPUModuleOp>(createConvertAltgradToNVVM(native));
  manager.addPass(createConvertAltgradToArith());
  manager.addNestedPass<gpu::GPUModuleOp>(createConvertFloatToNVVM());
  OpPassManager &module = manager.nest<gpu::GPUModuleOp>();
  OpPassManager &kernel = module.nest<gpu::GPUFuncOp>();
  kernel.addPass(createCanonicalizerPass());
  kernel.addPass(createCSEPass());
  kernel.addPass(createLoopInvariantCodeMotionPass());
  addSmallFloatPasses<gpu::GPUFuncOp>(kernel);
  kernel.addPass(createAltgradLowerGPUMath());
  kernel.addPass(createAltgradLowerVectors());
  addShapePasses<gpu::GPUFuncOp>(kernel);
  kernel.addPass(createAltgradLowerControlFlow());
  ConvertGpuOpsToNVVMOpsOptions convert;
  convert.hasRedux = target.hasRedux;
  module.addPass(createConvertGpuOpsToNVVMOps(convert));
  module.addPass(createCanonicalizerPass());
  module.addPass(createCSEPass());
  module.addPass(createReconcileUnrealizedCastsPass());
}

/// Host code -> LLVM, kernels -> what the driver loads.
static void addBinaryPasses(OpPassManager &manager,
                            const GPUPipelineOptions &options) {
  OpPassManager &host = manager.nest<func::FuncOp>();
  host.addPass(createGpuAsyncRegionPass());
  host.addPass(createAltgradLowerVectors());
  addSmallFloatPasses<func::FuncOp>(host);
  addShapePasses<func::FuncOp>(host);
  host.addPass(createAltgradLowerControlFlow());
  if (options.emitCInterface)
    host.addPass(LLVM::createLLVMRequestCWrappersPass());
  addIfPresent<func::FuncOp>(host, {"math"}, {}, [](OpPassManager &passes) {
    passes.addPass(createConvertMathToLLVMPass());
  });
  addIfPresent<ModuleOp>(manager, {"math"}, {}, [](OpPassManager &passes) {
    passes.addPass(createConvertMathToLibmPass());
  });
  addIfPresent<ModuleOp>(manager, {"vector"}, {}, [](OpPassManager &passes) {
    passes.addPass(createConvertVectorToLLVMPass());
  });
  manager.addPass(createGpuToLLVMConversionPass());
  if (StringRef name = spell(options.format); !name.empty()) {
    GpuModuleToBinaryPassOptions binary;
    binary.compilationTarget = name;
    manager.addPass(createGpuModuleToBinaryPass(binary));
  }
  manager.addPass(createReconcileUnrealizedCastsPass());
  OpPassManager &lowered = manager.nest<LLVM::LLVMFuncOp>();
  lowered.addPass(createCanonicalizerPass());
  lowered.addPass(createCSEPass());
  manager.addPass(createAltgradLegalizeLLVM());
  manager.addPass(createAltgradCheckLowered());
}

void altgrad::buildGPUPipeline(OpPassManager &manager,
                               const GPUPipelineOptions &options) {
  // It is a pass that complains of an unknown target.
  GPUTarget target;
  if (llvm::Expected<GPUTarget> known =
          GPUTarget::get(options.chip, options.ptx))
    target = *known;
  else
    llvm::consumeError(known.takeError());
  addTensorPasses(manager, options.fastMath);
  addBufferizationPasses(manager, /*promotes=*/false);
  addKernelPasses(manager, options);
  addDevicePasses(manager, options, target);
  addBinaryPasses(manager, options);
}

void altgrad::registerGPUPipeline() {
  PassPipelineRegistration<GPUPipelineOptions>(
      "altgrad-gpu-pipeline",
      "Lower altgrad, and the dialects around it, to kernels for NVIDIA GPUs "
      "and host code in the LLVM dialect",
      buildGPUPipeline);
}
