//===- ArrayLibraries.h - What each array library does ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The halves of Arrays.h: each function here exists once for NumPy and once
// for PyTorch; DeviceArrays.h has those for CUDA arrays of other libraries.
// PyTorch is never imported: where there is a tensor, the program
// has imported it.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_ARRAYLIBRARIES_H
#define ALTGRAD_PYTHON_ARRAYLIBRARIES_H

#include "Arrays.h"

namespace altgrad::python {

/// The format of the 8-bit float type that ml_dtypes and PyTorch call by this
/// name ("float8_e4m3fn"), if it is one.
std::optional<Format> getFormatOfTypeName(llvm::StringRef name);

/// A module if the program has imported it, otherwise a null object.
nanobind::object findImportedModule(const char *name);

namespace numpy {
bool isArray(nanobind::handle object);
/// The scalar as an array of rank 0; null for anything else than a scalar of
/// NumPy's.
nanobind::object findScalar(nanobind::handle object);
ArrayView read(nanobind::handle object, const char *what);
ArrayView makeLike(const ArrayView &like, DataType type);
ArrayView make(DataType type, llvm::ArrayRef<int64_t> shape);
/// Around memory that `owner` keeps alive. No strides mean C order.
nanobind::object wrap(DataType type, llvm::ArrayRef<int64_t> shape, void *data,
                      nanobind::object owner,
                      llvm::ArrayRef<int64_t> strides = {},
                      bool writable = true);
ArrayView convert(const ArrayView &array, DataType type);
} // namespace numpy

namespace torch {
bool isTensor(nanobind::handle object);
ArrayView read(nanobind::handle object, const char *what);
ArrayView makeLike(const ArrayView &like, DataType type);
ArrayView make(DataType type, llvm::ArrayRef<int64_t> shape);
ArrayView makeBeside(const ArrayView &like, DataType type,
                     llvm::ArrayRef<int64_t> shape);
/// In C order, around memory that `owner` keeps alive.
nanobind::object wrap(DataType type, llvm::ArrayRef<int64_t> shape, void *data,
                      nanobind::object owner);
/// A tensor around what speaks DLPack.
nanobind::object fromDLPack(nanobind::handle object);
ArrayView convert(const ArrayView &array, DataType type);
/// What torch.cuda.current_stream() is for a device.
CUstream_st *getCurrentStream(int device);
} // namespace torch

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_ARRAYLIBRARIES_H
