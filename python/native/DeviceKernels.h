//===- DeviceKernels.h - The operations compiled for GPUs -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One altgrad operation on arrays in the memory of a CUDA device, as Kernels.h
// has them for the CPU. A launch costs far more than a call, so a program here
// takes all loops of an array at once, and whatever is on the device stays
// there: scales and results are memory, so that nothing waits for them.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_DEVICEKERNELS_H
#define ALTGRAD_PYTHON_DEVICEKERNELS_H

#include "Arrays.h"

#include "altgrad/ExecutionEngine/CompiledModule.h"
#include "altgrad/Support/Format.h"
#include "altgrad/Support/Scaling.h"

#include <string>
#include <tuple>

namespace altgrad::python {

enum class DeviceOperation {
  Quantize,
  Dequantize,
  FakeQuantize,
  /// The amax of all elements, or of blocks of them.
  Amax,
  Stall,
  ComputeScale,
  Copy
};

/// Where the elements of arrays are, as far as the program knows.
enum class Layout {
  /// In C order, without gaps.
  Dense,
  /// Next to each other along the innermost loop.
  Rows,
  /// Anywhere.
  Strided
};

/// Where a number comes from.
enum class NumberForm {
  /// There is none (a scale of 1).
  None,
  /// From the host, in the type of the floats.
  Host,
  /// From memory of the device: one for each iteration of some loops.
  Device
};

/// Everything that decides what code a kernel has.
struct DeviceKernelKey {
  DeviceOperation operation;
  /// Of the floats. Copy: any type of the same size.
  DataType type;
  /// Of the number of loops, from the outermost to the innermost.
  unsigned rank = 1;
  Layout layout = Layout::Dense;
  /// The size of the innermost loop where that is constant; otherwise 0.
  int64_t rowSize = 0;

  /// Amax: with the loops along which the result moves in `scaleLoops`.
  NumberForm scale = NumberForm::None;
  DataType scaleType = DataType::Float32;
  /// A set of bits, the outermost loop first.
  uint64_t scaleLoops = 0;
  /// The last of these loops moves by one element.
  bool scaleIsDense = false;
  /// Stall: the learning rate.
  NumberForm rate = NumberForm::None;
  DataType rateType = DataType::Float32;

  Format format = *Format::getNamed("E4M3FN");
  Overflow overflow = Overflow::Saturate;
  bool ignoreNaN = false;
  /// Stall: the threshold. ComputeScale: the least scale.
  double limit = 0;
  int margin = 0;
  ScaleRounding powerOfTwo = ScaleRounding::None;
  /// The device that it is compiled for.
  int device = 0;

  auto getMembers() const {
    return std::tie(operation, type, rank, layout, rowSize, scale, scaleType,
                    scaleLoops, scaleIsDense, rate, rateType, format, overflow,
                    ignoreNaN, limit, margin, powerOfTwo, device);
  }
  bool operator==(const DeviceKernelKey &other) const {
    return getMembers() == other.getMembers();
  }
};

/// The program of a kernel. Its parameters are, in this order:
///
///     Quantize, Dequantize, FakeQuantize   input, scale, output
///     ComputeScale, Copy                   input, output
///     Amax                                 input, output
///     Stall           weights, gradients, rate, scale, stalled, total
///
/// Inputs and outputs are memrefs of the key's rank, the output of Amax one of
/// that rank with a size of 1 along other loops than `scaleLoops`, or of rank 0
/// if there are none. Counts are memrefs of rank 0.
std::string getProgram(const DeviceKernelKey &key);

/// The chip to compile for, for a device: its own, or the newest older one that
/// is known, whose PTX the driver compiles for it.
llvm::Expected<std::string> getChip(int device);

/// The kernel, compiled where needed. Raises CompileError or CUDAError.
CompiledModule::PackedFunction getDeviceKernel(const DeviceKernelKey &key);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_DEVICEKERNELS_H
