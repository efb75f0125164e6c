//===- Functions.cpp - Compiled functions, bound to arrays ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Functions.h"

#include "common/Programs.h"

using namespace altgrad;
using namespace altgrad::bench;
using llvm::Expected;

/// Exact in bf16. With them some elements saturate, some stall.
static constexpr float kLearningRate = 0.0625F, kScale = 0.7109375F;

size_t altgrad::bench::getScalarBytes(const Work &work) {
  if (isStall(work.op))
    return 2 * sizeof(int64_t);
  return hasAmax(work.op) ? getByteWidth(work.element) : 0;
}

Expected<Function> Function::compile(const Work &work, llvm::StringRef pipeline,
                                     mlir::MLIRContext *context) {
  auto module = compileProgram(getProgram(work, ScalarResults::Stored),
                               pipeline, context);
  if (!module)
    return module.takeError();
  auto entry = (*module)->lookup(getName(work.op));
  if (!entry)
    return entry.takeError();
  return Function(work, std::move(*module), *entry);
}

std::function<void()> Function::bind(const Arrays &arrays,
                                     int64_t count) const {
  auto arguments = std::make_shared<PackedArguments>();
  arguments->addMemRef(work.op == Op::Dequantize ? arrays.codes : arrays.input,
                       {count});
  if (isStall(work.op))
    arguments->addMemRef(arrays.gradient, {count});
  if (getOutputWidth(work.op, work.element) != 0)
    arguments->addMemRef(arrays.output, {count});
  if (isStall(work.op))
    addFloat(*arguments, work.element, kLearningRate);
  if (work.scale == Scale::Runtime)
    addFloat(*arguments, work.element, kScale);
  if (isStall(work.op))
    arguments->addMemRef(arrays.scalars, {2});
  else if (hasAmax(work.op))
    arguments->addMemRef(arrays.scalars, {1});
  return [entry = entry, arguments] { entry(arguments->get().data()); };
}
