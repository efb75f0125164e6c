//===- altgrad-lsp-server.cpp - Language server for .mlir files -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lets an editor that speaks the language server protocol complete, check and
// navigate .mlir files with altgrad ops in them.
//
//===----------------------------------------------------------------------===//

#include "altgrad/InitAll.h"

#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  altgrad::registerAllDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
