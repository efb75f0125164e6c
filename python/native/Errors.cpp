//===- Errors.cpp - Python exceptions from C++ ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Errors.h"

#include "llvm/ADT/ArrayRef.h"

#include <nanobind/stl/string.h>

namespace nb = nanobind;
using llvm::Twine;

[[noreturn]] static void raise(PyObject *type, const Twine &message) {
  PyErr_SetString(type, message.str().c_str());
  throw nb::python_error();
}

void altgrad::python::raiseTypeError(const Twine &message) {
  raise(PyExc_TypeError, message);
}

void altgrad::python::raiseValueError(const Twine &message) {
  raise(PyExc_ValueError, message);
}

/// Raises an exception of altgrad.errors, which takes the text apart.
[[noreturn]] static void raiseOwn(const char *name, llvm::Error error) {
  std::string text = llvm::toString(std::move(error));
  nb::object type = nb::module_::import_("altgrad.errors").attr(name);
  nb::object exception = type(text);
  PyErr_SetObject(type.ptr(), exception.ptr());
  throw nb::python_error();
}

void altgrad::python::raiseCompileError(llvm::Error error) {
  raiseOwn("CompileError", std::move(error));
}

void altgrad::python::raiseCUDAError(llvm::Error error) {
  raiseOwn("CUDAError", std::move(error));
}

std::string altgrad::python::describe(nb::handle object) {
  return nb::type_name(object.type()).c_str();
}

std::string altgrad::python::toString(nb::handle object) {
  nb::object text = nb::steal(PyObject_Str(object.ptr()));
  if (!text)
    throw nb::python_error();
  return nb::cast<std::string>(text);
}

std::string altgrad::python::describeShape(llvm::ArrayRef<int64_t> shape) {
  std::string text = "(";
  for (auto [index, size] : llvm::enumerate(shape))
    text += (index ? ", " : "") + std::to_string(size);
  return text + (shape.size() == 1 ? ",)" : ")");
}
