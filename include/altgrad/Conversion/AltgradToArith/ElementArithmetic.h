//===- ElementArithmetic.h - What ops compute per element -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of each operation on one element, or on a vector of elements,
// in terms of arith, math and the three primitives. The bodies of
// linalg.generic and the code for scalars and vectors both come from here, so
// that they round at the same places.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_CONVERSION_ALTGRADTOARITH_ELEMENTARITHMETIC_H
#define ALTGRAD_CONVERSION_ALTGRADTOARITH_ELEMENTARITHMETIC_H

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace altgrad {

/// A scale as the arithmetic wants it: how to divide by it and how to multiply
/// with it. `divisor` or `reciprocal` is set, or neither where the scale is 1.
struct ElementScale {
  /// Divide by this.
  mlir::Value divisor;
  /// Or multiply with this instead: 1 / scale.
  mlir::Value reciprocal;
  /// The scale itself; null where it is 1.
  mlir::Value factor;
};

/// True if `scale` comes from a compute_scale that makes powers of two, normal
/// in f32 together with their reciprocals: multiplying with the reciprocal then
/// has the same bits as the division.
bool isKnownPowerOfTwo(mlir::Value scale);

/// How the division by `scale` may be done: with a reciprocal, computed at the
/// insertion point, where `isPowerOfTwo` or a look at a constant shows that it
/// gives the same bits or `fastmath<arcp>` allows it. `scale` may be null.
ElementScale prepareScale(mlir::ImplicitLocOpBuilder &builder,
                          mlir::Value scale, mlir::arith::FastMathFlags flags,
                          bool isPowerOfTwo);

/// x / scale, rounded once in the type of `x`.
mlir::Value emitScaled(mlir::ImplicitLocOpBuilder &builder, mlir::Value x,
                       const ElementScale &scale);

/// encode(x / scale), an i8.
mlir::Value emitQuantize(mlir::ImplicitLocOpBuilder &builder, mlir::Value x,
                         const ElementScale &scale, FP8Type format,
                         OverflowPolicy overflow);

/// decode(code) * factor in `resultType`, rounded once; `factor` may be null.
mlir::Value emitDequantize(mlir::ImplicitLocOpBuilder &builder,
                           mlir::Value code, mlir::Value factor, FP8Type format,
                           mlir::Type resultType);

/// decode(encode(x / scale)) * scale.
mlir::Value emitFakeQuantize(mlir::ImplicitLocOpBuilder &builder, mlir::Value x,
                             const ElementScale &scale, FP8Type format,
                             OverflowPolicy overflow);

/// The bits of |x|, in order of magnitude with NaN on top, as an integer as
/// wide as `x`; NaN is 0 with `NaNPolicy::Ignore`.
mlir::Value emitMagnitudeBits(mlir::ImplicitLocOpBuilder &builder,
                              mlir::Value x, NaNPolicy nan);

/// f32 scale for `amax`.
mlir::Value emitComputeScale(mlir::ImplicitLocOpBuilder &builder,
                             mlir::Value amax, ComputeScaleOp op);

/// The two conditions, as i1, that altgrad.stall counts.
struct StallConditions {
  mlir::Value stalled, counted;
};
StallConditions emitStall(mlir::ImplicitLocOpBuilder &builder, mlir::Value w,
                          mlir::Value g, mlir::Value lr,
                          const ElementScale &scale, StallOp op);

/// The i8 behind codes: a scalar, vector or tensor.
mlir::Value emitBytes(mlir::ImplicitLocOpBuilder &builder, mlir::Value codes);

/// True, as i1, where `x` is neither infinite nor NaN.
mlir::Value emitIsFinite(mlir::ImplicitLocOpBuilder &builder, mlir::Value x);

/// One step through a history, oldest entry first: the amax found so far,
/// starting from `kEmptyHistorySlot`.
mlir::Value emitHistoryStep(mlir::ImplicitLocOpBuilder &builder,
                            mlir::Value found, mlir::Value entry,
                            HistoryAlgorithm algorithm);
/// What a walk through a history returns: 1.0 where nothing was found.
mlir::Value emitHistoryResult(mlir::ImplicitLocOpBuilder &builder,
                              mlir::Value found);
inline constexpr double kEmptyHistorySlot = -1.0;

/// A float or integer constant of `type`, a scalar or a vector.
mlir::Value emitFloatConstant(mlir::ImplicitLocOpBuilder &builder,
                              mlir::Type type, double value);
mlir::Value emitIntConstant(mlir::ImplicitLocOpBuilder &builder,
                            mlir::Type type, const llvm::APInt &value);

} // namespace altgrad

#endif // ALTGRAD_CONVERSION_ALTGRADTOARITH_ELEMENTARITHMETIC_H
