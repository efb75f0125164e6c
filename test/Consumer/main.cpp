//===- main.cpp - A program that embeds altgrad ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The shortest useful program on an installed altgrad: it registers the
// dialect, builds a function with altgrad ops in it, compiles it with the CPU
// pipeline and prints what came out.
//
//===----------------------------------------------------------------------===//

#include "altgrad/InitAll.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

/// func @scaled(%x: tensor<?xf32>) -> tensor<?xf32>: x rounded to E4M3FN, with
/// the scale at which its largest magnitude just fits.
static void buildScaled(ModuleOp module) {
  auto b = ImplicitLocOpBuilder::atBlockEnd(module.getLoc(), module.getBody());
  auto tensor = RankedTensorType::get({ShapedType::kDynamic}, b.getF32Type());
  auto func =
      func::FuncOp::create(b, "scaled", b.getFunctionType(tensor, tensor));
  b.setInsertionPointToStart(func.addEntryBlock());

  auto format = altgrad::FP8Type::get(b.getContext(),
                                      *altgrad::Format::getNamed("E4M3FN"));
  Value x = func.getArgument(0);
  Value amax = altgrad::AmaxOp::create(b, b.getF32Type(), x);
  Value scale = altgrad::ComputeScaleOp::create(b, amax, format);
  Value rounded = altgrad::FakeQuantizeOp::create(b, x, scale, format);
  func::ReturnOp::create(b, rounded);
}

int main() {
  DialectRegistry registry;
  altgrad::registerAllDialects(registry);
  MLIRContext context(registry);
  context.loadDialect<altgrad::AltgradDialect, func::FuncDialect>();

  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  buildScaled(*module);
  if (failed(verify(*module)))
    return 1;
  module->print(llvm::outs());

  PassManager pm(&context);
  altgrad::buildCPUPipeline(pm, altgrad::CPUPipelineOptions());
  if (failed(pm.run(*module)))
    return 1;
  module->print(llvm::outs());
  return 0;
}
