//===- Elements.cpp - Single elements as text and in memory ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace altgrad;
using llvm::APFloat;
using llvm::Error;
using llvm::StringRef;

static bool isFloat(ElementType type) {
  return type == ElementType::Float16 || type == ElementType::BFloat16 ||
         type == ElementType::Float32 || type == ElementType::Float64;
}

static const llvm::fltSemantics &getSemantics(ElementType type) {
  switch (type) {
  case ElementType::Float16:
    return APFloat::IEEEhalf();
  case ElementType::BFloat16:
    return APFloat::BFloat();
  case ElementType::Float32:
    return APFloat::IEEEsingle();
  default:
    return APFloat::IEEEdouble();
  }
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

NpyType altgrad::run::getNpyType(ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return NpyType::Bool;
  case ElementType::Int8:
    return NpyType::I8;
  case ElementType::Int16:
    return NpyType::I16;
  case ElementType::Int32:
    return NpyType::I32;
  case ElementType::Int64:
    return NpyType::I64;
  case ElementType::Float16:
    return NpyType::F16;
  case ElementType::BFloat16:
    return NpyType::BF16;
  case ElementType::Float32:
    return NpyType::F32;
  case ElementType::Float64:
    return NpyType::F64;
  case ElementType::Code8:
    return NpyType::U8;
  }
  llvm_unreachable("all element types are above");
}

bool altgrad::run::canRead(NpyType file, ElementType type) {
  if (file == getNpyType(type))
    return true;
  switch (type) {
  case ElementType::Code8:
    return file == NpyType::I8 || file == NpyType::Code8;
  case ElementType::BFloat16:
    return file == NpyType::U16;
  case ElementType::Int8:
    return file == NpyType::U8;
  case ElementType::Int16:
    return file == NpyType::U16;
  case ElementType::Int32:
    return file == NpyType::U32;
  case ElementType::Int64:
    return file == NpyType::U64;
  default:
    return false;
  }
}

//===----------------------------------------------------------------------===//
// From text
//===----------------------------------------------------------------------===//

static Error parseInteger(StringRef text, const ValueType &type, int64_t least,
                          uint64_t largest, void *element) {
  // Signless: both what is negative and what is positive without a sign.
  uint64_t bits = 0;
  int64_t negative = 0;
  bool fits = text.starts_with("-")
                  ? !text.getAsInteger(0, negative) && negative >= least
                  : !text.getAsInteger(0, bits) && bits <= largest;
  if (!fits)
    return llvm::createStringError(
        "expected an integer from " + llvm::Twine(least) + " to " +
        llvm::Twine(largest) + " but got '" + text + "'");
  if (negative)
    bits = static_cast<uint64_t>(negative);
  std::memcpy(element, &bits, getElementSize(type.element));
  return Error::success();
}

static Error parseFloat(StringRef text, ElementType type, void *element) {
  APFloat number(getSemantics(type));
  auto status = number.convertFromString(text, APFloat::rmNearestTiesToEven);
  if (!status) {
    llvm::consumeError(status.takeError());
    return llvm::createStringError("expected a number but got '" + text + "'");
  }
  if (*status & APFloat::opOverflow)
    return llvm::createStringError("'" + text + "' is past the largest number");
  uint64_t bits = number.bitcastToAPInt().getZExtValue();
  std::memcpy(element, &bits, getElementSize(type));
  return Error::success();
}

Error altgrad::run::parseElement(StringRef text, const ValueType &type,
                                 void *element) {
  if (isFloat(type.element))
    return parseFloat(text, type.element, element);
  if (type.element == ElementType::Code8)
    return parseInteger(text, type, 0, 255, element);
  if (type.element == ElementType::Bool) {
    if (text == "true" || text == "false")
      text = text == "true" ? "1" : "0";
    return parseInteger(text, type, 0, 1, element);
  }
  unsigned bits = 8 * getElementSize(type.element);
  return parseInteger(text, type, llvm::minIntN(bits), llvm::maxUIntN(bits),
                      element);
}

//===----------------------------------------------------------------------===//
// From numbers
//===----------------------------------------------------------------------===//

void altgrad::run::storeElement(double value, ElementType type, void *element) {
  auto store = [&](auto converted) {
    std::memcpy(element, &converted, sizeof(converted));
  };
  switch (type) {
  case ElementType::Float16:
    return store(Float16::fromDouble(value));
  case ElementType::BFloat16:
    return store(BFloat16::fromDouble(value));
  case ElementType::Float32:
    return store(static_cast<float>(value));
  case ElementType::Float64:
    return store(value);
  default: {
    int64_t bits = static_cast<int64_t>(value);
    if (type == ElementType::Bool)
      bits &= 1;
    std::memcpy(element, &bits, getElementSize(type));
  }
  }
}

//===----------------------------------------------------------------------===//
// To text
//===----------------------------------------------------------------------===//

/// The decimal number with the fewest digits that `isSame` as `value`.
template <typename Test>
static std::string formatShortest(double value, Test isSame) {
  if (std::isnan(value))
    return "nan";
  char text[32];
  int digits = 1;
  for (; digits <= 17; ++digits) {
    std::snprintf(text, sizeof(text), "%.*g", digits, value);
    if (isSame(std::strtod(text, nullptr)))
      break;
  }
  // All digits before the point, "80" and not "8e+01", unless there are many.
  double magnitude = std::abs(value);
  constexpr int mostDigits = 7;
  for (int needed = 1; needed <= mostDigits; ++needed)
    if (magnitude < std::pow(10.0, needed)) {
      std::snprintf(text, sizeof(text), "%.*g", std::max(digits, needed),
                    value);
      break;
    }
  return text;
}

std::string altgrad::run::formatElement(const ValueType &type,
                                        const void *element) {
  auto load = [&](auto value) {
    std::memcpy(&value, element, sizeof(value));
    return value;
  };
  switch (type.element) {
  case ElementType::Bool:
    return load(uint8_t()) & 1 ? "true" : "false";
  case ElementType::Int8:
    return std::to_string(load(int8_t()));
  case ElementType::Int16:
    return std::to_string(load(int16_t()));
  case ElementType::Int32:
    return std::to_string(load(int32_t()));
  case ElementType::Int64:
    return std::to_string(load(int64_t()));
  case ElementType::Float16: {
    double value = load(Float16()).toDouble();
    return formatShortest(value, [&](double other) {
      return Float16::fromDouble(other).toDouble() == value;
    });
  }
  case ElementType::BFloat16: {
    double value = load(BFloat16()).toDouble();
    return formatShortest(value, [&](double other) {
      return BFloat16::fromDouble(other).toDouble() == value;
    });
  }
  case ElementType::Float32: {
    float value = load(float());
    return formatShortest(value, [&](double other) {
      return static_cast<float>(other) == value;
    });
  }
  case ElementType::Float64: {
    double value = load(double());
    return formatShortest(value, [&](double other) { return other == value; });
  }
  case ElementType::Code8: {
    auto code = load(uint8_t());
    // Enough digits to tell one value from the next.
    double value = type.format->decode(code);
    std::string text = formatShortest(value, [&](double other) {
      return type.format->encode(other) == code &&
             std::abs(other - value) <= 1e-5 * std::abs(value);
    });
    return llvm::formatv("{0} ({1})", llvm::format_hex(code, 4), text);
  }
  }
  llvm_unreachable("all element types are above");
}
