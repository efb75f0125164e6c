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
/// Frees such memory, for what follows on `stream`; shared memory at once.
llvm::Error freeOnStream(const DriverAPI &api, void *data, CUstream stream);

/// Memory that host and device both see, of all threads. While there is any, a
/// program may read results without a copy, and has to wait where it says so.
void addSharedMemory(void *data);
/// False if this was no such memory.
bool removeSharedMemory(void *data);
bool hasSharedMemory();

} // namespace altgrad::cuda

#endif // ALTGRAD_LIB_EXECUTIONENGINE_CUDA_MEMORYPOOLS_H
