//===- AltgradToLinalg.h - Lower tensors to linalg --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_CONVERSION_ALTGRADTOLINALG_ALTGRADTOLINALG_H
#define ALTGRAD_CONVERSION_ALTGRADTOLINALG_ALTGRADTOLINALG_H

#include "mlir/IR/PatternMatch.h"

namespace altgrad {

/// Rewrites altgrad ops on ranked tensors into linalg.generic ops whose bodies
/// are arith, math and the primitives. Codes pass through `altgrad.bitcast` to
/// and from i8; `convertCodeTypes` (AltgradToArith.h) removes those.
void populateAltgradToLinalgPatterns(mlir::RewritePatternSet &patterns);

} // namespace altgrad

#endif // ALTGRAD_CONVERSION_ALTGRADTOLINALG_ALTGRADTOLINALG_H
