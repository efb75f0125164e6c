//===- MathModels.cpp - Gradient rules of math ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// g is the cotangent of the result y. Where the derivative can be written in
// terms of y it is, so that nothing is computed twice and x need not be kept.
//
// clampf has no rule: LLVM 22 defines and expands it as max(min(x, min), max),
// which is max wherever min < max, and nobody can have meant that gradient.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

#include "altgrad/Gradients/Models.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace altgrad;
using arith::CmpFPredicate;

using B = BackwardBuilder;

//===----------------------------------------------------------------------===//
// Derivatives in terms of the result
//===----------------------------------------------------------------------===//

namespace {

struct Exp { // y' = y
  using Op = math::ExpOp;
  static Value build(B &b, Value g, Value y) { return multiply(b, g, y); }
};

struct Exp2 { // y' = ln(2) y
  using Op = math::Exp2Op;
  static Value build(B &b, Value g, Value y) {
    return multiply(b, multiply(b, g, y), llvm::numbers::ln2);
  }
};

struct ExpM1 { // y' = y + 1
  using Op = math::ExpM1Op;
  static Value build(B &b, Value g, Value y) {
    return multiply(b, g, add(b, y, b.createConstant(y, 1)));
  }
};

struct Sqrt { // y' = 1 / (2 y)
  using Op = math::SqrtOp;
  static Value build(B &b, Value g, Value y) {
    return divide(b, multiply(b, g, 0.5), y);
  }
};

struct Rsqrt { // y' = -y^3 / 2
  using Op = math::RsqrtOp;
  static Value build(B &b, Value g, Value y) {
    return multiply(b, multiply(b, g, -0.5), multiply(b, square(b, y), y));
  }
};

struct Cbrt { // y' = 1 / (3 y^2)
  using Op = math::CbrtOp;
  static Value build(B &b, Value g, Value y) {
    return divide(b, g, multiply(b, square(b, y), 3));
  }
};

struct Tanh { // y' = 1 - y^2
  using Op = math::TanhOp;
  static Value build(B &b, Value g, Value y) {
    return multiply(b, g, subtract(b, b.createConstant(y, 1), square(b, y)));
  }
};

struct Tan { // y' = 1 + y^2
  using Op = math::TanOp;
  static Value build(B &b, Value g, Value y) {
    return multiply(b, g, add(b, b.createConstant(y, 1), square(b, y)));
  }
};

//===----------------------------------------------------------------------===//
// Derivatives in terms of the operand
//===----------------------------------------------------------------------===//

struct Log { // 1 / x
  using Op = math::LogOp;
  static Value build(B &b, Value g, Value x) { return divide(b, g, x); }
};

struct Log2 { // 1 / (ln(2) x)
  using Op = math::Log2Op;
  static Value build(B &b, Value g, Value x) {
    return divide(b, g, multiply(b, x, llvm::numbers::ln2));
  }
};

struct Log10 { // 1 / (ln(10) x)
  using Op = math::Log10Op;
  static Value build(B &b, Value g, Value x) {
    return divide(b, g, multiply(b, x, llvm::numbers::ln10));
  }
};

struct Log1p { // 1 / (1 + x)
  using Op = math::Log1pOp;
  static Value build(B &b, Value g, Value x) {
    return divide(b, g, add(b, x, b.createConstant(x, 1)));
  }
};

struct Sin { // cos(x)
  using Op = math::SinOp;
  static Value build(B &b, Value g, Value x) {
    return multiply(b, g, math::CosOp::create(b, x));
  }
};

struct Cos { // -sin(x)
  using Op = math::CosOp;
  static Value build(B &b, Value g, Value x) {
    return negate(b, multiply(b, g, math::SinOp::create(b, x)));
  }
};

struct Sinh { // cosh(x)
  using Op = math::SinhOp;
  static Value build(B &b, Value g, Value x) {
    return multiply(b, g, math::CoshOp::create(b, x));
  }
};

struct Cosh { // sinh(x)
  using Op = math::CoshOp;
  static Value build(B &b, Value g, Value x) {
    return multiply(b, g, math::SinhOp::create(b, x));
  }
};

} // namespace

/// sqrt(sign * x^2 + offset)
static Value rootOfSquare(B &b, Value x, double sign, double offset) {
  Value term = square(b, x);
  Value constant = b.createConstant(x, offset);
  return math::SqrtOp::create(b, sign > 0 ? add(b, term, constant)
                                          : subtract(b, constant, term));
}

/// factor * exp(-x^2) * g
static Value bell(B &b, Value g, Value x, double factor) {
  Value bell = math::ExpOp::create(b, negate(b, square(b, x)));
  return multiply(b, multiply(b, g, factor), bell);
}

/// 2 / sqrt(pi), the slope of erf at 0.
static constexpr double kErfSlope = 2 * llvm::numbers::inv_sqrtpi;

namespace {

struct Asin { // 1 / sqrt(1 - x^2)
  using Op = math::AsinOp;
  static Value build(B &b, Value g, Value x) {
    return divide(b, g, rootOfSquare(b, x, -1, 1));
  }
};

struct Acos { // -1 / sqrt(1 - x^2)
  using Op = math::AcosOp;
  static Value build(B &b, Value g, Value x) {
    return negate(b, divide(b, g, rootOfSquare(b, x, -1, 1)));
  }
};

struct Atan { // 1 / (1 + x^2)
  using Op = math::AtanOp;
  static Value build(B &b, Value g, Value x) {
    return divide(b, g, add(b, square(b, x), b.createConstant(x, 1)));
  }
};

struct Asinh { // 1 / sqrt(x^2 + 1)
  using Op = math::AsinhOp;
  static Value build(B &b, Value g, Value x) {
    return divide(b, g, rootOfSquare(b, x, 1, 1));
  }
};

struct Acosh { // 1 / sqrt(x^2 - 1)
  using Op = math::AcoshOp;
  static Value build(B &b, Value g, Value x) {
    return divide(b, g, rootOfSquare(b, x, 1, -1));
  }
};

struct Atanh { // 1 / (1 - x^2)
  using Op = math::AtanhOp;
  static Value build(B &b, Value g, Value x) {
    return divide(b, g, subtract(b, b.createConstant(x, 1), square(b, x)));
  }
};

struct Erf { // 2 / sqrt(pi) exp(-x^2)
  using Op = math::ErfOp;
  static Value build(B &b, Value g, Value x) {
    return bell(b, g, x, kErfSlope);
  }
};

struct Erfc { // -2 / sqrt(pi) exp(-x^2)
  using Op = math::ErfcOp;
  static Value build(B &b, Value g, Value x) {
    return bell(b, g, x, -kErfSlope);
  }
};

struct AbsF { // the sign of x, 0 at 0
  using Op = math::AbsFOp;
  static Value build(B &b, Value g, Value x) {
    Value zero = b.createConstant(x, 0);
    Value isNegative = compare(b, CmpFPredicate::OLT, x, zero);
    Value isPositive = compare(b, CmpFPredicate::OGT, x, zero);
    return select(b, isPositive, g, select(b, isNegative, negate(b, g), zero));
  }
};

//===----------------------------------------------------------------------===//
// Several operands
//===----------------------------------------------------------------------===//

template <typename Model, typename OpTy>
using ExternalModel = DifferentiableOpInterface::ExternalModel<Model, OpTy>;

/// x y + z: g y, g x, g.
struct FmaModel : public ExternalModel<FmaModel, math::FmaOp> {
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
    b.addCotangent(op->getOperand(2), g);
    return success();
  }
};

/// g with the product of the signs of x and y for x; y has an influence only
/// where it changes sign.
struct CopySignModel : public ExternalModel<CopySignModel, math::CopySignOp> {
  bool hasZeroDerivative(Operation *, OpOperand &operand) const {
    return operand.getOperandNumber() == 1;
  }
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addValue(op->getOperand(0));
    needs.addValue(op->getOperand(1));
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    Value g = b.getCotangent(op->getResult(0)), one = b.createConstant(g, 1);
    Value x = b.getPrimal(op->getOperand(0)),
          y = b.getPrimal(op->getOperand(1));
    Value signs = multiply(b, math::CopySignOp::create(b, one, x),
                           math::CopySignOp::create(b, one, y));
    b.addCotangent(op->getOperand(0), multiply(b, g, signs));
    return success();
  }
};

/// x^y: g y x^(y-1), where y is not 0, and g x^y ln(x), where x is not 0.
struct PowFModel : public ExternalModel<PowFModel, math::PowFOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addValue(op->getOperand(0));
    if (needs.isWanted(op->getOperand(0)))
      needs.addValue(op->getOperand(1));
    if (needs.isWanted(op->getOperand(1)))
      needs.addValue(op->getResult(0));
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    Value base = op->getOperand(0), exponent = op->getOperand(1);
    Value g = b.getCotangent(op->getResult(0)), x = b.getPrimal(base);
    Value zero = b.createConstant(g, 0);
    if (b.isWanted(base)) {
      Value y = b.getPrimal(exponent);
      Value power =
          math::PowFOp::create(b, x, subtract(b, y, b.createConstant(y, 1)));
      Value isConstant = compare(b, CmpFPredicate::OEQ, y, zero);
      b.addCotangent(base, select(b, isConstant, zero,
                                  multiply(b, multiply(b, g, y), power)));
    }
    if (b.isWanted(exponent)) {
      Value slope =
          multiply(b, b.getPrimal(op->getResult(0)), math::LogOp::create(b, x));
      Value isZero = compare(b, CmpFPredicate::OEQ, x, zero);
      b.addCotangent(exponent, select(b, isZero, zero, multiply(b, g, slope)));
    }
    return success();
  }
};

/// x^n for an integer n: g n x^(n-1), where n is not 0.
struct FPowIModel : public ExternalModel<FPowIModel, math::FPowIOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addValue(op->getOperand(0));
    needs.addValue(op->getOperand(1));
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    Value g = b.getCotangent(op->getResult(0));
    Value x = b.getPrimal(op->getOperand(0));
    Value n =
        arith::SIToFPOp::create(b, g.getType(), b.getPrimal(op->getOperand(1)));
    Value power =
        math::PowFOp::create(b, x, subtract(b, n, b.createConstant(n, 1)));
    Value zero = b.createConstant(g, 0);
    Value isConstant = compare(b, CmpFPredicate::OEQ, n, zero);
    b.addCotangent(
        op->getOperand(0),
        select(b, isConstant, zero, multiply(b, multiply(b, g, n), power)));
    return success();
  }
};

/// atan2(y, x): g x / (x^2 + y^2), and -g y / (x^2 + y^2).
struct Atan2Model : public ExternalModel<Atan2Model, math::Atan2Op> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addValue(op->getOperand(0));
    needs.addValue(op->getOperand(1));
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    Value y = b.getPrimal(op->getOperand(0)),
          x = b.getPrimal(op->getOperand(1));
    Value share = divide(b, b.getCotangent(op->getResult(0)),
                         add(b, square(b, x), square(b, y)));
    if (b.isWanted(op->getOperand(0)))
      b.addCotangent(op->getOperand(0), multiply(b, share, x));
    if (b.isWanted(op->getOperand(1)))
      b.addCotangent(op->getOperand(1), negate(b, multiply(b, share, y)));
    return success();
  }
};

/// sin(x) and cos(x): g_sin cos(x) - g_cos sin(x).
struct SincosModel : public ExternalModel<SincosModel, math::SincosOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addValue(op->getResult(0));
    needs.addValue(op->getResult(1));
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    auto sincos = cast<math::SincosOp>(op);
    Value x = sincos.getOperand();
    if (Value g = b.getCotangent(sincos.getSin()))
      b.addCotangent(x, multiply(b, g, b.getPrimal(sincos.getCos())));
    if (Value g = b.getCotangent(sincos.getCos()))
      b.addCotangent(x,
                     negate(b, multiply(b, g, b.getPrimal(sincos.getSin()))));
    return success();
  }
};

} // namespace

template <typename... Rules>
static void attachRulesOfOperands(MLIRContext &context) {
  (Rules::Op::template attachInterface<GradientOfOperand<Rules>>(context), ...);
}

template <typename... Rules>
static void attachRulesOfResults(MLIRContext &context) {
  (Rules::Op::template attachInterface<GradientOfResult<Rules>>(context), ...);
}

/// Steps: their derivative is zero wherever they have one.
template <typename... Ops> static void attachZero(MLIRContext &context) {
  (Ops::template attachInterface<ZeroGradient<Ops>>(context), ...);
}

void altgrad::registerMathGradients(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, math::MathDialect *) {
    attachRulesOfResults<Exp, Exp2, ExpM1, Sqrt, Rsqrt, Cbrt, Tanh, Tan>(
        *context);
    attachRulesOfOperands<Log, Log2, Log10, Log1p, Sin, Cos, Sinh, Cosh, Asin,
                          Acos, Atan, Asinh, Acosh, Atanh, Erf, Erfc, AbsF>(
        *context);
    attachZero<math::CeilOp, math::FloorOp, math::RoundOp, math::RoundEvenOp,
               math::TruncOp>(*context);
    math::FmaOp::attachInterface<FmaModel>(*context);
    math::CopySignOp::attachInterface<CopySignModel>(*context);
    math::PowFOp::attachInterface<PowFModel>(*context);
    math::FPowIOp::attachInterface<FPowIModel>(*context);
    math::Atan2Op::attachInterface<Atan2Model>(*context);
    math::SincosOp::attachInterface<SincosModel>(*context);
  });
}
