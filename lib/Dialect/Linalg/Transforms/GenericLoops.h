//===- GenericLoops.h - How a linalg.generic vectorizes ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plan for one linalg.generic on memrefs: which loop becomes vectors, how
// many lanes they have and what each output does along that loop.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GENERICLOOPS_H
#define ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GENERICLOOPS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace altgrad {

/// What an output does along the vector loop.
enum class OutputKind {
  /// Every iteration has an element of its own.
  Elementwise,
  /// The vector loop reduces it with an operation that may be re-ordered: one
  /// accumulator per lane.
  Lanes,
  /// The same with an operation that may not: lanes are folded in order into a
  /// scalar accumulator, with the bits of a scalar loop.
  Ordered,
  /// A sum of booleans: the population of the mask is added to a scalar.
  Count
};

struct OutputPlan {
  OutputKind kind = OutputKind::Elementwise;
  /// For reductions: the operation in the body that combines, and its kind.
  mlir::Operation *combiner = nullptr;
  mlir::vector::CombiningKind combiningKind = mlir::vector::CombiningKind::ADD;
  /// For Count: what widens the boolean, which the population replaces.
  mlir::Operation *extension = nullptr;
  /// The operand of `combiner` that is not the accumulator; for Count the
  /// boolean.
  mlir::Value contribution;
};

struct VectorizationPlan {
  /// The loop that becomes vectors; it is made innermost.
  unsigned vectorLoop = 0;
  /// Elements of a vector.
  int64_t lanes = 1;
  llvm::SmallVector<OutputPlan> outputs;
  /// Values of the body that differ between the lanes.
  llvm::DenseSet<mlir::Value> varying;
};

struct VectorizationOptions {
  unsigned vectorWidth = 512;
  bool reassociate = false;
};

/// Returns how `op`, on memrefs, vectorizes; on failure the reason in `reason`.
std::optional<VectorizationPlan>
planVectorization(mlir::linalg::GenericOp op,
                  const VectorizationOptions &options, std::string &reason);

/// Emits the loops of `op` according to `plan` before it, split into `threads`
/// chunks where that is more than one and the outputs allow it.
void emitVectorLoops(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op,
                     const VectorizationPlan &plan, unsigned threads);

} // namespace altgrad

#endif // ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GENERICLOOPS_H
