//===- AltgradToArith.h - Lower scalars and vectors to arith ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pieces of `convert-altgrad-to-arith`, for pipelines that need other
// combinations (the GPU takes the primitives it has no instruction for).
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_CONVERSION_ALTGRADTOARITH_ALTGRADTOARITH_H
#define ALTGRAD_CONVERSION_ALTGRADTOARITH_ALTGRADTOARITH_H

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Target/ArithmeticTarget.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"

namespace altgrad {

/// Expands encode, decode and round on scalars and vectors into arith, and for
/// targets with better instructions into those as well.
void populateExpandPrimitivesPatterns(mlir::RewritePatternSet &patterns,
                                      const ArithmeticTarget &target = {});

/// Rewrites all other altgrad ops on scalars and vectors into primitives,
/// arith, math and vector. Codes pass through `altgrad.bitcast` to and from
/// i8; `convertCodeTypes` removes those.
void populateExpandOpsPatterns(mlir::RewritePatternSet &patterns);

/// Replaces `!altgrad.fp8` by i8 in the types and the attributes of `root` and
/// everything below it, except in the attributes of altgrad's own operations,
/// and drops the bitcasts that this makes void. Expects that no altgrad
/// operation but bitcasts and primitives is left; fails with a diagnostic at
/// the first other one.
llvm::LogicalResult convertCodeTypes(mlir::Operation *root);

/// The expansions themselves, on a float (f16, bf16, f32, f64) or an i8 code,
/// or a vector of it.
mlir::Value expandEncode(mlir::ImplicitLocOpBuilder &builder, mlir::Value x,
                         const Format &format, Overflow overflow,
                         const ArithmeticTarget &target = {});
mlir::Value expandDecode(mlir::ImplicitLocOpBuilder &builder, mlir::Value code,
                         const Format &format, mlir::Type resultType,
                         const ArithmeticTarget &target = {});
/// Without `keepsZeroSign` zeros may have either sign.
mlir::Value expandRound(mlir::ImplicitLocOpBuilder &builder, mlir::Value x,
                        const Format &format, Overflow overflow,
                        const ArithmeticTarget &target = {},
                        bool keepsZeroSign = true);

} // namespace altgrad

#endif // ALTGRAD_CONVERSION_ALTGRADTOARITH_ALTGRADTOARITH_H
