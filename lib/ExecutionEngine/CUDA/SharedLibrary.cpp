//===- SharedLibrary.cpp - The CUDA runtime for other runners -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// libaltgrad_cuda_runtime.so is the runtime for programs that are not compiled
// by altgrad, such as
//
//     mlir-runner-22 --shared-libs=libaltgrad_cuda_runtime.so
//
// which knows nothing of takeError. A result that was not computed must not be
// taken for one, so the process ends with the first error.
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CUDA/Runtime.h"

#include <cstdio>
#include <cstdlib>

/// Called when the library is loaded.
__attribute__((constructor)) static void handleErrors() {
  altgrad::cuda::setErrorHandler([](llvm::StringRef message) {
    std::fflush(stdout);
    std::fprintf(stderr, "error: %s\n", message.str().c_str());
    std::_Exit(EXIT_FAILURE);
  });
}
