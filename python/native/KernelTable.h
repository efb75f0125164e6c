//===- KernelTable.h - Kernels in memory ------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels by what they were compiled for, for any number of threads.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_KERNELTABLE_H
#define ALTGRAD_PYTHON_KERNELTABLE_H

#include "altgrad/ExecutionEngine/CompiledModule.h"

#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace altgrad::python {

/// Each program has one function, `kernel`.
template <typename Key, typename Hash> class KernelTable {
public:
  using Function = CompiledModule::PackedFunction;
  using Module = llvm::Expected<std::unique_ptr<CompiledModule>>;

  /// Null if it has not been compiled.
  Function find(const Key &key) {
    std::shared_lock<std::shared_mutex> lock(mutex);
    auto found = functions.find(key);
    return found == functions.end() ? nullptr : found->second;
  }

  /// Calls `makeModule` where needed. Several threads that want one kernel wait
  /// for one of them.
  llvm::Expected<Function> compile(const Key &key,
                                   llvm::function_ref<Module()> makeModule) {
    std::unique_lock<std::shared_mutex> lock(mutex);
    while (true) {
      auto [entry, isNew] = functions.try_emplace(key, nullptr);
      if (isNew)
        break;
      if (entry->second)
        return entry->second;
      changed.wait(lock);
    }
    lock.unlock();
    Module module = makeModule();
    llvm::Expected<Function> function =
        module ? (*module)->lookup("kernel") : module.takeError();
    lock.lock();
    changed.notify_all();
    if (!function) {
      functions.erase(key);
      return function;
    }
    modules.push_back(std::move(*module));
    return functions[key] = *function;
  }

private:
  std::shared_mutex mutex;
  std::condition_variable_any changed;
  /// Null while a thread compiles it.
  std::unordered_map<Key, Function, Hash> functions;
  std::vector<std::unique_ptr<CompiledModule>> modules;
};

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_KERNELTABLE_H
