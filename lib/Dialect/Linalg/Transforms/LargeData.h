//===- LargeData.h - Loops over more than caches hold -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two things help a loop whose data come from memory and go to memory, and harm
// one whose data are in a cache; only the size, known at run time, tells.
//
// - Non-temporal stores. An ordinary store reads the cache line that it writes
//   to, and pushes others out of the caches. A non-temporal one does neither,
//   which saves a third or more of the traffic of an output that no cache can
//   hold, and costs a trip to memory where one could have.
// - Prefetching. A loop with much arithmetic does not run far enough ahead of
//   itself to keep memory busy; the instructions cost a little.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_LARGEDATA_H
#define ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_LARGEDATA_H

#include "GenericLoops.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <memory>

namespace altgrad {

/// Emits the decisions, at run time, about one generic.
class LargeData {
public:
  /// Emits what is decided once, before all loops. Returns null where the sizes
  /// are known and what `op` reads and writes has less than `minBytes`, or
  /// where that is 0.
  static std::unique_ptr<LargeData>
  create(mlir::ImplicitLocOpBuilder &b, mlir::linalg::GenericOp op,
         const VectorizationPlan &plan, llvm::ArrayRef<mlir::Value> loopSizes,
         uint64_t minBytes);

  /// From where on, and whether, a vector loop is one over large data.
  struct Start {
    /// The first iteration whose elements are aligned in all outputs, at most
    /// the end of the range; for small data, the start of it.
    mlir::Value position;
    mlir::Value isLarge; // i1.
  };
  Start align(mlir::ImplicitLocOpBuilder &b, llvm::ArrayRef<mlir::Value> ivs,
              mlir::Value from, mlir::Value to) const;

  /// True if such a loop writes its outputs by non-temporal stores: they are
  /// neither inputs at the same time, which are in the cache then, nor strided.
  bool streamsOutputs() const { return !outputs.empty(); }

  /// Non-temporal stores are not ordered with what this thread does next.
  void emitFence(mlir::ImplicitLocOpBuilder &b) const;

  /// The alignment that the stores of a vector have after `align`.
  static llvm::Align getAlignment(mlir::VectorType type);

private:
  struct Output {
    mlir::Value address; // Of the first element, as an index.
    llvm::SmallVector<mlir::Value> sizes;
    mlir::AffineMap map;
    int64_t elementBytes;
  };

  void planStreaming(mlir::ImplicitLocOpBuilder &b, mlir::linalg::GenericOp op,
                     const VectorizationPlan &plan,
                     llvm::ArrayRef<mlir::Value> loopSizes);
  mlir::Value emitAddress(mlir::ImplicitLocOpBuilder &b, const Output &output,
                          llvm::ArrayRef<mlir::Value> ivs) const;

  unsigned vectorLoop = 0;
  /// Those that are streamed; the narrowest is the first.
  llvm::SmallVector<Output> outputs;
  mlir::Value condition; // i1.
};

} // namespace altgrad

#endif // ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_LARGEDATA_H
