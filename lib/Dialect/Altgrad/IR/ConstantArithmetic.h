//===- ConstantArithmetic.h - Arithmetic of the folders ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What one element of quantize and dequantize computes, on APFloat, with every
// rounding where the compiled code rounds.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_DIALECT_ALTGRAD_IR_CONSTANTARITHMETIC_H
#define ALTGRAD_LIB_DIALECT_ALTGRAD_IR_CONSTANTARITHMETIC_H

#include "altgrad/Support/Format.h"

#include "llvm/ADT/APFloat.h"

namespace altgrad {

/// `value` rounded to nearest even in another type.
llvm::APFloat convertConstant(llvm::APFloat value,
                              const llvm::fltSemantics &semantics);

/// The value as a double; exact for f16, bf16, f32 and f64.
double constantToDouble(const llvm::APFloat &value);

/// encode(x / scale), with the division rounded in the type of both.
Format::Code encodeConstant(const llvm::APFloat &x, const llvm::APFloat &scale,
                            const Format &format, Overflow overflow);

/// decode(code) * scale, rounded once in the type of the scale.
llvm::APFloat decodeConstant(Format::Code code, const llvm::APFloat &scale,
                             const Format &format);

} // namespace altgrad

#endif // ALTGRAD_LIB_DIALECT_ALTGRAD_IR_CONSTANTARITHMETIC_H
