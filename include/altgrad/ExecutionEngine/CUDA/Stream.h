//===- Stream.h - Streams and events of CUDA --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The host code that MLIR generates makes a stream for each launch and waits
// for it. Here it gets the stream of whoever calls it instead, and waits only
// where it has to, so that a compiled function can stand among the kernels of
// its caller (PyTorch, for one) without stalling them.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXECUTIONENGINE_CUDA_STREAM_H
#define ALTGRAD_EXECUTIONENGINE_CUDA_STREAM_H

#include "llvm/Support/Error.h"

#include <utility>

// As cuda.h declares them; a CUstream is a pointer to the first.
struct CUstream_st;
struct CUevent_st;

namespace altgrad::cuda {

/// What the compiled functions of this thread do, and the functions of
/// Memory.h, happens on `stream` while this lives:
///
///     cuda::StreamScope scope(torchStream);
///     quantize(arguments);  // returns before the kernels have run
///
/// Null is the legacy default stream, which is also what a thread without a
/// scope uses: it runs in order with everything that its caller did without
/// naming a stream. The context of a stream that is not null becomes current
/// while the scope lives. An error is kept for takeError.
class StreamScope {
public:
  enum Mode {
    /// Compiled functions return while their kernels run. They still wait
    /// where the host needs what the device computes: after a copy to or from
    /// host memory, and while memory that both see is allocated.
    Asynchronous,
    /// Compiled functions wait wherever the program does. This is what a
    /// thread without a scope does.
    Synchronous
  };

  explicit StreamScope(CUstream_st *stream, Mode mode = Asynchronous);
  ~StreamScope();
  StreamScope(const StreamScope &) = delete;
  StreamScope &operator=(const StreamScope &) = delete;

private:
  CUstream_st *previousStream;
  Mode previousMode;
  bool pushedContext = false;
};

/// The stream of the innermost scope of this thread; null is the legacy one.
CUstream_st *getCurrentStream();

/// Waits until everything on this thread's current stream is done. Errors of
/// kernels show here, or at any later call.
llvm::Error synchronize();

/// A stream that runs beside the legacy default stream, not in order with it.
class Stream {
public:
  static llvm::Expected<Stream> create();
  Stream(Stream &&other) : handle(std::exchange(other.handle, nullptr)) {}
  Stream &operator=(Stream &&other) {
    std::swap(handle, other.handle);
    return *this;
  }
  ~Stream();

  CUstream_st *get() const { return handle; }
  llvm::Error synchronize() const;

private:
  explicit Stream(CUstream_st *handle) : handle(handle) {}
  CUstream_st *handle;
};

/// A point in a stream, and the time at which the device reached it.
class Event {
public:
  static llvm::Expected<Event> create();
  Event(Event &&other) : handle(std::exchange(other.handle, nullptr)) {}
  Event &operator=(Event &&other) {
    std::swap(handle, other.handle);
    return *this;
  }
  ~Event();

  CUevent_st *get() const { return handle; }
  /// Marks the end of what is on this thread's current stream so far.
  llvm::Error record();
  /// Lets what follows on this thread's current stream wait for that mark.
  llvm::Error wait() const;
  llvm::Error synchronize() const;
  /// The milliseconds from `begin` to this event; both have been reached.
  llvm::Expected<float> getMillisecondsSince(const Event &begin) const;

private:
  explicit Event(CUevent_st *handle) : handle(handle) {}
  CUevent_st *handle;
};

} // namespace altgrad::cuda

#endif // ALTGRAD_EXECUTIONENGINE_CUDA_STREAM_H
