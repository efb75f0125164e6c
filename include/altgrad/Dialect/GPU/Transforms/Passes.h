//===- Passes.h - Passes on the GPU dialect --------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_GPU_TRANSFORMS_PASSES_H
#define ALTGRAD_DIALECT_GPU_TRANSFORMS_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace altgrad {

#define GEN_PASS_DECL
#include "altgrad/Dialect/GPU/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "altgrad/Dialect/GPU/Transforms/Passes.h.inc"

} // namespace altgrad

#endif // ALTGRAD_DIALECT_GPU_TRANSFORMS_PASSES_H
