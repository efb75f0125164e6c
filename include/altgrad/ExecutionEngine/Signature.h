//===- Signature.h - What a compiled function takes and returns -*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Once a function is machine code nothing says what its pointers point at. The
// signature is taken from the program before it is lowered; with it a caller
// who knows the function only at run time can check and pass arguments, and
// find the results.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXECUTIONENGINE_SIGNATURE_H
#define ALTGRAD_EXECUTIONENGINE_SIGNATURE_H

#include "altgrad/ExecutionEngine/Arguments.h"
#include "altgrad/Support/Format.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace altgrad {

/// The element types that functions may take and return. A Code8 is the code of
/// an 8-bit float; Int64 stands for `index` as well.
enum class ElementType {
  Bool,
  Int8,
  Int16,
  Int32,
  Int64,
  Float16,
  BFloat16,
  Float32,
  Float64,
  Code8
};

/// The size in bytes, in memory.
unsigned getElementSize(ElementType type);

/// One parameter or result of a function.
struct ValueType {
  enum Kind {
    /// A value: an array that is read and never written, or a new array.
    Tensor,
    /// Memory: an array that the function may write to.
    MemRef,
    /// A number.
    Scalar
  };

  Kind kind = Scalar;
  ElementType element = ElementType::Float32;
  /// Of a Code8.
  std::optional<Format> format;
  /// Sizes; negative ones are known only when the function is called.
  llvm::SmallVector<int64_t, 6> shape;
  /// Of a memref with a layout, in elements, likewise; empty for C order.
  llvm::SmallVector<int64_t, 6> strides;
  /// As MLIR prints it, and its element type; a format that has a name goes by
  /// that ("E4M3FN").
  std::string text, elementText;
};

struct Signature {
  std::vector<ValueType> parameters;
  std::vector<ValueType> results;
  /// "f(tensor<?xf32>, f32) -> tensor<?xf32>".
  std::string text;

  /// The signature of a function, or an error at its location where one of its
  /// types is none that can be passed.
  static llvm::Expected<Signature> get(mlir::func::FuncOp function);
};

/// The public function with a body of this name, or the only one if `name` is
/// empty; otherwise an error that lists what there is. `source` stands for the
/// program in messages.
llvm::Expected<mlir::func::FuncOp>
findEntry(mlir::ModuleOp module, llvm::StringRef name, llvm::StringRef source);

/// Tells bufferization that the tensors which public functions take are values:
/// without it, functions may write into the arrays of their callers.
void markTensorsReadOnly(mlir::ModuleOp module);

/// The memory that a function returns into.
class ResultStorage {
public:
  explicit ResultStorage(const Signature &signature);
  ResultStorage(const ResultStorage &) = delete;
  ResultStorage &operator=(const ResultStorage &) = delete;

  /// To be called before any argument is added to `packed`, and
  void addFirst(PackedArguments &packed);
  /// after all of them.
  void addLast(PackedArguments &packed);

  /// Where the result of this index is: a number, or a descriptor.
  const char *get(size_t index) const {
    return reinterpret_cast<const char *>(words.data()) + offsets[index];
  }
  /// The descriptor of an array.
  MemRefDescriptor getMemRef(size_t index) const;

private:
  const Signature &signature;
  /// A number alone comes last; everything else is one structure and comes
  /// first.
  bool isNumber;
  llvm::SmallVector<size_t, 4> offsets;
  std::vector<uint64_t> words;
};

} // namespace altgrad

#endif // ALTGRAD_EXECUTIONENGINE_SIGNATURE_H
