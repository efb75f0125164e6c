//===- Operations.h - The operations on arrays ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// altgrad.quantize and its siblings, behind the Python functions that document
// them.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_OPERATIONS_H
#define ALTGRAD_PYTHON_OPERATIONS_H

#include <nanobind/nanobind.h>

namespace altgrad::python {

// One for each file. Arguments are objects of any kind, None included: what
// fits is for the readers to say.
void bindElementwise(nanobind::module_ &module);
void bindAmax(nanobind::module_ &module);
void bindStall(nanobind::module_ &module);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_OPERATIONS_H
