//===- Registers.h - Vectors as several registers ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A vector longer than a register is worked on register by register where the
// registers would not hold the intermediate values of all of it at once.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_REGISTERS_H
#define ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_REGISTERS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace altgrad {

/// A vector in parts of `lanes` elements.
llvm::SmallVector<mlir::Value> emitSplit(mlir::ImplicitLocOpBuilder &b,
                                         mlir::Value vector, int64_t lanes);

/// Equally long vectors, one after the other.
mlir::Value emitJoin(mlir::ImplicitLocOpBuilder &b,
                     llvm::ArrayRef<mlir::Value> parts);

/// The bytes of four registers, of integers of 32 bits that are less than 256,
/// as one register of bytes in the order of the registers. With
/// `isInterleaved`, the first two registers hold the even and the odd elements
/// of what becomes the first half, and the other two those of the second.
mlir::Value emitPackedBytes(mlir::ImplicitLocOpBuilder &b,
                            llvm::ArrayRef<mlir::Value> registers,
                            bool isInterleaved = false);

/// The same from the integers whose byte k is that of register k.
mlir::Value emitTransposedBytes(mlir::ImplicitLocOpBuilder &b,
                                mlir::Value merged, bool isInterleaved = false);

} // namespace altgrad

#endif // ALTGRAD_LIB_CONVERSION_ALTGRADTOARITH_REGISTERS_H
