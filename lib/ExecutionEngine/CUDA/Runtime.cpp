//===- Runtime.cpp - What generated host code calls -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names and parameters are those that MLIR 22 generates: gpu-to-llvm, and
// SelectObjectAttr for modules and launches. A stream of the program is the
// current stream of the thread, so all streams of a program are the same one.
//
// Not here, and so missing when such a program is linked: launches of clusters,
// tensor maps and cuSPARSE.
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CUDA/Runtime.h"

#include "DriverAPI.h"
#include "KernelModule.h"
#include "MemoryPools.h"
#include "ThreadState.h"

#include "altgrad/ExecutionEngine/CUDA/Device.h"

#include <limits>

using namespace altgrad::cuda;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

/// Runs `action` with the driver, unless an earlier call on this thread failed.
template <typename Action> static void perform(Action action) {
  ThreadState &state = ThreadState::get();
  if (state.error)
    return;
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api)
    return state.keep(api.takeError());
  state.keep(action(**api, state));
}

/// Runs `action`, which gives something back, also after a failure.
template <typename Action> static void release(Action action) {
  ThreadState &state = ThreadState::get();
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api)
    return state.keep(api.takeError());
  state.keep(action(**api, state));
}

/// The stream to use where the program gives `stream`; null is any.
static CUstream getStream(CUstream stream) {
  return stream ? stream : getCurrentStream();
}

/// True if the host must wait where the program waits.
static bool mustWait(ThreadState &state) {
  bool wait = state.mode == StreamScope::Synchronous || state.hostCopyPending ||
              hasSharedMemory();
  state.hostCopyPending = false;
  return wait;
}

/// True for memory on a device. The driver knows no other addresses than those
/// of its own allocations, and says so with an error.
static bool isOnDevice(const DriverAPI &api, const void *pointer) {
  unsigned kind = 0;
  return api.pointerGetAttribute.getResult(&kind,
                                           CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                                           toDevice(pointer)) == CUDA_SUCCESS &&
         kind == CU_MEMORYTYPE_DEVICE;
}

/// The extent of a memref given by rank and descriptor: where it begins, and
/// how many elements after that its last one ends.
static std::pair<char *, int64_t>
getExtent(int64_t rank, const void *descriptor, int64_t elementSize) {
  const auto *words = static_cast<const int64_t *>(descriptor);
  const int64_t *sizes = words + 3, *strides = sizes + rank;
  auto *begin = reinterpret_cast<char *>(words[1]) + words[2] * elementSize;
  int64_t count = 1;
  for (int64_t i = 0; i < rank; ++i) {
    if (sizes[i] == 0)
      return {begin, 0};
    count += (sizes[i] - 1) * strides[i];
  }
  return {begin, count};
}

//===----------------------------------------------------------------------===//
// Modules and launches
//===----------------------------------------------------------------------===//

extern "C" {

KernelModule *mgpuModuleLoad(const void *image, size_t) {
  return new KernelModule(image);
}

KernelModule *mgpuModuleLoadJIT(const void *image, int optLevel) {
  return new KernelModule(image, optLevel);
}

void mgpuModuleUnload(KernelModule *module) { delete module; }

CUfunction mgpuModuleGetFunction(KernelModule *module, const char *name) {
  CUfunction function = nullptr;
  perform([&](const DriverAPI &api, ThreadState &) -> Error {
    Expected<CUfunction> found = module->getFunction(api, name);
    if (!found)
      return found.takeError();
    function = *found;
    return Error::success();
  });
  return function;
}

void mgpuLaunchKernel(CUfunction function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedMemory, CUstream stream,
                      void **parameters, void **extra, size_t) {
  perform([&](const DriverAPI &api, ThreadState &) -> Error {
    // An empty array makes an empty grid, which the driver refuses.
    if (gridX == 0 || gridY == 0 || gridZ == 0)
      return Error::success();
    for (intptr_t size : {gridX, gridY, gridZ, blockX, blockY, blockZ})
      if (size < 0 || size > std::numeric_limits<int32_t>::max())
        return llvm::createStringError(
            "expected a grid and blocks of less than 2^31 in each direction "
            "but got a launch with " +
            llvm::Twine(static_cast<int64_t>(size)));
    // More than any device has without being asked for it.
    constexpr int32_t plainSharedMemory = 48 * 1024;
    if (sharedMemory > plainSharedMemory)
      if (Error error = api.funcSetAttribute(
              function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
              sharedMemory))
        return error;
    auto narrow = [](intptr_t size) { return static_cast<unsigned>(size); };
    return api.launchKernel(function, narrow(gridX), narrow(gridY),
                            narrow(gridZ), narrow(blockX), narrow(blockY),
                            narrow(blockZ), static_cast<unsigned>(sharedMemory),
                            getStream(stream), parameters, extra);
  });
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

CUstream mgpuStreamCreate() { return getCurrentStream(); }
void mgpuStreamDestroy(CUstream) {}

void mgpuStreamSynchronize(CUstream stream) {
  perform([&](const DriverAPI &api, ThreadState &state) -> Error {
    if (!mustWait(state))
      return Error::success();
    return api.streamSynchronize(getStream(stream));
  });
}

void mgpuStreamWaitEvent(CUstream stream, CUevent event) {
  perform([&](const DriverAPI &api, ThreadState &) {
    return api.streamWaitEvent(getStream(stream), event, 0);
  });
}

CUevent mgpuEventCreate() {
  CUevent event = nullptr;
  perform([&](const DriverAPI &api, ThreadState &) {
    return api.eventCreate(&event, CU_EVENT_DISABLE_TIMING);
  });
  return event;
}

void mgpuEventDestroy(CUevent event) {
  if (event)
    release([&](const DriverAPI &api, ThreadState &) {
      return api.eventDestroy(event);
    });
}

void mgpuEventSynchronize(CUevent event) {
  perform([&](const DriverAPI &api, ThreadState &state) -> Error {
    if (!mustWait(state))
      return Error::success();
    return api.eventSynchronize(event);
  });
}

void mgpuEventRecord(CUevent event, CUstream stream) {
  perform([&](const DriverAPI &api, ThreadState &) {
    return api.eventRecord(event, getStream(stream));
  });
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

void *mgpuMemAlloc(uint64_t numBytes, CUstream stream, bool isHostShared) {
  void *data = nullptr;
  perform([&](const DriverAPI &api, ThreadState &) -> Error {
    if (numBytes == 0)
      return Error::success();
    if (!isHostShared) {
      Expected<void *> memory =
          allocateOnStream(api, numBytes, getStream(stream));
      if (!memory)
        return memory.takeError();
      data = *memory;
      return Error::success();
    }
    CUdeviceptr memory;
    if (Error error =
            api.memAllocManaged(&memory, numBytes, CU_MEM_ATTACH_GLOBAL))
      return error;
    data = toPointer(memory);
    addSharedMemory(data);
    return Error::success();
  });
  return data;
}

void mgpuMemFree(void *data, CUstream stream) {
  if (data)
    release([&](const DriverAPI &api, ThreadState &) {
      return freeOnStream(api, data, getStream(stream));
    });
}

void mgpuMemcpy(void *to, void *from, size_t numBytes, CUstream stream) {
  perform([&](const DriverAPI &api, ThreadState &state) -> Error {
    if (numBytes == 0)
      return Error::success();
    state.hostCopyPending |= !isOnDevice(api, to) || !isOnDevice(api, from);
    return api.memcpyAsync(toDevice(to), toDevice(from), numBytes,
                           getStream(stream));
  });
}

void mgpuMemset32(void *data, uint32_t value, size_t count, CUstream stream) {
  perform([&](const DriverAPI &api, ThreadState &) -> Error {
    if (count == 0)
      return Error::success();
    return api.memsetD32Async(toDevice(data), value, count, getStream(stream));
  });
}

void mgpuMemset16(void *data, uint16_t value, size_t count, CUstream stream) {
  perform([&](const DriverAPI &api, ThreadState &) -> Error {
    if (count == 0)
      return Error::success();
    return api.memsetD16Async(toDevice(data), value, count, getStream(stream));
  });
}

void mgpuMemHostRegister(void *data, uint64_t numBytes) {
  perform([&](const DriverAPI &api, ThreadState &) -> Error {
    if (numBytes == 0)
      return Error::success();
    if (Error error =
            api.memHostRegister(data, numBytes, CU_MEMHOSTREGISTER_PORTABLE))
      return error;
    addSharedMemory(data);
    return Error::success();
  });
}

void mgpuMemHostRegisterMemRef(int64_t rank, void *descriptor,
                               int64_t elementSize) {
  auto [begin, count] = getExtent(rank, descriptor, elementSize);
  mgpuMemHostRegister(begin, static_cast<uint64_t>(count * elementSize));
}

void mgpuMemHostUnregister(void *data) {
  // What was never registered, because that failed, is none of the driver's.
  if (removeSharedMemory(data))
    release([&](const DriverAPI &api, ThreadState &) {
      return api.memHostUnregister(data);
    });
}

void mgpuMemHostUnregisterMemRef(int64_t rank, void *descriptor,
                                 int64_t elementSize) {
  mgpuMemHostUnregister(getExtent(rank, descriptor, elementSize).first);
}

void mgpuSetDefaultDevice(int32_t ordinal) {
  perform([&](const DriverAPI &api, ThreadState &) -> Error {
    CUdevice current;
    if (Error error = api.ctxGetDevice(&current))
      return error;
    // A context of this device may be the caller's own.
    return current == ordinal ? Error::success() : useDevice(ordinal);
  });
}

} // extern "C"

//===----------------------------------------------------------------------===//
// The list
//===----------------------------------------------------------------------===//

llvm::ArrayRef<RuntimeSymbol> altgrad::cuda::getRuntimeSymbols() {
#define ALTGRAD_SYMBOL(name)                                                   \
  {                                                                            \
    #name, reinterpret_cast<void *>(&name)                                     \
  }
  static const RuntimeSymbol symbols[] = {
      ALTGRAD_SYMBOL(mgpuModuleLoad),
      ALTGRAD_SYMBOL(mgpuModuleLoadJIT),
      ALTGRAD_SYMBOL(mgpuModuleUnload),
      ALTGRAD_SYMBOL(mgpuModuleGetFunction),
      ALTGRAD_SYMBOL(mgpuLaunchKernel),
      ALTGRAD_SYMBOL(mgpuStreamCreate),
      ALTGRAD_SYMBOL(mgpuStreamDestroy),
      ALTGRAD_SYMBOL(mgpuStreamSynchronize),
      ALTGRAD_SYMBOL(mgpuStreamWaitEvent),
      ALTGRAD_SYMBOL(mgpuEventCreate),
      ALTGRAD_SYMBOL(mgpuEventDestroy),
      ALTGRAD_SYMBOL(mgpuEventSynchronize),
      ALTGRAD_SYMBOL(mgpuEventRecord),
      ALTGRAD_SYMBOL(mgpuMemAlloc),
      ALTGRAD_SYMBOL(mgpuMemFree),
      ALTGRAD_SYMBOL(mgpuMemcpy),
      ALTGRAD_SYMBOL(mgpuMemset32),
      ALTGRAD_SYMBOL(mgpuMemset16),
      ALTGRAD_SYMBOL(mgpuMemHostRegister),
      ALTGRAD_SYMBOL(mgpuMemHostRegisterMemRef),
      ALTGRAD_SYMBOL(mgpuMemHostUnregister),
      ALTGRAD_SYMBOL(mgpuMemHostUnregisterMemRef),
      ALTGRAD_SYMBOL(mgpuSetDefaultDevice)};
#undef ALTGRAD_SYMBOL
  return symbols;
}
