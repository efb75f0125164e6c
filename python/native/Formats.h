//===- Formats.h - Formats in Python ----------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_PYTHON_FORMATS_H
#define ALTGRAD_PYTHON_FORMATS_H

#include "altgrad/Support/Format.h"
#include "altgrad/Support/Scaling.h"

#include <nanobind/nanobind.h>

namespace altgrad::python {

void bindFormats(nanobind::module_ &module);

/// Reads a format given as a Format, by its name, or as an object that has one
/// under the attribute `__altgrad_format__`.
Format readFormat(nanobind::handle object);

/// Reads "saturate" or "infinity".
Overflow readOverflow(nanobind::handle word);

/// Reads one of two words; `what` names the argument in messages. True for the
/// second one.
bool readWord(nanobind::handle word, const char *what, const char *first,
              const char *second);

/// Reads the options of compute_scale; raises ValueError.
ScaleOptions readScaleOptions(double scaleMin, int margin,
                              const std::string &powerOfTwo);

} // namespace altgrad::python

#endif // ALTGRAD_PYTHON_FORMATS_H
