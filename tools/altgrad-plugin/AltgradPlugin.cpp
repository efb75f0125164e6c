//===- AltgradPlugin.cpp - altgrad as a plugin of mlir-opt ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The two entry points that a stock mlir-opt looks for:
//
//   mlir-opt-22 --load-dialect-plugin=libAltgradPlugin.so \
//               --load-pass-plugin=libAltgradPlugin.so ...
//
//===----------------------------------------------------------------------===//

#include "altgrad/InitAll.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Support/Compiler.h"

extern "C" LLVM_ATTRIBUTE_WEAK ::mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Altgrad", ALTGRAD_VERSION,
          [](mlir::DialectRegistry *registry) {
            altgrad::registerAllDialects(*registry);
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK ::mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Altgrad", ALTGRAD_VERSION, [] {
            altgrad::registerAllPasses();
            altgrad::registerAllPipelines();
          }};
}
