//===- DriverMemory.cpp - Allocations, copies and fills -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceMemory.h"
#include "Driver.h"

#include <cstdlib>
#include <cstring>

using namespace altgrad::emulator;

static DeviceMemory &memory() { return DeviceMemory::get(); }
using HostKind = DeviceMemory::HostKind;

EXPORT CUresult cuMemGetInfo_v2(size_t *available, size_t *total) {
  if (CUresult error = enter("cuMemGetInfo_v2"))
    return error;
  if (available)
    *available = memory().getFreeBytes();
  if (total)
    *total = DeviceMemory::totalBytes;
  return CUDA_SUCCESS;
}

static CUresult allocate(CUdeviceptr *address, size_t bytes) {
  if (!address || bytes == 0)
    return CUDA_ERROR_INVALID_VALUE;
  *address = memory().allocate(bytes);
  return *address ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

static CUresult release(CUdeviceptr address) {
  if (address == 0 || memory().free(address))
    return CUDA_SUCCESS;
  if (!memory().removeHostRange(address, HostKind::Managed))
    return CUDA_ERROR_INVALID_VALUE;
  std::free(reinterpret_cast<void *>(address));
  return CUDA_SUCCESS;
}

EXPORT CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
  if (CUresult error = enter("cuMemAlloc_v2"))
    return error;
  return allocate(address, bytes);
}
EXPORT CUresult cuMemFree_v2(CUdeviceptr address) {
  if (CUresult error = enter("cuMemFree_v2"))
    return error;
  return release(address);
}
EXPORT CUresult cuMemAllocAsync(CUdeviceptr *address, size_t bytes,
                                CUstream stream) {
  if (CUresult error = enter("cuMemAllocAsync"))
    return error;
  return allocate(address, bytes);
}
EXPORT CUresult cuMemFreeAsync(CUdeviceptr address, CUstream stream) {
  if (CUresult error = enter("cuMemFreeAsync"))
    return error;
  return address ? release(address) : CUDA_ERROR_INVALID_VALUE;
}

static void *allocateHost(size_t bytes, HostKind kind) {
  constexpr size_t page = 4096;
  void *pointer = std::aligned_alloc(page, (bytes + page - 1) / page * page);
  if (pointer)
    memory().addHostRange(reinterpret_cast<uint64_t>(pointer), bytes, kind);
  return pointer;
}

EXPORT CUresult cuMemAllocManaged(CUdeviceptr *address, size_t bytes,
                                  unsigned flags) {
  if (CUresult error = enter("cuMemAllocManaged"))
    return error;
  if (!address || bytes == 0 || (flags != 1 && flags != 2))
    return CUDA_ERROR_INVALID_VALUE;
  *address =
      reinterpret_cast<CUdeviceptr>(allocateHost(bytes, HostKind::Managed));
  return *address ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

EXPORT CUresult cuMemHostAlloc(void **address, size_t bytes, unsigned flags) {
  if (CUresult error = enter("cuMemHostAlloc"))
    return error;
  if (!address || bytes == 0)
    return CUDA_ERROR_INVALID_VALUE;
  *address = allocateHost(bytes, HostKind::Allocated);
  return *address ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

EXPORT CUresult cuMemFreeHost(void *address) {
  if (CUresult error = enter("cuMemFreeHost"))
    return error;
  if (!memory().removeHostRange(reinterpret_cast<uint64_t>(address),
                                HostKind::Allocated))
    return CUDA_ERROR_INVALID_VALUE;
  std::free(address);
  return CUDA_SUCCESS;
}

EXPORT CUresult cuMemHostRegister_v2(void *address, size_t bytes,
                                     unsigned flags) {
  if (CUresult error = enter("cuMemHostRegister_v2"))
    return error;
  uint64_t start = reinterpret_cast<uint64_t>(address);
  if (!address || bytes == 0)
    return CUDA_ERROR_INVALID_VALUE;
  if (memory().findHostRange(start, 1) ||
      memory().findHostRange(start + bytes - 1, 1))
    return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
  memory().addHostRange(start, bytes, HostKind::Registered);
  return CUDA_SUCCESS;
}

EXPORT CUresult cuMemHostUnregister(void *address) {
  if (CUresult error = enter("cuMemHostUnregister"))
    return error;
  return memory().removeHostRange(reinterpret_cast<uint64_t>(address),
                                  HostKind::Registered)
             ? CUDA_SUCCESS
             : CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
}

EXPORT CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *device, void *host,
                                             unsigned flags) {
  if (CUresult error = enter("cuMemHostGetDevicePointer_v2"))
    return error;
  uint64_t address = reinterpret_cast<uint64_t>(host);
  if (!device || !memory().findHostRange(address, 1))
    return CUDA_ERROR_INVALID_VALUE;
  *device = address;
  return CUDA_SUCCESS;
}

/// The sides of a copy: `deviceOnly` where plain host memory is an error.
static CUresult copy(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                     bool toDevice, bool fromDevice) {
  if (bytes == 0)
    return CUDA_SUCCESS;
  // A pointer of the kind the function names, inside of one allocation.
  auto isValid = [&](CUdeviceptr address, bool mustBeDevice) {
    if (mustBeDevice || memory().isDevice(address))
      return memory().isAccessible(address, bytes);
    return address != 0;
  };
  if (!isValid(to, toDevice) || !isValid(from, fromDevice))
    return CUDA_ERROR_INVALID_VALUE;
  std::memmove(memory().translate(to), memory().translate(from), bytes);
  memory().copyShadow(to, from, bytes);
  return CUDA_SUCCESS;
}

static CUdeviceptr toAddress(const void *pointer) {
  return reinterpret_cast<CUdeviceptr>(pointer);
}

EXPORT CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  if (CUresult error = enter("cuMemcpy"))
    return error;
  return copy(to, from, bytes, false, false);
}
EXPORT CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                              CUstream stream) {
  if (CUresult error = enter("cuMemcpyAsync"))
    return error;
  return copy(to, from, bytes, false, false);
}
EXPORT CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from,
                                size_t bytes) {
  if (CUresult error = enter("cuMemcpyHtoD_v2"))
    return error;
  return copy(to, toAddress(from), bytes, true, false);
}
EXPORT CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t bytes) {
  if (CUresult error = enter("cuMemcpyDtoH_v2"))
    return error;
  return copy(toAddress(to), from, bytes, false, true);
}
EXPORT CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from,
                                size_t bytes) {
  if (CUresult error = enter("cuMemcpyDtoD_v2"))
    return error;
  return copy(to, from, bytes, true, true);
}
EXPORT CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from,
                                     size_t bytes, CUstream stream) {
  if (CUresult error = enter("cuMemcpyHtoDAsync_v2"))
    return error;
  return copy(to, toAddress(from), bytes, true, false);
}
EXPORT CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes,
                                     CUstream stream) {
  if (CUresult error = enter("cuMemcpyDtoHAsync_v2"))
    return error;
  return copy(toAddress(to), from, bytes, false, true);
}
EXPORT CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from,
                                     size_t bytes, CUstream stream) {
  if (CUresult error = enter("cuMemcpyDtoDAsync_v2"))
    return error;
  return copy(to, from, bytes, true, true);
}

template <class T> static CUresult fill(CUdeviceptr to, T value, size_t count) {
  if (count == 0)
    return CUDA_SUCCESS;
  if (to % sizeof(T) != 0 || count > SIZE_MAX / sizeof(T) ||
      !memory().isAccessible(to, count * sizeof(T)))
    return CUDA_ERROR_INVALID_VALUE;
  T *elements = reinterpret_cast<T *>(memory().translate(to));
  for (size_t i = 0; i < count; ++i)
    elements[i] = value;
  memory().markWritten(to, count * sizeof(T));
  return CUDA_SUCCESS;
}

#define MEMSET(name, asyncName, type)                                          \
  EXPORT CUresult name(CUdeviceptr to, type value, size_t count) {             \
    if (CUresult error = enter(#name))                                         \
      return error;                                                            \
    return fill<type>(to, value, count);                                       \
  }                                                                            \
  EXPORT CUresult asyncName(CUdeviceptr to, type value, size_t count,          \
                            CUstream stream) {                                 \
    if (CUresult error = enter(#asyncName))                                    \
      return error;                                                            \
    return fill<type>(to, value, count);                                       \
  }
MEMSET(cuMemsetD8_v2, cuMemsetD8Async, unsigned char)
MEMSET(cuMemsetD16_v2, cuMemsetD16Async, unsigned short)
MEMSET(cuMemsetD32_v2, cuMemsetD32Async, unsigned)
#undef MEMSET

/// Attributes by their numbers in CUpointer_attribute.
EXPORT CUresult cuPointerGetAttribute(void *value, int attribute,
                                      CUdeviceptr address) {
  if (CUresult error = enter("cuPointerGetAttribute"))
    return error;
  if (!value)
    return CUDA_ERROR_INVALID_VALUE;
  uint64_t start = 0, size = 0;
  HostKind kind = HostKind::Allocated;
  bool isDevice = memory().findAllocation(address, start, size);
  bool isHost = !isDevice && memory().findHostRange(address, 1, &kind);
  if (!isDevice && !isHost)
    return CUDA_ERROR_INVALID_VALUE;
  switch (attribute) {
  case 2: // MEMORY_TYPE: CU_MEMORYTYPE_HOST, _DEVICE
    *static_cast<unsigned *>(value) =
        isDevice || kind == HostKind::Managed ? 2 : 1;
    return CUDA_SUCCESS;
  case 3: // DEVICE_POINTER
    *static_cast<CUdeviceptr *>(value) = address;
    return CUDA_SUCCESS;
  case 4: // HOST_POINTER
    if (isDevice)
      return CUDA_ERROR_INVALID_VALUE;
    *static_cast<void **>(value) = reinterpret_cast<void *>(address);
    return CUDA_SUCCESS;
  case 8: // IS_MANAGED
    *static_cast<int *>(value) = isHost && kind == HostKind::Managed;
    return CUDA_SUCCESS;
  case 9: // DEVICE_ORDINAL
    *static_cast<int *>(value) = 0;
    return CUDA_SUCCESS;
  case 11: // RANGE_START_ADDR
    *static_cast<CUdeviceptr *>(value) = start;
    return CUDA_SUCCESS;
  case 12: // RANGE_SIZE
    *static_cast<size_t *>(value) = size;
    return CUDA_SUCCESS;
  default:
    return CUDA_ERROR_INVALID_VALUE;
  }
}
