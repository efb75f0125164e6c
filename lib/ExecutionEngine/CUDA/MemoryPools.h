//===- MemoryPools.h - Memory in the order of a stream ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Allocating and freeing as steps of a stream does not stop it, which cuMemFree
// does. Generated code allocates its results and temporaries this way.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_EXECUTIONENGINE_CUDA_MEMORYPOOLS_H
#define ALTGRAD_LIB_EXECUTIONENGINE_CUDA_MEMORYPOOLS_H

#include "DriverAPI.h"

namespace altgrad::cuda {

/// Memory on the device of the current context, for what follows on `stream`;
/// where the device has no pools, for everybody at once.
llvm::Expected<void *> allocateOnStream(const DriverAPI &api, size_t numBytes,
                                        CUstream stream);
/// Frees such memory, for what follows on `stream`.
llvm::Error freeOnStream(const DriverAPI &api, void *data, CUstream stream);

} // namespace altgrad::cuda

#endif // ALTGRAD_LIB_EXECUTIONENGINE_CUDA_MEMORYPOOLS_H
