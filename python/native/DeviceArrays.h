//===- DeviceArrays.h - CUDA arrays of any library --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Arrays in the memory of a CUDA device that are no tensors of PyTorch: they
// come in by the CUDA array interface or by DLPack, and results go back as
// altgrad.cuda.DeviceArray, which speaks both.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_DEVICEARRAYS_H
#define ALTGRAD_PYTHON_DEVICEARRAYS_H

#include "Arrays.h"

#include "altgrad/ExecutionEngine/CUDA/Memory.h"

#include <nanobind/ndarray.h>

namespace altgrad::python {

/// The element type of what DLPack lends, if it is one of those here.
std::optional<DataType> getTypeOfDLPack(nanobind::dlpack::dtype type);

/// An array in C order that altgrad allocated on a device.
class DeviceArray {
public:
  /// Takes over memory that was allocated on `stream`, on which it will be
  /// freed.
  DeviceArray(cuda::DeviceBuffer memory, void *data, DataType type,
              llvm::ArrayRef<int64_t> shape, int device, CUstream_st *stream)
      : memory(std::move(memory)), data(data), type(type), shape(shape),
        device(device), stream(stream) {}
  DeviceArray(DeviceArray &&) = default;
  ~DeviceArray();

  void *getData() const { return data; }
  DataType getType() const { return type; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int getDevice() const { return device; }
  CUstream_st *getStream() const { return stream; }
  ArrayView getView(nanobind::object self) const;

private:
  cuda::DeviceBuffer memory;
  void *data;
  DataType type;
  Shape shape;
  int device;
  CUstream_st *stream;
};

namespace device {
/// True for a DeviceArray, for what has the CUDA array interface, and for what
/// DLPack says is on a CUDA device.
bool isArray(nanobind::handle object);
ArrayView read(nanobind::handle object, const char *what);
/// A DeviceArray that is not initialized, for this thread's current stream,
/// which has to be one of the device.
ArrayView make(int device, DataType type, llvm::ArrayRef<int64_t> shape);
} // namespace device

/// The stream that the program named for CUDA arrays of libraries that have no
/// current one (altgrad.cuda.stream); null is the legacy default stream.
CUstream_st *getChosenStream();

void bindDeviceArrays(nanobind::module_ &module);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_DEVICEARRAYS_H
