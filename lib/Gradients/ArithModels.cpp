//===- ArithModels.cpp - Gradient rules of arith --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// g is the cotangent of the result. Conversions to and from integers and
// comparisons need no rule: integers are inactive.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

#include "altgrad/Gradients/Models.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace altgrad;
using arith::CmpFPredicate;

namespace {

template <typename Model, typename OpTy>
using ExternalModel = DifferentiableOpInterface::ExternalModel<Model, OpTy>;

struct NegFModel : public ExternalModel<NegFModel, arith::NegFOp> {
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    b.addCotangent(op->getOperand(0),
                   negate(b, b.getCotangent(op->getResult(0))));
    return success();
  }
};

struct AddFModel : public ExternalModel<AddFModel, arith::AddFOp> {
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    Value g = b.getCotangent(op->getResult(0));
    b.addCotangent(op->getOperand(0), g);
    b.addCotangent(op->getOperand(1), g);
    return success();
  }
};

struct SubFModel : public ExternalModel<SubFModel, arith::SubFOp> {
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    Value g = b.getCotangent(op->getResult(0));
    b.addCotangent(op->getOperand(0), g);
    if (b.isWanted(op->getOperand(1)))
      b.addCotangent(op->getOperand(1), negate(b, g));
    return success();
  }
};

struct MulFModel : public ExternalModel<MulFModel, arith::MulFOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    for (unsigned i : {0, 1})
      if (needs.isWanted(op->getOperand(i)))
        needs.addValue(op->getOperand(1 - i));
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    Value g = b.getCotangent(op->getResult(0));
    for (unsigned i : {0, 1})
      if (b.isWanted(op->getOperand(i)))
        b.addCotangent(op->getOperand(i),
                       multiply(b, g, b.getPrimal(op->getOperand(1 - i))));
    return success();
  }
};

/// x / y: g / y, and -(g / y) * (x / y).
struct DivFModel : public ExternalModel<DivFModel, arith::DivFOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addValue(op->getOperand(1));
    if (needs.isWanted(op->getOperand(1)))
      needs.addValue(op->getResult(0));
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    Value result = op->getResult(0), x = op->getOperand(0),
          y = op->getOperand(1);
    Value quotient = divide(b, b.getCotangent(result), b.getPrimal(y));
    b.addCotangent(x, quotient);
    if (b.isWanted(y))
      b.addCotangent(y, negate(b, multiply(b, quotient, b.getPrimal(result))));
    return success();
  }
};

/// x - trunc(x / y) * y: g, and -g * trunc(x / y).
struct RemFModel : public ExternalModel<RemFModel, arith::RemFOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    if (!needs.isWanted(op->getOperand(1)))
      return;
    needs.addValue(op->getOperand(0));
    needs.addValue(op->getOperand(1));
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    Value g = b.getCotangent(op->getResult(0));
    b.addCotangent(op->getOperand(0), g);
    if (b.isWanted(op->getOperand(1))) {
      Value quotient = divide(b, b.getPrimal(op->getOperand(0)),
                              b.getPrimal(op->getOperand(1)));
      Value count = math::TruncOp::create(b, quotient);
      b.addCotangent(op->getOperand(1), negate(b, multiply(b, g, count)));
    }
    return success();
  }
};

/// The larger or smaller operand takes all of g; the second one does at a tie,
/// so that maximumf(x, 0) has the gradient 0 at 0 that is usual for a ReLU.
template <typename OpTy, CmpFPredicate firstWins, bool skipsNaN>
struct ExtremumModel
    : public ExternalModel<ExtremumModel<OpTy, firstWins, skipsNaN>, OpTy> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addValue(op->getOperand(0));
    needs.addValue(op->getOperand(1));
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    Value x = op->getOperand(0), y = op->getOperand(1);
    Value isFirst = compare(b, firstWins, b.getPrimal(x), b.getPrimal(y));
    if (skipsNaN) { // x also wins over a NaN.
      Value isNaN =
          compare(b, CmpFPredicate::UNO, b.getPrimal(y), b.getPrimal(y));
      isFirst = arith::OrIOp::create(b, isFirst, isNaN);
    }
    Value g = b.getCotangent(op->getResult(0));
    Value zero = b.createConstant(g, 0);
    if (b.isWanted(x))
      b.addCotangent(x, select(b, isFirst, g, zero));
    if (b.isWanted(y))
      b.addCotangent(y, select(b, isFirst, zero, g));
    return success();
  }
};

struct SelectModel : public ExternalModel<SelectModel, arith::SelectOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addValue(cast<arith::SelectOp>(op).getCondition());
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    auto selection = cast<arith::SelectOp>(op);
    Value condition = b.getPrimal(selection.getCondition());
    Value g = b.getWideCotangent(selection.getResult());
    Value zero = b.createConstant(g, 0);
    if (b.isWanted(selection.getTrueValue()))
      b.addCotangent(selection.getTrueValue(), select(b, condition, g, zero));
    if (b.isWanted(selection.getFalseValue()))
      b.addCotangent(selection.getFalseValue(), select(b, condition, zero, g));
    return success();
  }
};

/// Casts between float types pass the cotangent on as it is: it stays as wide
/// as it was, and is not rounded because the value was.
template <typename OpTy>
struct FloatCastModel : public ExternalModel<FloatCastModel<OpTy>, OpTy> {
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    b.addCotangent(op->getOperand(0), b.getWideCotangent(op->getResult(0)));
    return success();
  }
};

} // namespace

void altgrad::registerArithGradients(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    arith::NegFOp::attachInterface<NegFModel>(*context);
    arith::AddFOp::attachInterface<AddFModel>(*context);
    arith::SubFOp::attachInterface<SubFModel>(*context);
    arith::MulFOp::attachInterface<MulFModel>(*context);
    arith::DivFOp::attachInterface<DivFModel>(*context);
    arith::RemFOp::attachInterface<RemFModel>(*context);
    arith::MaximumFOp::attachInterface<
        ExtremumModel<arith::MaximumFOp, CmpFPredicate::OGT, false>>(*context);
    arith::MinimumFOp::attachInterface<
        ExtremumModel<arith::MinimumFOp, CmpFPredicate::OLT, false>>(*context);
    arith::MaxNumFOp::attachInterface<
        ExtremumModel<arith::MaxNumFOp, CmpFPredicate::OGT, true>>(*context);
    arith::MinNumFOp::attachInterface<
        ExtremumModel<arith::MinNumFOp, CmpFPredicate::OLT, true>>(*context);
    arith::SelectOp::attachInterface<SelectModel>(*context);
    arith::ExtFOp::attachInterface<FloatCastModel<arith::ExtFOp>>(*context);
    arith::TruncFOp::attachInterface<FloatCastModel<arith::TruncFOp>>(*context);
  });
}
