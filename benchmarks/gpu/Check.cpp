//===- Check.cpp - The GPU's results against the CPU's --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Check.h"

#include "altgrad/ExecutionEngine/CUDA/Runtime.h"
#include "altgrad/ExecutionEngine/CUDA/Stream.h"

#include "llvm/Support/FormatVariadic.h"

#include <cstring>

using namespace altgrad;
using namespace altgrad::bench;
using llvm::Error;
using llvm::Expected;

/// Memory of the device has this in every byte before a kernel runs.
static constexpr char kUntouched = 0x5a;

/// Odd, so that kernels come to their tails, and all ordinary numbers, so that
/// an amax is one.
static constexpr int64_t kShortCount = kOrdinaryElements - 3;

//===----------------------------------------------------------------------===//
// DeviceArrays
//===----------------------------------------------------------------------===//

Expected<DeviceArrays> DeviceArrays::create(const Data &data) {
  DeviceArrays device;
  auto allocate = [&](size_t bytes, void *&pointer) -> Error {
    auto buffer = cuda::DeviceBuffer::allocate(bytes);
    if (!buffer)
      return buffer.takeError();
    pointer = buffer->getData();
    device.buffers.push_back(std::move(*buffer));
    return Error::success();
  };
  device.outputBytes = data.input.size();
  const std::pair<const std::vector<char> *, void **> inputs[] = {
      {&data.input, &device.arrays.input},
      {&data.gradient, &device.arrays.gradient},
      {&data.codes, &device.arrays.codes}};
  for (auto [host, pointer] : inputs) {
    if (Error error = allocate(host->size(), *pointer))
      return std::move(error);
    if (Error error = cuda::copyToDevice(*pointer, host->data(), host->size()))
      return std::move(error);
  }
  if (Error error =
          allocate(device.outputBytes + kGuardBytes, device.arrays.output))
    return std::move(error);
  if (Error error = allocate(kScalarBytes, device.arrays.scalars))
    return std::move(error);
  return std::move(device);
}

//===----------------------------------------------------------------------===//
// Reference
//===----------------------------------------------------------------------===//

Expected<Reference> Reference::compute(const Case &row, const Data &data,
                                       int64_t count,
                                       mlir::MLIRContext *context) {
  auto function = Function::compile(
      row.work, "altgrad-cpu-pipeline{target=native}", context);
  if (!function)
    return function.takeError();
  Reference reference(row, data);
  for (int64_t part : {count, std::min(count, kShortCount)}) {
    Result result{part, {}, {}};
    size_t width = getOutputWidth(row.work.op, row.work.element);
    result.output.resize(static_cast<size_t>(part) * width);
    result.scalars.resize(kScalarBytes);
    Arrays arrays;
    arrays.input = const_cast<char *>(data.input.data());
    arrays.gradient = const_cast<char *>(data.gradient.data());
    arrays.codes = const_cast<char *>(data.codes.data());
    arrays.output = result.output.data();
    arrays.scalars = result.scalars.data();
    function->bind(arrays, part)();
    result.scalars.resize(getScalarBytes(row.work));
    reference.results.push_back(std::move(result));
  }
  return std::move(reference);
}

std::string Reference::describe() const {
  return llvm::formatv("{0} and {1} elements", results[0].count,
                       results[1].count)
      .str();
}

/// The bytes of one number, as it is written.
static std::string toHex(const char *bytes, size_t width) {
  uint64_t value = 0;
  std::memcpy(&value, bytes, width);
  return llvm::formatv("{0}", llvm::format_hex(value, 2 + 2 * width)).str();
}

/// Of f32 and, if it has two bytes only, bf16, the upper half of f32.
template <typename Word> static bool isNaN(Word word) {
  uint64_t bits = uint64_t(word) << (sizeof(Word) == 2 ? 16 : 0);
  return (bits & 0x7fffffff) > 0x7f800000;
}

/// The first of all words that differ. The sign and the payload of a NaN are
/// left open, see docs/Testing.md.
template <typename Word>
static std::optional<size_t> findDifference(const std::vector<char> &lhs,
                                            const std::vector<char> &rhs,
                                            bool isFloat) {
  for (size_t i = 0; i < rhs.size() / sizeof(Word); ++i) {
    Word left, right;
    std::memcpy(&left, &lhs[i * sizeof(Word)], sizeof(Word));
    std::memcpy(&right, &rhs[i * sizeof(Word)], sizeof(Word));
    if (left != right && !(isFloat && isNaN(left) && isNaN(right)))
      return i;
  }
  return std::nullopt;
}

/// Of words with so many bytes.
static std::optional<size_t> findDifference(const std::vector<char> &lhs,
                                            const std::vector<char> &rhs,
                                            size_t width, bool isFloat) {
  switch (width) {
  case 1:
    return findDifference<uint8_t>(lhs, rhs, isFloat);
  case 2:
    return findDifference<uint16_t>(lhs, rhs, isFloat);
  case 4:
    return findDifference<uint32_t>(lhs, rhs, isFloat);
  default:
    return findDifference<uint64_t>(lhs, rhs, isFloat);
  }
}

Expected<std::optional<std::string>>
Reference::compare(const Result &expected, const Function &function,
                   const DeviceArrays &device) const {
  const Work &work = row.work;
  const Arrays &arrays = device.arrays;
  size_t guarded = expected.output.size() + DeviceArrays::kGuardBytes;
  if (Error error = cuda::fill(arrays.output, kUntouched, guarded))
    return std::move(error);
  if (Error error = cuda::fill(arrays.scalars, kUntouched, kScalarBytes))
    return std::move(error);
  function.bind(arrays, expected.count)();
  if (Error error = cuda::takeError())
    return std::move(error);
  if (Error error = cuda::synchronize())
    return std::move(error);

  std::vector<char> output(guarded), scalars(expected.scalars.size());
  if (Error error = cuda::copyToHost(output.data(), arrays.output, guarded))
    return std::move(error);
  if (Error error =
          cuda::copyToHost(scalars.data(), arrays.scalars, scalars.size()))
    return std::move(error);

  std::string size = llvm::formatv("of {0} elements", expected.count).str();
  size_t width = getOutputWidth(work.op, work.element);
  if (auto at = findDifference(output, expected.output, width,
                               /*isFloat=*/width > 1)) {
    size_t read = getInputWidth(work.op, work.element);
    const std::vector<char> &input =
        work.op == Op::Dequantize ? data->codes : data->input;
    return llvm::formatv("{0}, number {1} is {2} for {3}, but on the CPU {4}",
                         size, *at, toHex(&output[*at * width], width),
                         toHex(&input[*at * read], read),
                         toHex(&expected.output[*at * width], width))
        .str();
  }
  bool isAmax = hasAmax(work.op);
  width = isAmax ? getByteWidth(work.element) : sizeof(int64_t);
  if (auto at = findDifference(scalars, expected.scalars, width, isAmax))
    return llvm::formatv("{0}, scalar result {1} is {2}, but on the CPU {3}",
                         size, *at, toHex(&scalars[*at * width], width),
                         toHex(&expected.scalars[*at * width], width))
        .str();
  for (size_t at = expected.output.size(); at < guarded; ++at)
    if (output[at] != kUntouched)
      return size + ", wrote behind the end of its result";
  return std::nullopt;
}

Expected<std::optional<std::string>>
Reference::compare(const Function &function, const DeviceArrays &device) const {
  for (const Result &expected : results) {
    auto difference = compare(expected, function, device);
    if (!difference || *difference)
      return difference;
  }
  return std::nullopt;
}
