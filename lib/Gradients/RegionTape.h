//===- RegionTape.h - Primal values of a region -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The backward code of a loop or a branch is in a region of its own, where the
// values of the primal region cannot be seen. Each that it reads is recorded on
// a tape or had again, which is decided here.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_GRADIENTS_REGIONTAPE_H
#define ALTGRAD_LIB_GRADIENTS_REGIONTAPE_H

#include "altgrad/Gradients/Differentiation.h"

namespace altgrad {

/// What the backward code of a region of one block reads of the primal one. The
/// same for the same program, so a rule need not carry it from one step of the
/// differentiation to the next.
class RegionTape {
public:
  /// A value that is recorded, or the size of one of its dimensions.
  struct Entry {
    mlir::Value value;
    std::optional<int64_t> dim;

    mlir::Type getType() const;
  };

  /// The nested operations have recorded what they need. `known` are block
  /// arguments that the backward code has in another way.
  RegionTape(mlir::Region &region, const GradientPlan &plan,
             mlir::ValueRange known = {});

  /// Declares what is read from outside of the region, and the sizes of all
  /// values whose cotangents pass through it.
  void declareOutside(NeededPrimals &needs) const;

  llvm::ArrayRef<Entry> getEntries() const { return entries; }

  /// The values from outside whose cotangents the region contributes to.
  llvm::ArrayRef<mlir::Value> getCaptured() const { return captured; }

  /// The value of an entry, in the primal region behind where it is defined.
  /// Leaves the insertion point there.
  static mlir::Value emitEntry(mlir::ImplicitLocOpBuilder &b, Entry entry);

  /// Makes the primal values available to `inner`, the builder of the backward
  /// region: `recorded` are those of the entries, others are had again.
  void provide(BackwardBuilder &inner, mlir::ValueRange recorded) const;

private:
  bool isOutside(mlir::Value value) const;
  /// True if `value` can be had again without much work; adds what is needed.
  bool repeat(mlir::Value value);

  mlir::Region &region;
  llvm::SmallVector<mlir::Value> known;
  NeededPrimals outside;
  llvm::SmallVector<Entry> entries;
  llvm::SmallVector<mlir::Value> captured;
  /// Operations that the backward code does again; operands come first.
  llvm::SetVector<mlir::Operation *> repeated;
};

} // namespace altgrad

#endif // ALTGRAD_LIB_GRADIENTS_REGIONTAPE_H
