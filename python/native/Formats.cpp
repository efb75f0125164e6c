//===- Formats.cpp - Formats in Python ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formats.h"

#include "Errors.h"

#include "altgrad/Support/Scaling.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <new>

namespace nb = nanobind;
using namespace altgrad;
using namespace altgrad::python;

static std::string listNames() {
  std::string names;
  for (const Format::Named &named : Format::getAllNamed())
    names += (names.empty() ? "" : ", ") + std::string(named.name);
  return names;
}

static Format getNamed(std::string_view name) {
  std::optional<Format> format = Format::getNamed(name);
  if (!format)
    raiseValueError("expected the name of a format (" + listNames() +
                    ") but got '" + std::string(name) + "'");
  return *format;
}

bool altgrad::python::readWord(nb::handle word, const char *what,
                               const char *first, const char *second) {
  if (PyUnicode_Check(word.ptr())) {
    if (PyUnicode_CompareWithASCIIString(word.ptr(), first) == 0)
      return false;
    if (PyUnicode_CompareWithASCIIString(word.ptr(), second) == 0)
      return true;
  }
  raiseValueError(llvm::Twine("expected ") + what + " to be '" + first +
                  "' or '" + second + "' but got " + toString(nb::repr(word)));
}

Overflow altgrad::python::readOverflow(nb::handle word) {
  return readWord(word, "overflow", "saturate", "infinity")
             ? Overflow::Infinity
             : Overflow::Saturate;
}

Format altgrad::python::readFormat(nb::handle object) {
  const Format *format = nullptr;
  if (nb::try_cast(object, format) && format)
    return *format;
  if (PyUnicode_Check(object.ptr()))
    return getNamed(nb::cast<std::string_view>(object));
  nb::object own = nb::getattr(object, "__altgrad_format__", nb::none());
  if (nb::try_cast(own, format) && format)
    return *format;
  raiseTypeError("expected a format (an altgrad.Format, or a name such as "
                 "'E4M3FN') but got " +
                 describe(object));
}

static Format::Code checkCode(const Format &format, int64_t code) {
  int64_t count = int64_t(1) << format.getBitWidth();
  if (code < 0 || code >= count)
    raiseValueError("expected a code from 0 to " + llvm::Twine(count - 1) +
                    " but got " + llvm::Twine(code));
  return static_cast<Format::Code>(code);
}

static Specials readSpecials(const std::string &word) {
  std::optional<Specials> specials = symbolizeSpecials(word);
  if (!specials)
    raiseValueError("expected specials to be 'finite', 'ieee', 'fn' or 'fnuz' "
                    "but got '" +
                    word + "'");
  return *specials;
}

ScaleOptions altgrad::python::readScaleOptions(double scaleMin, int margin,
                                               const std::string &powerOfTwo) {
  if (!(scaleMin > 0))
    raiseValueError("expected scale_min to be positive but got " +
                    std::to_string(scaleMin));
  ScaleOptions options;
  options.scaleMin = scaleMin;
  options.margin = margin;
  if (powerOfTwo == "ceil")
    options.powerOfTwo = ScaleRounding::Ceil;
  else if (powerOfTwo == "floor")
    options.powerOfTwo = ScaleRounding::Floor;
  else if (powerOfTwo != "none")
    raiseValueError("expected power_of_two to be 'none', 'ceil' or 'floor' "
                    "but got '" +
                    powerOfTwo + "'");
  return options;
}

void altgrad::python::bindFormats(nb::module_ &module) {
  nb::class_<Format>(module, "Format")
      .def(
          "__init__",
          [](Format *self, const std::string &name) {
            new (self) Format(getNamed(name));
          },
          nb::arg("name"))
      .def(
          "__init__",
          [](Format *self, int exponentBits, int mantissaBits, int bias,
             const std::string &specials) {
            std::string message;
            std::optional<Format> format;
            if (exponentBits < 0 || mantissaBits < 0)
              message = "expected no negative number of bits but got " +
                        std::to_string(std::min(exponentBits, mantissaBits));
            else
              format = Format::get(static_cast<unsigned>(exponentBits),
                                   static_cast<unsigned>(mantissaBits), bias,
                                   readSpecials(specials), &message);
            if (!format)
              raiseValueError(message);
            new (self) Format(*format);
          },
          nb::arg("exponent_bits"), nb::arg("mantissa_bits"), nb::arg("bias"),
          nb::arg("specials"))
      .def_prop_ro(
          "name",
          [](const Format &self) { return std::string(self.getName()); })
      .def_prop_ro("exponent_bits", &Format::getExponentBits)
      .def_prop_ro("mantissa_bits", &Format::getMantissaBits)
      .def_prop_ro("bias", &Format::getBias)
      .def_prop_ro("specials",
                   [](const Format &self) {
                     return std::string(stringifySpecials(self.getSpecials()));
                   })
      .def_prop_ro("bit_width", &Format::getBitWidth)
      .def_prop_ro("has_infinity", &Format::hasInfinity)
      .def_prop_ro("has_nan", &Format::hasNaN)
      .def_prop_ro("has_negative_zero", &Format::hasNegativeZero)
      .def_prop_ro("is_uniform", &Format::isUniform)
      .def_prop_ro("max_finite", &Format::getMaxFinite)
      .def_prop_ro("max_finite_code", &Format::getMaxFiniteCode)
      .def_prop_ro("min_positive", &Format::getMinPositive)
      .def_prop_ro("min_exponent", &Format::getMinExponent)
      .def_prop_ro("max_exponent", &Format::getMaxExponent)
      .def_prop_ro("overflow_step", &Format::getOverflowStep)
      .def_prop_ro("canonical_nan_code", &Format::getCanonicalNaNCode)
      .def_prop_ro("infinity_code",
                   [](const Format &self) -> nb::object {
                     if (!self.hasInfinity())
                       return nb::none();
                     return nb::int_(self.getInfinityCode());
                   })
      .def("_decode",
           [](const Format &self, int64_t code) {
             return self.decode(checkCode(self, code));
           })
      .def("_encode",
           [](const Format &self, double value, nb::handle overflow) {
             return self.encode(value, readOverflow(overflow));
           })
      .def("_values",
           [](const Format &self) {
             std::vector<double> values;
             for (Format::Code code = 0; code >> self.getBitWidth() == 0;
                  ++code)
               values.push_back(self.decode(code));
             return values;
           })
      .def("_parameters", [](const Format &self) {
        return nb::make_tuple(
            self.getExponentBits(), self.getMantissaBits(), self.getBias(),
            std::string(stringifySpecials(self.getSpecials())));
      });

  module.def("format_names", [] {
    std::vector<std::string> names;
    for (const Format::Named &named : Format::getAllNamed())
      names.emplace_back(named.name);
    return names;
  });

  module.def("compute_scale", [](double amax, nb::handle format,
                                 double scaleMin, int margin,
                                 const std::string &powerOfTwo) {
    return computeScale(amax, readFormat(format),
                        readScaleOptions(scaleMin, margin, powerOfTwo));
  });
}
