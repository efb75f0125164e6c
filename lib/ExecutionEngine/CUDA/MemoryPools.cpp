//===- MemoryPools.cpp - Memory in the order of a stream ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MemoryPools.h"

#include "altgrad/ExecutionEngine/CUDA/Memory.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

#include <mutex>

using namespace altgrad::cuda;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

namespace {
/// The addresses of memory that host and device both see.
struct SharedMemory {
  std::mutex mutex;
  llvm::DenseSet<void *> addresses;

  static SharedMemory &get() {
    static SharedMemory &memory = *new SharedMemory;
    return memory;
  }
};
} // namespace

void altgrad::cuda::addSharedMemory(void *data) {
  SharedMemory &memory = SharedMemory::get();
  std::lock_guard<std::mutex> lock(memory.mutex);
  memory.addresses.insert(data);
}

bool altgrad::cuda::removeSharedMemory(void *data) {
  SharedMemory &memory = SharedMemory::get();
  std::lock_guard<std::mutex> lock(memory.mutex);
  return memory.addresses.erase(data);
}

bool altgrad::cuda::hasSharedMemory() {
  SharedMemory &memory = SharedMemory::get();
  std::lock_guard<std::mutex> lock(memory.mutex);
  return !memory.addresses.empty();
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
  if (removeSharedMemory(data))
    return api.memFree(toDevice(data));
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
