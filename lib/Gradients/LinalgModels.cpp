//===- LinalgModels.cpp - Gradient rule of structured operations ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One rule for all of linalg. A structured operation is its body and its maps,
// so its gradient is the gradient of the body with the same maps: in each
// iteration the body's cotangents are built by the rules of its operations, and
// they are summed over the loops that an operand's map leaves out. The gradient
// of a matmul is two contractions because of that, and that of a broadcast a
// sum, without a word about either here.
//
// Each operand gets an operation of its own: the loops that it is summed over
// are its own, and operations with one result are what fusion takes.
//
//===----------------------------------------------------------------------===//

#include "LinalgBody.h"
#include "LinalgOutputs.h"

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Gradients/Differentiation.h"
#include "altgrad/Gradients/Models.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace altgrad;

namespace {

/// A value that elements of the iterations depend on.
struct Source {
  Value value;
  AffineMap map;
  /// What it is in the body: arguments, or itself where it is captured.
  SmallVector<Value> elements;
};

/// The gradient of one structured operation.
class LinalgGradient {
public:
  LinalgGradient(linalg::LinalgOp op, ArrayRef<LinalgOutput> outputs)
      : op(op), body(op.getBlock()), outputs(outputs),
        positions(outputs.size()) {}

  void declareNeeds(NeededPrimals &needs);
  LogicalResult build(BackwardBuilder &b);

private:
  SmallVector<Source> getSources(function_ref<bool(Value)> isWanted);
  /// The activity in the body from `source` to the outputs of `numbers`.
  void analyze(const Source &source, ArrayRef<unsigned> numbers,
               Activity &activity);
  void declareExtremum(NeededPrimals &needs, unsigned number);
  void declareLoopSizes(NeededPrimals &needs, AffineMap map);

  LogicalResult buildSource(BackwardBuilder &b, const Source &source,
                            ArrayRef<unsigned> numbers);
  LogicalResult checkBody(const Activity &activity, const BodyReads &reads);
  /// Where an extremum was found: the position of a contribution among those of
  /// the reduced loops, or that of init.
  Value buildPositions(BackwardBuilder &b, unsigned number);
  /// g where the contribution of this iteration is the extremum, else 0.
  Value buildMask(BackwardBuilder &b, LinalgBody &generic, unsigned number,
                  Value g);
  void buildExtremumOfInit(BackwardBuilder &b, unsigned number);

  OpOperand *getInit(unsigned number) { return op.getDpsInitOperand(number); }
  AffineMap getMap(unsigned number) {
    return op.getMatchingIndexingMap(getInit(number));
  }
  static int64_t getPositionOfInit(const LinalgOutput &output) {
    return output.isLastAtTie ? -1 : std::numeric_limits<int64_t>::max();
  }

  linalg::LinalgOp op;
  Block *body;
  ArrayRef<LinalgOutput> outputs;
  /// Of extrema, as far as they were built.
  SmallVector<Value> positions;
};

} // namespace

//===----------------------------------------------------------------------===//
// What depends on what
//===----------------------------------------------------------------------===//

SmallVector<Source>
LinalgGradient::getSources(function_ref<bool(Value)> isWanted) {
  SmallVector<Source> sources;
  auto add = [&](Value value, AffineMap map, Value element) {
    for (Source &source : sources)
      if (source.value == value && source.map == map) {
        source.elements.push_back(element);
        return;
      }
    sources.push_back({value, map, {element}});
  };
  for (BlockArgument argument : body->getArguments()) {
    OpOperand &operand = op->getOpOperand(argument.getArgNumber());
    AffineMap map = op.getMatchingIndexingMap(&operand);
    bool isReduced = op.isDpsInit(&operand) && !getReducedLoops(map).empty();
    if (!isReduced && isWanted(operand.get()))
      add(operand.get(), map, argument);
  }
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  for (Value value : captured)
    if (isWanted(value))
      add(value, AffineMap::get(op.getNumLoops(), 0, op.getContext()), value);
  return sources;
}

void LinalgGradient::analyze(const Source &source, ArrayRef<unsigned> numbers,
                             Activity &activity) {
  for (Value element : source.elements)
    activity.addVaried(element);
  for (unsigned number : numbers)
    activity.addUseful(outputs[number].seed);
  analyzeActivity(*body->getParent(), activity);
}

//===----------------------------------------------------------------------===//
// Needs
//===----------------------------------------------------------------------===//

void LinalgGradient::declareLoopSizes(NeededPrimals &needs, AffineMap map) {
  for (unsigned loop : getReducedLoops(map)) {
    auto [operand, dim] = getLoopSource(op, loop);
    if (ShapedType::isDynamic(op.getShape(operand)[dim]))
      needs.addSizes(operand->get());
  }
}

void LinalgGradient::declareExtremum(NeededPrimals &needs, unsigned number) {
  getBodyReads(op, outputs[number].seed, /*fromResults=*/false)
      .declare(op, needs);
  needs.addValue(op->getResult(number));
  if (outputs[number].isLastAtTie)
    needs.addSizes(getInit(number)->get());
  else
    needs.addValue(getInit(number)->get());
  declareLoopSizes(needs, getMap(number));
}

void LinalgGradient::declareNeeds(NeededPrimals &needs) {
  SmallVector<unsigned> active;
  for (unsigned number = 0; number < outputs.size(); ++number)
    if (needs.isWanted(op->getResult(number)))
      active.push_back(number);
  auto isWanted = [&](Value value) { return needs.isWanted(value); };
  for (const Source &source : getSources(isWanted)) {
    GradientPlan plan;
    analyze(source, active, plan.activity);
    NeededPrimals bodyNeeds(plan);
    addNeededPrimals(*body, bodyNeeds);
    getBodyReads(op, bodyNeeds.getValues().getArrayRef(), /*fromResults=*/true)
        .declare(op, needs);
    if (isa<RankedTensorType>(source.value.getType()))
      needs.addSizes(source.value);
    declareLoopSizes(needs, source.map);
  }
  for (unsigned number : active)
    if (outputs[number].kind == LinalgOutput::Extremum)
      declareExtremum(needs, number);
}

//===----------------------------------------------------------------------===//
// Extrema
//===----------------------------------------------------------------------===//

Value LinalgGradient::buildPositions(BackwardBuilder &b, unsigned number) {
  if (positions[number])
    return positions[number];
  const LinalgOutput &output = outputs[number];
  OpOperand *init = getInit(number);
  AffineMap map = getMap(number);
  Location loc = b.getLoc();

  Value none = arith::ConstantOp::create(
      b, b.getI64IntegerAttr(getPositionOfInit(output)));
  Value empty =
      tensor::EmptyOp::create(b, b.getSizes(init->get()), b.getI64Type());
  Value start = linalg::FillOp::create(b, none, empty).getResult(0);

  LinalgBody generic(b, op, map);
  IRMapping available;
  generic.addReads(getBodyReads(op, output.seed, /*fromResults=*/false),
                   available);
  Value result = generic.addInput(b.getPrimal(op->getResult(number)), map);
  Value initial = output.isLastAtTie
                      ? Value()
                      : generic.addInput(b.getPrimal(init->get()), map);
  Value here = generic.getPosition(getReducedLoops(map));
  OpBuilder builder = generic.getBuilder();
  Value isResult = arith::CmpFOp::create(builder, loc, output.equal,
                                         available.lookup(output.seed), result);
  if (initial) {
    Value isNotInit = arith::CmpFOp::create(
        builder, loc, arith::CmpFPredicate::UNE, initial, result);
    isResult = arith::AndIOp::create(builder, loc, isResult, isNotInit);
  }
  Value candidate = arith::SelectOp::create(builder, loc, isResult, here, none);
  return positions[number] = generic.finish(
             candidate, start,
             [&](OpBuilder &inner, Value best, Value position) -> Value {
               if (output.isLastAtTie)
                 return arith::MaxSIOp::create(inner, loc, best, position);
               return arith::MinSIOp::create(inner, loc, best, position);
             });
}

Value LinalgGradient::buildMask(BackwardBuilder &b, LinalgBody &generic,
                                unsigned number, Value g) {
  AffineMap map = getMap(number);
  Value found = generic.addInput(buildPositions(b, number), map);
  Value here = generic.getPosition(getReducedLoops(map));
  OpBuilder builder = generic.getBuilder();
  Location loc = b.getLoc();
  Value isHere = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                       found, here);
  Value zero = arith::ConstantOp::create(
      builder, loc, cast<TypedAttr>(builder.getZeroAttr(g.getType())));
  return arith::SelectOp::create(builder, loc, isHere, g, zero);
}

void LinalgGradient::buildExtremumOfInit(BackwardBuilder &b, unsigned number) {
  Value found = buildPositions(b, number);
  Value g = b.getWideCotangent(op->getResult(number));
  Value none = arith::ConstantOp::create(
      b, b.getI64IntegerAttr(getPositionOfInit(outputs[number])));
  Value empty = tensor::EmptyOp::create(b, b.getSizes(getInit(number)->get()),
                                        b.getI64Type());
  Value nones = linalg::FillOp::create(b, none, empty).getResult(0);
  Value isInit =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, found, nones);
  b.addCotangent(getInit(number)->get(),
                 arith::SelectOp::create(b, isInit, g, b.createConstant(g, 0)));
}

//===----------------------------------------------------------------------===//
// Cotangents
//===----------------------------------------------------------------------===//

LogicalResult LinalgGradient::checkBody(const Activity &activity,
                                        const BodyReads &reads) {
  for (Operation &inner : *body)
    if (inner.getNumRegions() != 0 && activity.hasActiveResult(&inner))
      return inner.emitOpError()
             << "expected the body of '" << op->getName()
             << "' to have no operations with regions between an argument to "
                "differentiate and a result with a cotangent";
  for (OpOperand *operand : reads.operands)
    if (op.isDpsInit(operand) &&
        !getReducedLoops(op.getMatchingIndexingMap(operand)).empty())
      return op.emitOpError()
             << "expected what is added to a reduction to be independent of "
                "what was reduced before, to differentiate";
  return success();
}

/// x + y in the wider type; either may be null.
static Value addContributions(BackwardBuilder &b, Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  Type type = x.getType();
  if (y.getType().getIntOrFloatBitWidth() > type.getIntOrFloatBitWidth())
    type = y.getType();
  return arith::AddFOp::create(b, b.createCast(x, type), b.createCast(y, type));
}

LogicalResult LinalgGradient::buildSource(BackwardBuilder &b,
                                          const Source &source,
                                          ArrayRef<unsigned> numbers) {
  GradientPlan plan;
  analyze(source, numbers, plan.activity);
  if (llvm::none_of(source.elements, [&](Value element) {
        return plan.activity.isActive(element);
      }))
    return success();
  auto tensorType = dyn_cast<RankedTensorType>(source.value.getType());
  if (source.elements[0] == source.value &&
      isa<ShapedType>(source.value.getType()))
    return op.emitOpError()
           << "expected the values that its body captures and that are "
              "differentiated to be scalars but got "
           << source.value.getType();

  NeededPrimals needs(plan);
  addNeededPrimals(*body, needs);
  BodyReads reads = getBodyReads(op, needs.getValues().getArrayRef(),
                                 /*fromResults=*/true);
  if (failed(checkBody(plan.activity, reads)))
    return failure();

  LinalgBody generic(b, op, source.map);
  IRMapping available;
  generic.addReads(reads, available);
  BackwardBuilder inner(generic.getBuilder(), b, plan);
  for (auto [primal, value] : available.getValueMap())
    inner.mapPrimal(primal, value);
  for (unsigned number : numbers) {
    if (!plan.activity.isActive(outputs[number].seed))
      continue;
    Value g = generic.addInput(b.getWideCotangent(op->getResult(number)),
                               getMap(number));
    if (outputs[number].kind == LinalgOutput::Extremum)
      g = buildMask(b, generic, number, g);
    inner.addCotangent(outputs[number].seed, g);
  }
  if (failed(differentiateBlock(*body, inner)))
    return failure();
  inner.setLoc(b.getLoc());
  Value contribution;
  for (Value element : source.elements)
    contribution =
        addContributions(inner, contribution, inner.getWideCotangent(element));
  if (!contribution)
    return success();

  Value cotangent = generic.getIdentity(contribution);
  if (!cotangent) {
    // Sums of 16-bit types in f32.
    if (generic.isReduction() &&
        contribution.getType().getIntOrFloatBitWidth() < 32)
      contribution = inner.createCast(contribution, b.getF32Type());
    SmallVector<OpFoldResult> sizes;
    if (tensorType)
      sizes = b.getSizes(source.value);
    Type elementType = contribution.getType();
    Value init = tensor::EmptyOp::create(b, sizes, elementType);
    if (generic.isReduction()) {
      Value zero = arith::ConstantOp::create(
          b, cast<TypedAttr>(b.getZeroAttr(elementType)));
      init = linalg::FillOp::create(b, zero, init).getResult(0);
      // No order of the sum is better than another one, and lanes are faster.
      cotangent = generic.finish(
          contribution, init,
          [&](OpBuilder &nested, Value sum, Value term) -> Value {
            return arith::AddFOp::create(nested, b.getLoc(), sum, term,
                                         arith::FastMathFlags::reassoc);
          });
    } else {
      cotangent = generic.finish(contribution, init, nullptr);
    }
  }
  if (!tensorType)
    cotangent = tensor::ExtractOp::create(b, cotangent, ValueRange{});
  b.addCotangent(source.value, cotangent);
  return success();
}

LogicalResult LinalgGradient::build(BackwardBuilder &b) {
  SmallVector<unsigned> numbers;
  for (unsigned number = 0; number < outputs.size(); ++number) {
    Value g = b.getWideCotangent(op->getResult(number));
    if (!g)
      continue;
    numbers.push_back(number);
    Value init = getInit(number)->get();
    if (!b.isWanted(init))
      continue;
    if (outputs[number].kind == LinalgOutput::Sum)
      b.addCotangent(init, g);
    else if (outputs[number].kind == LinalgOutput::Extremum)
      buildExtremumOfInit(b, number);
  }
  auto isWanted = [&](Value value) { return b.isWanted(value); };
  for (const Source &source : getSources(isWanted))
    if (failed(buildSource(b, source, numbers)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

/// True if no element of a result depends differentiably on `operand`: it is
/// only compared, or only there for its shape.
static bool hasNoInfluence(linalg::LinalgOp op, OpOperand &operand) {
  // A map may leave its output out of the arguments.
  if (operand.getOperandNumber() >= op.getBlock()->getNumArguments())
    return true;
  Activity activity;
  BlockArgument argument = op.getMatchingBlockArgument(&operand);
  activity.addVaried(argument);
  for (Value yielded : op.getBlock()->getTerminator()->getOperands())
    if (isa<FloatType, FP8Type>(yielded.getType()))
      activity.addUseful(yielded);
  analyzeActivity(*op.getBlock()->getParent(), activity);
  return !activity.isActive(argument);
}

namespace {

template <typename OpTy>
struct LinalgModel
    : public DifferentiableOpInterface::ExternalModel<LinalgModel<OpTy>, OpTy> {
  bool hasZeroDerivative(Operation *op, OpOperand &operand) const {
    return hasNoInfluence(cast<linalg::LinalgOp>(op), operand);
  }
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    auto structured = cast<linalg::LinalgOp>(op);
    std::string reason;
    auto outputs = describeOutputs(structured, reason);
    if (succeeded(outputs)) // buildCotangents emits the error.
      LinalgGradient(structured, *outputs).declareNeeds(needs);
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    auto structured = cast<linalg::LinalgOp>(op);
    std::string reason;
    auto outputs = describeOutputs(structured, reason);
    if (failed(outputs))
      return op->emitOpError() << reason;
    return LinalgGradient(structured, *outputs).build(b);
  }
};

template <typename... Ops> struct LinalgOps {
  static void attachRules(MLIRContext &context) {
    (Ops::template attachInterface<LinalgModel<Ops>>(context), ...);
  }
};

} // namespace

void altgrad::registerLinalgGradients(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    LinalgOps<
#define GET_OP_LIST
#include "mlir/Dialect/Linalg/IR/LinalgStructuredOps.cpp.inc"
        >::attachRules(*context);
  });
}
