//===- Altgrad.h - The altgrad dialect --------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The dialect's C++ face: types, attributes, operations and the few helpers on
// types that every pass needs.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_ALTGRAD_IR_ALTGRAD_H
#define ALTGRAD_DIALECT_ALTGRAD_IR_ALTGRAD_H

#include "altgrad/Dialect/Altgrad/IR/DifferentiableOpInterface.h"
#include "altgrad/Support/Format.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "altgrad/Dialect/Altgrad/IR/AltgradDialect.h.inc"
#include "altgrad/Dialect/Altgrad/IR/AltgradEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "altgrad/Dialect/Altgrad/IR/AltgradAttributes.h.inc"
#define GET_TYPEDEF_CLASSES
#include "altgrad/Dialect/Altgrad/IR/AltgradTypes.h.inc"
#define GET_OP_CLASSES
#include "altgrad/Dialect/Altgrad/IR/AltgradOps.h.inc"

namespace altgrad {

/// The reference arithmetic's word for an operation's overflow policy.
Overflow getOverflow(OverflowPolicy policy);

/// `type` itself if it is a scalar, else the same vector or tensor type with
/// another element type.
mlir::Type cloneWithElementType(mlir::Type type, mlir::Type elementType);

/// Makes dequantize(quantize(x, s), s), which is `op`, a fake_quantize; fails
/// if it is something else.
llvm::LogicalResult fuseQuantizeDequantize(mlir::RewriterBase &rewriter,
                                           DequantizeOp op);

/// The format named by `text` as in the angle brackets of `!altgrad.fp8<...>`
/// ("E5M2" or "E5M2, bias = 15, ieee"); on failure an empty type and the reason
/// in `error`.
FP8Type parseFormat(mlir::MLIRContext *context, llvm::StringRef text,
                    std::string &error);

/// Prints what stands in the angle brackets: "E5M2, bias = 15, ieee".
void printFormat(const Format &format, llvm::raw_ostream &os);

} // namespace altgrad

#endif // ALTGRAD_DIALECT_ALTGRAD_IR_ALTGRAD_H
