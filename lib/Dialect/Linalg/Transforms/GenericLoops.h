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

/// Bytes that a cache moves at once.
inline constexpr int64_t kLineBytes = 64;

/// `op`, on memrefs, with every run of loops that its operands walk as one loop
/// would made one. The operation may be another one afterwards.
mlir::linalg::GenericOp collapseLoops(mlir::RewriterBase &rewriter,
                                      mlir::linalg::GenericOp op);

/// Makes generics of the copies from and to slices under `function`: upstream
/// lowers them to a call of MLIR's runtime, which copies element by element.
/// With `keepContiguous` a slice without gaps stays what `memcpy` can copy.
void generalizeStridedCopies(mlir::Operation *function, bool keepContiguous);

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
  /// A sum of booleans: one 32-bit counter per lane.
  Count
};

struct OutputPlan {
  OutputKind kind = OutputKind::Elementwise;
  /// For reductions: the operation in the body that combines, and its kind.
  mlir::Operation *combiner = nullptr;
  mlir::vector::CombiningKind combiningKind = mlir::vector::CombiningKind::ADD;
  /// For Count: what widens the boolean, which a masked addition replaces.
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
  /// Elements of the vectors to work with while enough are left: `lanes` or a
  /// power of two times as many.
  int64_t wideLanes = 1;
  llvm::SmallVector<OutputPlan> outputs;
  /// Values of the body that differ between the lanes.
  llvm::DenseSet<mlir::Value> varying;

  /// The outputs that the vector loop reduces.
  llvm::SmallVector<unsigned> getReductions() const;
};

struct VectorizationOptions {
  unsigned vectorWidth = 512;
  /// Vectors that one step may work on.
  unsigned vectorsPerStep = 1;
  bool reassociate = false;
};

/// Returns how `op`, on memrefs, vectorizes; on failure the reason in `reason`.
std::optional<VectorizationPlan>
planVectorization(mlir::linalg::GenericOp op,
                  const VectorizationOptions &options, std::string &reason);

/// The same for vectors along `loop`.
std::optional<VectorizationPlan>
planVectorizationAlong(mlir::linalg::GenericOp op, unsigned loop,
                       const VectorizationOptions &options,
                       std::string &reason);

/// The value that an accumulator of this output may start from.
mlir::TypedAttr getNeutralElement(const OutputPlan &output);

/// What the loops of a plan look like.
struct LoopOptions {
  /// Chunks to split into, where that is more than one and the outputs allow
  /// it.
  unsigned threads = 1;
  /// What reads and writes at least this many bytes has loops of its own, made
  /// for data that no cache holds; 0 is never.
  uint64_t largeBytes = 0;
  /// How far ahead those prefetch inputs; 0 is not at all.
  int64_t prefetchBytes = 0;
  /// Mark loops of less than a vector so that LLVM leaves them as they are.
  bool marksShortLoops = false;
};

/// Emits the loops of `op` according to `plan` before it.
void emitVectorLoops(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op,
                     const VectorizationPlan &plan, const LoopOptions &options);

} // namespace altgrad

#endif // ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GENERICLOOPS_H
