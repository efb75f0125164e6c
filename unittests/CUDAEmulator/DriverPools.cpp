//===- DriverPools.cpp - Memory pools, and the contexts of streams --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pool is a name here: memory comes from the one memory there is, at once.
// And there is one context, the primary one.
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

using namespace altgrad::emulator;

struct CUmemPoolHandle_st {};
using CUmemoryPool = CUmemPoolHandle_st *;

EXPORT CUresult cuMemPoolCreate(CUmemoryPool *pool, const void *properties) {
  if (CUresult error = enter("cuMemPoolCreate"))
    return error;
  if (!pool || !properties)
    return CUDA_ERROR_INVALID_VALUE;
  *pool = new CUmemPoolHandle_st;
  addHandle(*pool);
  return CUDA_SUCCESS;
}

EXPORT CUresult cuMemPoolSetAttribute(CUmemoryPool pool, int attribute,
                                      void *value) {
  if (CUresult error = enter("cuMemPoolSetAttribute"))
    return error;
  return isLive(pool) && value && attribute >= 1 && attribute <= 8
             ? CUDA_SUCCESS
             : CUDA_ERROR_INVALID_VALUE;
}

EXPORT CUresult cuMemPoolTrimTo(CUmemoryPool pool, size_t bytes) {
  if (CUresult error = enter("cuMemPoolTrimTo"))
    return error;
  return isLive(pool) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

EXPORT CUresult cuMemAllocFromPoolAsync(CUdeviceptr *address, size_t bytes,
                                        CUmemoryPool pool, CUstream stream) {
  if (CUresult error = enter("cuMemAllocFromPoolAsync"))
    return error;
  return isLive(pool) ? cuMemAllocAsync(address, bytes, stream)
                      : CUDA_ERROR_INVALID_VALUE;
}

EXPORT CUresult cuStreamGetCtx(CUstream stream, CUcontext *context) {
  if (CUresult error = enter("cuStreamGetCtx"))
    return error;
  if (CUresult error = cuCtxGetCurrent(context))
    return error;
  return *context ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
}

EXPORT CUresult cuCtxGetId(CUcontext context, unsigned long long *id) {
  if (CUresult error = enter("cuCtxGetId"))
    return error;
  *id = 1;
  return CUDA_SUCCESS;
}
