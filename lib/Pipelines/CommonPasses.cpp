//===- CommonPasses.cpp - What the pipelines share ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommonPasses.h"

#include "altgrad/Conversion/Passes.h"
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace altgrad;

void altgrad::addTensorPasses(OpPassManager &manager, bool fastMath) {
  OpPassManager &source = manager.nest<func::FuncOp>();
  source.addPass(createCanonicalizerPass());
  source.addPass(createCSEPass());
  if (fastMath)
    source.addPass(createAltgradSetFastMath());
  manager.addPass(createConvertAltgradToLinalg());
  OpPassManager &function = manager.nest<func::FuncOp>();
  function.addPass(createConvertElementwiseToLinalgPass());
  function.addPass(createLinalgGeneralizeNamedOpsPass());
  function.addPass(createAltgradFuseElementwise());
  function.addPass(createCanonicalizerPass());
  function.addPass(createAltgradFuseSiblingGenerics());
}

void altgrad::addBufferizationPasses(OpPassManager &manager, bool promotes) {
  manager.addPass(createAltgradBufferize());
  OpPassManager &allocations = manager.nest<func::FuncOp>();
  addIfPresent<func::FuncOp>(
      allocations, {"memref.realloc"}, {}, [](OpPassManager &passes) {
        memref::ExpandReallocPassOptions expand;
        expand.emitDeallocs = false;
        passes.addPass(memref::createExpandReallocPass(expand));
      });
  allocations.addPass(createCanonicalizerPass());
  if (promotes)
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
  // Of buffers that a function returns but does not own.
  addIfPresent<func::FuncOp>(manager.nest<func::FuncOp>(), {"bufferization"},
                             {}, [](OpPassManager &passes) {
                               passes.addPass(
                                   createConvertBufferizationToMemRefPass());
                             });
}
