//===- ScaledElements.h - Maps over elements and scales ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elementwise arithmetic on values and the scale of their block, the same for
// scalars, vectors and tensors. What gradients of quantization are made of.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_ALTGRAD_UTILS_SCALEDELEMENTS_H
#define ALTGRAD_DIALECT_ALTGRAD_UTILS_SCALEDELEMENTS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace altgrad {

/// Builds one element of a result, or a vector of them, from the elements of
/// the inputs and the scale of each. The scale is null where there is none.
using ScaledBody = llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &,
                                                  mlir::ValueRange elements,
                                                  mlir::Value scale)>;

/// result[i] = body(inputs[i]..., scale[block(i)]), of the type of the first
/// input. The inputs have one type; `scale` may be null.
mlir::Value mapScaledElements(mlir::ImplicitLocOpBuilder &b,
                              mlir::ValueRange inputs, mlir::Value scale,
                              ScaledBody body);

/// result[j] = sum of body(inputs[i]..., scale[j]) over all i with block(i) =
/// j, of the type of `scale`. Sums of f16 and bf16 are formed in f32.
mlir::Value sumScaledElements(mlir::ImplicitLocOpBuilder &b,
                              mlir::ValueRange inputs, mlir::Value scale,
                              ScaledBody body);

} // namespace altgrad

#endif // ALTGRAD_DIALECT_ALTGRAD_UTILS_SCALEDELEMENTS_H
