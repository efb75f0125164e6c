//===- AVX512.h - Forms of the primitives for AVX-512 -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same bits as the arith expansion gives, by instructions that LLVM does
// not find by itself.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_AVX512_H
#define ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_AVX512_H

#include "altgrad/Support/Format.h"
#include "altgrad/Target/ArithmeticTarget.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace altgrad {

/// True if `emitAVX512Encode` can encode values of `type`, for a format whose
/// arithmetic f32 carries.
bool hasAVX512Encode(mlir::Type type, const Format &format, Overflow overflow,
                     const ArithmeticTarget &target);

/// Encodes a vector of floats. Returns i8.
mlir::Value emitAVX512Encode(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                             const Format &format, Overflow overflow,
                             const ArithmeticTarget &target);

/// True if `emitAVX512Decode` can decode to `type`.
bool hasAVX512Decode(mlir::Type type, const ArithmeticTarget &target);

/// Decodes a vector of i8 to one of 16-bit floats, rounded once.
mlir::Value emitAVX512Decode(mlir::ImplicitLocOpBuilder &b, mlir::Value code,
                             const Format &format, mlir::Type type);

/// True if `emitAVX512Clamp` can clamp values of `type`.
bool hasAVX512Clamp(mlir::Type type, const Format &format,
                    const ArithmeticTarget &target);

/// Clamps a vector of f32 to the finite values of a format without NaN, or to
/// the overflow step where overflow has a value of its own. The sign stays; NaN
/// becomes +0.
mlir::Value emitAVX512Clamp(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                            const Format &format, Overflow overflow,
                            const ArithmeticTarget &target);

} // namespace altgrad

#endif // ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_AVX512_H
