//===- Memory.h - Memory of CUDA devices ------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions compiled for the GPU take and return arrays in the memory of the
// device. This is what a caller without a library of its own (PyTorch, say)
// needs to make such arrays, and to free those that a function returned.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXECUTIONENGINE_CUDA_MEMORY_H
#define ALTGRAD_EXECUTIONENGINE_CUDA_MEMORY_H

#include "llvm/Support/Error.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace altgrad::cuda {

/// Copies between host and device. On this thread's current stream, and done
/// when they return.
llvm::Error copyToDevice(void *device, const void *host, size_t numBytes);
llvm::Error copyToHost(void *host, const void *device, size_t numBytes);

/// Copies, and fills with a byte, on this thread's current stream.
llvm::Error copyOnDevice(void *to, const void *from, size_t numBytes);
llvm::Error fill(void *device, uint8_t byte, size_t numBytes);

/// Memory on a device, freed at the end.
class DeviceBuffer {
public:
  /// Memory that is not initialized; a null pointer for no bytes. Freeing it
  /// waits until the device no longer uses it.
  static llvm::Expected<DeviceBuffer> allocate(size_t numBytes);
  /// The same for what follows on the thread's current stream, without waiting:
  /// as if a compiled function had returned it, see `adopt`.
  static llvm::Expected<DeviceBuffer> allocateOnStream(size_t numBytes);
  /// Takes over memory that a compiled function returned as newly allocated. It
  /// is freed as a step of the stream that is the thread's current one then,
  /// which must be the one it was last used on.
  static DeviceBuffer adopt(void *device, size_t numBytes) {
    return DeviceBuffer(device, numBytes, /*isAdopted=*/true);
  }

  DeviceBuffer() = default;
  DeviceBuffer(DeviceBuffer &&other)
      : data(std::exchange(other.data, nullptr)),
        numBytes(std::exchange(other.numBytes, 0)), isAdopted(other.isAdopted) {
  }
  DeviceBuffer &operator=(DeviceBuffer &&other) {
    std::swap(data, other.data);
    std::swap(numBytes, other.numBytes);
    std::swap(isAdopted, other.isAdopted);
    return *this;
  }
  ~DeviceBuffer();

  void *getData() const { return data; }
  size_t getNumBytes() const { return numBytes; }

private:
  DeviceBuffer(void *data, size_t numBytes, bool isAdopted)
      : data(data), numBytes(numBytes), isAdopted(isAdopted) {}
  void *data = nullptr;
  size_t numBytes = 0;
  bool isAdopted = false;
};

/// What compiled functions allocate and free comes from a pool of this library,
/// which keeps freed memory for the next call. This gives what is not in use
/// back to the devices, where other libraries can have it.
llvm::Error releaseUnusedMemory();

} // namespace altgrad::cuda

#endif // ALTGRAD_EXECUTIONENGINE_CUDA_MEMORY_H
