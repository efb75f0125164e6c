//===- RunMain.h - altgrad-run as a function --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// altgrad-run calls a function of an .mlir file on arrays. Which dialects and
// passes there are is decided by the program that has main(), so that one with
// more dialects can have the same tool.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_TOOLS_RUN_RUNMAIN_H
#define ALTGRAD_TOOLS_RUN_RUNMAIN_H

#include "mlir/IR/DialectRegistry.h"

namespace altgrad {

/// Does what the command line says; returns what main() has to return. Passes
/// are found by name, so they must have been registered.
int runMain(int argc, char **argv, const mlir::DialectRegistry &registry);

} // namespace altgrad

#endif // ALTGRAD_TOOLS_RUN_RUNMAIN_H
