//===- DeviceCalls.h - How the operations run on a CUDA device --*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What all calls on a device have in common: one device, one stream, errors of
// the driver as exceptions; and how loops over arrays become arguments of a
// kernel.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_DEVICECALLS_H
#define ALTGRAD_PYTHON_DEVICECALLS_H

#include "Arrays.h"
#include "DeviceKernels.h"
#include "Loops.h"

#include "altgrad/ExecutionEngine/Arguments.h"
#include "altgrad/ExecutionEngine/CUDA/Device.h"
#include "altgrad/ExecutionEngine/CUDA/Memory.h"
#include "altgrad/ExecutionEngine/CUDA/Stream.h"

namespace altgrad::python {

/// One call. As long as it lives, this thread works on the device and the
/// stream of the arrays: PyTorch's current stream if one of them is a tensor,
/// otherwise the one chosen with altgrad.cuda.stream, otherwise the one that
/// the first array names. What happens on the streams that others name is
/// waited for, on the device. Raises ValueError for elements that are not where
/// the device can access them.
class DeviceCall {
public:
  explicit DeviceCall(llvm::ArrayRef<const ArrayView *> arrays);

  int getDevice() const { return device; }
  CUstream_st *getStream() const { return stream; }

  /// Runs `body` without the GIL. Raises CUDAError for what failed in it.
  void run(llvm::function_ref<void()> body) const;
  /// Raises CUDAError for an error.
  static void check(llvm::Error error);

  /// Memory for this call, for what follows on its stream.
  cuda::DeviceBuffer allocate(int64_t numBytes) const;
  /// `like` somewhere else: in C order, in memory that `memory` holds then.
  ArrayView makeTemporary(const ArrayView &like, DataType type,
                          cuda::DeviceBuffer &memory) const;
  /// Copies elements of one type and shape.
  void copy(const ArrayView &from, const ArrayView &to) const;
  /// The array, or a copy of it in C order.
  ArrayView makeDense(const ArrayView &array, cuda::DeviceBuffer &memory) const;

private:
  int device;
  CUstream_st *stream;
  cuda::DeviceScope deviceScope;
  cuda::StreamScope streamScope;
};

/// Lets this thread's current stream wait for what is on another one so far.
llvm::Error waitForStream(CUstream_st *other);

/// Reads elements that are next to each other on a device; waits for
/// them.
void readDeviceBytes(const ArrayView &array, void *bytes, int64_t numBytes);

/// True if the operand is in C order in these loops, without gaps.
bool isDense(const LoopNest &nest, size_t operand);

/// A set of bits with the loops, counted from the outermost, along which the
/// operand moves.
uint64_t getMovingLoops(const LoopNest &nest, size_t operand);

/// The memref of an operand over all loops, or over those in `loops`.
MemRefDescriptor describe(const LoopNest &nest, size_t operand,
                          uint64_t loops = ~uint64_t(0));

/// The layout that all of the operands have, and for kernels whose scales
/// belong to rows the constant length of these, see DeviceKernelKey.
void chooseLayout(const LoopNest &nest, llvm::ArrayRef<size_t> operands,
                  DeviceKernelKey &key);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_DEVICECALLS_H
