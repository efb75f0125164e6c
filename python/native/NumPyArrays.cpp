//===- NumPyArrays.cpp - Arrays of NumPy ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArrayLibraries.h"
#include "Errors.h"

#define NPY_NO_DEPRECATED_API NPY_1_22_API_VERSION
#define NPY_TARGET_VERSION NPY_1_22_API_VERSION
#include <numpy/arrayobject.h>

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;
using llvm::ArrayRef;
using llvm::StringRef;

void altgrad::python::importNumPy() {
  if (_import_array() < 0)
    throw nb::python_error();
}

static PyArrayObject *asArray(nb::handle object) {
  return reinterpret_cast<PyArrayObject *>(object.ptr());
}

/// ml_dtypes.bfloat16, the scalar type by which its arrays are known; null
/// where the program has not imported ml_dtypes.
static PyObject *findBFloat16() {
  static PyObject *type = nullptr; // never freed, like a static type
  if (!type)
    if (nb::object module = findImportedModule("ml_dtypes"))
      type = nb::object(module.attr("bfloat16")).release().ptr();
  return type;
}

/// The element type of an array that is none of NumPy's own.
static bool readForeignType(PyArray_Descr *description, ArrayView &view) {
  auto *scalar = reinterpret_cast<PyObject *>(description->typeobj);
  if (scalar == findBFloat16()) {
    view.type = DataType::BFloat16;
    return true;
  }
  StringRef name = description->typeobj->tp_name;
  name = name.substr(name.rfind('.') + 1);
  view.format = getFormatOfTypeName(name);
  view.type = DataType::Code8;
  return view.format.has_value();
}

static bool readType(PyArrayObject *array, ArrayView &view) {
  PyArray_Descr *description = PyArray_DESCR(array);
  if (!PyArray_ISNOTSWAPPED(array))
    return false;
  switch (description->type_num) {
  case NPY_BOOL:
    view.type = DataType::Bool;
    return true;
  case NPY_BYTE:
    view.type = DataType::Int8;
    return true;
  case NPY_UBYTE:
    view.type = DataType::UInt8;
    return true;
  case NPY_SHORT:
    view.type = DataType::Int16;
    return true;
  case NPY_INT:
    view.type = DataType::Int32;
    return true;
  case NPY_LONG:
  case NPY_LONGLONG:
    static_assert(sizeof(long) == 8 && sizeof(long long) == 8);
    view.type = DataType::Int64;
    return true;
  case NPY_HALF:
    view.type = DataType::Float16;
    return true;
  case NPY_FLOAT:
    view.type = DataType::Float32;
    return true;
  case NPY_DOUBLE:
    view.type = DataType::Float64;
    return true;
  default:
    return readForeignType(description, view);
  }
}

bool numpy::isArray(nb::handle object) { return PyArray_Check(object.ptr()); }

nb::object numpy::findScalar(nb::handle object) {
  if (!PyArray_IsScalar(object.ptr(), Generic))
    return nb::object();
  PyObject *array = PyArray_FromScalar(object.ptr(), nullptr);
  if (!array)
    throw nb::python_error();
  return nb::steal(array);
}

ArrayView numpy::read(nb::handle object, const char *what) {
  PyArrayObject *array = asArray(object);
  ArrayView view;
  if (!readType(array, view))
    raiseTypeError(llvm::Twine("expected ") + what +
                   " of a supported dtype (float16, bfloat16, float32, "
                   "float64, uint8, ...) in native byte order but got " +
                   toString(object.attr("dtype")));
  view.library = Library::NumPy;
  view.writable = PyArray_ISWRITEABLE(array);
  view.data = PyArray_BYTES(array);
  int rank = PyArray_NDIM(array);
  view.shape.assign(PyArray_DIMS(array), PyArray_DIMS(array) + rank);
  view.strides.assign(PyArray_STRIDES(array), PyArray_STRIDES(array) + rank);
  view.object = nb::borrow(object);
  return view;
}

/// A new reference.
static PyArray_Descr *makeDescription(DataType type) {
  switch (type) {
  case DataType::Bool:
    return PyArray_DescrFromType(NPY_BOOL);
  case DataType::Int8:
    return PyArray_DescrFromType(NPY_BYTE);
  case DataType::UInt8:
    return PyArray_DescrFromType(NPY_UBYTE);
  case DataType::Int16:
    return PyArray_DescrFromType(NPY_SHORT);
  case DataType::Int32:
    return PyArray_DescrFromType(NPY_INT);
  case DataType::Int64:
    return PyArray_DescrFromType(NPY_LONG);
  case DataType::Float16:
    return PyArray_DescrFromType(NPY_HALF);
  case DataType::Float32:
    return PyArray_DescrFromType(NPY_FLOAT);
  case DataType::Float64:
    return PyArray_DescrFromType(NPY_DOUBLE);
  case DataType::BFloat16: {
    // NumPy itself has no bfloat16.
    nb::object scalar = nb::module_::import_("ml_dtypes").attr("bfloat16");
    PyArray_Descr *description = nullptr;
    if (!PyArray_DescrConverter(scalar.ptr(), &description))
      throw nb::python_error();
    return description;
  }
  case DataType::Code8:
    break;
  }
  raiseTypeError("expected a dtype of NumPy's but got an 8-bit float");
}

ArrayView numpy::makeLike(const ArrayView &like, DataType type) {
  PyObject *object = PyArray_NewLikeArray(asArray(like.object), NPY_KEEPORDER,
                                          makeDescription(type), /*subok=*/0);
  if (!object)
    throw nb::python_error();
  return numpy::read(nb::steal(object), "the result");
}

ArrayView numpy::make(DataType type, ArrayRef<int64_t> shape) {
  Shape sizes(shape);
  PyObject *object = PyArray_NewFromDescr(
      &PyArray_Type, makeDescription(type), static_cast<int>(sizes.size()),
      sizes.data(), nullptr, nullptr, 0, nullptr);
  if (!object)
    throw nb::python_error();
  return numpy::read(nb::steal(object), "the result");
}

nb::object numpy::wrap(DataType type, ArrayRef<int64_t> shape, void *data,
                       nb::object owner, ArrayRef<int64_t> strides,
                       bool writable) {
  Shape sizes(shape), steps(strides);
  PyObject *object = PyArray_NewFromDescr(
      &PyArray_Type, makeDescription(type), static_cast<int>(sizes.size()),
      sizes.data(), steps.empty() ? nullptr : steps.data(), data,
      writable ? NPY_ARRAY_WRITEABLE : 0, nullptr);
  if (!object)
    throw nb::python_error();
  auto *array = reinterpret_cast<PyArrayObject *>(object);
  nb::object result = nb::steal(object);
  if (PyArray_SetBaseObject(array, owner.release().ptr()) < 0)
    throw nb::python_error();
  PyArray_UpdateFlags(array, NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_F_CONTIGUOUS |
                                 NPY_ARRAY_ALIGNED);
  return result;
}

ArrayView numpy::convert(const ArrayView &array, DataType type) {
  PyObject *object =
      PyArray_CastToType(asArray(array.object), makeDescription(type), 0);
  if (!object)
    throw nb::python_error();
  return numpy::read(nb::steal(object), "the result");
}
