//===- DriverModule.cpp - Modules, functions and launches -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"
#include "Warp.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace altgrad::emulator;

struct CUmod_st { // NOLINT(readability-identifier-naming)
  std::unique_ptr<Program> program;
  std::map<std::string, std::unique_ptr<CUfunc_st>> functions;
};

/// Cubins and fat binaries start with bytes that no text has.
static bool isText(const char *image) {
  unsigned char first = image[0];
  return std::isspace(first) || first == '.' || first == '/';
}

static CUresult load(const char *text, std::unique_ptr<CUmod_st> &module,
                     std::string &log) {
  if (!isText(text)) {
    log = "the emulator executes PTX and no cubin or fat binary";
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  auto fail = [&](unsigned line, const std::string &message) {
    log = "altgrad PTX emulator, line " + std::to_string(line) +
          "; error: " + message;
    return CUDA_ERROR_INVALID_PTX;
  };
  Diagnostic diagnostic;
  Module parsed = parseModule(text, diagnostic);
  if (diagnostic.failed())
    return fail(diagnostic.line, diagnostic.message);
  if (parsed.versionMajor > 9 ||
      (parsed.versionMajor == 9 && parsed.versionMinor > 0)) {
    fail(1, "PTX version " + std::to_string(parsed.versionMajor) + "." +
                std::to_string(parsed.versionMinor) + " is newer than 9.0");
    return CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
  }
  const Chip &chip = Driver::get().chip;
  if (!chip.runs(parsed.target, parsed.targetSuffix)) {
    std::string target = "sm_" + std::to_string(parsed.target);
    if (parsed.targetSuffix)
      target += parsed.targetSuffix;
    return fail(1, "code for " + target + " does not run on sm_" +
                       std::to_string(chip.number));
  }
  DecodeOptions options;
  const char *contracts = std::getenv("ALTGRAD_EMULATOR_CONTRACT");
  options.contracts = contracts && std::strcmp(contracts, "1") == 0;
  module = std::make_unique<CUmod_st>();
  module->program = decodeModule(parsed, options, diagnostic);
  if (diagnostic.failed())
    return fail(diagnostic.line, diagnostic.message);
  for (auto &[name, kernel] : module->program->kernels) {
    if (kernel->sharedBytes > defaultSharedBytes)
      return fail(0, "kernel '" + name +
                         "' uses more than 48 KiB of static shared memory");
    module->functions[name].reset(new CUfunc_st{
        kernel.get(), module.get(), defaultSharedBytes - kernel->sharedBytes});
  }
  return CUDA_SUCCESS;
}

/// Writes `log` into the caller's buffer and its length behind it.
static void fillLog(const std::string &log, unsigned count,
                    CUjit_option *options, void **values) {
  char *buffer = nullptr;
  size_t size = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
      buffer = static_cast<char *>(values[i]);
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
      size = reinterpret_cast<uintptr_t>(values[i]) & 0xffffffff;
  }
  if (!buffer || size == 0)
    return;
  size_t written = std::min(log.size(), size - 1);
  std::memcpy(buffer, log.data(), written);
  buffer[written] = '\0';
  for (unsigned i = 0; i < count; ++i)
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
      values[i] = reinterpret_cast<void *>(uintptr_t(written));
}

static CUresult loadModule(CUmodule *module, const void *image, unsigned count,
                           CUjit_option *options, void **values) {
  if (!module || !image || (count != 0 && (!options || !values)))
    return CUDA_ERROR_INVALID_VALUE;
  std::unique_ptr<CUmod_st> loaded;
  std::string log;
  CUresult error = load(static_cast<const char *>(image), loaded, log);
  fillLog(log, count, options, values);
  if (error) {
    std::fprintf(stderr, "%s\n", log.c_str());
    return error;
  }
  *module = loaded.release();
  addHandle(*module);
  return CUDA_SUCCESS;
}

EXPORT CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  if (CUresult error = enter("cuModuleLoadData"))
    return error;
  return loadModule(module, image, 0, nullptr, nullptr);
}

EXPORT CUresult cuModuleLoadDataEx(CUmodule *module, const void *image,
                                   unsigned count, CUjit_option *options,
                                   void **values) {
  if (CUresult error = enter("cuModuleLoadDataEx"))
    return error;
  return loadModule(module, image, count, options, values);
}

EXPORT CUresult cuModuleUnload(CUmodule module) {
  if (CUresult error = enter("cuModuleUnload"))
    return error;
  if (!removeHandle(module))
    return CUDA_ERROR_INVALID_HANDLE;
  delete module;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuModuleGetFunction(CUfunction *function, CUmodule module,
                                    const char *name) {
  if (CUresult error = enter("cuModuleGetFunction"))
    return error;
  if (!function || !name)
    return CUDA_ERROR_INVALID_VALUE;
  if (!isLive(module))
    return CUDA_ERROR_INVALID_HANDLE;
  auto it = module->functions.find(name);
  if (it == module->functions.end())
    return CUDA_ERROR_NOT_FOUND;
  *function = it->second.get();
  return CUDA_SUCCESS;
}

EXPORT CUresult cuModuleGetGlobal_v2(CUdeviceptr *address, size_t *bytes,
                                     CUmodule module, const char *name) {
  if (CUresult error = enter("cuModuleGetGlobal_v2"))
    return error;
  if (!name)
    return CUDA_ERROR_INVALID_VALUE;
  if (!isLive(module))
    return CUDA_ERROR_INVALID_HANDLE;
  auto it = module->program->globals.find(name);
  if (it == module->program->globals.end())
    return CUDA_ERROR_NOT_FOUND;
  if (address)
    *address = it->second.address;
  if (bytes)
    *bytes = it->second.size;
  return CUDA_SUCCESS;
}

/// Attributes by their numbers in CUfunction_attribute.
EXPORT CUresult cuFuncGetAttribute(int *value, int attribute,
                                   CUfunction function) {
  if (CUresult error = enter("cuFuncGetAttribute"))
    return error;
  if (!value || !function)
    return CUDA_ERROR_INVALID_VALUE;
  const Kernel &kernel = *function->kernel;
  int capability = Driver::get().chip.number;
  switch (attribute) {
  case 0: // MAX_THREADS_PER_BLOCK
    *value = kernel.maxThreads;
    return CUDA_SUCCESS;
  case 1: // SHARED_SIZE_BYTES
    *value = kernel.sharedBytes;
    return CUDA_SUCCESS;
  case 2: // CONST_SIZE_BYTES
  case 7: // CACHE_MODE_CA
    *value = 0;
    return CUDA_SUCCESS;
  case 3: // LOCAL_SIZE_BYTES
    *value = kernel.localBytes;
    return CUDA_SUCCESS;
  case 4: // NUM_REGS: those of the PTX, up to what hardware has.
    *value = std::min(kernel.registerCount, 255u);
    return CUDA_SUCCESS;
  case 5: // PTX_VERSION
  case 6: // BINARY_VERSION
    *value = capability;
    return CUDA_SUCCESS;
  case 8: // MAX_DYNAMIC_SHARED_SIZE_BYTES
    *value = function->maxDynamicSharedBytes;
    return CUDA_SUCCESS;
  default:
    return CUDA_ERROR_INVALID_VALUE;
  }
}

EXPORT CUresult cuFuncSetAttribute(CUfunction function, int attribute,
                                   int value) {
  if (CUresult error = enter("cuFuncSetAttribute"))
    return error;
  if (!function)
    return CUDA_ERROR_INVALID_VALUE;
  if (attribute == 9) // PREFERRED_SHARED_MEMORY_CARVEOUT, a hint.
    return CUDA_SUCCESS;
  uint32_t available =
      Driver::get().chip.getMaxSharedBytes() - function->kernel->sharedBytes;
  if (attribute != 8 || value < 0 || static_cast<uint32_t>(value) > available)
    return CUDA_ERROR_INVALID_VALUE;
  function->maxDynamicSharedBytes = value;
  return CUDA_SUCCESS;
}

/// Gathers the parameters from either of the two ways to pass them.
static CUresult gatherParameters(const Kernel &kernel, void **parameters,
                                 void **extra, std::vector<uint8_t> &buffer) {
  buffer.resize(kernel.parameterBytes + 16);
  if (extra) {
    const void *pointer = nullptr;
    size_t size = 0;
    for (; *extra; extra += 2) {
      if (*extra ==
          reinterpret_cast<void *>(1)) // CU_LAUNCH_PARAM_BUFFER_POINTER
        pointer = extra[1];
      else if (*extra ==
               reinterpret_cast<void *>(2)) // CU_LAUNCH_PARAM_BUFFER_SIZE
        size = *static_cast<size_t *>(extra[1]);
      else
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (parameters || size < kernel.parameterBytes || (!pointer && size != 0))
      return CUDA_ERROR_INVALID_VALUE;
    std::copy_n(static_cast<const uint8_t *>(pointer), kernel.parameterBytes,
                buffer.data());
    return CUDA_SUCCESS;
  }
  if (!parameters && !kernel.parameters.empty())
    return CUDA_ERROR_INVALID_VALUE;
  for (size_t i = 0; i < kernel.parameters.size(); ++i)
    std::memcpy(buffer.data() + kernel.parameters[i].offset, parameters[i],
                kernel.parameters[i].size);
  return CUDA_SUCCESS;
}

static CUresult toError(FaultKind kind) {
  switch (kind) {
  case FaultKind::None:
    return CUDA_SUCCESS;
  case FaultKind::IllegalAddress:
    return CUDA_ERROR_ILLEGAL_ADDRESS;
  case FaultKind::MisalignedAddress:
    return CUDA_ERROR_MISALIGNED_ADDRESS;
  case FaultKind::Failure:
  case FaultKind::Trap:
    return CUDA_ERROR_LAUNCH_FAILED;
  }
  return CUDA_ERROR_UNKNOWN;
}

static CUresult checkShape(const CUfunc_st &function, const Launch &launch) {
  for (unsigned i = 0; i < 3; ++i)
    if (launch.grid[i] == 0 || launch.block[i] == 0)
      return CUDA_ERROR_INVALID_VALUE;
  const Kernel &kernel = *function.kernel;
  if (launch.grid[0] > 0x7fffffff || launch.grid[1] > 65535 ||
      launch.grid[2] > 65535 || launch.block[0] > 1024 ||
      launch.block[1] > 1024 || launch.block[2] > 64 ||
      launch.getThreads() > 1024)
    return CUDA_ERROR_INVALID_VALUE;
  if (launch.getThreads() > kernel.maxThreads)
    return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  if (kernel.requiredThreads[0] &&
      !std::equal(launch.block, launch.block + 3, kernel.requiredThreads))
    return CUDA_ERROR_INVALID_VALUE;
  if (launch.dynamicSharedBytes > function.maxDynamicSharedBytes)
    return CUDA_ERROR_INVALID_VALUE;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuLaunchKernel(CUfunction function, unsigned gridX,
                               unsigned gridY, unsigned gridZ, unsigned blockX,
                               unsigned blockY, unsigned blockZ,
                               unsigned sharedBytes, CUstream stream,
                               void **parameters, void **extra) {
  if (CUresult error = enter("cuLaunchKernel"))
    return error;
  if (!function)
    return CUDA_ERROR_INVALID_HANDLE;
  Launch launch;
  launch.kernel = function->kernel;
  launch.grid[0] = gridX, launch.grid[1] = gridY, launch.grid[2] = gridZ;
  launch.block[0] = blockX, launch.block[1] = blockY, launch.block[2] = blockZ;
  launch.dynamicSharedBytes = sharedBytes;
  if (CUresult error = checkShape(*function, launch))
    return error;
  std::vector<uint8_t> buffer;
  if (CUresult error =
          gatherParameters(*function->kernel, parameters, extra, buffer))
    return error;
  launch.parameters = buffer.data();
  Driver &driver = Driver::get();
  {
    std::lock_guard lock(driver.mutex);
    launch.gridId = ++driver.launches;
  }
  execute(launch);
  CUresult error = toError(launch.fault);
  if (error) {
    std::fprintf(stderr, "altgrad PTX emulator: %s\n", launch.message.c_str());
    std::lock_guard lock(driver.mutex);
    driver.stickyError = error;
  }
  return error;
}

EXPORT CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(
    int *blocks, CUfunction function, int blockSize, size_t sharedBytes) {
  if (CUresult error = enter("cuOccupancyMaxActiveBlocksPerMultiprocessor"))
    return error;
  if (!blocks || !function || blockSize <= 0)
    return CUDA_ERROR_INVALID_VALUE;
  // Threads and shared memory limit it; how many registers the real assembler
  // would use is not known here.
  uint64_t shared = function->kernel->sharedBytes + sharedBytes + 1024;
  uint64_t byShared = (Driver::get().chip.getMaxSharedBytes() + 1024) / shared;
  uint64_t byThreads = 2048 / ((blockSize + 31) / 32 * 32);
  *blocks = std::min<uint64_t>({byShared, byThreads, 32});
  return CUDA_SUCCESS;
}
