//===- Stream.cpp - Streams and events of CUDA ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CUDA/Stream.h"

#include "DriverAPI.h"
#include "ThreadState.h"

using namespace altgrad::cuda;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// StreamScope
//===----------------------------------------------------------------------===//

StreamScope::StreamScope(CUstream_st *stream, Mode mode) {
  ThreadState &state = ThreadState::get();
  previousStream = std::exchange(state.stream, stream);
  previousMode = std::exchange(state.mode, mode);
  if (!stream)
    return;
  state.keep([&]() -> Error {
    Expected<const DriverAPI *> api = DriverAPI::get();
    if (!api)
      return api.takeError();
    CUcontext context;
    if (Error error = (*api)->streamGetCtx(stream, &context))
      return error;
    if (Error error = (*api)->ctxPushCurrent(context))
      return error;
    pushedContext = true;
    return Error::success();
  }());
}

StreamScope::~StreamScope() {
  ThreadState &state = ThreadState::get();
  state.stream = previousStream;
  state.mode = previousMode;
  if (!pushedContext)
    return;
  // The context was pushed through this same driver.
  CUcontext context;
  state.keep(llvm::cantFail(DriverAPI::get())->ctxPopCurrent(&context));
}

CUstream_st *altgrad::cuda::getCurrentStream() {
  return ThreadState::get().stream;
}

Error altgrad::cuda::synchronize() {
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api)
    return api.takeError();
  ThreadState &state = ThreadState::get();
  state.hostCopyPending = false;
  return (*api)->streamSynchronize(state.stream);
}

//===----------------------------------------------------------------------===//
// Stream
//===----------------------------------------------------------------------===//

Expected<Stream> Stream::create() {
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api)
    return api.takeError();
  CUstream handle;
  if (Error error = (*api)->streamCreate(&handle, CU_STREAM_NON_BLOCKING))
    return std::move(error);
  return Stream(handle);
}

Stream::~Stream() {
  // At the end of the process the driver may have gone already.
  if (handle)
    llvm::cantFail(DriverAPI::get())->streamDestroy.getResult(handle);
}

Error Stream::synchronize() const {
  return llvm::cantFail(DriverAPI::get())->streamSynchronize(handle);
}

//===----------------------------------------------------------------------===//
// Event
//===----------------------------------------------------------------------===//

Expected<Event> Event::create() {
  Expected<const DriverAPI *> api = DriverAPI::getWithContext();
  if (!api)
    return api.takeError();
  CUevent handle;
  if (Error error = (*api)->eventCreate(&handle, CU_EVENT_DEFAULT))
    return std::move(error);
  return Event(handle);
}

Event::~Event() {
  if (handle)
    llvm::cantFail(DriverAPI::get())->eventDestroy.getResult(handle);
}

Error Event::record() {
  return llvm::cantFail(DriverAPI::get())
      ->eventRecord(handle, getCurrentStream());
}

Error Event::wait() const {
  return llvm::cantFail(DriverAPI::get())
      ->streamWaitEvent(getCurrentStream(), handle, 0);
}

Error Event::synchronize() const {
  return llvm::cantFail(DriverAPI::get())->eventSynchronize(handle);
}

Expected<float> Event::getMillisecondsSince(const Event &begin) const {
  float milliseconds = 0;
  if (Error error = llvm::cantFail(DriverAPI::get())
                        ->eventElapsedTime(&milliseconds, begin.handle, handle))
    return std::move(error);
  return milliseconds;
}
