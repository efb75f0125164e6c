//===- AltgradToNVVM.h - The conversions that GPUs have ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_CONVERSION_ALTGRADTONVVM_ALTGRADTONVVM_H
#define ALTGRAD_CONVERSION_ALTGRADTONVVM_ALTGRADTONVVM_H

#include "mlir/IR/PatternMatch.h"

namespace altgrad {

/// Rewrites encode, decode and round on scalars and vectors into conversions
/// of NVVM where those give the same bits, for chips that have the conversions
/// of FP8 (GPUTarget::hasFP8Conversion). Other primitives are not matched.
void populateAltgradToNVVMPatterns(mlir::RewritePatternSet &patterns);

} // namespace altgrad

#endif // ALTGRAD_CONVERSION_ALTGRADTONVVM_ALTGRADTONVVM_H
