//===- Arrays.h - Arrays of NumPy, PyTorch and others -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One view of an array, whoever made it: data pointer, element type, shape and
// strides in bytes. NumPy arrays are read through NumPy's C API and PyTorch
// tensors through their attributes, because both are several times faster than
// DLPack and because DLPack of NumPy has no bfloat16; DLPack, the buffer
// protocol and the CUDA array interface serve everybody else.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_ARRAYS_H
#define ALTGRAD_PYTHON_ARRAYS_H

#include <nanobind/nanobind.h>

#include "altgrad/Support/Format.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

struct CUstream_st;

namespace altgrad::python {

/// The element types that arrays may have here. Code8 is one of the 8-bit
/// floats of ml_dtypes or PyTorch: codes whose format the array itself knows.
enum class DataType {
  Bool,
  Int8,
  UInt8,
  Int16,
  Int32,
  Int64,
  Float16,
  BFloat16,
  Float32,
  Float64,
  Code8
};

int64_t getItemSize(DataType type);
/// "float32": the name in NumPy and PyTorch alike.
llvm::StringRef getName(DataType type);
/// True for the types that can be quantized.
inline bool isFloat(DataType type) {
  return type >= DataType::Float16 && type <= DataType::Float64;
}

/// Whose array it is, and so whose arrays come back. Altgrad's own are the
/// DeviceArrays that come back for CUDA arrays of libraries that are not known
/// here.
enum class Library { NumPy, Torch, Altgrad };

using Shape = llvm::SmallVector<int64_t, 6>;

/// The place of an array that is in the memory of the host.
constexpr int kHost = -1;

/// An array that lies in memory of this process or of a CUDA device. Holds a
/// reference.
struct ArrayView {
  Library library = Library::NumPy;
  DataType type = DataType::Float32;
  bool writable = false;
  /// Of the codes, for Code8.
  std::optional<Format> format;
  char *data = nullptr;
  Shape shape;
  /// In bytes.
  Shape strides;
  nanobind::object object;
  /// The number of the CUDA device whose memory it is in.
  int device = kHost;
  /// The stream on which its elements will be there, unless its library has a
  /// current one.
  CUstream_st *stream = nullptr;

  bool isOnDevice() const { return device != kHost; }

  int64_t getNumElements() const;
  size_t getRank() const { return shape.size(); }
};

/// Reads an array. `what` names the argument in messages. Raises TypeError for
/// anything that is no array of one of the types above in the memory of the
/// host or of a CUDA device.
ArrayView readArray(nanobind::handle object, const char *what);

/// Raises TypeError unless `array` is where `first` is. Both are named by what
/// they are for.
void checkPlace(const ArrayView &array, const char *what,
                const ArrayView &first, const char *firstWhat);

/// True if `object` is an array of NumPy or a tensor of PyTorch.
bool isArray(nanobind::handle object);

/// A new array that is not initialized: in the memory order of `like` where
/// that is dense, of its shape and library.
ArrayView makeArrayLike(const ArrayView &like, DataType type);
/// A new array that is not initialized, in C order.
ArrayView makeArray(Library library, DataType type,
                    llvm::ArrayRef<int64_t> shape);
/// A new array that is not initialized, in C order, of the library of `like`
/// and in the same place.
ArrayView makeArrayBeside(const ArrayView &like, DataType type,
                          llvm::ArrayRef<int64_t> shape);
/// An array in C order around memory that `owner` keeps alive.
nanobind::object wrapArray(Library library, DataType type,
                           llvm::ArrayRef<int64_t> shape, void *data,
                           nanobind::object owner);

/// True if the elements are in C order without gaps.
bool isInCOrder(const ArrayView &array);

/// The elements of `array` in another float type, rounded once; an array of
/// the same library. The array itself, if it has the type already.
ArrayView convertArray(const ArrayView &array, DataType type);

/// What a function returns for `array`: a NumPy scalar where it has rank 0 and
/// comes from NumPy, otherwise the array.
nanobind::object finishResult(const ArrayView &array);

/// Copies `from` to `to`, which have the same shape and type.
void copyArray(const ArrayView &from, const ArrayView &to);

/// To be called once, by the module: NumPy's C API.
void importNumPy();

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_ARRAYS_H
