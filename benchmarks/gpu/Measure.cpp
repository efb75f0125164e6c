//===- Measure.cpp - Times of kernels that take turns ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measure.h"

#include "altgrad/ExecutionEngine/CUDA/Runtime.h"
#include "altgrad/ExecutionEngine/CUDA/Stream.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace altgrad;
using namespace altgrad::bench;
using llvm::Error;
using llvm::Expected;

/// The seconds that the device takes for so many calls.
static Expected<double> runBatch(const Contender &contender, int calls,
                                 const std::function<void()> &whileBusy,
                                 cuda::Event &begin, cuda::Event &end) {
  if (Error error = begin.record())
    return std::move(error);
  for (int i = 0; i < calls; ++i)
    if (Error error = contender.run())
      return std::move(error);
  if (Error error = end.record())
    return std::move(error);
  if (whileBusy)
    whileBusy();
  if (Error error = end.synchronize())
    return std::move(error);
  Expected<float> milliseconds = end.getMillisecondsSince(begin);
  if (!milliseconds)
    return milliseconds.takeError();
  return *milliseconds * 1e-3;
}

Error altgrad::bench::measure(llvm::MutableArrayRef<Contender> contenders,
                              const MeasureOptions &options) {
  Expected<cuda::Event> begin = cuda::Event::create();
  if (!begin)
    return begin.takeError();
  Expected<cuda::Event> end = cuda::Event::create();
  if (!end)
    return end.takeError();
  auto run = [&](Contender &contender, int calls,
                 const std::function<void()> &whileBusy = nullptr) {
    return runBatch(contender, calls, whileBusy, *begin, *end);
  };

  for (Contender &contender : contenders) {
    // The first call loads code and fills pools, the second one tells.
    Expected<double> first = run(contender, 1);
    if (!first)
      return first.takeError();
    double seconds = *first;
    if (options.rounds > 1) {
      Expected<double> second = run(contender, 1);
      if (!second)
        return second.takeError();
      seconds = *second;
    }
    // An event cannot tell less than half a microsecond.
    double calls = options.minSeconds / std::max(seconds, 5e-7);
    contender.batch = static_cast<int>(std::clamp(calls, 1.0, 1000.0));
  }

  std::mt19937 random(1);
  auto order = llvm::to_vector(llvm::make_pointer_range(contenders));
  for (int round = 0; round < options.rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (Contender *contender : order) {
      bool isLast = contender == order.back();
      Expected<double> seconds =
          run(*contender, contender->batch,
              isLast ? options.whileBusy : std::function<void()>());
      if (!seconds)
        return seconds.takeError();
      contender->seconds.push_back(*seconds / contender->batch);
    }
  }
  return Error::success();
}
