//===- own-pipeline.cpp - altgrad's parts in other pipelines --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The C++ that docs/Embedding.md shows, as a program. Compiles a function
// twice: with the CPU pipeline, and with passes of its own.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToArith/AltgradToArith.h"
#include "altgrad/InitAll.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

static void addCPUPipeline(PassManager &pm) {
  altgrad::CPUPipelineOptions options;
  options.vectorWidth = 256;
  options.emitCInterface = true;
  altgrad::buildCPUPipeline(pm, options);
}

namespace {

/// Expands encode, decode and round on scalars and vectors, nothing else.
class ExpandPrimitivesPass
    : public PassWrapper<ExpandPrimitivesPass, OperationPass<func::FuncOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ExpandPrimitivesPass)

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    altgrad::populateExpandPrimitivesPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

static void addOwnPasses(PassManager &pm) {
  pm.addPass(altgrad::createConvertAltgradToLinalg());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  auto &functions = pm.nest<func::FuncOp>();
  functions.addPass(createConvertLinalgToLoopsPass());
  functions.addPass(std::make_unique<ExpandPrimitivesPass>());
}

int main() {
  DialectRegistry registry;
  altgrad::registerAllDialects(registry);
  MLIRContext context(registry);
  for (auto *addPasses : {addCPUPipeline, addOwnPasses}) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
        "func.func @f(%x: tensor<8xf32>) -> tensor<8xf32> {\n"
        "  %y = altgrad.fake_quantize %x in !altgrad.fp8<E3M4> : "
        "tensor<8xf32>\n"
        "  return %y : tensor<8xf32>\n"
        "}\n",
        &context);
    PassManager pm(&context);
    addPasses(pm);
    if (!module || failed(pm.run(*module)))
      return 1;
    module->print(llvm::outs());
  }
  return 0;
}
