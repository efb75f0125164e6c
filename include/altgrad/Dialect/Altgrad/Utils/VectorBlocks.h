//===- VectorBlocks.h - Scales of vectors -----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rule for per-tensor, per-axis and block scales on vectors.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_ALTGRAD_UTILS_VECTORBLOCKS_H
#define ALTGRAD_DIALECT_ALTGRAD_UTILS_VECTORBLOCKS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace altgrad {

/// {s0, d0 / s0, s1, d1 / s1, ...}: x's dimensions split into blocks.
llvm::SmallVector<int64_t> getSplitShape(mlir::VectorType x,
                                         mlir::VectorType blocks);

/// A vector scale with one element for every element of `x`; a scalar or null
/// scale as it is.
mlir::Value spreadBlocks(mlir::ImplicitLocOpBuilder &b, mlir::Value scale,
                         mlir::Type x);

/// All elements of a vector in one dimension; scalable ones are already so.
mlir::Value flattenVector(mlir::ImplicitLocOpBuilder &b, mlir::Value value);

} // namespace altgrad

#endif // ALTGRAD_DIALECT_ALTGRAD_UTILS_VECTORBLOCKS_H
