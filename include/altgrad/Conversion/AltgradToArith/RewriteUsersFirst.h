//===- RewriteUsersFirst.h - One rewrite per op, users first ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The driver of the conversions out of altgrad. Each op is visited once, in
// time linear in the program, and an op is rewritten before the ones that
// define its operands: so a pattern still sees that a scale comes from an
// altgrad.compute_scale and is a power of two.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_CONVERSION_ALTGRADTOARITH_REWRITEUSERSFIRST_H
#define ALTGRAD_CONVERSION_ALTGRADTOARITH_REWRITEUSERSFIRST_H

#include "mlir/Rewrite/FrozenRewritePatternSet.h"

namespace altgrad {

/// True if an operand or a result of `op` is a tensor.
bool isOnTensors(mlir::Operation *op);

/// Applies `patterns` once to each altgrad op below `root` for which `filter`
/// holds, last op first. Fails, with a diagnostic at the op, where no pattern
/// applies.
llvm::LogicalResult
rewriteUsersFirst(mlir::Operation *root,
                  const mlir::FrozenRewritePatternSet &patterns,
                  llvm::function_ref<bool(mlir::Operation *)> filter);

} // namespace altgrad

#endif // ALTGRAD_CONVERSION_ALTGRADTOARITH_REWRITEUSERSFIRST_H
