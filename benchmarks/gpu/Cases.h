//===- Cases.h - What is measured on a GPU ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_GPU_CASES_H
#define ALTGRAD_BENCHMARKS_GPU_CASES_H

#include "common/Work.h"

#include <string>
#include <vector>

namespace altgrad::bench {

/// One line of the table.
struct Case {
  Work work;

  /// "quantize/E5M2/f32", with "/scale" behind it where there is one.
  std::string getName() const;
  /// What it reads and writes, without the few bytes of scalar results.
  int64_t getTraffic(int64_t count) const;
};

/// All cases with such a scale, those of one element type after the other.
std::vector<Case> getAllCases(Scale scale);

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_GPU_CASES_H
