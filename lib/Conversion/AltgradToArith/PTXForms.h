//===- PTXForms.h - Forms of the primitives for PTX -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same bits as the arith expansion gives, by what NVIDIA's later chips have
// instructions for: minima and maxima of magnitudes that keep a sign, and
// arithmetic on two bf16 at once. All of it is arith and math; the pass
// convert-float-to-nvvm finds the instructions.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_PTXFORMS_H
#define ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_PTXFORMS_H

#include "altgrad/Support/Format.h"
#include "altgrad/Target/ArithmeticTarget.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace altgrad {

/// True if `emitPTXRound` can round values of `type`: f32, or vectors of pairs
/// of bf16.
bool hasPTXRound(mlir::Type type, const Format &format, Overflow overflow,
                 const ArithmeticTarget &target);

/// Rounds `x` to the values of a format. Without `keepsZeroSign` the sign of a
/// zero is open.
mlir::Value emitPTXRound(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                         const Format &format, Overflow overflow,
                         bool keepsZeroSign);

/// True if `emitPTXEncode` can encode values of `type`: vectors of bf16.
bool hasPTXEncode(mlir::Type type, const Format &format, Overflow overflow,
                  const ArithmeticTarget &target);

/// Encodes `x`. Returns i8.
mlir::Value emitPTXEncode(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                          const Format &format, Overflow overflow);

} // namespace altgrad

#endif // ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_PTXFORMS_H
