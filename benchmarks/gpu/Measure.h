//===- Measure.h - Times of kernels that take turns -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A batch of launches lies between two events on one stream, so that what is
// measured is the device's time and not the host's. The kernels of a case and
// the copy take turns in every round, because clocks and temperature change.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_GPU_MEASURE_H
#define ALTGRAD_BENCHMARKS_GPU_MEASURE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <string>
#include <vector>

namespace altgrad::bench {

/// Something that puts work on this thread's current stream.
struct Contender {
  std::string name;
  std::function<llvm::Error()> run;

  /// Of one call, for each round.
  std::vector<double> seconds = {};
  /// Calls between two events.
  int batch = 1;
};

struct MeasureOptions {
  int rounds = 15;
  /// The least time of a batch.
  double minSeconds = 0.01;
  /// Called while the device works on the last batch of a round.
  std::function<void()> whileBusy;
};

/// Warms each contender up, finds its batch, and runs the rounds.
llvm::Error measure(llvm::MutableArrayRef<Contender> contenders,
                    const MeasureOptions &options);

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_GPU_MEASURE_H
