//===- Signature.cpp - What a compiled function takes and returns ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/Signature.h"

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/ExecutionEngine/Diagnostics.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace altgrad;
using namespace mlir;
using llvm::Expected;

unsigned altgrad::getElementSize(ElementType type) {
  switch (type) {
  case ElementType::Bool:
  case ElementType::Int8:
  case ElementType::Code8:
    return 1;
  case ElementType::Int16:
  case ElementType::Float16:
  case ElementType::BFloat16:
    return 2;
  case ElementType::Int32:
  case ElementType::Float32:
    return 4;
  case ElementType::Int64:
  case ElementType::Float64:
    return 8;
  }
  llvm_unreachable("all element types are above");
}

//===----------------------------------------------------------------------===//
// From types
//===----------------------------------------------------------------------===//

/// Sets the element type; false if there is none for it.
static bool setElement(Type element, ValueType &value) {
  if (auto code = dyn_cast<FP8Type>(element)) {
    value.format = code.getFormat();
    value.element = ElementType::Code8;
    return true;
  }
  std::optional<ElementType> type;
  if (element.isF16())
    type = ElementType::Float16;
  else if (element.isBF16())
    type = ElementType::BFloat16;
  else if (element.isF32())
    type = ElementType::Float32;
  else if (element.isF64())
    type = ElementType::Float64;
  else if (element.isSignlessInteger(1))
    type = ElementType::Bool;
  else if (element.isSignlessInteger(8))
    type = ElementType::Int8;
  else if (element.isSignlessInteger(16))
    type = ElementType::Int16;
  else if (element.isSignlessInteger(32))
    type = ElementType::Int32;
  else if (element.isSignlessInteger(64) || element.isIndex())
    type = ElementType::Int64;
  if (!type)
    return false;
  value.element = *type;
  return true;
}

static std::string print(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

static bool setType(Type type, ValueType &value) {
  value.text = print(type);
  Type element = getElementTypeOrSelf(type);
  auto code = dyn_cast<FP8Type>(element);
  StringRef name = code ? StringRef(code.getFormat().getName()) : StringRef();
  value.elementText = name.empty() ? print(element) : name.str();
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

Expected<Signature> Signature::get(func::FuncOp function) {
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

//===----------------------------------------------------------------------===//
// The function in the program
//===----------------------------------------------------------------------===//

Expected<func::FuncOp> altgrad::findEntry(ModuleOp module, StringRef name,
                                          StringRef source) {
  std::vector<std::string> names;
  func::FuncOp only;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isExternal())
      continue;
    if (function.getName() == name)
      return function;
    names.push_back(function.getName().str());
    only = function;
  }
  if (name.empty() && names.size() == 1)
    return only;
  return llvm::createStringError(
      source + ": expected " +
      (name.empty() ? Twine("one public function, or the name of one")
                    : "a public function '" + name + "'") +
      " but got " +
      (names.empty() ? "none" : "these: " + llvm::join(names, ", ")));
}

void altgrad::markTensorsReadOnly(ModuleOp module) {
  auto readOnly = BoolAttr::get(module.getContext(), false);
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isExternal())
      continue;
    for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
      if (isa<TensorType>(type))
        function.setArgAttr(
            index, bufferization::BufferizationDialect::kWritableAttrName,
            readOnly);
  }
}

//===----------------------------------------------------------------------===//
// ResultStorage
//===----------------------------------------------------------------------===//

ResultStorage::ResultStorage(const Signature &signature)
    : signature(signature),
      isNumber(signature.results.size() == 1 &&
               signature.results[0].kind == ValueType::Scalar) {
  // As C lays out a structure: each member at a multiple of its alignment.
  size_t size = 0;
  for (const ValueType &result : signature.results) {
    bool isScalar = result.kind == ValueType::Scalar;
    size = llvm::alignTo(size, isScalar ? getElementSize(result.element)
                                        : sizeof(int64_t));
    offsets.push_back(size);
    size += isScalar ? getElementSize(result.element)
                     : (3 + 2 * result.shape.size()) * sizeof(int64_t);
  }
  words.resize(size / sizeof(uint64_t) + 1);
}

void ResultStorage::addFirst(PackedArguments &packed) {
  if (!signature.results.empty() && !isNumber)
    packed.addAggregateResult(words.data());
}

void ResultStorage::addLast(PackedArguments &packed) {
  if (isNumber)
    packed.addResult(words[0]);
}

MemRefDescriptor ResultStorage::getMemRef(size_t index) const {
  size_t rank = signature.results[index].shape.size();
  MemRefDescriptor descriptor(static_cast<unsigned>(rank));
  std::memcpy(descriptor.getRaw(), get(index),
              (3 + 2 * rank) * sizeof(int64_t));
  return descriptor;
}
