//===- ThreadState.h - What the CUDA runtime keeps per thread ---*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Generated code passes neither a stream nor a place for errors along, so both
// belong to the thread that runs it.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_EXECUTIONENGINE_CUDA_THREADSTATE_H
#define ALTGRAD_LIB_EXECUTIONENGINE_CUDA_THREADSTATE_H

#include "DriverAPI.h"

#include "altgrad/ExecutionEngine/CUDA/Stream.h"

#include <optional>
#include <string>

namespace altgrad::cuda {

struct ThreadState {
  /// The device to use where no context is current.
  int device = 0;

  /// What the innermost StreamScope set.
  CUstream stream = nullptr;
  StreamScope::Mode mode = StreamScope::Synchronous;

  /// A copy to or from host memory may still be under way.
  bool hostCopyPending = false;

  /// The message of the first error since takeError.
  std::optional<std::string> error;

  static ThreadState &get();

  /// Keeps an error, unless there is one already; success is nothing.
  void keep(llvm::Error error);
};

/// The context of a device that all libraries in the process share.
llvm::Expected<CUcontext> getPrimaryContext(const DriverAPI &api, int ordinal);

} // namespace altgrad::cuda

#endif // ALTGRAD_LIB_EXECUTIONENGINE_CUDA_THREADSTATE_H
