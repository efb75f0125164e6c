//===- Kernels.h - The compiled operations ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One altgrad operation on lines of elements, compiled when it is first asked
// for and then kept in memory (and by CodeCache.h on disk). A kernel is the
// same program a user would write in MLIR: its numerics are the compiler's.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_KERNELS_H
#define ALTGRAD_PYTHON_KERNELS_H

#include "Arrays.h"

#include "altgrad/ExecutionEngine/CompiledModule.h"
#include "altgrad/Support/Format.h"

#include <string>

namespace altgrad::python {

enum class Operation { Quantize, Dequantize, FakeQuantize, Amax, Stall };

/// How a kernel reads its scales, and so what its lines are.
enum class ScaleForm {
  /// One line, no scale.
  None,
  /// One line, one scale.
  Scalar,
  /// Several lines of one length, a scale for each.
  Rows,
  /// One line, a scale for each element.
  Each
};

/// Everything that decides what code a kernel has.
struct KernelKey {
  Operation operation;
  ScaleForm form;
  DataType type;
  /// What Amax does not look at; any format then.
  Format format;
  Overflow overflow = Overflow::Saturate;
  bool ignoreNaN = false;
  double threshold = 0;

  bool operator==(const KernelKey &other) const;
};

/// The program of a kernel. Its parameters are, in this order:
///
///     Quantize, Dequantize, FakeQuantize   input, scale, output
///     Amax                                 input, (Rows:) output
///     Stall                                weights, gradients, rate, scale
///
/// Inputs and outputs are memrefs of rank 1, or 2 for Rows with any stride
/// between the rows. The scale is missing, a number, or a memref of rank 1.
/// Amax returns a number where it has no output, and Stall two i64.
std::string getProgram(const KernelKey &key);

/// The kernel if it has been compiled, otherwise null. Fast.
CompiledModule::PackedFunction findKernel(const KernelKey &key);

/// The kernel, compiled where needed. To be called without the GIL; several
/// threads that want one kernel wait for one of them.
llvm::Expected<CompiledModule::PackedFunction>
compileKernel(const KernelKey &key);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_KERNELS_H
