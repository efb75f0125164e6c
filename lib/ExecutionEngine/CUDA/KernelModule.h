//===- KernelModule.h - Kernels that are loaded when needed -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Generated code loads its kernels before anything runs, perhaps on a machine
// without a device, and launches them later, perhaps on several. So loading
// only notes where the kernels lie, and each context gets them at the first
// launch in it.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_EXECUTIONENGINE_CUDA_KERNELMODULE_H
#define ALTGRAD_LIB_EXECUTIONENGINE_CUDA_KERNELMODULE_H

#include "DriverAPI.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <mutex>
#include <optional>

namespace altgrad::cuda {

/// Kernels as PTX, cubin or fatbin, and the contexts they were loaded in.
/// Functions may be called by several threads at once.
class KernelModule {
public:
  /// `image` belongs to the program and lives as long as this.
  explicit KernelModule(const void *image,
                        std::optional<int> optLevel = std::nullopt)
      : image(image), optLevel(optLevel) {}
  /// Unloads the kernels wherever they were loaded.
  ~KernelModule();

  /// A kernel, to be launched in the current context.
  llvm::Expected<CUfunction> getFunction(const DriverAPI &api,
                                         const char *name);

private:
  /// The kernels in one context.
  struct Loaded {
    CUmodule handle = nullptr;
    llvm::StringMap<CUfunction> functions;
  };
  /// A context, and its number where the driver gives them numbers: another
  /// one may have been made at the address of one that was destroyed.
  using ContextKey = std::pair<CUcontext, unsigned long long>;

  llvm::Expected<CUmodule> load(const DriverAPI &api) const;

  const void *image;
  std::optional<int> optLevel;
  std::mutex mutex;
  llvm::DenseMap<ContextKey, Loaded> contexts;
};

} // namespace altgrad::cuda

#endif // ALTGRAD_LIB_EXECUTIONENGINE_CUDA_KERNELMODULE_H
