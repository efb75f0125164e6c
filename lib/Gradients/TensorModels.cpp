//===- TensorModels.cpp - Gradient rules of tensor ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// These operations move elements, and their rules move them back: no element is
// rounded on the way, so that the cotangents stay as wide as they are. Where an
// operation reads a part, the rest gets zeros; where it writes one, the rest
// keeps g.
//
// Shapes and empty tensors have no gradient and need no rule.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Gradients/Models.h"

#include "altgrad/Dialect/Altgrad/IR/DifferentiableOpInterface.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace altgrad;

using B = BackwardBuilder;

//===----------------------------------------------------------------------===//
// Help
//===----------------------------------------------------------------------===//

static Type getElementType(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementType();
}

/// The type of a cotangent of `primal` with the element type of `g`.
static RankedTensorType getCotangentType(Value primal, Value g) {
  return cast<RankedTensorType>(primal.getType()).clone(getElementType(g));
}

static Value createScalarZero(B &b, Type type) {
  return arith::ConstantOp::create(b, cast<TypedAttr>(b.getZeroAttr(type)));
}

/// Zeros with the sizes of `primal` and the element type of `g`.
static Value createZeros(B &b, Value primal, Value g) {
  Type element = getElementType(g);
  Value empty = tensor::EmptyOp::create(b, b.getSizes(primal), element);
  return linalg::FillOp::create(b, createScalarZero(b, element), empty)
      .getResult(0);
}

/// The sum of all elements; 16-bit ones are summed in f32.
static Value sumElements(B &b, Value tensor) {
  Type element = getElementType(tensor);
  bool isNarrow = element.getIntOrFloatBitWidth() < 32;
  Type carrier = isNarrow ? Type(b.getF32Type()) : element;
  Value empty = tensor::EmptyOp::create(b, ArrayRef<int64_t>(), carrier);
  Value init = linalg::FillOp::create(b, createScalarZero(b, carrier), empty)
                   .getResult(0);
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  SmallVector<AffineMap> maps = {
      b.getMultiDimIdentityMap(rank),
      AffineMap::get(rank, /*symbolCount=*/0, b.getContext())};
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::reduction);
  auto generic = linalg::GenericOp::create(
      b, init.getType(), tensor, init, maps, iterators,
      [&](OpBuilder &nested, Location loc, ValueRange arguments) {
        Value term = arguments[0];
        if (isNarrow)
          term = arith::ExtFOp::create(nested, loc, carrier, term);
        // The order is open, and lanes are faster.
        Value sum = arith::AddFOp::create(nested, loc, arguments[1], term,
                                          arith::FastMathFlags::reassoc);
        linalg::YieldOp::create(nested, loc, sum);
      });
  return tensor::ExtractOp::create(b, generic.getResult(0), ValueRange{});
}

static void addValues(NeededPrimals &needs, ValueRange values) {
  for (Value value : values)
    needs.addValue(value);
}

static SmallVector<Value> getPrimals(B &b, ValueRange values) {
  return llvm::map_to_vector(values,
                             [&](Value value) { return b.getPrimal(value); });
}

/// Sizes and offsets that are numbers or primal values.
static SmallVector<OpFoldResult> getPrimals(B &b,
                                            ArrayRef<OpFoldResult> mixed) {
  return llvm::map_to_vector(mixed, [&](OpFoldResult size) -> OpFoldResult {
    if (auto value = dyn_cast<Value>(size))
      return b.getPrimal(value);
    return size;
  });
}

static void addValues(NeededPrimals &needs, ArrayRef<OpFoldResult> mixed) {
  for (OpFoldResult size : mixed)
    if (auto value = dyn_cast<Value>(size))
      needs.addValue(value);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

namespace {

template <typename Model, typename OpTy>
using ExternalModel = DifferentiableOpInterface::ExternalModel<Model, OpTy>;

struct CastModel : public ExternalModel<CastModel, tensor::CastOp> {
  LogicalResult buildCotangents(Operation *op, B &b) const {
    // addCotangent casts.
    b.addCotangent(op->getOperand(0), b.getWideCotangent(op->getResult(0)));
    return success();
  }
};

struct ExpandShapeModel
    : public ExternalModel<ExpandShapeModel, tensor::ExpandShapeOp> {
  LogicalResult buildCotangents(Operation *op, B &b) const {
    auto expand = cast<tensor::ExpandShapeOp>(op);
    Value g = b.getWideCotangent(expand.getResult());
    b.addCotangent(expand.getSrc(),
                   tensor::CollapseShapeOp::create(
                       b, g, expand.getReassociationIndices()));
    return success();
  }
};

struct CollapseShapeModel
    : public ExternalModel<CollapseShapeModel, tensor::CollapseShapeOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addSizes(op->getOperand(0));
  }
  LogicalResult buildCotangents(Operation *op, B &b) const {
    auto collapse = cast<tensor::CollapseShapeOp>(op);
    Value g = b.getWideCotangent(collapse.getResult());
    b.addCotangent(
        collapse.getSrc(),
        tensor::ExpandShapeOp::create(b, getCotangentType(collapse.getSrc(), g),
                                      g, collapse.getReassociationIndices(),
                                      b.getSizes(collapse.getSrc())));
    return success();
  }
};

struct ReshapeModel : public ExternalModel<ReshapeModel, tensor::ReshapeOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addSizes(cast<tensor::ReshapeOp>(op).getSource());
  }
  LogicalResult buildCotangents(Operation *op, B &b) const {
    auto reshape = cast<tensor::ReshapeOp>(op);
    Value source = reshape.getSource();
    if (!isa<RankedTensorType>(source.getType()) ||
        !isa<RankedTensorType>(reshape.getResult().getType()))
      return op->emitOpError()
             << "expected ranked tensors to differentiate but got "
             << source.getType() << " and " << reshape.getResult().getType();
    Value g = b.getWideCotangent(reshape.getResult());
    SmallVector<Value> sizes =
        getValueOrCreateConstantIndexOp(b, b.getLoc(), b.getSizes(source));
    auto shapeType =
        RankedTensorType::get({int64_t(sizes.size())}, b.getIndexType());
    Value shape = tensor::FromElementsOp::create(b, shapeType, sizes);
    b.addCotangent(source, tensor::ReshapeOp::create(
                               b, getCotangentType(source, g), g, shape));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

struct ExtractSliceModel
    : public ExternalModel<ExtractSliceModel, tensor::ExtractSliceOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addSizes(op->getOperand(0));
    addValues(needs, op->getOperands().drop_front());
  }
  LogicalResult buildCotangents(Operation *op, B &b) const {
    auto slice = cast<tensor::ExtractSliceOp>(op);
    Value g = b.getWideCotangent(slice.getResult());
    b.addCotangent(slice.getSource(),
                   tensor::InsertSliceOp::create(
                       b, g, createZeros(b, slice.getSource(), g),
                       getPrimals(b, slice.getMixedOffsets()),
                       getPrimals(b, slice.getMixedSizes()),
                       getPrimals(b, slice.getMixedStrides())));
    return success();
  }
};

struct InsertSliceModel
    : public ExternalModel<InsertSliceModel, tensor::InsertSliceOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    if (needs.isWanted(op->getOperand(1)))
      needs.addSizes(op->getOperand(0));
    addValues(needs, op->getOperands().drop_front(2));
  }
  LogicalResult buildCotangents(Operation *op, B &b) const {
    auto slice = cast<tensor::InsertSliceOp>(op);
    Value g = b.getWideCotangent(slice.getResult());
    auto offsets = getPrimals(b, slice.getMixedOffsets());
    auto sizes = getPrimals(b, slice.getMixedSizes());
    auto strides = getPrimals(b, slice.getMixedStrides());
    if (b.isWanted(slice.getSource()))
      b.addCotangent(slice.getSource(),
                     tensor::ExtractSliceOp::create(
                         b, getCotangentType(slice.getSource(), g), g, offsets,
                         sizes, strides));
    if (b.isWanted(slice.getDest()))
      b.addCotangent(
          slice.getDest(),
          tensor::InsertSliceOp::create(b, createZeros(b, slice.getSource(), g),
                                        g, offsets, sizes, strides));
    return success();
  }
};

struct PadModel : public ExternalModel<PadModel, tensor::PadOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    auto pad = cast<tensor::PadOp>(op);
    needs.addSizes(pad.getSource());
    addValues(needs, pad.getMixedLowPad());
  }
  LogicalResult buildCotangents(Operation *op, B &b) const {
    auto pad = cast<tensor::PadOp>(op);
    Value g = b.getWideCotangent(pad.getResult());
    Value source = pad.getSource(), padding = pad.getConstantPaddingValue();
    auto offsets = getPrimals(b, pad.getMixedLowPad());
    SmallVector<OpFoldResult> sizes = b.getSizes(source);
    SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
    if (b.isWanted(source))
      b.addCotangent(
          source, tensor::ExtractSliceOp::create(b, getCotangentType(source, g),
                                                 g, offsets, sizes, strides));
    if (!padding) {
      SetVector<Value> captured;
      getUsedValuesDefinedAbove(op->getRegions(), captured);
      if (llvm::any_of(captured, [&](Value v) { return b.isWanted(v); }))
        return op->emitOpError() << "expected one value for all of the "
                                    "padding, to differentiate";
      return success();
    }
    if (b.isWanted(padding))
      b.addCotangent(padding, sumElements(b, tensor::InsertSliceOp::create(
                                                 b, createZeros(b, source, g),
                                                 g, offsets, sizes, strides)));
    return success();
  }
};

struct ConcatModel : public ExternalModel<ConcatModel, tensor::ConcatOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    for (Value input : op->getOperands())
      needs.addSizes(input);
  }
  LogicalResult buildCotangents(Operation *op, B &b) const {
    auto concat = cast<tensor::ConcatOp>(op);
    Value g = b.getWideCotangent(concat.getResult());
    uint64_t dim = concat.getDim();
    int64_t rank = concat.getRank();
    SmallVector<OpFoldResult> offsets(rank, b.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(rank, b.getIndexAttr(1));
    for (Value input : concat.getInputs()) {
      SmallVector<OpFoldResult> sizes = b.getSizes(input);
      if (b.isWanted(input))
        b.addCotangent(
            input, tensor::ExtractSliceOp::create(b, getCotangentType(input, g),
                                                  g, offsets, sizes, strides));
      AffineExpr sum = b.getAffineSymbolExpr(0) + b.getAffineSymbolExpr(1);
      offsets[dim] = affine::makeComposedFoldedAffineApply(
          b, b.getLoc(), sum, {offsets[dim], sizes[dim]});
    }
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

struct ExtractModel : public ExternalModel<ExtractModel, tensor::ExtractOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addSizes(op->getOperand(0));
    addValues(needs, op->getOperands().drop_front());
  }
  LogicalResult buildCotangents(Operation *op, B &b) const {
    auto extract = cast<tensor::ExtractOp>(op);
    Value source = extract.getTensor();
    Value g = b.getWideCotangent(extract.getResult());
    auto type = RankedTensorType::get(
        cast<RankedTensorType>(source.getType()).getShape(), g.getType());
    if (type.getRank() == 0) {
      b.addCotangent(source, tensor::FromElementsOp::create(b, type, g));
      return success();
    }
    Value empty = tensor::EmptyOp::create(b, b.getSizes(source), g.getType());
    Value zeros =
        linalg::FillOp::create(b, createScalarZero(b, g.getType()), empty)
            .getResult(0);
    b.addCotangent(
        source, tensor::InsertOp::create(b, g, zeros,
                                         getPrimals(b, extract.getIndices())));
    return success();
  }
};

struct InsertModel : public ExternalModel<InsertModel, tensor::InsertOp> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    addValues(needs, op->getOperands().drop_front(2));
  }
  LogicalResult buildCotangents(Operation *op, B &b) const {
    auto insert = cast<tensor::InsertOp>(op);
    Value g = b.getWideCotangent(insert.getResult());
    SmallVector<Value> indices = getPrimals(b, insert.getIndices());
    if (b.isWanted(insert.getScalar()))
      b.addCotangent(insert.getScalar(),
                     tensor::ExtractOp::create(b, g, indices));
    if (b.isWanted(insert.getDest()))
      b.addCotangent(
          insert.getDest(),
          tensor::InsertOp::create(b, createScalarZero(b, getElementType(g)), g,
                                   indices));
    return success();
  }
};

struct SplatModel : public ExternalModel<SplatModel, tensor::SplatOp> {
  LogicalResult buildCotangents(Operation *op, B &b) const {
    auto splat = cast<tensor::SplatOp>(op);
    b.addCotangent(splat.getInput(),
                   sumElements(b, b.getWideCotangent(splat.getResult())));
    return success();
  }
};

struct FromElementsModel
    : public ExternalModel<FromElementsModel, tensor::FromElementsOp> {
  LogicalResult buildCotangents(Operation *op, B &b) const {
    Value g = b.getWideCotangent(op->getResult(0));
    ArrayRef<int64_t> shape = cast<RankedTensorType>(g.getType()).getShape();
    for (auto [number, element] : llvm::enumerate(op->getOperands())) {
      if (!b.isWanted(element))
        continue;
      SmallVector<Value> indices(shape.size());
      auto rest = int64_t(number);
      for (size_t dim = shape.size(); dim-- > 0; rest /= shape[dim])
        indices[dim] = arith::ConstantIndexOp::create(b, rest % shape[dim]);
      b.addCotangent(element, tensor::ExtractOp::create(b, g, indices));
    }
    return success();
  }
};

} // namespace

void altgrad::registerTensorGradients(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    tensor::CastOp::attachInterface<CastModel>(*context);
    tensor::ExpandShapeOp::attachInterface<ExpandShapeModel>(*context);
    tensor::CollapseShapeOp::attachInterface<CollapseShapeModel>(*context);
    tensor::ReshapeOp::attachInterface<ReshapeModel>(*context);
    tensor::ExtractSliceOp::attachInterface<ExtractSliceModel>(*context);
    tensor::InsertSliceOp::attachInterface<InsertSliceModel>(*context);
    tensor::PadOp::attachInterface<PadModel>(*context);
    tensor::ConcatOp::attachInterface<ConcatModel>(*context);
    tensor::ExtractOp::attachInterface<ExtractModel>(*context);
    tensor::InsertOp::attachInterface<InsertModel>(*context);
    tensor::SplatOp::attachInterface<SplatModel>(*context);
    tensor::FromElementsOp::attachInterface<FromElementsModel>(*context);
  });
}
