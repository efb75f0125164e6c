//===- SCFForModel.cpp - Gradient rule of scf.for -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopSizes.h"
#include "RegionTape.h"
#include "SCFModels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace altgrad;

//===----------------------------------------------------------------------===//
// Iterations
//===----------------------------------------------------------------------===//

namespace {

/// The bounds of a loop in primal or in backward code.
struct Iterations {
  Value lower, upper, step;
  bool isUnsigned;
  std::optional<int64_t> staticCount;

  Iterations(scf::ForOp loop, function_ref<Value(Value)> get)
      : lower(get(loop.getLowerBound())), upper(get(loop.getUpperBound())),
        step(get(loop.getStep())), isUnsigned(loop.getUnsignedCmp()) {
    if (std::optional<APInt> count = loop.getStaticTripCount())
      staticCount = count->getZExtValue();
  }

  /// How many there are, as an index.
  Value emitCount(ImplicitLocOpBuilder &b) const {
    if (staticCount)
      return arith::ConstantIndexOp::create(b, *staticCount);
    // (upper - lower - 1) / step + 1, which does not overflow.
    auto one =
        arith::ConstantOp::create(b, b.getIntegerAttr(lower.getType(), 1));
    auto zero =
        arith::ConstantOp::create(b, b.getIntegerAttr(lower.getType(), 0));
    Value distance = b.createOrFold<arith::SubIOp>(upper, lower);
    Value last = b.createOrFold<arith::SubIOp>(distance, one);
    Value steps = b.createOrFold<arith::DivUIOp>(last, step);
    Value count = b.createOrFold<arith::AddIOp>(steps, one);
    Value isAny = arith::CmpIOp::create(
        b, isUnsigned ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt,
        lower, upper);
    count = arith::SelectOp::create(b, isAny, count, zero);
    return castInteger(b, count, b.getIndexType());
  }

  /// The number of the iteration that has this induction variable.
  Value emitNumber(ImplicitLocOpBuilder &b, Value variable) const {
    Value distance = b.createOrFold<arith::SubIOp>(variable, lower);
    return castInteger(b, b.createOrFold<arith::DivUIOp>(distance, step),
                       b.getIndexType());
  }

  /// The induction variable of the iteration with this number.
  Value emitVariable(ImplicitLocOpBuilder &b, Value number) const {
    Value count = castInteger(b, number, lower.getType());
    Value distance = b.createOrFold<arith::MulIOp>(count, step);
    return b.createOrFold<arith::AddIOp>(distance, lower);
  }

private:
  static Value castInteger(ImplicitLocOpBuilder &b, Value value, Type type) {
    if (value.getType() == type)
      return value;
    return b.createOrFold<arith::IndexCastUIOp>(type, value);
  }
};

//===----------------------------------------------------------------------===//
// Tapes of loops
//===----------------------------------------------------------------------===//

/// True if the cotangent of what a loop carries in this place goes around. The
/// result matters without the argument if there are no iterations, the argument
/// without the result if it flows into another one.
static bool isCarriedActive(scf::ForOp loop, unsigned i,
                            const Activity &activity) {
  return activity.isActive(loop.getResult(i)) ||
         activity.isActive(loop.getRegionIterArg(i));
}

} // namespace

/// The sizes that differ between iterations, of what is recorded: they are
/// recorded too.
static SmallVector<RegionTape::Entry> getVariableSizes(scf::ForOp loop,
                                                       const RegionTape &tape) {
  LoopSizes sizes(loop);
  SmallVector<RegionTape::Entry> variable;
  for (RegionTape::Entry entry : tape.getEntries()) {
    auto type = dyn_cast<RankedTensorType>(entry.getType());
    for (int64_t dim = 0; type && dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim) &&
          sizes.getKind(entry.value, dim) != LoopSizes::Kind::Constant)
        variable.push_back({entry.value, dim});
  }
  return variable;
}

/// Where a tensor of one iteration is on a tape.
struct TapeSlice {
  /// `tensor` has its type, `tensorSizes` its dynamic sizes where they differ
  /// between iterations.
  TapeSlice(ImplicitLocOpBuilder &b, Value tape, Value number, Value tensor,
            const DenseMap<std::pair<Value, int64_t>, Value> &tensorSizes)
      : offsets(cast<RankedTensorType>(tape.getType()).getRank(),
                b.getIndexAttr(0)),
        sizes(tensor::getMixedSizes(b, b.getLoc(), tape)),
        strides(offsets.size(), b.getIndexAttr(1)) {
    offsets[0] = number;
    sizes[0] = b.getIndexAttr(1);
    for (size_t dim = 1; dim < sizes.size(); ++dim)
      if (Value size = tensorSizes.lookup({tensor, int64_t(dim - 1)}))
        sizes[dim] = size;
  }

  SmallVector<OpFoldResult> offsets, sizes, strides;
};

/// A tape for `count` values like that of `entry`; null, with an error, if
/// there cannot be one.
static Value emitTape(ImplicitLocOpBuilder &b, scf::ForOp loop,
                      LoopSizes &loopSizes, RegionTape::Entry entry,
                      std::optional<int64_t> staticCount, Value count) {
  Type type = entry.getType();
  SmallVector<int64_t> shape{staticCount.value_or(ShapedType::kDynamic)};
  SmallVector<Value> sizes;
  if (!staticCount)
    sizes.push_back(count);
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    llvm::append_range(shape, tensor.getShape());
    for (int64_t dim = 0; dim < tensor.getRank(); ++dim) {
      if (!tensor.isDynamicDim(dim))
        continue;
      if (loopSizes.getKind(entry.value, dim) == LoopSizes::Kind::Unknown) {
        InFlightDiagnostic diagnostic =
            loop.emitOpError()
            << "expected the sizes of the tensors that its backward pass needs "
               "to follow from its induction variable and from values outside";
        diagnostic.attachNote(entry.value.getLoc())
            << "this does not: " << tensor;
        return {};
      }
      sizes.push_back(loopSizes.emitLargest(b, entry.value, dim));
    }
    type = tensor.getElementType();
  }
  if (!RankedTensorType::isValidElementType(type)) {
    (void)refuseToRecord(loop, type);
    return {};
  }
  return tensor::EmptyOp::create(b, RankedTensorType::get(shape, type), sizes);
}

//===----------------------------------------------------------------------===//
// scf.for
//===----------------------------------------------------------------------===//

namespace {

struct ForModel
    : public DifferentiableOpInterface::ExternalModel<ForModel, scf::ForOp> {
  LogicalResult augmentPrimal(Operation *op, PrimalAugmenter &augmenter) const {
    auto loop = cast<scf::ForOp>(op);
    if (failed(augmentPrimals(*loop.getBody(), augmenter)))
      return failure();
    RegionTape tape(loop.getRegion(), augmenter.getPlan(),
                    loop.getInductionVar());
    if (tape.getEntries().empty())
      return success();
    augmenter.setInsertionPoint(loop);
    ImplicitLocOpBuilder b(loop.getLoc(), augmenter);
    Iterations iterations(loop, [](Value bound) { return bound; });
    Value count = iterations.emitCount(b);
    LoopSizes loopSizes(loop);
    // Sizes first: slices of other tapes have them.
    SmallVector<RegionTape::Entry> entries = getVariableSizes(loop, tape);
    llvm::append_range(entries, tape.getEntries());
    SmallVector<Value> inits(loop.getInitArgs());
    for (RegionTape::Entry entry : entries) {
      inits.push_back(
          emitTape(b, loop, loopSizes, entry, iterations.staticCount, count));
      if (!inits.back())
        return failure();
    }

    auto augmented = scf::ForOp::create(
        b, loop.getLowerBound(), loop.getUpperBound(), loop.getStep(), inits,
        /*bodyBuilder=*/nullptr, loop.getUnsignedCmp());
    augmented->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
    augmented.getRegion().takeBody(loop.getRegion());
    Block &body = *augmented.getBody();
    b.setInsertionPointToStart(&body);
    Value number = iterations.emitNumber(b, augmented.getInductionVar());
    // Behind the number where a block argument is recorded.
    Operation *start = b.getInsertionPoint() == body.begin()
                           ? nullptr
                           : &*--b.getInsertionPoint();
    size_t numInits = loop.getInitArgs().size();
    SmallVector<Value> yielded;
    DenseMap<std::pair<Value, int64_t>, Value> variableSizes;
    for (auto [entry, init] :
         llvm::zip_equal(entries, ArrayRef(inits).drop_front(numInits))) {
      Value argument = body.addArgument(init.getType(), loop.getLoc());
      b.setInsertionPointAfterValue(entry.value);
      if (start && b.getInsertionPoint() == body.begin())
        b.setInsertionPointAfter(start);
      Value value = entry.value;
      if (entry.dim) {
        value = tensor::DimOp::create(b, entry.value, *entry.dim);
        variableSizes[{entry.value, *entry.dim}] = value;
      }
      if (!isa<RankedTensorType>(value.getType())) {
        yielded.push_back(tensor::InsertOp::create(b, value, argument, number));
        continue;
      }
      // The sizes were put behind the value first; now they come before this.
      auto type = cast<RankedTensorType>(value.getType());
      for (int64_t dim = 0; dim < type.getRank(); ++dim)
        if (Value size = variableSizes.lookup({value, dim}))
          size.getDefiningOp()->moveBefore(b.getBlock(), b.getInsertionPoint());
      TapeSlice slice(b, argument, number, value, variableSizes);
      yielded.push_back(tensor::InsertSliceOp::create(
          b, value, argument, slice.offsets, slice.sizes, slice.strides));
    }
    Operation *yield = body.getTerminator();
    yield->insertOperands(yield->getNumOperands(), yielded);
    augmenter.replacePrimal(loop, augmented,
                            augmented.getResults().drop_front(numInits));
    return success();
  }

  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    auto loop = cast<scf::ForOp>(op);
    for (Value bound :
         {loop.getLowerBound(), loop.getUpperBound(), loop.getStep()})
      needs.addValue(bound);
    for (auto [i, init] : llvm::enumerate(loop.getInitArgs()))
      if (isCarriedActive(loop, i, needs.getPlan().activity))
        needs.addSizes(init);
    RegionTape(loop.getRegion(), needs.getPlan(), loop.getInductionVar())
        .declareOutside(needs);
  }

  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    auto loop = cast<scf::ForOp>(op);
    const Activity &activity = b.getPlan().activity;
    RegionTape tape(loop.getRegion(), b.getPlan(), loop.getInductionVar());
    SmallVector<RegionTape::Entry> entries = getVariableSizes(loop, tape);
    llvm::append_range(entries, tape.getEntries());
    SmallVector<Value> recorded = b.getTape(op);
    Iterations iterations(loop,
                          [&](Value bound) { return b.getPrimal(bound); });

    // Cotangents go around: of what is carried, and of values from outside.
    // Many small contributions are summed, in f32 at least.
    SmallVector<int64_t> carried;
    SmallVector<Value> seeds;
    auto addSeed = [&](Value cotangent, Value primal) {
      FloatType element = getWider(cotangent ? getElementFloat(cotangent)
                                             : getElementFloat(b, primal),
                                   b.getF32Type());
      seeds.push_back(cotangent ? b.createCast(cotangent, element)
                                : emitZero(b, primal, element));
    };
    for (auto [i, result] : llvm::enumerate(loop.getResults()))
      if (isCarriedActive(loop, i, activity)) {
        carried.push_back(i);
        addSeed(b.getWideCotangent(result), loop.getInitArgs()[i]);
      }
    for (Value value : tape.getCaptured())
      addSeed(b.takeCotangent(value), value);

    Value count = iterations.emitCount(b);
    Value zero = arith::ConstantIndexOp::create(b, 0);
    Value one = arith::ConstantIndexOp::create(b, 1);
    Value last = b.createOrFold<arith::SubIOp>(count, one);
    while (true) {
      auto backward = scf::ForOp::create(b, zero, count, one, seeds);
      Block &body = *backward.getBody();
      BackwardBuilder inner(OpBuilder::atBlockBegin(&body), b);
      Value number =
          arith::SubIOp::create(inner, last, backward.getInductionVar());
      inner.mapPrimal(loop.getInductionVar(),
                      iterations.emitVariable(inner, number));
      SmallVector<Value> values;
      DenseMap<std::pair<Value, int64_t>, Value> variableSizes;
      for (auto [i, entry] : llvm::enumerate(entries)) {
        auto type = dyn_cast<RankedTensorType>(entry.getType());
        if (!type) {
          values.push_back(
              tensor::ExtractOp::create(inner, recorded[i], number));
          if (entry.dim)
            variableSizes[{entry.value, *entry.dim}] = values.back();
          continue;
        }
        TapeSlice slice(inner, recorded[i], number, entry.value, variableSizes);
        values.push_back(tensor::ExtractSliceOp::create(
            inner, type, recorded[i], slice.offsets, slice.sizes,
            slice.strides));
      }
      tape.provide(inner, ArrayRef(values).drop_front(
                              values.size() - tape.getEntries().size()));

      auto arguments = backward.getRegionIterArgs();
      auto ofCarried = arguments.take_front(carried.size());
      auto ofCaptured = arguments.drop_front(carried.size());
      for (auto [value, argument] :
           llvm::zip_equal(tape.getCaptured(), ofCaptured))
        inner.addCotangent(value, argument);
      for (auto [i, argument] : llvm::zip_equal(carried, ofCarried))
        inner.addCotangent(loop.getYieldedValues()[i], argument);
      if (failed(differentiateBlock(*loop.getBody(), inner)))
        return failure();

      SmallVector<Value> next;
      for (auto [i, argument] : llvm::zip_equal(carried, ofCarried)) {
        next.push_back(inner.getWideCotangent(loop.getRegionIterArg(i)));
        if (!next.back())
          next.back() = inner.createConstant(argument, 0);
      }
      for (Value value : tape.getCaptured())
        next.push_back(inner.getWideCotangent(value));

      // Rules may build wider cotangents than what arrived. Then all of them
      // are.
      bool isWide = true;
      for (auto [seed, cotangent] : llvm::zip_equal(seeds, next)) {
        FloatType element =
            getWider(getElementFloat(seed), getElementFloat(cotangent));
        isWide &= element == getElementFloat(seed);
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPoint(backward);
        seed = b.createCast(seed, element);
      }
      if (!isWide) {
        backward.erase();
        continue;
      }
      for (auto [seed, cotangent] : llvm::zip_equal(seeds, next))
        cotangent = inner.createCast(cotangent, getElementFloat(seed));
      scf::YieldOp::create(inner, next);

      for (auto [i, result] : llvm::zip(carried, backward.getResults()))
        b.addCotangent(loop.getInitArgs()[i], result);
      for (auto [value, result] :
           llvm::zip_equal(tape.getCaptured(),
                           backward.getResults().drop_front(carried.size())))
        b.addCotangent(value, result);
      return success();
    }
  }
};

} // namespace

void altgrad::attachForModel(MLIRContext &context) {
  scf::ForOp::attachInterface<ForModel>(context);
}
