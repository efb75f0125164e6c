//===- Elementwise.h - Write derivatives down -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Arithmetic in formulas, and the models of operations that work on each
// element alone: on scalars, vectors and tensors alike.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_GRADIENTS_ELEMENTWISE_H
#define ALTGRAD_LIB_GRADIENTS_ELEMENTWISE_H

#include "altgrad/Dialect/Altgrad/IR/DifferentiableOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace altgrad {

inline mlir::Value add(BackwardBuilder &b, mlir::Value x, mlir::Value y) {
  return mlir::arith::AddFOp::create(b, x, y);
}
inline mlir::Value subtract(BackwardBuilder &b, mlir::Value x, mlir::Value y) {
  return mlir::arith::SubFOp::create(b, x, y);
}
inline mlir::Value multiply(BackwardBuilder &b, mlir::Value x, mlir::Value y) {
  return mlir::arith::MulFOp::create(b, x, y);
}
inline mlir::Value multiply(BackwardBuilder &b, mlir::Value x, double y) {
  return multiply(b, x, b.createConstant(x, y));
}
inline mlir::Value divide(BackwardBuilder &b, mlir::Value x, mlir::Value y) {
  return mlir::arith::DivFOp::create(b, x, y);
}
inline mlir::Value negate(BackwardBuilder &b, mlir::Value x) {
  return mlir::arith::NegFOp::create(b, x);
}
inline mlir::Value square(BackwardBuilder &b, mlir::Value x) {
  return multiply(b, x, x);
}
inline mlir::Value compare(BackwardBuilder &b,
                           mlir::arith::CmpFPredicate predicate, mlir::Value x,
                           mlir::Value y) {
  return mlir::arith::CmpFOp::create(b, predicate, x, y);
}
inline mlir::Value select(BackwardBuilder &b, mlir::Value condition,
                          mlir::Value x, mlir::Value y) {
  return mlir::arith::SelectOp::create(b, condition, x, y);
}

/// A model that states a gradient of zero for all operands.
template <typename OpTy>
struct ZeroGradient
    : public DifferentiableOpInterface::ExternalModel<ZeroGradient<OpTy>,
                                                      OpTy> {
  bool hasZeroDerivative(mlir::Operation *, mlir::OpOperand &) const {
    return true;
  }
};

/// A function of one operand whose derivative is a function of the operand:
/// `Rule::build(b, g, x)` is the cotangent of x.
template <typename Rule>
struct GradientOfOperand
    : public DifferentiableOpInterface::ExternalModel<GradientOfOperand<Rule>,
                                                      typename Rule::Op> {
  void getNeededPrimals(mlir::Operation *op, NeededPrimals &needs) const {
    needs.addValue(op->getOperand(0));
  }
  llvm::LogicalResult buildCotangents(mlir::Operation *op,
                                      BackwardBuilder &b) const {
    mlir::Value x = op->getOperand(0);
    b.addCotangent(
        x, Rule::build(b, b.getCotangent(op->getResult(0)), b.getPrimal(x)));
    return llvm::success();
  }
};

/// The same where the derivative is a function of the result y, which then is
/// all that has to be kept: `Rule::build(b, g, y)`.
template <typename Rule>
struct GradientOfResult
    : public DifferentiableOpInterface::ExternalModel<GradientOfResult<Rule>,
                                                      typename Rule::Op> {
  void getNeededPrimals(mlir::Operation *op, NeededPrimals &needs) const {
    needs.addValue(op->getResult(0));
  }
  llvm::LogicalResult buildCotangents(mlir::Operation *op,
                                      BackwardBuilder &b) const {
    mlir::Value y = op->getResult(0);
    b.addCotangent(op->getOperand(0),
                   Rule::build(b, b.getCotangent(y), b.getPrimal(y)));
    return llvm::success();
  }
};

} // namespace altgrad

#endif // ALTGRAD_LIB_GRADIENTS_ELEMENTWISE_H
