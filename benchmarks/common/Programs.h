//===- Programs.h - The operations as programs for altgrad ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the benchmarks compile. Arrays go to memory that the caller gives: a
// benchmark of code that allocates measures the allocator.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_BENCHMARKS_COMMON_PROGRAMS_H
#define ALTGRAD_BENCHMARKS_COMMON_PROGRAMS_H

#include "common/Work.h"

#include "altgrad/ExecutionEngine/CompiledModule.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"

#include <memory>
#include <string>

namespace altgrad::bench {

/// Where a program puts an amax or counts.
enum class ScalarResults {
  Returned,
  /// In an array, so that nobody has to wait until a device has computed them.
  Stored
};

/// The program for `work`: one module with the function `getName(work.op)`. Its
/// parameters are, as far as it has them: input, gradient, output, learning
/// rate, scale, array of scalar results.
std::string getProgram(const Work &work,
                       ScalarResults scalarResults = ScalarResults::Returned);

/// All dialects, passes and pipelines.
const mlir::DialectRegistry &getProgramRegistry();

/// Compiles a program. Code that would allocate or copy whole arrays is an
/// error; accumulators of a known size may be allocated.
llvm::Expected<std::unique_ptr<CompiledModule>>
compileProgram(llvm::StringRef text, llvm::StringRef pipeline,
               mlir::MLIRContext *context);

/// Adds a number to the arguments, in the element type.
void addFloat(PackedArguments &arguments, Element element, float value);

} // namespace altgrad::bench

#endif // ALTGRAD_BENCHMARKS_COMMON_PROGRAMS_H
