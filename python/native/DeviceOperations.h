//===- DeviceOperations.h - The operations on CUDA arrays -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What Elementwise.cpp, Amax.cpp and Stall.cpp do once they have read their
// arguments and found them on a device.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_DEVICEOPERATIONS_H
#define ALTGRAD_PYTHON_DEVICEOPERATIONS_H

#include "Kernels.h"
#include "Scales.h"

namespace altgrad::python {

nanobind::object applyOnDevice(Operation operation, const ArrayView &input,
                               const Format &format, const Scale &scale,
                               DataType type, DataType resultType,
                               Overflow overflow, nanobind::handle out);

nanobind::object computeAmaxOnDevice(const ArrayView &input,
                                     llvm::ArrayRef<int64_t> shape,
                                     bool ignoreNaN, nanobind::handle out);

/// Two counts: Python integers, which are waited for, or with `staysThere` an
/// array on the device.
nanobind::object countStallOnDevice(const ArrayView &weights,
                                    const ArrayView &gradients,
                                    nanobind::handle rate, const Format &format,
                                    const Scale &scale, double threshold,
                                    bool staysThere);

/// compute_scale of each element, which no other array has.
void bindDeviceOperations(nanobind::module_ &module);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_DEVICEOPERATIONS_H
