//===- Arrays.cpp - Arrays of NumPy, PyTorch and others -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arrays.h"

#include "ArrayLibraries.h"
#include "DeviceArrays.h"
#include "Errors.h"

#include <nanobind/ndarray.h>

#include <cstring>

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::ArrayRef;
using llvm::StringRef;

int64_t altgrad::python::getItemSize(DataType type) {
  switch (type) {
  case DataType::Bool:
  case DataType::Int8:
  case DataType::UInt8:
  case DataType::Code8:
    return 1;
  case DataType::Int16:
  case DataType::Float16:
  case DataType::BFloat16:
    return 2;
  case DataType::Int32:
  case DataType::Float32:
    return 4;
  case DataType::Int64:
  case DataType::Float64:
    return 8;
  }
  llvm_unreachable("not a DataType");
}

StringRef altgrad::python::getName(DataType type) {
  static constexpr llvm::StringLiteral kNames[] = {
      "bool",    "int8",     "uint8",   "int16",   "int32", "int64",
      "float16", "bfloat16", "float32", "float64", "float8"};
  return kNames[static_cast<size_t>(type)];
}

int64_t ArrayView::getNumElements() const {
  int64_t number = 1;
  for (int64_t size : shape)
    number *= size;
  return number;
}

std::optional<Format> altgrad::python::getFormatOfTypeName(StringRef name) {
  static constexpr std::pair<StringRef, std::string_view> kNames[] = {
      {"float8_e4m3fn", "E4M3FN"},
      {"float8_e5m2", "E5M2"},
      {"float8_e4m3", "E4M3"},
      {"float8_e3m4", "E3M4IEEE"},
      {"float8_e4m3fnuz", "E4M3FNUZ"},
      {"float8_e5m2fnuz", "E5M2FNUZ"},
      {"float8_e4m3b11fnuz", "E4M3B11FNUZ"}};
  for (const auto &[typeName, formatName] : kNames)
    if (typeName == name)
      return Format::getNamed(formatName);
  return std::nullopt;
}

nb::object altgrad::python::findImportedModule(const char *name) {
  PyObject *modules = PyImport_GetModuleDict(); // borrowed
  return nb::borrow(PyDict_GetItemString(modules, name));
}

//===----------------------------------------------------------------------===//
// Arrays of other libraries
//===----------------------------------------------------------------------===//

std::optional<DataType>
altgrad::python::getTypeOfDLPack(nb::dlpack::dtype type) {
  using Code = nb::dlpack::dtype_code;
  if (type.lanes != 1)
    return std::nullopt;
  std::pair<std::pair<Code, int>, DataType> types[] = {
      {{Code::Float, 16}, DataType::Float16},
      {{Code::Bfloat, 16}, DataType::BFloat16},
      {{Code::Float, 32}, DataType::Float32},
      {{Code::Float, 64}, DataType::Float64},
      {{Code::Bool, 8}, DataType::Bool},
      {{Code::UInt, 8}, DataType::UInt8},
      {{Code::Int, 8}, DataType::Int8},
      {{Code::Int, 16}, DataType::Int16},
      {{Code::Int, 32}, DataType::Int32},
      {{Code::Int, 64}, DataType::Int64}};
  for (const auto &[key, dataType] : types)
    if (key.first == static_cast<Code>(type.code) && key.second == type.bits)
      return dataType;
  return std::nullopt;
}

/// Wraps what an exporter lent into an array of NumPy.
template <typename Lent>
static ArrayView wrapLent(Lent array, bool writable, const char *what) {
  if (array.device_type() != nb::device::cpu::value)
    raiseTypeError(llvm::Twine("expected ") + what +
                   " on the CPU or a CUDA device but got an array on a device "
                   "of DLPack's type " +
                   llvm::Twine(array.device_type()));
  std::optional<DataType> type = getTypeOfDLPack(array.dtype());
  if (!type)
    raiseTypeError(llvm::Twine("expected ") + what +
                   " of a supported dtype (float16, bfloat16, float32, "
                   "float64, uint8, ...) but got one of DLPack's code " +
                   llvm::Twine(int(array.dtype().code)) + " with " +
                   llvm::Twine(int(array.dtype().bits)) + " bits");
  Shape shape, strides;
  for (size_t i = 0; i < array.ndim(); ++i) {
    shape.push_back(static_cast<int64_t>(array.shape(i)));
    strides.push_back(array.stride(i) * getItemSize(*type));
  }
  void *data = const_cast<void *>(static_cast<const void *>(array.data()));
  // The array holds what the exporter lent, and the capsule holds the array.
  nb::capsule owner(new Lent(std::move(array)), [](void *lent) noexcept {
    delete static_cast<Lent *>(lent);
  });
  return numpy::read(numpy::wrap(*type, shape, data, owner, strides, writable),
                     what);
}

/// Reads what speaks DLPack or the buffer protocol.
static ArrayView readForeign(nb::handle object, const char *what) {
  nb::ndarray<> writable;
  if (nb::try_cast(object, writable))
    return wrapLent(std::move(writable), true, what);
  nb::ndarray<nb::ro> array;
  if (nb::try_cast(object, array))
    return wrapLent(std::move(array), false, what);
  raiseTypeError(llvm::Twine("expected ") + what +
                 " to be an array (of NumPy, of PyTorch, or with the DLPack or "
                 "buffer protocol or the CUDA array interface) but got " +
                 describe(object));
}

//===----------------------------------------------------------------------===//
// Arrays of any library
//===----------------------------------------------------------------------===//

bool altgrad::python::isArray(nb::handle object) {
  return numpy::isArray(object) || torch::isTensor(object);
}

ArrayView altgrad::python::readArray(nb::handle object, const char *what) {
  if (numpy::isArray(object))
    return numpy::read(object, what);
  if (torch::isTensor(object))
    return torch::read(object, what);
  if (nb::object scalar = numpy::findScalar(object))
    return numpy::read(scalar, what);
  if (device::isArray(object))
    return device::read(object, what);
  return readForeign(object, what);
}

static std::string describePlace(const ArrayView &array) {
  return array.isOnDevice() ? "cuda:" + std::to_string(array.device)
                            : "the CPU";
}

void altgrad::python::checkPlace(const ArrayView &array, const char *what,
                                 const ArrayView &first,
                                 const char *firstWhat) {
  if (array.device != first.device)
    raiseTypeError(llvm::Twine("expected ") + what + " on " +
                   describePlace(first) + ", where " + firstWhat +
                   " is, but got an array on " + describePlace(array));
}

bool altgrad::python::isInCOrder(const ArrayView &array) {
  int64_t stride = getItemSize(array.type);
  for (size_t i = array.getRank(); i-- > 0;) {
    if (array.shape[i] != 1 && array.strides[i] != stride)
      return false;
    stride *= array.shape[i];
  }
  return true;
}

ArrayView altgrad::python::makeArrayLike(const ArrayView &like, DataType type) {
  switch (like.library) {
  case Library::NumPy:
    return numpy::makeLike(like, type);
  case Library::Torch:
    return torch::makeLike(like, type);
  case Library::Altgrad:
    return device::make(like.device, type, like.shape);
  }
  llvm_unreachable("not a Library");
}

ArrayView altgrad::python::makeArrayBeside(const ArrayView &like, DataType type,
                                           ArrayRef<int64_t> shape) {
  switch (like.library) {
  case Library::NumPy:
    return numpy::make(type, shape);
  case Library::Torch:
    return torch::makeBeside(like, type, shape);
  case Library::Altgrad:
    return device::make(like.device, type, shape);
  }
  llvm_unreachable("not a Library");
}

ArrayView altgrad::python::makeArray(Library library, DataType type,
                                     ArrayRef<int64_t> shape) {
  return library == Library::Torch ? torch::make(type, shape)
                                   : numpy::make(type, shape);
}

nb::object altgrad::python::wrapArray(Library library, DataType type,
                                      ArrayRef<int64_t> shape, void *data,
                                      nb::object owner) {
  return library == Library::Torch
             ? torch::wrap(type, shape, data, std::move(owner))
             : numpy::wrap(type, shape, data, std::move(owner));
}

ArrayView altgrad::python::convertArray(const ArrayView &array, DataType type) {
  if (array.type == type)
    return array;
  return array.library == Library::Torch ? torch::convert(array, type)
                                         : numpy::convert(array, type);
}

nb::object altgrad::python::finishResult(const ArrayView &array) {
  if (array.library != Library::NumPy || array.getRank() != 0)
    return array.object;
  return array.object[nb::tuple()]; // NumPy's scalars are no arrays
}

/// Copies dimension `dim` and those after it.
static void copyFrom(size_t dim, const ArrayView &from, const ArrayView &to,
                     const char *source, char *target) {
  int64_t itemSize = getItemSize(from.type);
  if (dim == from.getRank()) {
    std::memcpy(target, source, static_cast<size_t>(itemSize));
    return;
  }
  for (int64_t i = 0; i < from.shape[dim]; ++i)
    copyFrom(dim + 1, from, to, source + i * from.strides[dim],
             target + i * to.strides[dim]);
}

void altgrad::python::copyArray(const ArrayView &from, const ArrayView &to) {
  copyFrom(0, from, to, from.data, to.data);
}
