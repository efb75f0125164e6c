//===- KernelModule.cpp - Kernels that are loaded when needed -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModule.h"

#include "llvm/ADT/Twine.h"

using namespace altgrad::cuda;
using llvm::Error;
using llvm::Expected;

KernelModule::~KernelModule() {
  if (contexts.empty())
    return;
  // Kernels may still run. Where a call fails, the context has gone and its
  // modules with it, or the process ends and the driver has gone.
  const DriverAPI *api = llvm::cantFail(DriverAPI::get());
  for (auto &[key, loaded] : contexts) {
    unsigned long long id = 0;
    if ((api->ctxGetId &&
         (api->ctxGetId.getResult(key.first, &id) || id != key.second)) ||
        api->ctxPushCurrent.getResult(key.first))
      continue;
    api->ctxSynchronize.getResult();
    api->moduleUnload.getResult(loaded.handle);
    CUcontext context;
    api->ctxPopCurrent.getResult(&context);
  }
}

Expected<CUmodule> KernelModule::load(const DriverAPI &api) const {
  // The driver compiles PTX, and says in the log what it does not accept.
  std::string log(4096, '\0');
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER,
                            CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
                            CU_JIT_OPTIMIZATION_LEVEL};
  void *values[] = {log.data(), toPointer(log.size()),
                    toPointer(static_cast<CUdeviceptr>(optLevel.value_or(0)))};
  CUmodule handle;
  if (Error error = api.moduleLoadDataEx(&handle, image, optLevel ? 3 : 2,
                                         options, values)) {
    llvm::StringRef text = llvm::StringRef(log.c_str()).trim();
    if (text.empty())
      return std::move(error);
    return llvm::createStringError(llvm::toString(std::move(error)) + "\n" +
                                   text);
  }
  return handle;
}

Expected<CUfunction> KernelModule::getFunction(const DriverAPI &api,
                                               const char *name) {
  ContextKey key{nullptr, 0};
  if (Error error = api.ctxGetCurrent(&key.first))
    return std::move(error);
  if (api.ctxGetId)
    if (Error error = api.ctxGetId(key.first, &key.second))
      return std::move(error);

  // Held while the driver compiles: others would have to wait for it anyway.
  std::lock_guard<std::mutex> lock(mutex);
  auto found = contexts.find(key);
  if (found == contexts.end()) {
    Expected<CUmodule> handle = load(api);
    if (!handle)
      return handle.takeError();
    found = contexts.try_emplace(key).first;
    found->second.handle = *handle;
  }
  Loaded &loaded = found->second;
  auto [function, isNew] = loaded.functions.try_emplace(name);
  if (isNew)
    if (Error error =
            api.moduleGetFunction(&function->second, loaded.handle, name)) {
      loaded.functions.erase(function);
      return std::move(error);
    }
  return function->second;
}
