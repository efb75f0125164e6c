//===- ThreadState.cpp - What the CUDA runtime keeps per thread -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadState.h"

#include "altgrad/ExecutionEngine/CUDA/Runtime.h"

#include <atomic>

using namespace altgrad::cuda;
using llvm::Error;

static std::atomic<ErrorHandler> errorHandler = nullptr;

ThreadState &ThreadState::get() {
  static thread_local ThreadState state;
  return state;
}

void ThreadState::keep(Error newError) {
  if (!newError)
    return;
  std::string message = llvm::toString(std::move(newError));
  if (error)
    return;
  error = std::move(message);
  if (ErrorHandler handler = errorHandler)
    handler(*error);
}

Error altgrad::cuda::takeError() {
  ThreadState &state = ThreadState::get();
  if (!state.error)
    return Error::success();
  std::string message = std::move(*state.error);
  state.error.reset();
  return llvm::createStringError(message);
}

void altgrad::cuda::setErrorHandler(ErrorHandler handler) {
  errorHandler = handler;
}
