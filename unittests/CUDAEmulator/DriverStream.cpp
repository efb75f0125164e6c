//===- DriverStream.cpp - Streams and events ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything is done when it is asked for, so a stream is a handle and an event
// a time of the host.
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include <chrono>

using namespace altgrad::emulator;

struct CUstream_st {}; // NOLINT(readability-identifier-naming)
struct CUevent_st {    // NOLINT(readability-identifier-naming)
  bool isRecorded = false;
  bool hasTiming = true;
  std::chrono::steady_clock::time_point time;
};

/// The default streams (null, legacy and per-thread) always exist.
static bool isStream(CUstream stream) {
  return reinterpret_cast<uintptr_t>(stream) <= 2 || isLive(stream);
}

EXPORT CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
  if (CUresult error = enter("cuStreamCreate"))
    return error;
  if (!stream || flags > 1)
    return CUDA_ERROR_INVALID_VALUE;
  *stream = new CUstream_st;
  addHandle(*stream);
  return CUDA_SUCCESS;
}

EXPORT CUresult cuStreamDestroy_v2(CUstream stream) {
  if (CUresult error = enter("cuStreamDestroy_v2"))
    return error;
  if (!removeHandle(stream))
    return CUDA_ERROR_INVALID_HANDLE;
  delete stream;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuStreamSynchronize(CUstream stream) {
  if (CUresult error = enter("cuStreamSynchronize"))
    return error;
  return isStream(stream) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

EXPORT CUresult cuStreamQuery(CUstream stream) {
  if (CUresult error = enter("cuStreamQuery"))
    return error;
  return isStream(stream) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

EXPORT CUresult cuStreamWaitEvent(CUstream stream, CUevent event,
                                  unsigned flags) {
  if (CUresult error = enter("cuStreamWaitEvent"))
    return error;
  return isStream(stream) && isLive(event) ? CUDA_SUCCESS
                                           : CUDA_ERROR_INVALID_HANDLE;
}

EXPORT CUresult cuEventCreate(CUevent *event, unsigned flags) {
  if (CUresult error = enter("cuEventCreate"))
    return error;
  if (!event || flags > 7)
    return CUDA_ERROR_INVALID_VALUE;
  *event = new CUevent_st;
  (*event)->hasTiming = !(flags & 2); // CU_EVENT_DISABLE_TIMING
  addHandle(*event);
  return CUDA_SUCCESS;
}

EXPORT CUresult cuEventDestroy_v2(CUevent event) {
  if (CUresult error = enter("cuEventDestroy_v2"))
    return error;
  if (!removeHandle(event))
    return CUDA_ERROR_INVALID_HANDLE;
  delete event;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuEventRecord(CUevent event, CUstream stream) {
  if (CUresult error = enter("cuEventRecord"))
    return error;
  if (!isLive(event) || !isStream(stream))
    return CUDA_ERROR_INVALID_HANDLE;
  event->isRecorded = true;
  event->time = std::chrono::steady_clock::now();
  return CUDA_SUCCESS;
}

EXPORT CUresult cuEventSynchronize(CUevent event) {
  if (CUresult error = enter("cuEventSynchronize"))
    return error;
  return isLive(event) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

EXPORT CUresult cuEventQuery(CUevent event) {
  if (CUresult error = enter("cuEventQuery"))
    return error;
  return isLive(event) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

static CUresult getElapsedTime(float *milliseconds, CUevent start,
                               CUevent end) {
  if (!milliseconds)
    return CUDA_ERROR_INVALID_VALUE;
  if (!isLive(start) || !isLive(end) || !start->isRecorded ||
      !end->isRecorded || !start->hasTiming || !end->hasTiming)
    return CUDA_ERROR_INVALID_HANDLE;
  *milliseconds =
      std::chrono::duration<float, std::milli>(end->time - start->time).count();
  return CUDA_SUCCESS;
}

EXPORT CUresult cuEventElapsedTime(float *milliseconds, CUevent start,
                                   CUevent end) {
  if (CUresult error = enter("cuEventElapsedTime"))
    return error;
  return getElapsedTime(milliseconds, start, end);
}
EXPORT CUresult cuEventElapsedTime_v2(float *milliseconds, CUevent start,
                                      CUevent end) {
  if (CUresult error = enter("cuEventElapsedTime_v2"))
    return error;
  return getElapsedTime(milliseconds, start, end);
}
