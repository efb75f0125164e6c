//===- DriverTest.cpp - Modules, handles and errors of the driver ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"

#include <cstdlib>

using namespace altgrad::test;

namespace {
using DriverTest = DeviceTest;
/// Tests that choose the chip or the devices, before the first cuInit.
class EnvironmentTest : public testing::Test {
protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
} // namespace

static std::string makeEntry(const std::string &body) {
  return getHeader() +
         ".visible .entry k()\n{\n.reg .b32 %r<4>;\n.reg .b16 %h<4>;\n" + body +
         "\nret;\n}\n";
}

TEST_F(DriverTest, NamesItself) {
  char name[64];
  ASSERT_EQ(cuDeviceGetName(name, sizeof(name), 0), CUDA_SUCCESS);
  expectContains(name, "altgrad PTX emulator");
}

// Nothing that is not understood is skipped.
TEST_F(DriverTest, ErrorLog) {
  expectContains(loadFailing(makeEntry("frobnicate.b32 %r1, %r2;")),
                 "line 8; error: unknown instruction 'frobnicate.b32'");
  expectContains(loadFailing(makeEntry("add.loudly.u32 %r1, %r2, %r3;")),
                 "unknown modifier '.loudly' of 'add.loudly.u32'");
  expectContains(loadFailing(makeEntry("add.u32 %r1, %r2;")),
                 "expected 3 operands");
  expectContains(loadFailing(makeEntry("add.u32 %r1, %r2, %r9;")),
                 "unknown name '%r9'");
  expectContains(loadFailing(makeEntry("add.u32 %r1, %r2, %h3;")),
                 "expected '%h3' to have 32 bits");
  expectContains(loadFailing(makeEntry("bra nowhere;")),
                 "unknown label 'nowhere'");
  expectContains(loadFailing(makeEntry("call missing;")),
                 "call of an unknown function");
  expectContains(loadFailing(makeEntry(".surprise 1;")),
                 "unknown directive '.surprise'");
  expectContains(loadFailing(makeEntry("add.u32 %r1 %r2, 5;")),
                 "expected ';' but got '%r2'");
  expectContains(loadFailing(makeEntry("shfl.idx.b32 %r1, %r2, 0, 31;")),
                 "expected .sync");
  expectContains(loadFailing(getHeader() + ".visible .entry k() {\n"),
                 "unterminated body of 'k'");
  expectContains(loadFailing(".target sm_90\n"), "expected '.version'");
}

TEST_F(DriverTest, Recursion) {
  expectContains(loadFailing(getHeader() +
                             ".func f() {\ncall f;\nret;\n}\n"
                             ".visible .entry k() {\ncall f;\nret;\n}\n"),
                 "recursion in 'f' is not supported");
}

TEST_F(DriverTest, Images) {
  expectContains(loadFailing("\x7f"
                             "ELF",
                             CUDA_ERROR_NO_BINARY_FOR_GPU),
                 "no cubin");
  expectContains(loadFailing("\x50\xed\x55\xba", CUDA_ERROR_NO_BINARY_FOR_GPU),
                 "fat binary");
  expectContains(loadFailing(getHeader("sm_100a")),
                 "code for sm_100a does not run on sm_90");
  expectContains(loadFailing(".version 9.9\n.target sm_90\n",
                             CUDA_ERROR_UNSUPPORTED_PTX_VERSION),
                 "newer than 9.0");
}

TEST_F(DriverTest, Globals) {
  CUmodule module;
  std::string text =
      getHeader() +
      ".visible .global .align 4 .b8 bytes[4] = {1, 2, 3, 4};\n"
      ".visible .global .align 8 .u64 pointer = generic(bytes)+2;\n"
      ".visible .global .align 4 .f32 zero;\n"
      ".visible .const .align 4 .f32 three = 0f40400000;\n"
      ".visible .entry k()\n{\nret;\n}\n";
  ASSERT_EQ(cuModuleLoadData(&module, text.c_str()), CUDA_SUCCESS);
  CUdeviceptr bytes, pointer, zero, three;
  size_t size;
  ASSERT_EQ(cuModuleGetGlobal_v2(&bytes, &size, module, "bytes"), CUDA_SUCCESS);
  EXPECT_EQ(size, 4u);
  ASSERT_EQ(cuModuleGetGlobal_v2(&pointer, nullptr, module, "pointer"),
            CUDA_SUCCESS);
  ASSERT_EQ(cuModuleGetGlobal_v2(&zero, nullptr, module, "zero"), CUDA_SUCCESS);
  ASSERT_EQ(cuModuleGetGlobal_v2(&three, nullptr, module, "three"),
            CUDA_SUCCESS);
  EXPECT_EQ(cuModuleGetGlobal_v2(&three, nullptr, module, "four"),
            CUDA_ERROR_NOT_FOUND);
  uint64_t value = 0;
  float number = 1;
  ASSERT_EQ(cuMemcpyDtoH_v2(&value, pointer, 8), CUDA_SUCCESS);
  EXPECT_EQ(value, bytes + 2);
  ASSERT_EQ(cuMemcpyDtoH_v2(&number, zero, 4), CUDA_SUCCESS);
  EXPECT_EQ(number, 0.0f);
  ASSERT_EQ(cuMemcpyDtoH_v2(&number, three, 4), CUDA_SUCCESS);
  EXPECT_EQ(number, 3.0f);
  CUfunction function;
  EXPECT_EQ(cuModuleGetFunction(&function, module, "nobody"),
            CUDA_ERROR_NOT_FOUND);
  EXPECT_EQ(cuModuleUnload(module), CUDA_SUCCESS);
  EXPECT_EQ(cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(DriverTest, LaunchShapes) {
  CUfunction kernel =
      load(getHeader() +
           ".visible .entry k(.param .u32 x)\n.reqntid 64, 2, 1\n{\nret;\n}\n");
  uint32_t argument = 0;
  void *arguments[] = {&argument};
  auto launchShape = [&](unsigned grid, unsigned x, unsigned y, unsigned shared,
                         void **parameters) {
    return cuLaunchKernel(kernel, grid, 1, 1, x, y, 1, shared, nullptr,
                          parameters, nullptr);
  };
  EXPECT_EQ(launchShape(3, 64, 2, 0, arguments), CUDA_SUCCESS);
  EXPECT_EQ(launchShape(3, 128, 1, 0, arguments), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launchShape(3, 128, 2, 0, arguments),
            CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
  EXPECT_EQ(launchShape(0, 64, 2, 0, arguments), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launchShape(3, 64, 2, 0, nullptr), CUDA_ERROR_INVALID_VALUE);
  // More than 48 KiB of shared memory must be asked for.
  EXPECT_EQ(launchShape(1, 64, 2, 100 << 10, arguments),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuFuncSetAttribute(kernel, 8, 100 << 10), CUDA_SUCCESS);
  EXPECT_EQ(launchShape(1, 64, 2, 100 << 10, arguments), CUDA_SUCCESS);
  EXPECT_EQ(cuFuncSetAttribute(kernel, 8, 300 << 10), CUDA_ERROR_INVALID_VALUE);
  size_t size = sizeof(argument);
  void *extra[] = {reinterpret_cast<void *>(1), &argument,
                   reinterpret_cast<void *>(2), &size, nullptr};
  EXPECT_EQ(
      cuLaunchKernel(kernel, 1, 1, 1, 64, 2, 1, 0, nullptr, nullptr, extra),
      CUDA_SUCCESS);
}

TEST_F(DriverTest, CopiesAndFills) {
  Buffer<uint32_t> a(4), b(4);
  uint32_t host[5] = {1, 2, 3, 4, 5};
  EXPECT_EQ(cuMemcpyHtoD_v2(a.address, host, 20), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyHtoD_v2(a.address + 4, host, 12), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD16_v2(a.address, 0xabcd, 2), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD32_v2(a.address + 2, 1, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyAsync(b.address, a.address, 16, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(b.read(), (std::vector<uint32_t>{0xabcdabcd, 1, 2, 3}));
  EXPECT_EQ(cuMemcpyHtoD_v2(reinterpret_cast<uint64_t>(host), host, 4),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemFree_v2(a.address + 4), CUDA_ERROR_INVALID_VALUE);
  unsigned type = 0;
  EXPECT_EQ(cuPointerGetAttribute(&type, 2, a.address + 4), CUDA_SUCCESS);
  EXPECT_EQ(type, 2u);
  EXPECT_EQ(cuPointerGetAttribute(&type, 2, reinterpret_cast<uint64_t>(host)),
            CUDA_ERROR_INVALID_VALUE);
  CUdeviceptr huge;
  EXPECT_EQ(cuMemAlloc_v2(&huge, 1ull << 40), CUDA_ERROR_OUT_OF_MEMORY);
}

TEST_F(DriverTest, StreamsAndEvents) {
  CUstream stream;
  CUevent start, end;
  float time = -1;
  ASSERT_EQ(cuStreamCreate(&stream, 1), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&start, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&end, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(start, stream), CUDA_SUCCESS);
  EXPECT_EQ(cuEventElapsedTime(&time, start, end), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuEventRecord(end, stream), CUDA_SUCCESS);
  EXPECT_EQ(cuEventElapsedTime_v2(&time, start, end), CUDA_SUCCESS);
  EXPECT_GE(time, 0.0f);
  EXPECT_EQ(cuStreamWaitEvent(stream, end, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuEventDestroy_v2(start), CUDA_SUCCESS);
  EXPECT_EQ(cuEventDestroy_v2(end), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamDestroy_v2(stream), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(stream), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(DriverTest, InjectedErrors) {
  setenv("ALTGRAD_EMULATOR_FAIL", "cuMemAlloc_v2:CUDA_ERROR_OUT_OF_MEMORY:2",
         1);
  CUdeviceptr first, second;
  EXPECT_EQ(cuMemAlloc_v2(&first, 4), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&second, 4), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(cuMemAlloc_v2(&second, 4), CUDA_ERROR_OUT_OF_MEMORY);
  setenv("ALTGRAD_EMULATOR_FAIL", "cuMemFree_v2:CUDA_ERROR_UNKNOWN", 1);
  EXPECT_EQ(cuMemFree_v2(first), CUDA_ERROR_UNKNOWN);
  unsetenv("ALTGRAD_EMULATOR_FAIL");
  EXPECT_EQ(cuMemFree_v2(first), CUDA_SUCCESS);
}

TEST_F(DriverTest, EntryPoints) {
  void *function = nullptr;
  int status = -1;
  ASSERT_EQ(cuGetProcAddress_v2("cuMemAlloc", &function, 12000, 0, &status),
            CUDA_SUCCESS);
  EXPECT_EQ(function, reinterpret_cast<void *>(cuMemAlloc_v2));
  EXPECT_EQ(status, 0);
  EXPECT_EQ(cuGetProcAddress_v2("cuNothing", &function, 12000, 0, &status),
            CUDA_ERROR_NOT_FOUND);
  const char *text = nullptr;
  ASSERT_EQ(cuGetErrorName(CUDA_ERROR_ILLEGAL_ADDRESS, &text), CUDA_SUCCESS);
  EXPECT_STREQ(text, "CUDA_ERROR_ILLEGAL_ADDRESS");
}

TEST_F(DriverTest, ContextIsNeeded) {
  CUcontext context;
  CUdeviceptr address;
  ASSERT_EQ(cuCtxPopCurrent_v2(&context), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&address, 4), CUDA_ERROR_INVALID_CONTEXT);
  ASSERT_EQ(cuCtxPushCurrent_v2(context), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
}

// In processes of their own: cuInit reads the environment once.
TEST_F(EnvironmentTest, NoDevices) {
  EXPECT_EXIT(
      {
        setenv("ALTGRAD_EMULATOR_DEVICES", "0", 1);
        int count = 0;
        CUresult error = cuInit(0);
        std::exit(error == CUDA_ERROR_NO_DEVICE &&
                          cuDeviceGetCount(&count) == CUDA_ERROR_NOT_INITIALIZED
                      ? 0
                      : 1);
      },
      testing::ExitedWithCode(0), "");
}
TEST_F(EnvironmentTest, OtherChip) {
  EXPECT_EXIT(
      {
        setenv("ALTGRAD_EMULATOR_CHIP", "sm_75", 1);
        int major = 0;
        int minor = 0;
        cuInit(0);
        cuDeviceGetAttribute(&major, 75, 0);
        cuDeviceGetAttribute(&minor, 76, 0);
        std::exit(major == 7 && minor == 5 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}
TEST_F(EnvironmentTest, BadChip) {
  EXPECT_EXIT(
      {
        setenv("ALTGRAD_EMULATOR_CHIP", "hopper", 1);
        std::exit(cuInit(0) == CUDA_ERROR_INVALID_VALUE ? 0 : 1);
      },
      testing::ExitedWithCode(0),
      "expected ALTGRAD_EMULATOR_CHIP to be like 'sm_90'");
}
