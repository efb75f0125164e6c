//===- TestDevice.cpp - Kernels from PTX in a few lines -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDevice.h"

#include <cstdlib>
#include <fstream>

using namespace altgrad::test;

std::string altgrad::test::getHeader(const std::string &target) {
  std::string version = target.compare(0, 6, "sm_100") == 0 ? "8.8" : "8.0";
  return ".version " + version + "\n.target " + target + "\n.address_size 64\n";
}

void altgrad::test::expectContains(const std::string &text,
                                   const std::string &part) {
  EXPECT_NE(text.find(part), std::string::npos)
      << "no '" << part << "' in: " << text;
}

void DeviceTest::SetUp() {
  CUcontext context;
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
}

void DeviceTest::TearDown() {
  for (CUmodule module : modules)
    cuModuleUnload(module);
  EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
}

CUfunction DeviceTest::load(const std::string &ptx) {
  // For a check with the real assembler: see docs/Testing.md.
  if (const char *folder = std::getenv("ALTGRAD_EMULATOR_DUMP"))
    std::ofstream(std::string(folder) + "/" +
                  std::to_string(std::hash<std::string>()(ptx)) + ".ptx")
        << ptx;
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  EXPECT_EQ(cuModuleLoadData(&module, ptx.c_str()), CUDA_SUCCESS) << ptx;
  if (!module)
    return nullptr;
  modules.push_back(module);
  EXPECT_EQ(cuModuleGetFunction(&function, module, "k"), CUDA_SUCCESS);
  return function;
}

std::string DeviceTest::loadFailing(const std::string &ptx, CUresult expected) {
  CUmodule module = nullptr;
  char log[1024] = "";
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER,
                            CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log))};
  testing::internal::CaptureStderr();
  EXPECT_EQ(cuModuleLoadDataEx(&module, ptx.c_str(), 2, options, values),
            expected);
  EXPECT_NE(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(values[1]), std::strlen(log));
  return log;
}

CUresult DeviceTest::launch(CUfunction kernel, unsigned blocks,
                            unsigned threads, std::vector<uint64_t> arguments,
                            unsigned sharedBytes) {
  std::vector<void *> pointers;
  for (uint64_t &argument : arguments)
    pointers.push_back(&argument);
  return cuLaunchKernel(kernel, blocks, 1, 1, threads, 1, 1, sharedBytes,
                        nullptr, pointers.data(), nullptr);
}

std::string DeviceTest::launchFailing(CUfunction kernel, unsigned blocks,
                                      unsigned threads,
                                      std::vector<uint64_t> arguments,
                                      CUresult expected, unsigned sharedBytes) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(launch(kernel, blocks, threads, std::move(arguments), sharedBytes),
            expected);
  // The context stays broken, as that of a device.
  EXPECT_EQ(cuCtxSynchronize(), expected);
  return testing::internal::GetCapturedStderr();
}

std::string altgrad::test::makeElementwise(const std::string &body,
                                           unsigned inputBits,
                                           unsigned resultBits, unsigned inputs,
                                           const std::string &target) {
  auto number = [](unsigned value) { return std::to_string(value); };
  // Bytes are in registers of 16 bits.
  unsigned inputRegister = std::max(inputBits, 16u);
  unsigned resultRegister = std::max(resultBits, 16u);
  std::string text =
      getHeader(target) + ".visible .entry k(.param .u64 k_result";
  for (unsigned i = 0; i < inputs; ++i)
    text += ", .param .u64 k_input" + number(i);
  text += ", .param .u64 k_count) {\n"
          ".reg .pred %inside, %p, %q;\n.reg .b16 %h<10>;\n.reg .b32 %i, %n, "
          "%r<10>;\n"
          ".reg .b64 %w, %address, %base, %count, %d<10>;\n"
          ".reg .b" +
          number(inputRegister) +
          " a, b, c;\n"
          ".reg .b" +
          number(resultRegister) +
          " result;\n"
          "mov.u32 %i, %ctaid.x;\nmov.u32 %n, %ntid.x;\nmov.u32 %r0, %tid.x;\n"
          "mad.lo.s32 %i, %i, %n, %r0;\ncvt.u64.u32 %w, %i;\n"
          "ld.param.u64 %count, [k_count];\n"
          "setp.ge.u64 %inside, %w, %count;\n@%inside bra done;\n";
  const char *names[] = {"a", "b", "c"};
  for (unsigned i = 0; i < inputs; ++i)
    text += "ld.param.u64 %base, [k_input" + number(i) +
            "];\n"
            "mad.lo.u64 %address, %w, " +
            number(inputBits / 8) +
            ", %base;\n"
            "ld.global.b" +
            number(inputBits) + " " + names[i] + ", [%address];\n";
  text += body +
          "\nld.param.u64 %base, [k_result];\n"
          "mad.lo.u64 %address, %w, " +
          number(resultBits / 8) +
          ", %base;\n"
          "st.global.b" +
          number(resultBits) +
          " [%address], result;\n"
          "done:\nret;\n}\n";
  return text;
}
