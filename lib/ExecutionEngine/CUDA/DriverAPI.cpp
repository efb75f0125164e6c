//===- DriverAPI.cpp - The functions of the CUDA driver -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DriverAPI.h"

#include "ThreadState.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/Twine.h"

#include <dlfcn.h>
#include <mutex>

using namespace altgrad::cuda;
using llvm::Error;
using llvm::Expected;
using llvm::Twine;

static constexpr const char *kLibraryName = "libcuda.so.1";

void *DriverLibrary::lookup(const char *symbol, bool required) {
  void *address = dlsym(handle, symbol);
  if (!address && required && missing.empty())
    missing = symbol;
  return address;
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

/// The functions, as soon as there are any; errors are worded by two of them.
static const DriverAPI *loadedAPI = nullptr;

Error altgrad::cuda::makeDriverError(const char *call, CUresult result) {
  if (result == CUDA_SUCCESS)
    return Error::success();
  const char *name = nullptr, *text = nullptr;
  loadedAPI->getErrorName.getResult(result, &name);
  loadedAPI->getErrorString.getResult(result, &text);
  return llvm::createStringError(
      Twine(call) + " failed: " + (name ? name : "error " + Twine(result)) +
      " (" + (text ? text : "unknown to this driver") + ")");
}

/// The driver stays in the process for good: other threads, and objects that
/// are destroyed late, may still call it.
static Error loadDriver() {
  void *handle = dlopen(kLibraryName, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = dlerror();
    return llvm::createStringError(Twine("no CUDA driver: ") + kLibraryName +
                                   " cannot be loaded (" +
                                   (reason ? reason : "unknown reason") + ")");
  }
  const auto *api = new DriverAPI(handle);
  if (!api->getMissing().empty())
    return llvm::createStringError(
        Twine("no usable CUDA driver: ") + kLibraryName + " has no function " +
        api->getMissing() + "; a driver for CUDA 11 or later is needed");
  loadedAPI = api;

  // cuInit itself reports a missing device; the count may be zero nevertheless
  // (CUDA_VISIBLE_DEVICES).
  CUresult result = api->init.getResult(0);
  int count = 0;
  if (result == CUDA_SUCCESS)
    result = api->deviceGetCount.getResult(&count);
  if (result == CUDA_ERROR_NO_DEVICE || (result == CUDA_SUCCESS && count == 0))
    return llvm::createStringError(
        "no CUDA device: the driver is installed but finds no GPU it may use");
  return makeDriverError("cuInit", result);
}

Expected<const DriverAPI *> DriverAPI::get() {
  static const std::string *failure = [] {
    Error error = loadDriver();
    return error ? new std::string(llvm::toString(std::move(error))) : nullptr;
  }();
  if (failure)
    return llvm::createStringError(*failure);
  return loadedAPI;
}

//===----------------------------------------------------------------------===//
// Contexts
//===----------------------------------------------------------------------===//

Expected<CUcontext> altgrad::cuda::getPrimaryContext(const DriverAPI &api,
                                                     int ordinal) {
  // Retained once each and never released: the process ends with them.
  static std::mutex mutex;
  static auto &contexts = *new llvm::DenseMap<int, CUcontext>;
  std::lock_guard<std::mutex> lock(mutex);
  auto found = contexts.find(ordinal);
  if (found != contexts.end())
    return found->second;
  CUdevice device;
  if (Error error = api.deviceGet(&device, ordinal))
    return std::move(error);
  CUcontext context;
  if (Error error = api.devicePrimaryCtxRetain(&context, device))
    return std::move(error);
  contexts[ordinal] = context;
  return context;
}

Expected<const DriverAPI *> DriverAPI::getWithContext() {
  Expected<const DriverAPI *> api = get();
  if (!api)
    return api;
  CUcontext context = nullptr;
  if (Error error = (*api)->ctxGetCurrent(&context))
    return std::move(error);
  if (context)
    return api;
  Expected<CUcontext> primary =
      getPrimaryContext(**api, ThreadState::get().device);
  if (!primary)
    return primary.takeError();
  if (Error error = (*api)->ctxSetCurrent(*primary))
    return std::move(error);
  return api;
}
