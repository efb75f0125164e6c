//===- altgrad-run.cpp - Runs functions on arrays -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// altgrad-run with everything that altgrad-opt has, for --pipeline.
//
//===----------------------------------------------------------------------===//

#include "altgrad/InitAll.h"
#include "altgrad/Tools/Run/RunMain.h"

#include "mlir/InitAllPasses.h"

int main(int argc, char **argv) {
  mlir::registerAllPasses();
  altgrad::registerAllPasses();
  altgrad::registerAllPipelines();

  mlir::DialectRegistry registry;
  altgrad::registerAllDialects(registry);

  return altgrad::runMain(argc, argv, registry);
}
