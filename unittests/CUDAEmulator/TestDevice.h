//===- TestDevice.h - Kernels from PTX in a few lines -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_TESTDEVICE_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_TESTDEVICE_H

#include "DriverApi.h"
#include "gtest/gtest.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace altgrad::test {

/// The words that start every module here.
std::string getHeader(const std::string &target = "sm_90");

template <class To, class From> To toBits(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

/// Fails unless `part` is somewhere in `text`.
void expectContains(const std::string &text, const std::string &part);

/// Device memory with the contents of a vector.
template <class T> class Buffer {
public:
  explicit Buffer(const std::vector<T> &values) : Buffer(values.size()) {
    EXPECT_EQ(cuMemcpyHtoD_v2(address, values.data(), count * sizeof(T)),
              CUDA_SUCCESS);
  }
  /// Not initialized.
  explicit Buffer(size_t count) : count(count) {
    EXPECT_EQ(cuMemAlloc_v2(&address, count * sizeof(T)), CUDA_SUCCESS);
  }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  ~Buffer() { cuMemFree_v2(address); }

  std::vector<T> read() const {
    std::vector<T> values(count);
    EXPECT_EQ(cuMemcpyDtoH_v2(values.data(), address, count * sizeof(T)),
              CUDA_SUCCESS);
    return values;
  }

  CUdeviceptr address = 0;

private:
  size_t count;
};

/// Every test has a context of its own, because errors of kernels stay in one.
class DeviceTest : public testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;

  /// The kernel `k` of a module, which is added to those unloaded at the end.
  CUfunction load(const std::string &ptx);
  /// The log of a module that does not load.
  std::string loadFailing(const std::string &ptx,
                          CUresult expected = CUDA_ERROR_INVALID_PTX);
  CUresult launch(CUfunction kernel, unsigned blocks, unsigned threads,
                  std::vector<uint64_t> arguments, unsigned sharedBytes = 0);
  /// Launches and returns what the emulator wrote to stderr.
  std::string launchFailing(CUfunction kernel, unsigned blocks,
                            unsigned threads, std::vector<uint64_t> arguments,
                            CUresult expected, unsigned sharedBytes = 0);

private:
  std::vector<CUmodule> modules;
};

/// A kernel that calls `body` once per thread: %i is the thread's index in the
/// grid; `body` computes `result` (a register of `resultBits`) from registers
/// a, b, c that hold this thread's elements of three inputs.
std::string makeElementwise(const std::string &body, unsigned inputBits,
                            unsigned resultBits, unsigned inputs,
                            const std::string &target = "sm_90");

/// Runs makeElementwise on all elements.
class ElementwiseTest : public DeviceTest {
protected:
  template <class Result, class Input>
  std::vector<Result> run(const std::string &body,
                          const std::vector<std::vector<Input>> &inputs,
                          const std::string &target = "sm_90") {
    CUfunction kernel = load(makeElementwise(
        body, sizeof(Input) * 8, sizeof(Result) * 8, inputs.size(), target));
    if (!kernel)
      return std::vector<Result>(inputs[0].size());
    size_t count = inputs[0].size();
    Buffer<Result> result(count);
    std::vector<std::unique_ptr<Buffer<Input>>> buffers;
    std::vector<uint64_t> arguments = {result.address};
    for (const auto &input : inputs) {
      buffers.push_back(std::make_unique<Buffer<Input>>(input));
      arguments.push_back(buffers.back()->address);
    }
    arguments.push_back(count);
    EXPECT_EQ(launch(kernel, (count + 127) / 128, 128, arguments), CUDA_SUCCESS)
        << body;
    return result.read();
  }
};

} // namespace altgrad::test

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_TESTDEVICE_H
