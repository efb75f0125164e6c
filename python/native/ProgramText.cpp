//===- ProgramText.cpp - Pieces of programs in MLIR -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgramText.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace altgrad;
using namespace altgrad::python;
using llvm::StringRef;

std::string altgrad::python::getFormatText(const Format &format) {
  return "!altgrad.fp8<E" + std::to_string(format.getExponentBits()) + "M" +
         std::to_string(format.getMantissaBits()) +
         ", bias = " + std::to_string(format.getBias()) + ", " +
         std::string(stringifySpecials(format.getSpecials())) + ">";
}

StringRef altgrad::python::getElementName(DataType type) {
  switch (type) {
  case DataType::Bool:
  case DataType::Int8:
  case DataType::UInt8:
  case DataType::Code8:
    return "i8";
  case DataType::Int16:
    return "i16";
  case DataType::Int32:
    return "i32";
  case DataType::Int64:
    return "i64";
  case DataType::Float16:
    return "f16";
  case DataType::BFloat16:
    return "bf16";
  case DataType::Float32:
    return "f32";
  case DataType::Float64:
    return "f64";
  }
  llvm_unreachable("not a DataType");
}

std::string altgrad::python::getNumberText(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.17e", value);
  return text;
}

std::string altgrad::python::fillIn(
    StringRef text,
    llvm::ArrayRef<std::pair<StringRef, std::string>> replacements) {
  std::string result = text.str();
  for (const auto &[name, value] : replacements)
    for (size_t at = 0; (at = result.find(name.str(), at)) != std::string::npos;
         at += value.size())
      result.replace(at, name.size(), value);
  return result;
}
