//===- LoopSizes.h - Sizes of tensors in a loop -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tape is allocated before its loop runs, so the sizes of what it holds have
// to be known by then, or a bound of them.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_GRADIENTS_LOOPSIZES_H
#define ALTGRAD_LIB_GRADIENTS_LOOPSIZES_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/DenseMap.h"

namespace altgrad {

/// Finds the dynamic sizes of tensors in a loop.
class LoopSizes {
public:
  explicit LoopSizes(mlir::scf::ForOp loop) : loop(loop) {}

  enum class Kind {
    /// The same in all iterations.
    Constant,
    /// Follows from the number of the iteration.
    Variable,
    /// Only known once it is there.
    Unknown
  };

  Kind getKind(mlir::Value tensor, int64_t dim);

  /// Emits the largest size in any iteration; not for unknown ones.
  mlir::Value emitLargest(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor,
                          int64_t dim);

private:
  /// An index, or a dimension of a tensor from outside; null if unknown.
  struct Source {
    mlir::Value value;
    std::optional<int64_t> dim;
    bool operator==(const Source &other) const {
      return value == other.value && dim == other.dim;
    }
  };

  Source find(mlir::Value tensor, int64_t dim);
  Source trace(mlir::Value tensor, int64_t dim);
  Source traceCarried(mlir::BlockArgument argument, int64_t dim);
  Source traceSlice(mlir::Value slice, int64_t dim);
  Source traceIndex(mlir::Value index);

  Kind getKind(mlir::Value index);
  /// Does the integer arithmetic that `index` follows from again.
  mlir::Value emitAgain(mlir::OpBuilder &b, mlir::Value index,
                        mlir::IRMapping &mapping);

  mlir::scf::ForOp loop;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, Source> sources;
};

} // namespace altgrad

#endif // ALTGRAD_LIB_GRADIENTS_LOOPSIZES_H
