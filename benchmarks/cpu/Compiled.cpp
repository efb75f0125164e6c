//===- Compiled.cpp - The operations as altgrad compiles them -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compiled.h"

#include "common/Programs.h"

using namespace altgrad;
using namespace altgrad::bench;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

Compiler::Compiler(const std::string &target,
                   const std::string &pipelineOptions)
    : target(target), pipelineOptions(pipelineOptions),
      context(getProgramRegistry()) {}

std::string Compiler::getPipeline(int threads) const {
  return "altgrad-cpu-pipeline{target=" + target +
         " threads=" + std::to_string(threads) +
         (pipelineOptions.empty() ? "" : " " + pipelineOptions) + "}";
}

Expected<Compiler::Function> Compiler::compile(const Work &work, int threads) {
  std::string text = getProgram(work), pipeline = getPipeline(threads);
  std::unique_ptr<CompiledModule> &module = modules[pipeline + text];
  if (!module) {
    auto compiled = compileProgram(text, pipeline, &context);
    if (!compiled)
      return compiled.takeError();
    module = std::move(*compiled);
  }
  return module->lookup(getName(work.op));
}

//===----------------------------------------------------------------------===//
// Calling
//===----------------------------------------------------------------------===//

namespace {
struct Counts {
  int64_t stalled, total;
};
/// What the pointers of a call point at.
struct Bound {
  PackedArguments arguments;
  Counts counts = {};
  uint32_t amaxBits = 0;
};
} // namespace

std::function<void()> altgrad::bench::bindCompiled(Compiler::Function function,
                                                   const Work &work,
                                                   Call &call) {
  auto bound = std::make_shared<Bound>();
  PackedArguments &arguments = bound->arguments;
  if (isStall(work.op))
    arguments.addAggregateResult(&bound->counts);
  arguments.addMemRef(const_cast<void *>(call.input), {call.count});
  if (isStall(work.op))
    arguments.addMemRef(const_cast<void *>(call.secondInput), {call.count});
  if (getOutputWidth(work.op, work.element) != 0)
    arguments.addMemRef(call.output, {call.count});
  if (isStall(work.op))
    addFloat(arguments, work.element, call.learningRate);
  if (work.scale == Scale::Runtime)
    addFloat(arguments, work.element, call.scale);
  if (work.scale == Scale::PowerOfTwo)
    addFloat(arguments, work.element, call.scaleAmax);
  if (hasAmax(work.op))
    arguments.addResult(bound->amaxBits);
  return [function, bound, &call] {
    function(bound->arguments.get().data());
    call.stalled = bound->counts.stalled;
    call.total = bound->counts.total;
    call.amaxBits = bound->amaxBits;
  };
}
