//===- Functions.h - Compiled functions, bound to arrays --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same program for the CPU and for the GPU: what one computes is what the
// other has to compute.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_GPU_FUNCTIONS_H
#define ALTGRAD_BENCHMARKS_GPU_FUNCTIONS_H

#include "common/Work.h"

#include "altgrad/ExecutionEngine/CompiledModule.h"

#include "mlir/IR/MLIRContext.h"

#include <functional>
#include <memory>
#include <string>

namespace altgrad::bench {

/// Where a function finds its data and leaves its results; all in the memory of
/// the host or all in that of the device.
struct Arrays {
  void *input = nullptr, *gradient = nullptr, *codes = nullptr;
  void *output = nullptr;
  /// kScalarBytes for an amax or counts.
  void *scalars = nullptr;
};
inline constexpr size_t kScalarBytes = 16;

/// How many of these bytes an operation writes.
size_t getScalarBytes(const Work &work);

/// A compiled function, together with the code it is in.
class Function {
public:
  static llvm::Expected<Function> compile(const Work &work,
                                          llvm::StringRef pipeline,
                                          mlir::MLIRContext *context);

  /// A call with the first `count` elements, prepared once, so that running it
  /// is no more than the call itself. The function must outlive it.
  std::function<void()> bind(const Arrays &arrays, int64_t count) const;

private:
  Function(Work work, std::unique_ptr<CompiledModule> module,
           CompiledModule::PackedFunction entry)
      : work(std::move(work)), module(std::move(module)), entry(entry) {}

  Work work;
  std::unique_ptr<CompiledModule> module;
  CompiledModule::PackedFunction entry;
};

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_GPU_FUNCTIONS_H
