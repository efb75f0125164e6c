//===- AltgradToLinalg.cpp - convert-altgrad-to-linalg --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One linalg.generic per operation. What its body computes is in
// ElementArithmetic.h, which loops it has in BlockedIteration.h.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToLinalg/AltgradToLinalg.h"

#include "altgrad/Conversion/AltgradToArith/AltgradToArith.h"
#include "altgrad/Conversion/AltgradToArith/ElementArithmetic.h"
#include "altgrad/Conversion/AltgradToArith/RewriteUsersFirst.h"
#include "altgrad/Conversion/Passes.h"
#include "altgrad/Dialect/Altgrad/Utils/BlockedIteration.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

namespace altgrad {
#define GEN_PASS_DEF_CONVERTALTGRADTOLINALG
#include "altgrad/Conversion/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;
using llvm::APInt;

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

using Body = function_ref<SmallVector<Value>(ImplicitLocOpBuilder &,
                                             ValueRange arguments)>;

static linalg::GenericOp createGeneric(ImplicitLocOpBuilder &b,
                                       ValueRange inputs, ValueRange outputs,
                                       ArrayRef<AffineMap> maps,
                                       ArrayRef<utils::IteratorType> iterators,
                                       Body body) {
  return linalg::GenericOp::create(
      b, outputs.getTypes(), inputs, outputs, maps, iterators,
      [&](OpBuilder &nested, Location loc, ValueRange arguments) {
        ImplicitLocOpBuilder inner(loc, nested);
        linalg::YieldOp::create(inner, body(inner, arguments));
      });
}

static SmallVector<utils::IteratorType> getParallel(unsigned count) {
  return SmallVector<utils::IteratorType>(count, utils::IteratorType::parallel);
}

static Value createEmpty(ImplicitLocOpBuilder &b, ArrayRef<OpFoldResult> sizes,
                         Type elementType) {
  return tensor::EmptyOp::create(b, sizes, elementType);
}

static Value createFilled(ImplicitLocOpBuilder &b, ArrayRef<OpFoldResult> sizes,
                          Value value) {
  Value empty = createEmpty(b, sizes, value.getType());
  return linalg::FillOp::create(b, value, empty).getResult(0);
}

namespace {

/// A rewrite of an op that works on tensors.
template <typename OpTy> struct TensorPattern : public OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  virtual void lower(OpTy op, ImplicitLocOpBuilder &b,
                     PatternRewriter &rewriter) const = 0;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const final {
    if (!isa<RankedTensorType>(op->getOperand(0).getType()))
      return rewriter.notifyMatchFailure(op, "requires a ranked tensor");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    lower(op, b, rewriter);
    return success();
  }
};

/// The scale operand of a generic: a value from outside its body, or an input
/// of its own.
class ScaleOperand {
public:
  ScaleOperand(ImplicitLocOpBuilder &b, const BlockedIteration &iteration,
               Value scale, arith::FastMathFlags flags)
      : flags(flags) {
    if (!scale)
      return;
    isPowerOfTwo = isKnownPowerOfTwo(scale);
    if (isa<RankedTensorType>(scale.getType())) {
      tensor = iteration.reduceRank(scale);
      if (cast<RankedTensorType>(tensor.getType()).getRank() > 0)
        return;
      scale = tensor::ExtractOp::create(b, tensor, ValueRange{});
      tensor = {};
    }
    outside = prepareScale(b, scale, flags, isPowerOfTwo);
  }

  /// Appends the input and its map, if there is one.
  void addTo(SmallVectorImpl<Value> &inputs, SmallVectorImpl<AffineMap> &maps,
             const BlockedIteration &iteration) {
    if (!tensor)
      return;
    position = inputs.size();
    inputs.push_back(tensor);
    maps.push_back(iteration.getBlocksMap());
  }

  /// The scale within the body with these arguments.
  ElementScale get(ImplicitLocOpBuilder &b, ValueRange arguments) const {
    return tensor ? prepareScale(b, arguments[position], flags, isPowerOfTwo)
                  : outside;
  }

private:
  arith::FastMathFlags flags;
  bool isPowerOfTwo = false;
  Value tensor;
  unsigned position = 0;
  ElementScale outside;
};

//===----------------------------------------------------------------------===//
// Quantization
//===----------------------------------------------------------------------===//

} // namespace

/// Emits result[i] = element(x[i], scale[block(i)]), a tensor of `elementType`.
static Value lowerScaled(
    ImplicitLocOpBuilder &b, Value x, Value scale, arith::FastMathFlags flags,
    Type elementType,
    function_ref<Value(ImplicitLocOpBuilder &, Value, ElementScale)> element) {
  BlockedIteration iteration(b, x, scale ? scale.getType() : Type(), scale);
  ScaleOperand scaleOperand(b, iteration, scale, flags);
  SmallVector<Value> inputs = {iteration.split(x)};
  SmallVector<AffineMap> maps = {iteration.getIdentityMap()};
  scaleOperand.addTo(inputs, maps, iteration);
  maps.push_back(iteration.getIdentityMap());
  Value empty = createEmpty(b, iteration.getLoopSizes(), elementType);
  auto generic = createGeneric(
      b, inputs, empty, maps, getParallel(iteration.getNumLoops()),
      [&](ImplicitLocOpBuilder &inner, ValueRange arguments) {
        ElementScale prepared = scaleOperand.get(inner, arguments);
        return SmallVector<Value>{element(inner, arguments[0], prepared)};
      });
  return iteration.unsplit(
      generic.getResult(0),
      cast<RankedTensorType>(cloneWithElementType(x.getType(), elementType)));
}

namespace {

/// quantize -> generic { encode(x / scale) }
struct LowerQuantize : public TensorPattern<QuantizeOp> {
  using TensorPattern::TensorPattern;

  void lower(QuantizeOp op, ImplicitLocOpBuilder &b,
             PatternRewriter &rewriter) const override {
    Value bytes = lowerScaled(
        b, op.getX(), op.getScale(), op.getFastmath(), b.getI8Type(),
        [&](ImplicitLocOpBuilder &inner, Value x, ElementScale scale) {
          return emitQuantize(inner, x, scale, op.getFormat(),
                              op.getOverflow());
        });
    rewriter.replaceOpWithNewOp<BitcastOp>(op, op.getType(), bytes);
  }
};

/// dequantize -> generic { decode(q) * scale }
struct LowerDequantize : public TensorPattern<DequantizeOp> {
  using TensorPattern::TensorPattern;

  void lower(DequantizeOp op, ImplicitLocOpBuilder &b,
             PatternRewriter &rewriter) const override {
    Type elementType = getElementTypeOrSelf(op.getType());
    Value result = lowerScaled(
        b, emitBytes(b, op.getInput()), op.getScale(),
        arith::FastMathFlags::none, elementType,
        [&](ImplicitLocOpBuilder &inner, Value code, ElementScale scale) {
          return emitDequantize(inner, code, scale.factor, op.getFormat(),
                                elementType);
        });
    rewriter.replaceOp(op, result);
  }
};

/// fake_quantize -> generic { round(x / scale) * scale }
struct LowerFakeQuantize : public TensorPattern<FakeQuantizeOp> {
  using TensorPattern::TensorPattern;

  void lower(FakeQuantizeOp op, ImplicitLocOpBuilder &b,
             PatternRewriter &rewriter) const override {
    Value result = lowerScaled(
        b, op.getX(), op.getScale(), op.getFastmath(),
        getElementTypeOrSelf(op.getType()),
        [&](ImplicitLocOpBuilder &inner, Value x, ElementScale scale) {
          return emitFakeQuantize(inner, x, scale, op.getFormat(),
                                  op.getOverflow());
        });
    rewriter.replaceOp(op, result);
  }
};

//===----------------------------------------------------------------------===//
// Scaling
//===----------------------------------------------------------------------===//

/// amax -> generic { max(acc, bits(|x|)) } on integers
struct LowerAmax : public TensorPattern<AmaxOp> {
  using TensorPattern::TensorPattern;

  void lower(AmaxOp op, ImplicitLocOpBuilder &b,
             PatternRewriter &rewriter) const override {
    BlockedIteration iteration(b, op.getX(), op.getType(), /*blocks=*/{});
    Type element = getElementTypeOrSelf(op.getType());
    Type bitsType = b.getIntegerType(element.getIntOrFloatBitWidth());
    Value zero =
        emitIntConstant(b, bitsType, APInt(element.getIntOrFloatBitWidth(), 0));
    Value init = createFilled(b, iteration.getBlockSizes(), zero);
    auto generic = createGeneric(
        b, iteration.split(op.getX()), init,
        {iteration.getIdentityMap(), iteration.getBlocksMap()},
        iteration.getReductionIterators(),
        [&](ImplicitLocOpBuilder &inner, ValueRange arguments) {
          Value bits = emitMagnitudeBits(inner, arguments[0], op.getNan());
          Value largest = arith::MaxUIOp::create(inner, arguments[1], bits);
          return SmallVector<Value>{largest};
        });
    Value bits = generic.getResult(0);
    if (auto type = dyn_cast<RankedTensorType>(op.getType())) {
      Type reduced = cloneWithElementType(bits.getType(), element);
      Value values = arith::BitcastOp::create(b, reduced, bits);
      rewriter.replaceOp(op, iteration.restoreRank(values, type));
      return;
    }
    Value scalar = tensor::ExtractOp::create(b, bits, ValueRange{});
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, op.getType(), scalar);
  }
};

} // namespace

/// The map that leaves out the first of `count` dimensions.
static AffineMap getTailMap(ImplicitLocOpBuilder &b, unsigned count) {
  return b.getMultiDimIdentityMap(count).dropResult(0);
}

namespace {

/// update_amax_history -> generic { finite(amax) ? shifted : history }
struct LowerUpdateAmaxHistory : public TensorPattern<UpdateAmaxHistoryOp> {
  using TensorPattern::TensorPattern;

  void lower(UpdateAmaxHistoryOp op, ImplicitLocOpBuilder &b,
             PatternRewriter &rewriter) const override {
    Value history = op.getHistory();
    auto type = cast<RankedTensorType>(op.getType());
    unsigned rank = type.getRank();
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, b.getLoc(), history);
    Value one = arith::ConstantIndexOp::create(b, 1);
    Value last = arith::SubIOp::create(
        b, getValueOrCreateConstantIndexOp(b, b.getLoc(), sizes[0]), one);

    SmallVector<Value> inputs = {history};
    SmallVector<AffineMap> maps = {b.getMultiDimIdentityMap(rank)};
    bool isScalar = !isa<RankedTensorType>(op.getAmax().getType());
    if (!isScalar) {
      inputs.push_back(op.getAmax());
      maps.push_back(getTailMap(b, rank));
    }
    maps.push_back(b.getMultiDimIdentityMap(rank));
    Value empty = createEmpty(b, sizes, type.getElementType());
    auto generic = createGeneric(
        b, inputs, empty, maps, getParallel(rank),
        [&](ImplicitLocOpBuilder &inner, ValueRange arguments) {
          Value entry = arguments[0];
          Value amax = isScalar ? op.getAmax() : arguments[1];
          SmallVector<Value> indices;
          for (unsigned dim = 0; dim < rank; ++dim)
            indices.push_back(linalg::IndexOp::create(inner, dim));
          Value isLast = arith::CmpIOp::create(inner, arith::CmpIPredicate::eq,
                                               indices[0], last);
          indices[0] = arith::MinUIOp::create(
              inner, arith::AddIOp::create(inner, indices[0], one), last);
          Value next = tensor::ExtractOp::create(inner, history, indices);
          Value shifted = arith::SelectOp::create(inner, isLast, amax, next);
          Value result = arith::SelectOp::create(
              inner, emitIsFinite(inner, amax), shifted, entry);
          return SmallVector<Value>{result};
        });
    rewriter.replaceOp(op, generic.getResult(0));
  }
};

/// history_amax -> generic over the slots, in order, then a select
struct LowerHistoryAmax : public TensorPattern<HistoryAmaxOp> {
  using TensorPattern::TensorPattern;

  void lower(HistoryAmaxOp op, ImplicitLocOpBuilder &b,
             PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getHistory().getType());
    unsigned rank = type.getRank();
    Value empty =
        emitFloatConstant(b, type.getElementType(), kEmptyHistorySlot);
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, b.getLoc(), op.getHistory());
    Value init = createFilled(b, ArrayRef(sizes).drop_front(), empty);
    SmallVector<utils::IteratorType> iterators = getParallel(rank);
    iterators[0] = utils::IteratorType::reduction;
    auto generic = createGeneric(
        b, op.getHistory(), init,
        {b.getMultiDimIdentityMap(rank), getTailMap(b, rank)}, iterators,
        [&](ImplicitLocOpBuilder &inner, ValueRange arguments) {
          return SmallVector<Value>{emitHistoryStep(
              inner, arguments[1], arguments[0], op.getAlgorithm())};
        });
    Value found = generic.getResult(0);
    if (rank == 1) {
      Value scalar = tensor::ExtractOp::create(b, found, ValueRange{});
      rewriter.replaceOp(op, emitHistoryResult(b, scalar));
      return;
    }
    AffineMap identity = b.getMultiDimIdentityMap(rank - 1);
    Value result =
        createEmpty(b, ArrayRef(sizes).drop_front(), type.getElementType());
    auto finish = createGeneric(
        b, found, result, {identity, identity}, getParallel(rank - 1),
        [&](ImplicitLocOpBuilder &inner, ValueRange arguments) {
          return SmallVector<Value>{emitHistoryResult(inner, arguments[0])};
        });
    rewriter.replaceOp(op, finish.getResult(0));
  }
};

/// compute_scale -> generic { f64 arithmetic }
struct LowerComputeScale : public TensorPattern<ComputeScaleOp> {
  using TensorPattern::TensorPattern;

  void lower(ComputeScaleOp op, ImplicitLocOpBuilder &b,
             PatternRewriter &rewriter) const override {
    Value result =
        lowerScaled(b, op.getAmax(), /*scale=*/{}, arith::FastMathFlags::none,
                    b.getF32Type(),
                    [&](ImplicitLocOpBuilder &inner, Value amax, ElementScale) {
                      return emitComputeScale(inner, amax, op);
                    });
    rewriter.replaceOp(op, result);
  }
};

/// stall -> generic { two sums of booleans }
struct LowerStall : public TensorPattern<StallOp> {
  using TensorPattern::TensorPattern;

  void lower(StallOp op, ImplicitLocOpBuilder &b,
             PatternRewriter &rewriter) const override {
    Value scale = op.getScale();
    BlockedIteration iteration(b, op.getW(), scale ? scale.getType() : Type(),
                               scale);
    ScaleOperand scaleOperand(b, iteration, scale, op.getFastmath());
    SmallVector<Value> inputs = {iteration.split(op.getW()),
                                 iteration.split(op.getG())};
    SmallVector<AffineMap> maps(2, iteration.getIdentityMap());
    scaleOperand.addTo(inputs, maps, iteration);
    maps.append(2, AffineMap::get(iteration.getNumLoops(), 0, b.getContext()));
    Value zero = emitIntConstant(b, b.getI64Type(), APInt(64, 0));
    SmallVector<Value> inits = {createFilled(b, {}, zero),
                                createFilled(b, {}, zero)};
    auto generic = createGeneric(
        b, inputs, inits, maps,
        SmallVector<utils::IteratorType>(iteration.getNumLoops(),
                                         utils::IteratorType::reduction),
        [&](ImplicitLocOpBuilder &inner, ValueRange arguments) {
          StallConditions conditions =
              emitStall(inner, arguments[0], arguments[1], op.getLr(),
                        scaleOperand.get(inner, arguments), op);
          ValueRange counters = arguments.take_back(2);
          auto count = [&](Value condition, Value counter) -> Value {
            Value one =
                arith::ExtUIOp::create(inner, inner.getI64Type(), condition);
            return arith::AddIOp::create(inner, counter, one);
          };
          return SmallVector<Value>{count(conditions.stalled, counters[0]),
                                    count(conditions.counted, counters[1])};
        });
    SmallVector<Value> counts;
    for (Value result : generic.getResults())
      counts.push_back(tensor::ExtractOp::create(b, result, ValueRange{}));
    rewriter.replaceOp(op, counts);
  }
};

//===----------------------------------------------------------------------===//
// Primitives
//===----------------------------------------------------------------------===//

/// A primitive on a tensor -> generic { the primitive on a scalar }
template <typename OpTy> struct LowerPrimitive : public TensorPattern<OpTy> {
  using TensorPattern<OpTy>::TensorPattern;

  void lower(OpTy op, ImplicitLocOpBuilder &b,
             PatternRewriter &rewriter) const override {
    Type elementType = getElementTypeOrSelf(op.getType());
    Value result = lowerScaled(
        b, op->getOperand(0), /*scale=*/{}, arith::FastMathFlags::none,
        elementType,
        [&](ImplicitLocOpBuilder &inner, Value x, ElementScale) -> Value {
          OperationState state(op.getLoc(), op->getName(), x, elementType,
                               op->getAttrs());
          return inner.create(state)->getResult(0);
        });
    rewriter.replaceOp(op, result);
  }
};

} // namespace

void altgrad::populateAltgradToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerQuantize, LowerDequantize, LowerFakeQuantize, LowerAmax,
               LowerUpdateAmaxHistory, LowerHistoryAmax, LowerComputeScale,
               LowerStall, LowerPrimitive<EncodeOp>, LowerPrimitive<DecodeOp>,
               LowerPrimitive<RoundOp>>(patterns.getContext());
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {

class ConvertAltgradToLinalgPass
    : public altgrad::impl::ConvertAltgradToLinalgBase<
          ConvertAltgradToLinalgPass> {
public:
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet owned(context);
    populateAltgradToLinalgPatterns(owned);
    populateExpandOpsPatterns(owned); // For the same ops on scalars, vectors.
    patterns = FrozenRewritePatternSet(std::move(owned));
    return success();
  }

  void runOnOperation() override {
    auto isLowered = [](Operation *op) {
      if (isa<BitcastOp>(op))
        return false;
      bool isPrimitive = isa<EncodeOp, DecodeOp, RoundOp>(op);
      return !isPrimitive || isa<TensorType>(op->getResult(0).getType());
    };
    if (failed(rewriteUsersFirst(getOperation(), patterns, isLowered)) ||
        failed(convertCodeTypes(getOperation())))
      signalPassFailure();
  }

private:
  FrozenRewritePatternSet patterns;
};

} // namespace
