//===- FloatVectors.h - What passes ask of vectors of floats ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_CONVERSION_ALTGRADTOARITH_FLOATVECTORS_H
#define ALTGRAD_CONVERSION_ALTGRADTOARITH_FLOATVECTORS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"

namespace altgrad {

/// True for vectors of one dimension and of `size` elements, of twice as many,
/// ...: with 2, of pairs.
inline bool hasGroups(mlir::Type type, int64_t size) {
  auto vector = llvm::dyn_cast<mlir::VectorType>(type);
  return vector && vector.getRank() == 1 && !vector.isScalable() &&
         vector.getNumElements() % size == 0;
}

/// True for the rounding that `op` has without a mode of its own, too.
inline bool roundsToNearestEven(mlir::arith::TruncFOp op) {
  auto nearest = mlir::arith::RoundingMode::to_nearest_even;
  return op.getRoundingmode().value_or(nearest) == nearest;
}

} // namespace altgrad

#endif // ALTGRAD_CONVERSION_ALTGRADTOARITH_FLOATVECTORS_H
