//===- DeviceCalls.cpp - How the operations run on a CUDA device ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceCalls.h"

#include "ArrayLibraries.h"
#include "DeviceArrays.h"
#include "Errors.h"
#include "Scales.h"

#include "altgrad/ExecutionEngine/CUDA/Runtime.h"

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::ArrayRef;
using llvm::Error;

//===----------------------------------------------------------------------===//
// Streams
//===----------------------------------------------------------------------===//

static bool isTensor(const ArrayView *array) {
  return array->library == Library::Torch;
}

static CUstream_st *chooseStream(ArrayRef<const ArrayView *> arrays) {
  if (llvm::any_of(arrays, isTensor))
    return torch::getCurrentStream(arrays[0]->device);
  if (CUstream_st *stream = getChosenStream())
    return stream;
  return arrays[0]->stream;
}

/// A kernel that accesses other addresses fails, and its context with it.
static void checkAlignment(const ArrayView &array) {
  auto fits = [&](int64_t number) {
    return number % getItemSize(array.type) == 0;
  };
  if (array.getNumElements() > 0 &&
      (!fits(reinterpret_cast<intptr_t>(array.data)) ||
       !llvm::all_of(array.strides, fits)))
    raiseValueError("expected elements on a CUDA device to lie at multiples of "
                    "their size");
}

DeviceCall::DeviceCall(ArrayRef<const ArrayView *> arrays)
    : device(arrays[0]->device), stream(chooseStream(arrays)),
      deviceScope(device), streamScope(stream) {
  check(cuda::takeError());
  for (const ArrayView *array : arrays)
    checkAlignment(*array);
  llvm::SmallVector<CUstream_st *, 2> awaited = {stream};
  for (const ArrayView *array : arrays) {
    if (isTensor(array) || llvm::is_contained(awaited, array->stream))
      continue;
    awaited.push_back(array->stream);
    check(waitForStream(array->stream));
  }
}

Error altgrad::python::waitForStream(CUstream_st *other) {
  llvm::Expected<cuda::Event> event = cuda::Event::create();
  if (!event)
    return event.takeError();
  Error error = [&] {
    cuda::StreamScope scope(other);
    return event->record();
  }();
  return error ? std::move(error) : event->wait();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

void DeviceCall::run(llvm::function_ref<void()> body) const {
  Error error = [&] {
    nb::gil_scoped_release released;
    body();
    return cuda::takeError();
  }();
  check(std::move(error));
}

void DeviceCall::check(Error error) {
  if (error)
    raiseCUDAError(std::move(error));
}

cuda::DeviceBuffer DeviceCall::allocate(int64_t numBytes) const {
  auto memory =
      cuda::DeviceBuffer::allocateOnStream(static_cast<size_t>(numBytes));
  if (!memory)
    raiseCUDAError(memory.takeError());
  return std::move(*memory);
}

ArrayView DeviceCall::makeTemporary(const ArrayView &like, DataType type,
                                    cuda::DeviceBuffer &memory) const {
  ArrayView view;
  view.library = Library::Altgrad;
  view.type = type;
  view.writable = true;
  view.shape = like.shape;
  view.device = device;
  view.stream = stream;
  view.strides.resize(like.getRank());
  int64_t stride = getItemSize(type);
  for (size_t i = like.getRank(); i-- > 0;) {
    view.strides[i] = stride;
    stride *= like.shape[i];
  }
  memory = allocate(stride);
  view.data = static_cast<char *>(memory.getData());
  return view;
}

/// Integers of its size.
static DataType getBits(DataType type) {
  switch (getItemSize(type)) {
  case 1:
    return DataType::Int8;
  case 2:
    return DataType::Int16;
  case 4:
    return DataType::Int32;
  default:
    return DataType::Int64;
  }
}

void DeviceCall::copy(const ArrayView &from, const ArrayView &to) const {
  if (from.getNumElements() == 0)
    return;
  if (isInCOrder(from) && isInCOrder(to))
    return check(cuda::copyOnDevice(
        to.data, from.data,
        static_cast<size_t>(to.getNumElements() * getItemSize(to.type))));
  LoopNest nest = makeLoops({&from, &to}, /*output=*/1, nullptr);
  DeviceKernelKey key{DeviceOperation::Copy, getBits(from.type)};
  key.device = device;
  chooseLayout(nest, {0, 1}, key);
  CompiledModule::PackedFunction kernel = getDeviceKernel(key);
  PackedArguments arguments;
  arguments.addMemRef(describe(nest, 0));
  arguments.addMemRef(describe(nest, 1));
  run([&] { kernel(arguments.get().data()); });
}

ArrayView DeviceCall::makeDense(const ArrayView &array,
                                cuda::DeviceBuffer &memory) const {
  if (isInCOrder(array))
    return array;
  ArrayView dense = makeTemporary(array, array.type, memory);
  copy(array, dense);
  return dense;
}

void altgrad::python::readDeviceBytes(const ArrayView &array, void *bytes,
                                      int64_t numBytes) {
  if (numBytes == 0)
    return;
  DeviceCall call({&array});
  Error error = [&] {
    nb::gil_scoped_release released;
    return cuda::copyToHost(bytes, array.data, static_cast<size_t>(numBytes));
  }();
  DeviceCall::check(std::move(error));
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

bool altgrad::python::isDense(const LoopNest &nest, size_t operand) {
  int64_t stride = nest.getOperand(operand).itemSize;
  for (size_t level = 0; level < nest.getRank(); ++level) {
    if (nest.getSize(level) != 1 && nest.getStride(operand, level) != stride)
      return false;
    stride *= nest.getSize(level);
  }
  return true;
}

uint64_t altgrad::python::getMovingLoops(const LoopNest &nest, size_t operand) {
  uint64_t loops = 0;
  for (size_t loop = 0; loop < nest.getRank(); ++loop)
    if (nest.getStride(operand, nest.getRank() - 1 - loop) != 0)
      loops |= uint64_t(1) << loop;
  return loops;
}

MemRefDescriptor altgrad::python::describe(const LoopNest &nest, size_t operand,
                                           uint64_t loops) {
  const Operand &array = nest.getOperand(operand);
  Shape sizes, strides;
  for (size_t loop = 0; loop < nest.getRank(); ++loop) {
    if (!((loops >> loop) & 1))
      continue;
    size_t level = nest.getRank() - 1 - loop;
    sizes.push_back(nest.getSize(level));
    strides.push_back(nest.getStride(operand, level) / array.itemSize);
  }
  return MemRefDescriptor(array.data, sizes, strides);
}

void altgrad::python::chooseLayout(const LoopNest &nest,
                                   ArrayRef<size_t> operands,
                                   DeviceKernelKey &key) {
  key.rank = static_cast<unsigned>(nest.getRank());
  auto isRow = [&](size_t operand) {
    return nest.getStride(operand, 0) == nest.getOperand(operand).itemSize;
  };
  if (llvm::all_of(operands, [&](size_t i) { return isDense(nest, i); }))
    key.layout = Layout::Dense;
  else if (llvm::all_of(operands, isRow))
    key.layout = Layout::Rows;
  else
    key.layout = Layout::Strided;
  // Vectors of 16 bytes, of codes and f16 at the most 8 elements.
  constexpr int64_t kLanes = 8;
  bool hasRows = key.layout == Layout::Dense && key.rank == 2 &&
                 nest.getSize(0) % kLanes == 0;
  key.rowSize = hasRows ? nest.getSize(0) : 0;
}
