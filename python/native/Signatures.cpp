//===- Signatures.cpp - What a compiled function takes and returns --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Signatures.h"

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/ExecutionEngine/Diagnostics.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace altgrad;
using namespace altgrad::python;
using namespace mlir;

static std::string print(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// Sets the element type; false if there is none in Python.
static bool setElement(Type element, ValueType &value) {
  if (auto code = dyn_cast<FP8Type>(element)) {
    value.format = code.getFormat();
    value.type = DataType::UInt8;
    return true;
  }
  std::optional<DataType> type;
  if (element.isF16())
    type = DataType::Float16;
  else if (element.isBF16())
    type = DataType::BFloat16;
  else if (element.isF32())
    type = DataType::Float32;
  else if (element.isF64())
    type = DataType::Float64;
  else if (element.isSignlessInteger(1))
    type = DataType::Bool;
  else if (element.isSignlessInteger(8))
    type = DataType::Int8;
  else if (element.isSignlessInteger(16))
    type = DataType::Int16;
  else if (element.isSignlessInteger(32))
    type = DataType::Int32;
  else if (element.isSignlessInteger(64) || element.isIndex())
    type = DataType::Int64;
  if (!type)
    return false;
  value.type = *type;
  return true;
}

static bool setType(Type type, ValueType &value) {
  value.text = print(type);
  value.kind = ValueType::Scalar;
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped)
    return setElement(type, value);
  if (!shaped.hasRank() || !setElement(shaped.getElementType(), value))
    return false;
  value.shape.assign(shaped.getShape().begin(), shaped.getShape().end());
  for (int64_t &size : value.shape)
    if (ShapedType::isDynamic(size))
      size = -1;
  if (isa<RankedTensorType>(type)) {
    value.kind = ValueType::Tensor;
    return true;
  }
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return false;
  value.kind = ValueType::MemRef;
  if (memref.getLayout().isIdentity())
    return true;
  int64_t offset;
  SmallVector<int64_t> strides;
  if (failed(memref.getStridesAndOffset(strides, offset)) || offset > 0)
    return false;
  for (int64_t stride : strides)
    value.strides.push_back(ShapedType::isDynamic(stride) ? -1 : stride);
  return true;
}

llvm::Expected<Signature> altgrad::python::getSignature(func::FuncOp function) {
  ErrorCollector errors(function.getContext());
  Signature signature;
  auto setAll = [&](TypeRange types, std::vector<ValueType> &values,
                    const char *what) {
    for (auto [index, type] : llvm::enumerate(types)) {
      values.emplace_back();
      if (setType(type, values.back()))
        continue;
      function.emitError() << "expected " << what << " " << index
                           << " to be a number, a ranked tensor or a strided "
                              "memref of floats, integers or codes, but got "
                           << type;
      return false;
    }
    return true;
  };
  if (!setAll(function.getArgumentTypes(), signature.parameters, "parameter") ||
      !setAll(function.getResultTypes(), signature.results, "result"))
    return errors.takeError("no signature");

  llvm::raw_string_ostream os(signature.text);
  os << function.getName() << "(";
  llvm::interleaveComma(function.getArgumentTypes(), os);
  os << ")";
  if (function.getNumResults() > 0) {
    os << " -> ";
    bool several = function.getNumResults() > 1;
    os << (several ? "(" : "");
    llvm::interleaveComma(function.getResultTypes(), os);
    os << (several ? ")" : "");
  }
  return signature;
}
