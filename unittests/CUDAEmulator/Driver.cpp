//===- Driver.cpp - Devices, contexts and injected errors -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include "DeviceMemory.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

using namespace altgrad::emulator;

static thread_local std::vector<CUcontext> contextStack;
/// The address is the handle of the one context there is.
static char primaryContext;
static CUcontext getPrimary() {
  return reinterpret_cast<CUcontext>(&primaryContext);
}

Driver &Driver::get() {
  // Never destroyed: programs call the driver in destructors of their own.
  static Driver *driver = new Driver;
  return *driver;
}

uint32_t Chip::getMaxSharedBytes() const {
  switch (number) {
  case 70:
  case 72:
    return 96 << 10;
  case 75:
    return 64 << 10;
  case 80:
  case 87:
    return 163 << 10;
  case 90:
  case 100:
  case 103:
    return 227 << 10;
  default:
    return 99 << 10;
  }
}

bool Chip::runs(unsigned target, char targetSuffix) const {
  if (targetSuffix == 'a')
    return target == number;
  if (targetSuffix == 'f')
    return target / 10 == number / 10 && target <= number;
  return target <= number;
}

/// "function:error[:n]": the n-th and later calls of the function fail.
static CUresult getInjectedError(const char *function) {
  const char *variable = std::getenv("ALTGRAD_EMULATOR_FAIL");
  if (!variable)
    return CUDA_SUCCESS;
  static std::mutex mutex;
  static std::string setting;
  static unsigned calls = 0;
  std::lock_guard lock(mutex);
  if (setting != variable) {
    setting = variable;
    calls = 0;
  }
  size_t colon = setting.find(':');
  if (setting.compare(0, colon, function) != 0 || colon == std::string::npos)
    return CUDA_SUCCESS;
  size_t second = setting.find(':', colon + 1);
  std::string name = setting.substr(
      colon + 1, second == std::string::npos ? second : second - colon - 1);
  unsigned first =
      second == std::string::npos
          ? 1
          : std::strtoul(setting.c_str() + second + 1, nullptr, 10);
  CUresult error;
  if (!parseErrorName(name, error)) {
    std::fprintf(
        stderr,
        "altgrad PTX emulator: unknown error '%s' in ALTGRAD_EMULATOR_FAIL\n",
        name.c_str());
    std::abort();
  }
  return ++calls >= first ? error : CUDA_SUCCESS;
}

CUresult altgrad::emulator::enter(const char *function, Needs needs) {
  if (CUresult error = getInjectedError(function))
    return error;
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  if (needs == Needs::Nothing)
    return CUDA_SUCCESS;
  if (!driver.isInitialized)
    return CUDA_ERROR_NOT_INITIALIZED;
  if (needs == Needs::Context &&
      (contextStack.empty() || !contextStack.back() ||
       driver.primaryReferences == 0))
    return CUDA_ERROR_INVALID_CONTEXT;
  return needs == Needs::Context ? driver.stickyError : CUDA_SUCCESS;
}

bool altgrad::emulator::isLive(const void *handle) {
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  return driver.handles.count(handle) != 0;
}
void altgrad::emulator::addHandle(const void *handle) {
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  driver.handles.insert(handle);
}
bool altgrad::emulator::removeHandle(const void *handle) {
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  return driver.handles.erase(handle) != 0;
}

EXPORT CUresult cuInit(unsigned flags) {
  if (CUresult error = enter("cuInit", Needs::Nothing))
    return error;
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  if (flags != 0)
    return CUDA_ERROR_INVALID_VALUE;
  driver.chip = Chip();
  driver.devices = 1;
  if (const char *chip = std::getenv("ALTGRAD_EMULATOR_CHIP")) {
    char *end = nullptr;
    bool valid = std::strncmp(chip, "sm_", 3) == 0;
    driver.chip.number = valid ? std::strtoul(chip + 3, &end, 10) : 0;
    if (driver.chip.number < 50) {
      std::fprintf(
          stderr,
          "altgrad PTX emulator: expected ALTGRAD_EMULATOR_CHIP to be like "
          "'sm_90' but got '%s'\n",
          chip);
      return CUDA_ERROR_INVALID_VALUE;
    }
  }
  if (const char *devices = std::getenv("ALTGRAD_EMULATOR_DEVICES"))
    driver.devices = std::strcmp(devices, "0") != 0;
  if (driver.devices == 0)
    return CUDA_ERROR_NO_DEVICE;
  driver.isInitialized = true;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuDriverGetVersion(int *version) {
  if (CUresult error = enter("cuDriverGetVersion", Needs::Nothing))
    return error;
  if (!version)
    return CUDA_ERROR_INVALID_VALUE;
  *version = 13000;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetCount(int *count) {
  if (CUresult error = enter("cuDeviceGetCount", Needs::Driver))
    return error;
  if (!count)
    return CUDA_ERROR_INVALID_VALUE;
  *count = Driver::get().devices;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  if (CUresult error = enter("cuDeviceGet", Needs::Driver))
    return error;
  if (!device)
    return CUDA_ERROR_INVALID_VALUE;
  if (ordinal < 0 || ordinal >= Driver::get().devices)
    return CUDA_ERROR_INVALID_DEVICE;
  *device = ordinal;
  return CUDA_SUCCESS;
}

static bool isDevice(CUdevice device) {
  return device == 0 && Driver::get().devices > 0;
}

EXPORT CUresult cuDeviceGetName(char *name, int length, CUdevice device) {
  if (CUresult error = enter("cuDeviceGetName", Needs::Driver))
    return error;
  if (!name || length <= 0)
    return CUDA_ERROR_INVALID_VALUE;
  if (!isDevice(device))
    return CUDA_ERROR_INVALID_DEVICE;
  std::snprintf(name, length, "altgrad PTX emulator (sm_%u)",
                Driver::get().chip.number);
  return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device) {
  if (CUresult error = enter("cuDeviceTotalMem_v2", Needs::Driver))
    return error;
  if (!bytes)
    return CUDA_ERROR_INVALID_VALUE;
  if (!isDevice(device))
    return CUDA_ERROR_INVALID_DEVICE;
  *bytes = DeviceMemory::totalBytes;
  return CUDA_SUCCESS;
}

/// Attributes by their numbers in CUdevice_attribute; zero for all others.
static int getAttribute(int attribute, const Chip &chip) {
  static const std::map<int, int> fixed = {
      {1, 1024},               // MAX_THREADS_PER_BLOCK
      {2, 1024},               // MAX_BLOCK_DIM_X
      {3, 1024},               // MAX_BLOCK_DIM_Y
      {4, 64},                 // MAX_BLOCK_DIM_Z
      {5, 0x7fffffff},         // MAX_GRID_DIM_X
      {6, 65535},              // MAX_GRID_DIM_Y
      {7, 65535},              // MAX_GRID_DIM_Z
      {8, defaultSharedBytes}, // MAX_SHARED_MEMORY_PER_BLOCK
      {9, 65536},              // TOTAL_CONSTANT_MEMORY
      {10, 32},                // WARP_SIZE
      {11, 0x7fffffff},        // MAX_PITCH
      {12, 65536},             // MAX_REGISTERS_PER_BLOCK
      {13, 1000000},           // CLOCK_RATE
      {14, 512},               // TEXTURE_ALIGNMENT
      {16, multiprocessors},   // MULTIPROCESSOR_COUNT
      {19, 1},                 // CAN_MAP_HOST_MEMORY
      {31, 1},                 // CONCURRENT_KERNELS
      {36, 1000000},           // MEMORY_CLOCK_RATE
      {37, 64},                // GLOBAL_MEMORY_BUS_WIDTH
      {38, 1 << 20},           // L2_CACHE_SIZE
      {39, 2048},              // MAX_THREADS_PER_MULTIPROCESSOR
      {40, 1},                 // ASYNC_ENGINE_COUNT
      {41, 1},                 // UNIFIED_ADDRESSING
      {78, 1},                 // STREAM_PRIORITIES_SUPPORTED
      {82, 65536},             // MAX_REGISTERS_PER_MULTIPROCESSOR
      {83, 1},                 // MANAGED_MEMORY
      {106, 32},               // MAX_BLOCKS_PER_MULTIPROCESSOR
      {111, 1024},             // RESERVED_SHARED_MEMORY_PER_BLOCK
      {115, 1}};               // MEMORY_POOLS_SUPPORTED
  switch (attribute) {
  case 75: // COMPUTE_CAPABILITY_MAJOR
    return chip.getMajor();
  case 76: // COMPUTE_CAPABILITY_MINOR
    return chip.getMinor();
  case 81: // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
    return chip.getMaxSharedBytes() + 1024;
  case 97: // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    return chip.getMaxSharedBytes();
  default:
    auto it = fixed.find(attribute);
    return it == fixed.end() ? 0 : it->second;
  }
}

EXPORT CUresult cuDeviceGetAttribute(int *value, int attribute,
                                     CUdevice device) {
  if (CUresult error = enter("cuDeviceGetAttribute", Needs::Driver))
    return error;
  if (!value || attribute <= 0)
    return CUDA_ERROR_INVALID_VALUE;
  if (!isDevice(device))
    return CUDA_ERROR_INVALID_DEVICE;
  *value = getAttribute(attribute, Driver::get().chip);
  return CUDA_SUCCESS;
}

EXPORT CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  if (CUresult error = enter("cuDevicePrimaryCtxRetain", Needs::Driver))
    return error;
  if (!context)
    return CUDA_ERROR_INVALID_VALUE;
  if (!isDevice(device))
    return CUDA_ERROR_INVALID_DEVICE;
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  ++driver.primaryReferences;
  *context = getPrimary();
  return CUDA_SUCCESS;
}

EXPORT CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  if (CUresult error = enter("cuDevicePrimaryCtxRelease_v2", Needs::Driver))
    return error;
  if (!isDevice(device))
    return CUDA_ERROR_INVALID_DEVICE;
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  if (driver.primaryReferences == 0)
    return CUDA_ERROR_INVALID_CONTEXT;
  // A new context has no errors.
  if (--driver.primaryReferences == 0)
    driver.stickyError = CUDA_SUCCESS;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxGetCurrent(CUcontext *context) {
  if (CUresult error = enter("cuCtxGetCurrent", Needs::Driver))
    return error;
  if (!context)
    return CUDA_ERROR_INVALID_VALUE;
  *context = contextStack.empty() ? nullptr : contextStack.back();
  return CUDA_SUCCESS;
}

static CUresult checkContext(CUcontext context) {
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  return context == getPrimary() && driver.primaryReferences > 0
             ? CUDA_SUCCESS
             : CUDA_ERROR_INVALID_CONTEXT;
}

EXPORT CUresult cuCtxSetCurrent(CUcontext context) {
  if (CUresult error = enter("cuCtxSetCurrent", Needs::Driver))
    return error;
  if (context)
    if (CUresult error = checkContext(context))
      return error;
  if (contextStack.empty())
    contextStack.push_back(context);
  else
    contextStack.back() = context;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxPushCurrent_v2(CUcontext context) {
  if (CUresult error = enter("cuCtxPushCurrent_v2", Needs::Driver))
    return error;
  if (CUresult error = checkContext(context))
    return error;
  contextStack.push_back(context);
  return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxPopCurrent_v2(CUcontext *context) {
  if (CUresult error = enter("cuCtxPopCurrent_v2", Needs::Driver))
    return error;
  if (contextStack.empty())
    return CUDA_ERROR_INVALID_CONTEXT;
  if (context)
    *context = contextStack.back();
  contextStack.pop_back();
  return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxSynchronize() { return enter("cuCtxSynchronize"); }

EXPORT CUresult cuCtxGetDevice(CUdevice *device) {
  if (CUresult error = enter("cuCtxGetDevice"))
    return error;
  if (!device)
    return CUDA_ERROR_INVALID_VALUE;
  *device = 0;
  return CUDA_SUCCESS;
}
