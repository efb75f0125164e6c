//===- CodeCache.h - Compiled programs, kept on disk ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Text of a program in, functions out. Machine code is kept in a directory
// under a key made of everything it depends on: the program, the pipeline, this
// build of altgrad, LLVM's version and the processor. Nothing here needs the
// GIL.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_CODECACHE_H
#define ALTGRAD_PYTHON_CODECACHE_H

#include "altgrad/ExecutionEngine/CompiledModule.h"

#include "mlir/IR/DialectRegistry.h"

namespace altgrad::python {

/// All dialects; passes and pipelines are registered when it is first called.
const mlir::DialectRegistry &getRegistry();

/// Where code is kept from now on; empty for nowhere.
void setCacheDirectory(std::string path);
std::string getCacheDirectory();

/// What became of requests so far, for tests and the curious.
struct CacheStatistics {
  uint64_t compiled = 0;
  uint64_t loaded = 0;
};
CacheStatistics getCacheStatistics();

/// Loads the code of a program, or compiles it and keeps the code. Each
/// public function of the program can be called. A cache that cannot be read or
/// written is no error: then the program is compiled.
llvm::Expected<std::unique_ptr<CompiledModule>>
compileCached(mlir::ModuleOp module, llvm::StringRef pipeline,
              CompileOptions options);

/// Parses the text of a program and does the same. The text is not even parsed
/// where there is code for it.
llvm::Expected<std::unique_ptr<CompiledModule>>
compileTextCached(llvm::StringRef text, llvm::StringRef pipeline,
                  CompileOptions options);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_CODECACHE_H
