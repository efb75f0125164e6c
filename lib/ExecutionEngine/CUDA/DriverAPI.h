//===- DriverAPI.h - The functions of the CUDA driver -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of the CUDA driver API that altgrad uses, found in libcuda.so.1 when
// it is first needed. Types and values are those of the driver's binary
// interface, which NVIDIA keeps stable under the versioned names below:
// https://docs.nvidia.com/cuda/cuda-driver-api/.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_EXECUTIONENGINE_CUDA_DRIVERAPI_H
#define ALTGRAD_LIB_EXECUTIONENGINE_CUDA_DRIVERAPI_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Compiler.h"
#include "llvm/Support/Error.h"

#include <cstddef>
#include <cstdint>

struct CUctx_st;
struct CUmod_st;
struct CUfunc_st;
struct CUstream_st;
struct CUevent_st;
struct CUmemPoolHandle_st;

namespace altgrad::cuda {

using CUresult = int;
using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUcontext = CUctx_st *;
using CUmodule = CUmod_st *;
using CUfunction = CUfunc_st *;
using CUstream = CUstream_st *;
using CUevent = CUevent_st *;
using CUmemoryPool = CUmemPoolHandle_st *;

// Names as in cuda.h, to be found there.
// NOLINTBEGIN(readability-identifier-naming)
enum : CUresult { CUDA_SUCCESS = 0, CUDA_ERROR_NO_DEVICE = 100 };
enum CUdevice_attribute : int {
  CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,
  CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED = 115
};
enum CUjit_option : int {
  CU_JIT_ERROR_LOG_BUFFER = 5,
  CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,
  CU_JIT_OPTIMIZATION_LEVEL = 7
};
enum CUpointer_attribute : int {
  CU_POINTER_ATTRIBUTE_MEMORY_TYPE = 2,
  CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL = 9
};
enum CUmemorytype : unsigned { CU_MEMORYTYPE_DEVICE = 2 };
enum CUfunction_attribute : int {
  CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8
};
enum CUmemPool_attribute : int { CU_MEMPOOL_ATTR_RELEASE_THRESHOLD = 4 };
enum : unsigned {
  CU_STREAM_NON_BLOCKING = 1,
  CU_EVENT_DEFAULT = 0,
  CU_EVENT_DISABLE_TIMING = 2,
  CU_MEM_ATTACH_GLOBAL = 1,
  CU_MEMHOSTREGISTER_PORTABLE = 1
};

struct CUmemPoolProps {
  int allocType = 1;    // CU_MEM_ALLOCATION_TYPE_PINNED
  int handleTypes = 0;  // CU_MEM_HANDLE_TYPE_NONE
  int locationType = 1; // CU_MEM_LOCATION_TYPE_DEVICE
  int locationId = 0;
  void *win32SecurityAttributes = nullptr;
  size_t maxSize = 0;
  unsigned char reserved[56] = {};
};
static_assert(sizeof(CUmemPoolProps) == 88, "the size in cuda.h");
// NOLINTEND(readability-identifier-naming)

/// "cuMemAlloc_v2 failed: CUDA_ERROR_OUT_OF_MEMORY (out of memory)", with the
/// driver's words; success if `result` is.
llvm::Error makeDriverError(const char *call, CUresult result);

/// The driver's library, and what was not found in it.
class DriverLibrary {
public:
  explicit DriverLibrary(void *handle) : handle(handle) {}
  void *lookup(const char *symbol, bool required);
  /// The first required function that the library lacks; empty if it has all.
  llvm::StringRef getMissing() const { return missing; }

private:
  void *handle;
  llvm::StringRef missing;
};

/// One function of the driver. A call gives an error that names it.
template <typename... Parameters> class DriverFunction {
public:
  DriverFunction(DriverLibrary &library, const char *symbol,
                 bool required = true)
      : symbol(symbol), function(reinterpret_cast<CUresult (*)(Parameters...)>(
                            library.lookup(symbol, required))) {}

  llvm::Error operator()(Parameters... arguments) const {
    return makeDriverError(symbol, getResult(arguments...));
  }
  /// The driver's own result, where some failures are not errors.
  // A driver with sanitizers has other names for the types of its parameters.
  LLVM_NO_SANITIZE("function")
  CUresult getResult(Parameters... arguments) const {
    return function(arguments...);
  }
  /// False where the driver is older than the function.
  explicit operator bool() const { return function != nullptr; }

private:
  const char *symbol;
  CUresult (*function)(Parameters...);
};

/// The functions. All pointers to devices' memory are valid in every context of
/// the process (unified addressing), so copies need no direction.
class DriverAPI {
  DriverLibrary library;
  static constexpr bool optional = false;

public:
  explicit DriverAPI(void *handle) : library(handle) {}

  /// The driver, loaded and initialized by the first call. Where there is no
  /// driver or no device, one sentence that says so.
  static llvm::Expected<const DriverAPI *> get();

  /// The driver, with a context that is current on this thread: the one that
  /// was there, or the primary context of the thread's device.
  static llvm::Expected<const DriverAPI *> getWithContext();

  llvm::StringRef getMissing() const { return library.getMissing(); }

  // Devices and contexts.
  DriverFunction<unsigned> init{library, "cuInit"};
  DriverFunction<CUresult, const char **> getErrorName{library,
                                                       "cuGetErrorName"};
  DriverFunction<CUresult, const char **> getErrorString{library,
                                                         "cuGetErrorString"};
  DriverFunction<int *> driverGetVersion{library, "cuDriverGetVersion"};
  DriverFunction<int *> deviceGetCount{library, "cuDeviceGetCount"};
  DriverFunction<CUdevice *, int> deviceGet{library, "cuDeviceGet"};
  DriverFunction<char *, int, CUdevice> deviceGetName{library,
                                                      "cuDeviceGetName"};
  DriverFunction<int *, CUdevice_attribute, CUdevice> deviceGetAttribute{
      library, "cuDeviceGetAttribute"};
  DriverFunction<size_t *, CUdevice> deviceTotalMem{library,
                                                    "cuDeviceTotalMem_v2"};
  DriverFunction<CUcontext *, CUdevice> devicePrimaryCtxRetain{
      library, "cuDevicePrimaryCtxRetain"};
  DriverFunction<CUcontext *> ctxGetCurrent{library, "cuCtxGetCurrent"};
  DriverFunction<CUcontext> ctxSetCurrent{library, "cuCtxSetCurrent"};
  DriverFunction<CUcontext> ctxPushCurrent{library, "cuCtxPushCurrent_v2"};
  DriverFunction<CUcontext *> ctxPopCurrent{library, "cuCtxPopCurrent_v2"};
  DriverFunction<CUdevice *> ctxGetDevice{library, "cuCtxGetDevice"};
  DriverFunction<> ctxSynchronize{library, "cuCtxSynchronize"};
  /// Tells a context from an earlier one at the same address (CUDA 12.0).
  DriverFunction<CUcontext, unsigned long long *> ctxGetId{
      library, "cuCtxGetId", optional};

  // Modules and launches.
  DriverFunction<CUmodule *, const void *, unsigned, CUjit_option *, void **>
      moduleLoadDataEx{library, "cuModuleLoadDataEx"};
  DriverFunction<CUmodule> moduleUnload{library, "cuModuleUnload"};
  DriverFunction<CUfunction *, CUmodule, const char *> moduleGetFunction{
      library, "cuModuleGetFunction"};
  DriverFunction<CUfunction, CUfunction_attribute, int> funcSetAttribute{
      library, "cuFuncSetAttribute"};
  DriverFunction<CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned,
                 unsigned, unsigned, CUstream, void **, void **>
      launchKernel{library, "cuLaunchKernel"};

  // Memory.
  DriverFunction<CUdeviceptr *, size_t> memAlloc{library, "cuMemAlloc_v2"};
  DriverFunction<CUdeviceptr> memFree{library, "cuMemFree_v2"};
  DriverFunction<CUdeviceptr *, size_t, unsigned> memAllocManaged{
      library, "cuMemAllocManaged"};
  DriverFunction<CUdeviceptr, CUdeviceptr, size_t, CUstream> memcpyAsync{
      library, "cuMemcpyAsync"};
  DriverFunction<CUdeviceptr, unsigned char, size_t, CUstream> memsetD8Async{
      library, "cuMemsetD8Async"};
  DriverFunction<CUdeviceptr, unsigned short, size_t, CUstream> memsetD16Async{
      library, "cuMemsetD16Async"};
  DriverFunction<CUdeviceptr, unsigned, size_t, CUstream> memsetD32Async{
      library, "cuMemsetD32Async"};
  DriverFunction<void *, CUpointer_attribute, CUdeviceptr> pointerGetAttribute{
      library, "cuPointerGetAttribute"};
  DriverFunction<void *, size_t, unsigned> memHostRegister{
      library, "cuMemHostRegister_v2"};
  DriverFunction<void *> memHostUnregister{library, "cuMemHostUnregister"};

  // Memory in the order of a stream (CUDA 11.2).
  DriverFunction<CUmemoryPool *, const CUmemPoolProps *> memPoolCreate{
      library, "cuMemPoolCreate", optional};
  DriverFunction<CUmemoryPool, CUmemPool_attribute, void *> memPoolSetAttribute{
      library, "cuMemPoolSetAttribute", optional};
  DriverFunction<CUmemoryPool, size_t> memPoolTrimTo{library, "cuMemPoolTrimTo",
                                                     optional};
  DriverFunction<CUdeviceptr *, size_t, CUmemoryPool, CUstream>
      memAllocFromPoolAsync{library, "cuMemAllocFromPoolAsync", optional};
  DriverFunction<CUdeviceptr, CUstream> memFreeAsync{library, "cuMemFreeAsync",
                                                     optional};

  // Streams and events.
  DriverFunction<CUstream *, unsigned> streamCreate{library, "cuStreamCreate"};
  DriverFunction<CUstream> streamDestroy{library, "cuStreamDestroy_v2"};
  DriverFunction<CUstream> streamSynchronize{library, "cuStreamSynchronize"};
  DriverFunction<CUstream, CUcontext *> streamGetCtx{library, "cuStreamGetCtx"};
  DriverFunction<CUstream, CUevent, unsigned> streamWaitEvent{
      library, "cuStreamWaitEvent"};
  DriverFunction<CUevent *, unsigned> eventCreate{library, "cuEventCreate"};
  DriverFunction<CUevent> eventDestroy{library, "cuEventDestroy_v2"};
  DriverFunction<CUevent, CUstream> eventRecord{library, "cuEventRecord"};
  DriverFunction<CUevent> eventSynchronize{library, "cuEventSynchronize"};
  DriverFunction<float *, CUevent, CUevent> eventElapsedTime{
      library, "cuEventElapsedTime"};

  /// The driver can allocate in the order of a stream.
  bool hasMemoryPools() const {
    return memPoolCreate && memPoolSetAttribute && memPoolTrimTo &&
           memAllocFromPoolAsync && memFreeAsync;
  }
};

inline CUdeviceptr toDevice(const void *pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}
inline void *toPointer(CUdeviceptr device) {
  return reinterpret_cast<void *>(static_cast<uintptr_t>(device));
}

} // namespace altgrad::cuda

#endif // ALTGRAD_LIB_EXECUTIONENGINE_CUDA_DRIVERAPI_H
