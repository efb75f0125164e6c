//===- DifferentiableOpInterface.h - Gradient rules -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The interface that gradient rules implement, and what they are given: the
// plan of a differentiation, the builder of the backward function and the
// rewriter of the primal one.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_ALTGRAD_IR_DIFFERENTIABLEOPINTERFACE_H
#define ALTGRAD_DIALECT_ALTGRAD_IR_DIFFERENTIABLEOPINTERFACE_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace altgrad {

/// True if a cotangent of a value of this type exists: a float or a code, or a
/// vector or ranked tensor of them.
bool canHaveCotangent(mlir::Type type);

/// Which values take part in a differentiation. A value is *varied* if it
/// depends on an argument to differentiate, *useful* if a result with a
/// cotangent depends on it, and *active* if it is both.
class Activity {
public:
  bool isVaried(mlir::Value value) const { return varied.contains(value); }
  bool isUseful(mlir::Value value) const { return useful.contains(value); }
  bool isActive(mlir::Value value) const {
    return isVaried(value) && isUseful(value);
  }
  /// True if one of the results is active.
  bool hasActiveResult(mlir::Operation *op) const;

  /// True if this is news.
  bool addVaried(mlir::Value value) { return varied.insert(value).second; }
  bool addUseful(mlir::Value value) { return useful.insert(value).second; }

  /// `to` takes the place of `from`, which is about to be erased.
  void replace(mlir::Value from, mlir::Value to);

private:
  llvm::DenseSet<mlir::Value> varied, useful;
};

/// What is known of a primal program before its backward program is built.
struct GradientPlan {
  Activity activity;
  /// The values that augmented operations recorded for their rules.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::Value>> tapes;
};

/// The primal values that backward code reads. Filled by rules.
class NeededPrimals {
public:
  explicit NeededPrimals(const GradientPlan &plan) : plan(plan) {}

  bool isWanted(mlir::Value operand) const {
    return plan.activity.isActive(operand);
  }

  /// The value itself.
  void addValue(mlir::Value value) { values.insert(value); }
  /// The sizes of a tensor, not its elements.
  void addSizes(mlir::Value value) { sizes.insert(value); }

  const llvm::SetVector<mlir::Value> &getValues() const { return values; }
  const llvm::SetVector<mlir::Value> &getSizes() const { return sizes; }
  const GradientPlan &getPlan() const { return plan; }

private:
  const GradientPlan &plan;
  llvm::SetVector<mlir::Value> values, sizes;
};

/// Replaces primal operations by ones that record what their rules need.
class PrimalAugmenter : public mlir::IRRewriter {
public:
  PrimalAugmenter(mlir::MLIRContext *context, GradientPlan &plan)
      : IRRewriter(context), plan(plan) {}

  const GradientPlan &getPlan() const { return plan; }

  /// `augmented` takes the place of `op`: its first results are those of `op`,
  /// its further ones whatever `tape` holds. Erases `op`. Both may be the same
  /// operation, where the tape is made of values outside of it.
  void replacePrimal(mlir::Operation *op, mlir::Operation *augmented,
                     mlir::ValueRange tape);

  /// `to` takes the place of `from`, which is about to be erased; for values in
  /// the regions of an augmented operation.
  void replaceActivity(mlir::Value from, mlir::Value to) {
    plan.activity.replace(from, to);
  }

private:
  GradientPlan &plan;
};

/// Builds backward code: at its insertion point, with the location of the
/// operation whose rule runs. One builder belongs to one region of the primal
/// program; a rule that differentiates a region of its operation makes another
/// one with this as its parent.
class BackwardBuilder : public mlir::ImplicitLocOpBuilder {
public:
  BackwardBuilder(mlir::Location loc, mlir::OpBuilder builder,
                  const GradientPlan &plan)
      : ImplicitLocOpBuilder(loc, builder), plan(plan) {}
  /// For a region within the one of `parent`: builds where `nested` does,
  /// starts without cotangents and finds the primal values that the parent
  /// finds.
  BackwardBuilder(mlir::OpBuilder nested, BackwardBuilder &parent)
      : BackwardBuilder(nested, parent, parent.plan) {}
  /// The same with a plan of its own, for a region that the analysis of the
  /// function did not look into.
  BackwardBuilder(mlir::OpBuilder nested, BackwardBuilder &parent,
                  const GradientPlan &plan)
      : ImplicitLocOpBuilder(parent.getLoc(), nested), plan(plan),
        parent(&parent) {}
  BackwardBuilder(const BackwardBuilder &) = delete;

  //===--------------------------------------------------------------------===//
  // What a rule asks
  //===--------------------------------------------------------------------===//

  /// True if the cotangent of this operand or captured value has a use.
  bool isWanted(mlir::Value operand) const {
    return plan.activity.isActive(operand);
  }

  /// The sum of what was added for `value`, in the type of `value`; null if
  /// that is zero. That of codes has the element type of the values they stand
  /// for.
  mlir::Value getCotangent(mlir::Value value);

  /// The same before it is rounded to the type of `value`: its element type may
  /// be wider. For rules that move elements without arithmetic, and for casts.
  mlir::Value getWideCotangent(mlir::Value value);

  /// The same, and zero from now on: for a rule that adds to it in a region and
  /// answers with the sum.
  mlir::Value takeCotangent(mlir::Value value);

  /// A primal value that the rule declared.
  mlir::Value getPrimal(mlir::Value value);

  /// The sizes of a primal tensor whose value or sizes the rule declared.
  llvm::SmallVector<mlir::OpFoldResult> getSizes(mlir::Value tensor);

  /// What `augmentPrimal` recorded for this operation.
  llvm::SmallVector<mlir::Value> getTape(mlir::Operation *op);

  //===--------------------------------------------------------------------===//
  // What a rule answers
  //===--------------------------------------------------------------------===//

  /// Adds to the cotangent of an operand or captured value. Does nothing if it
  /// is not wanted or if `cotangent` is null.
  void addCotangent(mlir::Value operand, mlir::Value cotangent);

  //===--------------------------------------------------------------------===//
  // Help
  //===--------------------------------------------------------------------===//

  /// `number` in the type of `like`, a value of the backward code; every
  /// element of it where that is a vector or a tensor.
  mlir::Value createConstant(mlir::Value like, double number);

  /// A cotangent of zero for a primal value, where null will not do. The rule
  /// must have declared the sizes of a tensor with dynamic ones.
  mlir::Value createZero(mlir::Value primal);

  /// `value` with another float element type, rounded once if it is narrower.
  mlir::Value createCast(mlir::Value value, mlir::Type elementType);

  //===--------------------------------------------------------------------===//
  // For what drives rules: the pass, and operations with regions
  //===--------------------------------------------------------------------===//

  const GradientPlan &getPlan() const { return plan; }

  /// Where a primal value of this region is to be had in the backward code; by
  /// default it is there itself.
  void mapPrimal(mlir::Value primal, mlir::Value available) {
    primals[primal] = available;
  }
  void mapSizes(mlir::Value primal,
                llvm::ArrayRef<mlir::OpFoldResult> available) {
    sizes[primal].assign(available.begin(), available.end());
  }

  /// Runs the rule of `op`, unless all cotangents of its results are zero.
  llvm::LogicalResult runRule(mlir::Operation *op);

private:
  /// The value or sizes as this builder or a parent knows them.
  mlir::Value lookUpPrimal(mlir::Value value) const;
  /// Emits an error if the running rule did not declare this.
  void checkDeclared(mlir::Value value, bool sizesOnly);

  const GradientPlan &plan;
  BackwardBuilder *parent = nullptr;
  llvm::DenseMap<mlir::Value, mlir::Value> cotangents;
  llvm::DenseMap<mlir::Value, mlir::Value> primals;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::OpFoldResult>> sizes;
  /// Of the running rule.
  mlir::Operation *current = nullptr;
  const NeededPrimals *declared = nullptr;
  bool hadError = false;
};

/// Emits the error for an operation on an active path that cannot be
/// differentiated: it names the interface to implement.
llvm::LogicalResult emitMissingRule(mlir::Operation *op);

} // namespace altgrad

#include "altgrad/Dialect/Altgrad/IR/DifferentiableOpInterface.h.inc"

#endif // ALTGRAD_DIALECT_ALTGRAD_IR_DIFFERENTIABLEOPINTERFACE_H
