//===- Memory.cpp - Memory of CUDA devices --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CUDA/Memory.h"

#include "DriverAPI.h"
#include "MemoryPools.h"
#include "ThreadState.h"

#include "altgrad/ExecutionEngine/CUDA/Device.h"
#include "altgrad/ExecutionEngine/CUDA/Stream.h"

#include "llvm/ADT/DenseMap.h"

#include <mutex>

using namespace altgrad::cuda;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

Error altgrad::cuda::copyOnDevice(void *to, const void *from, size_t numBytes) {
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api || numBytes == 0)
    return api.takeError();
  return (*api)->memcpyAsync(toDevice(to), toDevice(from), numBytes,
                             getCurrentStream());
}

Error altgrad::cuda::copyToDevice(void *device, const void *host,
                                  size_t numBytes) {
  if (Error error = copyOnDevice(device, host, numBytes))
    return error;
  return synchronize();
}

Error altgrad::cuda::copyToHost(void *host, const void *device,
                                size_t numBytes) {
  return copyToDevice(host, device, numBytes);
}

Error altgrad::cuda::fill(void *device, uint8_t byte, size_t numBytes) {
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api || numBytes == 0)
    return api.takeError();
  return (*api)->memsetD8Async(toDevice(device), byte, numBytes,
                               getCurrentStream());
}

//===----------------------------------------------------------------------===//
// DeviceBuffer
//===----------------------------------------------------------------------===//

Expected<DeviceBuffer> DeviceBuffer::allocate(size_t numBytes) {
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api)
    return api.takeError();
  CUdeviceptr data = 0;
  if (numBytes > 0)
    if (Error error = (*api)->memAlloc(&data, numBytes))
      return std::move(error);
  return DeviceBuffer(toPointer(data), numBytes);
}

DeviceBuffer::~DeviceBuffer() {
  if (!data)
    return;
  // Where this fails, the driver or the context has gone, and the memory too.
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (api)
    (*api)->memFree.getResult(toDevice(data));
  else
    llvm::consumeError(api.takeError());
}

//===----------------------------------------------------------------------===//
// Pools
//===----------------------------------------------------------------------===//

namespace {
/// One pool per device, made when it is first needed. A null pool stands for a
/// device without any. The driver's own default pools are left to others.
struct Pools {
  std::mutex mutex;
  llvm::DenseMap<CUdevice, CUmemoryPool> byDevice;

  static Pools &get() {
    static Pools &pools = *new Pools;
    return pools;
  }
};
} // namespace

static Expected<CUmemoryPool> createPool(const DriverAPI &api,
                                         CUdevice device) {
  int supported = 0;
  if (Error error = api.deviceGetAttribute(
          &supported, CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED, device))
    return std::move(error);
  CUmemoryPool pool = nullptr;
  if (!supported || !api.hasMemoryPools())
    return pool;
  CUmemPoolProps properties;
  properties.locationId = device;
  if (Error error = api.memPoolCreate(&pool, &properties))
    return std::move(error);
  // By default a pool returns all it has at each synchronization.
  uint64_t threshold = UINT64_MAX;
  if (Error error = api.memPoolSetAttribute(
          pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &threshold))
    return std::move(error);
  return pool;
}

/// The pool of the current context's device.
static Expected<CUmemoryPool> getPool(const DriverAPI &api) {
  CUdevice device;
  if (Error error = api.ctxGetDevice(&device))
    return std::move(error);
  Pools &pools = Pools::get();
  std::lock_guard<std::mutex> lock(pools.mutex);
  auto found = pools.byDevice.find(device);
  if (found != pools.byDevice.end())
    return found->second;
  Expected<CUmemoryPool> pool = createPool(api, device);
  if (pool)
    pools.byDevice[device] = *pool;
  return pool;
}

Expected<void *> altgrad::cuda::allocateOnStream(const DriverAPI &api,
                                                 size_t numBytes,
                                                 CUstream stream) {
  Expected<CUmemoryPool> pool = getPool(api);
  if (!pool)
    return pool.takeError();
  CUdeviceptr data = 0;
  if (Error error =
          *pool ? api.memAllocFromPoolAsync(&data, numBytes, *pool, stream)
                : api.memAlloc(&data, numBytes))
    return std::move(error);
  return toPointer(data);
}

Error altgrad::cuda::freeOnStream(const DriverAPI &api, void *data,
                                  CUstream stream) {
  Expected<CUmemoryPool> pool = getPool(api);
  if (!pool)
    return pool.takeError();
  return *pool ? api.memFreeAsync(toDevice(data), stream)
               : api.memFree(toDevice(data));
}

Error altgrad::cuda::releaseUnusedMemory() {
  Expected<const DriverAPI *> api = DriverAPI::get();
  if (!api)
    return api.takeError();
  Pools &pools = Pools::get();
  std::lock_guard<std::mutex> lock(pools.mutex);
  for (auto [device, pool] : pools.byDevice)
    if (pool)
      if (Error error = (*api)->memPoolTrimTo(pool, 0))
        return error;
  return Error::success();
}
