//===- Module.cpp - The native half of the Python package -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// altgrad._native: fast and unfriendly. What users see, with defaults,
// documentation and examples, is written in Python (python/altgrad).
//
//===----------------------------------------------------------------------===//

#include "Arrays.h"
#include "CodeCache.h"
#include "DeviceArrays.h"
#include "DeviceOperations.h"
#include "Formats.h"
#include "Operations.h"
#include "Programs.h"

#include "llvm/Config/llvm-config.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

namespace nb = nanobind;
using namespace altgrad::python;

NB_MODULE(_native, module) {
  importNumPy();
  // Objects that outlive the interpreter are the program's affair.
  nb::set_leak_warnings(false);
  module.attr("__version__") = ALTGRAD_VERSION;
  module.attr("llvm_version") = LLVM_VERSION_STRING;
  module.def("set_cache_directory", &setCacheDirectory);
  module.def("get_cache_directory", &getCacheDirectory);
  module.def("get_cache_statistics", [] {
    CacheStatistics statistics = getCacheStatistics();
    return nb::make_tuple(statistics.compiled, statistics.loaded);
  });
  bindFormats(module);
  bindElementwise(module);
  bindAmax(module);
  bindStall(module);
  bindDeviceArrays(module);
  bindDeviceOperations(module);
  bindPrograms(module);
}
