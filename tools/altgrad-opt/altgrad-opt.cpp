//===- altgrad-opt.cpp - The optimizer driver -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mlir-opt with altgrad in it: every upstream dialect and pass is here as well,
// because a program that uses altgrad ops uses linalg, arith and scf too.
//
//===----------------------------------------------------------------------===//

#include "altgrad/InitAll.h"

#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::registerAllPasses();
  altgrad::registerAllPasses();
  altgrad::registerAllPipelines();

  mlir::DialectRegistry registry;
  altgrad::registerAllDialects(registry);

  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "altgrad modular optimizer driver\n", registry));
}
