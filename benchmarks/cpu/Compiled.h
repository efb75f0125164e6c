//===- Compiled.h - The operations as altgrad compiles them -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The programs of common/Programs.h, compiled once each and bound to the arrays
// of a row.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_CPU_COMPILED_H
#define ALTGRAD_BENCHMARKS_CPU_COMPILED_H

#include "Kernels.h"

#include "altgrad/ExecutionEngine/CompiledModule.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringMap.h"

#include <functional>
#include <memory>
#include <string>

namespace altgrad::bench {

/// The functions of all programs asked for so far, compiled once each.
class Compiler {
public:
  /// `target` and more options of altgrad-cpu-pipeline.
  Compiler(const std::string &target, const std::string &pipelineOptions);

  using Function = CompiledModule::PackedFunction;
  /// An error too where the code would allocate or copy whole arrays.
  llvm::Expected<Function> compile(const Work &work, int threads);

  /// The textual pipeline for a number of threads.
  std::string getPipeline(int threads) const;

private:
  std::string target, pipelineOptions;
  mlir::MLIRContext context;
  llvm::StringMap<std::unique_ptr<CompiledModule>> modules;
};

/// Binds a compiled function to its arguments once, so that a timed call is no
/// more than the call itself. Results appear in `call`, which must stay put.
std::function<void()> bindCompiled(Compiler::Function function,
                                   const Work &work, Call &call);

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_CPU_COMPILED_H
