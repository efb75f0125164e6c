//===- Programs.h - Compiled MLIR programs as callables ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// altgrad.compile: a function of a program in MLIR that takes and returns
// arrays.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_PROGRAMS_H
#define ALTGRAD_PYTHON_PROGRAMS_H

#include <nanobind/nanobind.h>

namespace altgrad::python {

void bindPrograms(nanobind::module_ &module);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_PROGRAMS_H
