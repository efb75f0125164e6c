//===- DriverEntryPoints.cpp - Functions by their names -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// cuGetProcAddress takes names without versions and gives the newest one.
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include <cstring>

using namespace altgrad::emulator;

namespace {
struct EntryPoint {
  const char *name;
  void *function;
};
} // namespace

#define ENTRY(name) {#name, reinterpret_cast<void *>(name)}
#define VERSIONED(name, version)                                               \
  {#name, reinterpret_cast<void *>(name##_v##version)}
static const EntryPoint entryPoints[] = {
    ENTRY(cuInit),
    ENTRY(cuDriverGetVersion),
    ENTRY(cuGetErrorName),
    ENTRY(cuGetErrorString),
    VERSIONED(cuGetProcAddress, 2),
    ENTRY(cuDeviceGetCount),
    ENTRY(cuDeviceGet),
    ENTRY(cuDeviceGetName),
    ENTRY(cuDeviceGetAttribute),
    VERSIONED(cuDeviceTotalMem, 2),
    ENTRY(cuDevicePrimaryCtxRetain),
    VERSIONED(cuDevicePrimaryCtxRelease, 2),
    ENTRY(cuCtxGetCurrent),
    ENTRY(cuCtxSetCurrent),
    VERSIONED(cuCtxPushCurrent, 2),
    VERSIONED(cuCtxPopCurrent, 2),
    ENTRY(cuCtxSynchronize),
    ENTRY(cuCtxGetDevice),
    ENTRY(cuModuleLoadData),
    ENTRY(cuModuleLoadDataEx),
    ENTRY(cuModuleUnload),
    ENTRY(cuModuleGetFunction),
    VERSIONED(cuModuleGetGlobal, 2),
    ENTRY(cuFuncGetAttribute),
    ENTRY(cuFuncSetAttribute),
    ENTRY(cuLaunchKernel),
    ENTRY(cuOccupancyMaxActiveBlocksPerMultiprocessor),
    ENTRY(cuStreamCreate),
    VERSIONED(cuStreamDestroy, 2),
    ENTRY(cuStreamSynchronize),
    ENTRY(cuStreamWaitEvent),
    ENTRY(cuStreamQuery),
    ENTRY(cuEventCreate),
    VERSIONED(cuEventDestroy, 2),
    ENTRY(cuEventRecord),
    ENTRY(cuEventSynchronize),
    ENTRY(cuEventQuery),
    VERSIONED(cuEventElapsedTime, 2),
    VERSIONED(cuMemGetInfo, 2),
    VERSIONED(cuMemAlloc, 2),
    VERSIONED(cuMemFree, 2),
    ENTRY(cuMemAllocAsync),
    ENTRY(cuMemFreeAsync),
    ENTRY(cuMemAllocManaged),
    ENTRY(cuMemHostAlloc),
    ENTRY(cuMemFreeHost),
    VERSIONED(cuMemHostRegister, 2),
    ENTRY(cuMemHostUnregister),
    VERSIONED(cuMemHostGetDevicePointer, 2),
    ENTRY(cuMemcpy),
    ENTRY(cuMemcpyAsync),
    VERSIONED(cuMemcpyHtoD, 2),
    VERSIONED(cuMemcpyDtoH, 2),
    VERSIONED(cuMemcpyDtoD, 2),
    VERSIONED(cuMemcpyHtoDAsync, 2),
    VERSIONED(cuMemcpyDtoHAsync, 2),
    VERSIONED(cuMemcpyDtoDAsync, 2),
    VERSIONED(cuMemsetD8, 2),
    VERSIONED(cuMemsetD16, 2),
    VERSIONED(cuMemsetD32, 2),
    ENTRY(cuMemsetD8Async),
    ENTRY(cuMemsetD16Async),
    ENTRY(cuMemsetD32Async),
    ENTRY(cuPointerGetAttribute)};
#undef ENTRY
#undef VERSIONED

EXPORT CUresult cuGetProcAddress_v2(const char *symbol, void **function,
                                    int version, uint64_t flags, int *status) {
  if (!symbol || !function)
    return CUDA_ERROR_INVALID_VALUE;
  *function = nullptr;
  for (const EntryPoint &entry : entryPoints)
    if (std::strcmp(entry.name, symbol) == 0)
      *function = entry.function;
  if (status)
    *status =
        *function ? 0 : 1; // CU_GET_PROC_ADDRESS_SUCCESS, _SYMBOL_NOT_FOUND
  return *function ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}
