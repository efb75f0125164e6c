//===- Machines.cpp - Where a program runs --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "altgrad/ExecutionEngine/CUDA/Device.h"
#include "altgrad/ExecutionEngine/CUDA/Memory.h"
#include "altgrad/ExecutionEngine/CUDA/Stream.h"

#include "llvm/TargetParser/Host.h"

#include <chrono>
#include <cstdlib>
#include <optional>

using namespace altgrad;
using namespace altgrad::run;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// CPU
//===----------------------------------------------------------------------===//

namespace {
class CPU : public Machine {
public:
  std::string describe() const override {
    return llvm::sys::getHostCPUName().str();
  }
  std::string getPipeline() const override {
    return "altgrad-cpu-pipeline{target=native}";
  }

  Expected<void *> pass(NpyArray &array) override { return array.getData(); }

  Error fetch(void *to, const void *from, size_t numBytes) override {
    std::memcpy(to, from, numBytes);
    return Error::success();
  }

  void free(void *allocated, ValueType::Kind kind) override {
    // Tensors are returned in memory of their own. A memref may be a constant
    // of the program.
    if (kind == ValueType::Tensor)
      std::free(allocated);
  }

  Expected<double> call(llvm::function_ref<void()> function) override {
    auto begin = std::chrono::steady_clock::now();
    function();
    auto end = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(end - begin).count();
  }
};
} // namespace

std::unique_ptr<Machine> altgrad::run::makeCPU() {
  return std::make_unique<CPU>();
}

//===----------------------------------------------------------------------===//
// CUDA
//===----------------------------------------------------------------------===//

namespace {
class CUDA : public Machine {
public:
  static Expected<std::unique_ptr<Machine>> create();

  std::string describe() const override {
    return device.name + " (" + device.getChip() + ", driver for CUDA " +
           driverVersion + ")";
  }
  std::string getPipeline() const override {
    return "altgrad-gpu-pipeline{chip=" + device.getChip() + "}";
  }

  Expected<void *> pass(NpyArray &array) override {
    auto buffer = cuda::DeviceBuffer::allocate(array.getNumBytes());
    if (!buffer)
      return buffer.takeError();
    if (Error error = cuda::copyToDevice(buffer->getData(), array.getData(),
                                         array.getNumBytes()))
      return std::move(error);
    buffers.push_back(std::move(*buffer));
    return buffers.back().getData();
  }

  Error fetch(void *to, const void *from, size_t numBytes) override {
    return cuda::copyToHost(to, from, numBytes);
  }

  void free(void *allocated, ValueType::Kind) override {
    // On the stream it comes from, for the next call to take it again.
    cuda::StreamScope scope(stream->get());
    cuda::DeviceBuffer::adopt(allocated, 0);
  }

  Expected<double> call(llvm::function_ref<void()> function) override {
    // The device's own clock, without the way there and back.
    cuda::StreamScope scope(stream->get());
    if (Error error = begin->record())
      return std::move(error);
    function();
    if (Error error = end->record())
      return std::move(error);
    if (Error error = cuda::synchronize())
      return std::move(error);
    Expected<float> milliseconds = end->getMillisecondsSince(*begin);
    if (!milliseconds)
      return milliseconds.takeError();
    return *milliseconds / 1000.0;
  }

private:
  cuda::Device device;
  std::string driverVersion;
  std::optional<cuda::Stream> stream;
  std::optional<cuda::Event> begin, end;
  std::vector<cuda::DeviceBuffer> buffers;
};
} // namespace

Expected<std::unique_ptr<Machine>> CUDA::create() {
  auto machine = std::make_unique<CUDA>();
  Expected<cuda::Device> device = cuda::Device::getCurrent();
  if (!device)
    return device.takeError();
  machine->device = std::move(*device);
  Expected<std::string> version = cuda::getDriverVersion();
  if (!version)
    return version.takeError();
  machine->driverVersion = std::move(*version);
  Expected<cuda::Stream> stream = cuda::Stream::create();
  if (!stream)
    return stream.takeError();
  machine->stream = std::move(*stream);
  for (std::optional<cuda::Event> *event : {&machine->begin, &machine->end}) {
    Expected<cuda::Event> created = cuda::Event::create();
    if (!created)
      return created.takeError();
    *event = std::move(*created);
  }
  return machine;
}

Expected<std::unique_ptr<Machine>> altgrad::run::makeCUDA() {
  return CUDA::create();
}
