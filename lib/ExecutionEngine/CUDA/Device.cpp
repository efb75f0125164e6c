//===- Device.cpp - CUDA devices of this machine --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CUDA/Device.h"

#include "DriverAPI.h"
#include "ThreadState.h"

using namespace altgrad;
using namespace altgrad::cuda;
using llvm::Error;
using llvm::Expected;

std::string Device::getChip() const {
  return "sm_" + std::to_string(major) + std::to_string(minor);
}

static Expected<Device> describe(const DriverAPI &api, CUdevice handle) {
  Device device;
  device.ordinal = handle;
  char name[256] = {};
  if (Error error = api.deviceGetName(name, sizeof(name) - 1, handle))
    return std::move(error);
  device.name = name;
  int pools = 0;
  const std::pair<CUdevice_attribute, int *> attributes[] = {
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, &device.major},
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, &device.minor},
      {CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, &device.multiprocessors},
      {CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED, &pools}};
  for (auto [attribute, value] : attributes)
    if (Error error = api.deviceGetAttribute(value, attribute, handle))
      return std::move(error);
  device.hasMemoryPools = pools && api.hasMemoryPools();
  size_t memory = 0;
  if (Error error = api.deviceTotalMem(&memory, handle))
    return std::move(error);
  device.memoryBytes = memory;
  return device;
}

Expected<Device> Device::get(int ordinal) {
  Expected<int> count = countDevices();
  if (!count)
    return count.takeError();
  if (ordinal < 0 || ordinal >= *count)
    return llvm::createStringError(
        "expected the number of a CUDA device from 0 to " +
        llvm::Twine(*count - 1) + " but got " + llvm::Twine(ordinal));
  Expected<const DriverAPI *> api = DriverAPI::get();
  if (!api)
    return api.takeError();
  CUdevice handle;
  if (Error error = (*api)->deviceGet(&handle, ordinal))
    return std::move(error);
  return describe(**api, handle);
}

Expected<Device> Device::getCurrent() {
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api)
    return api.takeError();
  CUdevice handle;
  if (Error error = (*api)->ctxGetDevice(&handle))
    return std::move(error);
  return describe(**api, handle);
}

Expected<int> altgrad::cuda::countDevices() {
  Expected<const DriverAPI *> api = DriverAPI::get();
  if (!api)
    return api.takeError();
  int count = 0;
  if (Error error = (*api)->deviceGetCount(&count))
    return std::move(error);
  return count;
}

Expected<std::string> altgrad::cuda::getDriverVersion() {
  Expected<const DriverAPI *> api = DriverAPI::get();
  if (!api)
    return api.takeError();
  int version = 0;
  if (Error error = (*api)->driverGetVersion(&version))
    return std::move(error);
  // 12080 is 12.8.
  return std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

Error altgrad::cuda::useDevice(int ordinal) {
  Expected<Device> device = Device::get(ordinal);
  if (!device)
    return device.takeError();
  Expected<const DriverAPI *> api = DriverAPI::get();
  if (!api)
    return api.takeError();
  ThreadState::get().device = ordinal;
  Expected<CUcontext> context = getPrimaryContext(**api, ordinal);
  if (!context)
    return context.takeError();
  return (*api)->ctxSetCurrent(*context);
}

Expected<int> altgrad::cuda::getDeviceOf(const void *memory) {
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api)
    return api.takeError();
  int ordinal = 0;
  if (Error error = (*api)->pointerGetAttribute(
          &ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, toDevice(memory)))
    return std::move(error);
  return ordinal;
}

/// Makes a context of the device current. True if that took a push.
static Expected<bool> pushContextOf(int ordinal) {
  Expected<const DriverAPI *> api = DriverAPI::get();
  if (!api)
    return api.takeError();
  CUcontext current = nullptr;
  if (Error error = (*api)->ctxGetCurrent(&current))
    return std::move(error);
  CUdevice device = -1;
  if (current)
    if (Error error = (*api)->ctxGetDevice(&device))
      return std::move(error);
  if (device == ordinal)
    return false;
  Expected<Device> known = Device::get(ordinal);
  if (!known)
    return known.takeError();
  Expected<CUcontext> primary = getPrimaryContext(**api, ordinal);
  if (!primary)
    return primary.takeError();
  if (Error error = (*api)->ctxPushCurrent(*primary))
    return std::move(error);
  return true;
}

DeviceScope::DeviceScope(int ordinal) {
  if (Expected<bool> pushed = pushContextOf(ordinal))
    pushedContext = *pushed;
  else
    ThreadState::get().keep(pushed.takeError());
}

DeviceScope::~DeviceScope() {
  if (!pushedContext)
    return;
  // The context was pushed through this same driver.
  CUcontext context;
  ThreadState::get().keep(
      llvm::cantFail(DriverAPI::get())->ctxPopCurrent(&context));
}
