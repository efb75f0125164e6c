//===- Signatures.cpp - What a compiled function takes and returns --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Signatures.h"

#include "llvm/Support/ErrorHandling.h"

using namespace altgrad;
using namespace altgrad::python;

DataType altgrad::python::getDataType(const ValueType &type) {
  switch (type.element) {
  case ElementType::Bool:
    return DataType::Bool;
  case ElementType::Int8:
    return DataType::Int8;
  case ElementType::Int16:
    return DataType::Int16;
  case ElementType::Int32:
    return DataType::Int32;
  case ElementType::Int64:
    return DataType::Int64;
  case ElementType::Float16:
    return DataType::Float16;
  case ElementType::BFloat16:
    return DataType::BFloat16;
  case ElementType::Float32:
    return DataType::Float32;
  case ElementType::Float64:
    return DataType::Float64;
  case ElementType::Code8:
    return DataType::UInt8;
  }
  llvm_unreachable("all element types are above");
}
