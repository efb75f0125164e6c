//===- Runtime.h - What generated host code calls ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's gpu-to-llvm and its translation of gpu.binary turn launches, copies
// and allocations into calls of functions named mgpu*, which upstream has in
// a library that needs CUDA to be built, prints errors and goes on, and makes a
// stream for each launch. These are the same functions without all that.
//
// None of them can return an error. The first one of a thread is kept, whatever
// the thread calls after it does nothing but free memory, and whoever called
// the compiled function takes the error. CompiledModule::invoke does that;
// callers of functions from CompiledModule::lookup do it themselves.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXECUTIONENGINE_CUDA_RUNTIME_H
#define ALTGRAD_EXECUTIONENGINE_CUDA_RUNTIME_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace altgrad::cuda {

/// The first error of the runtime functions that this thread called since the
/// last time; success if all went well. Of kernels that still run, nothing is
/// known yet: see synchronize().
llvm::Error takeError();

/// Called with the first error of a thread, if set: for programs that run
/// without anybody to take it.
using ErrorHandler = void (*)(llvm::StringRef message);
void setErrorHandler(ErrorHandler handler);

/// One of the functions that generated code calls.
struct RuntimeSymbol {
  llvm::StringRef name;
  void *address;
};

/// All of them, for linkers in memory.
llvm::ArrayRef<RuntimeSymbol> getRuntimeSymbols();

} // namespace altgrad::cuda

#endif // ALTGRAD_EXECUTIONENGINE_CUDA_RUNTIME_H
