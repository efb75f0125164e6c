//===- KernelCalls.cpp - How the operations call kernels ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCalls.h"

#include "Errors.h"

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using Function = CompiledModule::PackedFunction;

/// From this many elements on the GIL is released while a kernel runs; below
/// that, giving it away and getting it back takes longer than the kernel.
static constexpr int64_t kReleaseGIL = 4096;

/// Rows that are shorter than this go to one kernel together; for longer ones
/// a call of their own costs nothing that could be measured.
static constexpr int64_t kShortRow = 1024;

Function altgrad::python::getKernel(const KernelKey &key) {
  if (Function function = findKernel(key))
    return function;
  llvm::Expected<Function> function = [&] {
    nb::gil_scoped_release released;
    return compileKernel(key);
  }();
  if (!function)
    raiseCompileError(function.takeError());
  return *function;
}

void altgrad::python::runReleased(int64_t numElements,
                                  llvm::function_ref<void()> body) {
  if (numElements < kReleaseGIL)
    return body();
  nb::gil_scoped_release released;
  body();
}

Plane altgrad::python::makePlane(const LoopNest &nest, size_t operand,
                                 char *data) {
  int64_t itemSize = nest.getOperand(operand).itemSize;
  return Plane(data, {nest.getSize(1), nest.getSize(0)},
               {nest.getStride(operand, 1) / itemSize, 1});
}

bool altgrad::python::areRows(const LoopNest &nest) {
  size_t last = nest.getNumOperands() - 1;
  if (nest.getRank() < 2 || nest.getSize(0) >= kShortRow ||
      nest.getStride(last, 0) != 0 ||
      nest.getStride(last, 1) != nest.getOperand(last).itemSize)
    return false;
  for (size_t operand = 0; operand < last; ++operand)
    if (!nest.isDirect(operand))
      return false;
  return true;
}

ScaleForm altgrad::python::chooseForm(const LoopNest &nest,
                                      const Scale &scale) {
  if (!scale.array)
    return scale.isOne ? ScaleForm::None : ScaleForm::Scalar;
  if (nest.getStride(nest.getNumOperands() - 1, 0) != 0)
    return ScaleForm::Each;
  return areRows(nest) ? ScaleForm::Rows : ScaleForm::Scalar;
}
