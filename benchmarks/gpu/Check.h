//===- Check.h - The GPU's results against the CPU's ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bit for bit, on the data that are timed: all arrays of results, amax and
// counts. Only NaNs of a float type count as one, as everywhere. What the CPU
// computes is checked elsewhere, exhaustively.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_GPU_CHECK_H
#define ALTGRAD_BENCHMARKS_GPU_CHECK_H

#include "Cases.h"
#include "Data.h"
#include "Functions.h"

#include "altgrad/ExecutionEngine/CUDA/Memory.h"

#include <optional>

namespace altgrad::bench {

/// The data of one element type in the memory of the device, with memory for
/// results.
class DeviceArrays {
public:
  static llvm::Expected<DeviceArrays> create(const Data &data);

  /// Behind the largest result there are bytes that nothing may write.
  static constexpr size_t kGuardBytes = 64;

  Arrays arrays;
  /// Of `arrays.output`, without the guard.
  size_t outputBytes = 0;

private:
  std::vector<cuda::DeviceBuffer> buffers;
};

/// What the CPU computes for one case: of all elements, and of an odd number of
/// ordinary ones.
class Reference {
public:
  static llvm::Expected<Reference> compute(const Case &row, const Data &data,
                                           int64_t count,
                                           mlir::MLIRContext *context);

  /// Runs the function on the device and compares. Failures of the device are
  /// errors; a difference is the text that is returned.
  llvm::Expected<std::optional<std::string>>
  compare(const Function &function, const DeviceArrays &device) const;

  /// "268435456 and 4093 elements".
  std::string describe() const;
  int64_t getLargestCount() const { return results.front().count; }

private:
  struct Result {
    int64_t count;
    std::vector<char> output, scalars;
  };
  explicit Reference(const Case &row, const Data &data)
      : row(row), data(&data) {}
  llvm::Expected<std::optional<std::string>>
  compare(const Result &expected, const Function &function,
          const DeviceArrays &device) const;

  Case row;
  const Data *data;
  std::vector<Result> results;
};

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_GPU_CHECK_H
