//===- CUDARuntimeTest.cpp - Tests of the CUDA runtime --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// On the device of this machine, or else on the emulator of this build, which
// lit puts in the way of the driver. Without either the tests are skipped, and
// what is said then is tested in test/Tools/altgrad-run/no-driver.test.
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CUDA/Runtime.h"

#include "altgrad/ExecutionEngine/CUDA/Device.h"
#include "altgrad/ExecutionEngine/CUDA/Memory.h"
#include "altgrad/ExecutionEngine/CUDA/Stream.h"
#include "altgrad/ExecutionEngine/CompiledModule.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <numeric>
#include <thread>

using namespace altgrad;
using llvm::StringRef;
using testing::HasSubstr;

/// The message of an error, or "" for success.
static std::string message(llvm::Error error) {
  return llvm::toString(std::move(error));
}

namespace {
class CUDARuntimeTest : public testing::Test {
protected:
  void SetUp() override {
    auto count = cuda::countDevices();
    if (!count)
      GTEST_SKIP() << message(count.takeError());
  }
  void TearDown() override { EXPECT_EQ(message(cuda::takeError()), ""); }

  static std::unique_ptr<CompiledModule> compile(StringRef text,
                                                 bool keepCode = false) {
    static bool registered = (mlir::registerAllPasses(), true);
    (void)registered;
    mlir::DialectRegistry registry;
    mlir::registerAllDialects(registry);
    mlir::registerAllExtensions(registry);
    mlir::registerAllGPUToLLVMIRTranslations(registry);
    mlir::MLIRContext context(registry);
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    CompileOptions options;
    options.keepCode = keepCode;
    auto compiled =
        CompiledModule::lowerAndCompile(*module, kPipeline, options);
    if (!compiled) {
      ADD_FAILURE() << message(compiled.takeError());
      return nullptr;
    }
    return std::move(*compiled);
  }

  static constexpr StringRef kPipeline =
      "gpu-kernel-outlining,nvvm-attach-target{chip=sm_80 features=+ptx70},"
      "gpu.module(convert-gpu-to-nvvm),gpu-to-llvm,"
      "gpu-module-to-binary{format=isa},reconcile-unrealized-casts";
};
} // namespace

/// Adds a number to each element of an array, in place.
static constexpr StringRef kAdd = R"mlir(
  func.func @add(%x: memref<?xf32>, %y: f32) {
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %size = memref.dim %x, %zero : memref<?xf32>
    gpu.launch
        blocks(%b, %by, %bz) in (%grid = %size, %gridY = %one, %gridZ = %one)
        threads(%t, %ty, %tz) in (%block = %one, %blockY = %one, %blockZ = %one) {
      %value = memref.load %x[%b] : memref<?xf32>
      %sum = arith.addf %value, %y : f32
      memref.store %sum, %x[%b] : memref<?xf32>
      gpu.terminator
    }
    return
  }
)mlir";

/// Floats on the device.
static cuda::DeviceBuffer upload(llvm::ArrayRef<float> values) {
  size_t numBytes = values.size() * sizeof(float);
  auto buffer = llvm::cantFail(cuda::DeviceBuffer::allocate(numBytes));
  llvm::cantFail(cuda::copyToDevice(buffer.getData(), values.data(), numBytes));
  return buffer;
}
static std::vector<float> download(const cuda::DeviceBuffer &buffer) {
  std::vector<float> values(buffer.getNumBytes() / sizeof(float));
  llvm::cantFail(
      cuda::copyToHost(values.data(), buffer.getData(), buffer.getNumBytes()));
  return values;
}

static std::string callAdd(const CompiledModule &module,
                           const cuda::DeviceBuffer &buffer, float number) {
  PackedArguments arguments;
  arguments.addMemRef(
      buffer.getData(),
      {static_cast<int64_t>(buffer.getNumBytes() / sizeof(float))});
  arguments.addScalar(number);
  return message(module.invoke("add", arguments));
}

//===----------------------------------------------------------------------===//
// Devices, memory, streams
//===----------------------------------------------------------------------===//

TEST_F(CUDARuntimeTest, DescribesDevices) {
  auto device = cuda::Device::get(0);
  ASSERT_TRUE(bool(device)) << message(device.takeError());
  EXPECT_NE(device->name, "");
  EXPECT_TRUE(StringRef(device->getChip()).starts_with("sm_"));
  EXPECT_GE(device->major, 5);
  EXPECT_GT(device->multiprocessors, 0);
  EXPECT_GT(device->memoryBytes, 0u);
  auto current = cuda::Device::getCurrent();
  ASSERT_TRUE(bool(current)) << message(current.takeError());
  EXPECT_EQ(current->name, device->name);
  auto version = cuda::getDriverVersion();
  ASSERT_TRUE(bool(version)) << message(version.takeError());
  EXPECT_TRUE(StringRef(*version).contains('.'));

  int count = llvm::cantFail(cuda::countDevices());
  EXPECT_EQ(message(cuda::Device::get(count).takeError()),
            "expected the number of a CUDA device from 0 to " +
                std::to_string(count - 1) + " but got " +
                std::to_string(count));
  EXPECT_THAT(message(cuda::useDevice(-1)), HasSubstr("but got -1"));
  EXPECT_EQ(message(cuda::useDevice(0)), "");
}

TEST_F(CUDARuntimeTest, CopiesAndFills) {
  std::vector<float> values(1000);
  std::iota(values.begin(), values.end(), 1.0f);
  cuda::DeviceBuffer buffer = upload(values);
  cuda::DeviceBuffer other = upload(std::vector<float>(1000));
  EXPECT_EQ(message(cuda::copyOnDevice(other.getData(), buffer.getData(),
                                       buffer.getNumBytes())),
            "");
  EXPECT_EQ(download(other), values);
  EXPECT_EQ(message(cuda::fill(other.getData(), 0, 3999)), "");
  std::vector<float> filled = download(other);
  EXPECT_TRUE(std::all_of(filled.begin(), filled.end() - 1,
                          [](float value) { return value == 0; }));
  // Three of the last one's bytes were filled.
  EXPECT_NE(filled.back(), 0);

  // Nothing is nothing.
  auto empty = cuda::DeviceBuffer::allocate(0);
  ASSERT_TRUE(bool(empty));
  EXPECT_EQ(empty->getData(), nullptr);
  EXPECT_EQ(message(cuda::copyToDevice(nullptr, nullptr, 0)), "");
  EXPECT_EQ(message(cuda::fill(nullptr, 0, 0)), "");
}

TEST_F(CUDARuntimeTest, NamesTheCallThatFailed) {
  auto buffer = cuda::DeviceBuffer::allocate(size_t(1) << 60);
  ASSERT_FALSE(bool(buffer));
  EXPECT_EQ(message(buffer.takeError()),
            "cuMemAlloc_v2 failed: CUDA_ERROR_OUT_OF_MEMORY (out of memory)");
}

TEST_F(CUDARuntimeTest, MeasuresTime) {
  auto stream = cuda::Stream::create();
  auto begin = cuda::Event::create(), end = cuda::Event::create();
  ASSERT_TRUE(stream && begin && end);
  {
    cuda::StreamScope scope(stream->get());
    EXPECT_EQ(cuda::getCurrentStream(), stream->get());
    EXPECT_EQ(message(begin->record()), "");
    EXPECT_EQ(message(end->record()), "");
  }
  EXPECT_EQ(cuda::getCurrentStream(), nullptr);
  EXPECT_EQ(message(stream->synchronize()), "");
  EXPECT_EQ(message(end->synchronize()), "");
  auto milliseconds = end->getMillisecondsSince(*begin);
  ASSERT_TRUE(bool(milliseconds)) << message(milliseconds.takeError());
  EXPECT_GE(*milliseconds, 0.0f);
}

TEST_F(CUDARuntimeTest, WorksOnTheDeviceOfTheScope) {
  int count = llvm::cantFail(cuda::countDevices());
  // Threads begin without a context.
  std::thread([&] {
    {
      cuda::DeviceScope scope(count - 1);
      auto current = cuda::Device::getCurrent();
      ASSERT_TRUE(bool(current)) << message(current.takeError());
      EXPECT_EQ(current->ordinal, count - 1);
      cuda::DeviceScope same(count - 1);
      auto memory = cuda::DeviceBuffer::allocate(100);
      ASSERT_TRUE(bool(memory)) << message(memory.takeError());
      auto *data = static_cast<char *>(memory->getData());
      auto device = cuda::getDeviceOf(data + 99);
      ASSERT_TRUE(bool(device)) << message(device.takeError());
      EXPECT_EQ(*device, count - 1);
    }
    EXPECT_EQ(message(cuda::takeError()), "");
    {
      cuda::DeviceScope scope(count);
    }
    EXPECT_EQ(message(cuda::takeError()),
              "expected the number of a CUDA device from 0 to " +
                  std::to_string(count - 1) + " but got " +
                  std::to_string(count));
  }).join();
  int value = 0;
  EXPECT_THAT(message(cuda::getDeviceOf(&value).takeError()),
              HasSubstr("cuPointerGetAttribute failed"));
}

TEST_F(CUDARuntimeTest, WaitsForOtherStreams) {
  cuda::DeviceBuffer buffer = upload({1, 2});
  auto stream = llvm::cantFail(cuda::Stream::create());
  auto other = llvm::cantFail(cuda::Stream::create());
  auto event = llvm::cantFail(cuda::Event::create());
  {
    cuda::StreamScope scope(other.get());
    EXPECT_EQ(message(cuda::fill(buffer.getData(), 0, 4)), "");
    EXPECT_EQ(message(event.record()), "");
  }
  cuda::StreamScope scope(stream.get());
  EXPECT_EQ(message(event.wait()), "");
  float first = 1;
  EXPECT_EQ(message(cuda::copyToHost(&first, buffer.getData(), 4)), "");
  EXPECT_EQ(first, 0);
}

TEST_F(CUDARuntimeTest, AllocatesInTheOrderOfAStream) {
  auto stream = llvm::cantFail(cuda::Stream::create());
  cuda::StreamScope scope(stream.get());
  for (size_t numBytes : {size_t(0), size_t(100)}) {
    auto memory = cuda::DeviceBuffer::allocateOnStream(numBytes);
    ASSERT_TRUE(bool(memory)) << message(memory.takeError());
    EXPECT_EQ(memory->getNumBytes(), numBytes);
    EXPECT_EQ(memory->getData() == nullptr, numBytes == 0);
    EXPECT_EQ(message(cuda::fill(memory->getData(), 1, numBytes)), "");
  }
  EXPECT_EQ(message(cuda::synchronize()), "");
}

TEST_F(CUDARuntimeTest, GivesMemoryBack) {
  EXPECT_EQ(message(cuda::releaseUnusedMemory()), "");
}

//===----------------------------------------------------------------------===//
// Compiled functions
//===----------------------------------------------------------------------===//

TEST_F(CUDARuntimeTest, RunsKernels) {
  auto module = compile(kAdd);
  ASSERT_TRUE(module);
  cuda::DeviceBuffer buffer = upload({1, 2, 3});
  EXPECT_EQ(callAdd(*module, buffer, 0.5f), "");
  EXPECT_EQ(callAdd(*module, buffer, 1.0f), "");
  EXPECT_EQ(download(buffer), (std::vector<float>{2.5f, 3.5f, 4.5f}));
  // An empty grid.
  EXPECT_EQ(callAdd(*module, cuda::DeviceBuffer(), 1.0f), "");
}

TEST_F(CUDARuntimeTest, KeepsCodeWithKernels) {
  std::string file = compile(kAdd, /*keepCode=*/true)->getCode()->serialize();
  auto loaded = CompiledModule::load(llvm::cantFail(CompiledCode::parse(file)));
  ASSERT_TRUE(bool(loaded)) << message(loaded.takeError());
  cuda::DeviceBuffer buffer = upload({1});
  EXPECT_EQ(callAdd(**loaded, buffer, 2.0f), "");
  EXPECT_EQ(download(buffer), std::vector<float>{3.0f});
}

TEST_F(CUDARuntimeTest, UsesTheStreamOfTheScope) {
  auto module = compile(kAdd);
  ASSERT_TRUE(module);
  cuda::DeviceBuffer buffer = upload({1});
  auto stream = llvm::cantFail(cuda::Stream::create());
  {
    cuda::StreamScope scope(stream.get());
    for (int i = 0; i < 10; ++i)
      EXPECT_EQ(callAdd(*module, buffer, 1.0f), "");
    EXPECT_EQ(message(cuda::synchronize()), "");
  }
  EXPECT_EQ(download(buffer), std::vector<float>{11.0f});
  {
    cuda::StreamScope scope(stream.get(), cuda::StreamScope::Synchronous);
    EXPECT_EQ(callAdd(*module, buffer, 1.0f), "");
  }
  EXPECT_EQ(download(buffer), std::vector<float>{12.0f});
}

TEST_F(CUDARuntimeTest, RunsOnManyThreads) {
  auto module = compile(kAdd);
  ASSERT_TRUE(module);
  std::vector<cuda::DeviceBuffer> buffers;
  for (int i = 0; i < 8; ++i)
    buffers.push_back(upload({float(i)}));
  std::vector<std::thread> threads;
  for (cuda::DeviceBuffer &buffer : buffers)
    threads.emplace_back([&] {
      auto stream = llvm::cantFail(cuda::Stream::create());
      cuda::StreamScope scope(stream.get());
      for (int i = 0; i < 10; ++i)
        EXPECT_EQ(callAdd(*module, buffer, 1.0f), "");
      EXPECT_EQ(message(cuda::synchronize()), "");
    });
  for (std::thread &thread : threads)
    thread.join();
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(download(buffers[i]), std::vector<float>{float(10 + i)});
}

// What a function allocates and returns is the caller's, who may hold it longer
// than the module.
TEST_F(CUDARuntimeTest, ReturnsMemoryToTheCaller) {
  auto module = compile(R"mlir(
    func.func @make(%size: index, %value: f32) -> memref<?xf32> {
      %begin = gpu.wait async
      %x, %allocated = gpu.alloc async [%begin] (%size) : memref<?xf32>
      %set = gpu.memset async [%allocated] %x, %value : memref<?xf32>, f32
      gpu.wait [%set]
      return %x : memref<?xf32>
    })mlir");
  ASSERT_TRUE(module);
  std::vector<cuda::DeviceBuffer> results;
  for (int64_t size : {3, 0, 5}) {
    PackedArguments arguments;
    MemRefDescriptor result(/*rank=*/1);
    arguments.addAggregateResult(result.getRaw());
    arguments.addScalar(size);
    arguments.addScalar(float(size));
    EXPECT_EQ(message(module->invoke("make", arguments)), "");
    results.push_back(cuda::DeviceBuffer::adopt(
        result.getAllocated(), static_cast<size_t>(size) * sizeof(float)));
  }
  module.reset();
  EXPECT_EQ(download(results[0]), std::vector<float>(3, 3.0f));
  EXPECT_EQ(results[1].getData(), nullptr);
  EXPECT_EQ(download(results[2]), std::vector<float>(5, 5.0f));
  results.clear();
  EXPECT_EQ(message(cuda::synchronize()), "");
}

// A copy to the host is complete when the function returns, in any mode.
TEST_F(CUDARuntimeTest, WaitsForCopiesToTheHost) {
  auto module = compile(R"mlir(
    func.func @first(%x: memref<?xf32>) -> f32 {
      %zero = arith.constant 0 : index
      %begin = gpu.wait async
      %host = memref.alloca() : memref<1xf32>
      %view = memref.reinterpret_cast %x to offset: [0], sizes: [1], strides: [1]
          : memref<?xf32> to memref<1xf32>
      %copied = gpu.memcpy async [%begin] %host, %view : memref<1xf32>, memref<1xf32>
      gpu.wait [%copied]
      %value = memref.load %host[%zero] : memref<1xf32>
      return %value : f32
    })mlir");
  ASSERT_TRUE(module);
  cuda::DeviceBuffer buffer = upload({7, 8});
  auto stream = llvm::cantFail(cuda::Stream::create());
  cuda::StreamScope scope(stream.get());
  PackedArguments arguments;
  float first = 0;
  arguments.addMemRef(buffer.getData(), {2});
  arguments.addResult(first);
  EXPECT_EQ(message(module->invoke("first", arguments)), "");
  EXPECT_EQ(first, 7.0f);
}

// Memory that both sides see is there to be read after a wait.
TEST_F(CUDARuntimeTest, SharesMemoryWithTheHost) {
  auto module = compile(R"mlir(
    func.func @shared(%y: f32) -> f32 {
      %zero = arith.constant 0 : index
      %one = arith.constant 1 : index
      %x = gpu.alloc host_shared () : memref<1xf32>
      gpu.launch
          blocks(%b, %by, %bz) in (%grid = %one, %gridY = %one, %gridZ = %one)
          threads(%t, %ty, %tz) in (%block = %one, %blockY = %one, %blockZ = %one) {
        memref.store %y, %x[%b] : memref<1xf32>
        gpu.terminator
      }
      %value = memref.load %x[%zero] : memref<1xf32>
      %begin = gpu.wait async
      %freed = gpu.dealloc async [%begin] %x : memref<1xf32>
      gpu.wait [%freed]
      return %value : f32
    })mlir");
  ASSERT_TRUE(module);
  auto stream = llvm::cantFail(cuda::Stream::create());
  cuda::StreamScope scope(stream.get());
  PackedArguments arguments;
  float value = 0;
  arguments.addScalar(2.5f);
  arguments.addResult(value);
  EXPECT_EQ(message(module->invoke("shared", arguments)), "");
  EXPECT_EQ(value, 2.5f);
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

// The first error is kept, what follows it does nothing, and the next call
// after the error was taken is as any other.
TEST_F(CUDARuntimeTest, KeepsTheFirstError) {
  auto module = compile(R"mlir(
    func.func @large(%size: index, %z: f32) {
      %begin = gpu.wait async
      %x, %allocated = gpu.alloc async [%begin] (%size) : memref<?xf32>
      %set = gpu.memset async [%allocated] %x, %z : memref<?xf32>, f32
      %freed = gpu.dealloc async [%set] %x : memref<?xf32>
      gpu.wait [%freed]
      return
    })mlir");
  ASSERT_TRUE(module);
  auto call = [&](int64_t size) {
    PackedArguments arguments;
    arguments.addScalar(size);
    arguments.addScalar(1.0f);
    return message(module->invoke("large", arguments));
  };
  EXPECT_THAT(call(int64_t(1) << 58), HasSubstr("CUDA_ERROR_OUT_OF_MEMORY"));
  EXPECT_EQ(call(16), "");
}

TEST_F(CUDARuntimeTest, LeavesErrorsOfLookedUpFunctionsToTheCaller) {
  auto module = compile(kAdd);
  ASSERT_TRUE(module);
  auto function = llvm::cantFail(module->lookup("add"));
  PackedArguments arguments;
  // More blocks than a grid has.
  arguments.addMemRef(nullptr, {int64_t(1) << 40});
  arguments.addScalar(1.0f);
  function(arguments.get().data());
  EXPECT_EQ(message(cuda::takeError()),
            "expected a grid and blocks of less than 2^31 in each direction "
            "but got a launch with 1099511627776");
  EXPECT_EQ(message(cuda::takeError()), "");
}

TEST_F(CUDARuntimeTest, ReportsToTheHandler) {
  static std::string reported;
  reported.clear();
  cuda::setErrorHandler([](StringRef text) { reported += text.str() + "\n"; });
  auto module = compile(kAdd);
  PackedArguments arguments;
  arguments.addMemRef(nullptr, {int64_t(1) << 40});
  arguments.addScalar(1.0f);
  EXPECT_NE(message(module->invoke("add", arguments)), "");
  cuda::setErrorHandler(nullptr);
  EXPECT_THAT(reported, HasSubstr("expected a grid"));
}
