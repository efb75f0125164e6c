//===- Rows.h - The rows of the benchmark -----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_CPU_ROWS_H
#define ALTGRAD_BENCHMARKS_CPU_ROWS_H

#include "Kernels.h"

#include <string>
#include <vector>

namespace altgrad::bench {

/// How much data: an input that stays in a core's own cache, or one far larger
/// than all caches. Counted in bytes of the float array.
struct Sizes {
  int64_t cacheBytes = int64_t(256) << 10;
  int64_t memoryBytes = int64_t(256) << 20;
  /// Data repeat after this many elements, so that the reference has to be
  /// computed for so many only. A power of two, far more than what a branch
  /// predictor could learn.
  int64_t period = int64_t(1) << 20;

  /// Small ones, for tests of the benchmark itself.
  static Sizes quick() { return {16 << 10, 256 << 10, 4 << 10}; }
};

/// One line of the table.
struct Row {
  Work work;
  bool inMemory = false;
  /// In cache, each thread has as many elements as one thread alone.
  int threads = 1;
  int64_t count = 0;

  /// "quantize/E5M2/f32/cache", with "/scale" or "/power-of-two" and
  /// "/threads:2" where these are not the default.
  std::string getName() const;
};

/// All rows, in the order of the table.
std::vector<Row> getAllRows(const Sizes &sizes);

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_CPU_ROWS_H
