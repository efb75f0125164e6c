//===- Program.h - A function, called on arrays -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arrays of a call lie in this process or on a device; the rest is the same
// for both: pass the arguments, call, take the results.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_TOOLS_RUN_PROGRAM_H
#define ALTGRAD_LIB_TOOLS_RUN_PROGRAM_H

#include "altgrad/ExecutionEngine/CompiledModule.h"
#include "altgrad/ExecutionEngine/Npy.h"
#include "altgrad/ExecutionEngine/Signature.h"

#include <memory>

namespace altgrad::run {

/// Where a program runs.
class Machine {
public:
  virtual ~Machine() = default;

  /// "NVIDIA H200 (sm_90, CUDA 12.8)".
  virtual std::string describe() const = 0;
  /// The pipeline that compiles for it.
  virtual std::string getPipeline() const = 0;

  /// Where a function finds an array that lies in `array`, which lives longer.
  virtual llvm::Expected<void *> pass(NpyArray &array) = 0;
  /// Copies what a function returned.
  virtual llvm::Error fetch(void *to, const void *from, size_t numBytes) = 0;
  /// Frees an array that a function returned as newly allocated.
  virtual void free(void *allocated, ValueType::Kind kind) = 0;
  /// Calls `function` and waits for it; the seconds that took.
  virtual llvm::Expected<double> call(llvm::function_ref<void()> function) = 0;
};

/// This process.
std::unique_ptr<Machine> makeCPU();
/// The device that the driver names first.
llvm::Expected<std::unique_ptr<Machine>> makeCUDA();

/// What was measured.
struct Times {
  std::vector<double> seconds;
  double getMedian() const;
  double getMinimum() const;
};

/// A function with its arguments.
class Program {
public:
  Program(Machine &machine, const Signature &signature,
          CompiledModule::PackedFunction function)
      : machine(machine), signature(signature), function(function),
        storage(signature) {}

  /// Passes the arguments, in the order of the parameters. They live longer
  /// than this.
  llvm::Error setArguments(std::vector<NpyArray> &arguments);

  /// Calls the function once and returns its results.
  llvm::Expected<std::vector<NpyArray>> run();
  /// Calls it again and again.
  llvm::Expected<Times> measure(unsigned repetitions);

private:
  llvm::Expected<double> call();
  llvm::Expected<NpyArray> fetch(size_t index);
  void freeResults();

  Machine &machine;
  const Signature &signature;
  CompiledModule::PackedFunction function;
  ResultStorage storage;
  PackedArguments packed;
  /// Where the arguments are, which a function may return as they are.
  std::vector<void *> arguments;
};

} // namespace altgrad::run

#endif // ALTGRAD_LIB_TOOLS_RUN_PROGRAM_H
