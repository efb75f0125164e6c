//===- Memory.cpp - Memory of CUDA devices --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CUDA/Memory.h"

#include "DriverAPI.h"
#include "MemoryPools.h"

#include "altgrad/ExecutionEngine/CUDA/Stream.h"

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
  return DeviceBuffer(toPointer(data), numBytes, /*isAdopted=*/false);
}

Expected<DeviceBuffer> DeviceBuffer::allocateOnStream(size_t numBytes) {
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api)
    return api.takeError();
  if (numBytes == 0)
    return adopt(nullptr, 0);
  Expected<void *> data =
      altgrad::cuda::allocateOnStream(**api, numBytes, getCurrentStream());
  if (!data)
    return data.takeError();
  return adopt(*data, numBytes);
}

DeviceBuffer::~DeviceBuffer() {
  if (!data)
    return;
  // Where this fails, the driver or the context has gone, and the memory too.
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api)
    llvm::consumeError(api.takeError());
  else if (isAdopted)
    llvm::consumeError(freeOnStream(**api, data, getCurrentStream()));
  else
    (*api)->memFree.getResult(toDevice(data));
}
