//===- AltgradFolders.cpp - Constant folding ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Folds compute with APFloat in the operation's own element type and with the
// reference arithmetic of Support/Format, rounding exactly where the compiled
// code rounds. Operations with fastmath<arcp> are not folded: their bits are
// the lowering's choice.
//
//===----------------------------------------------------------------------===//

#include "ConstantArithmetic.h"

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Support/Scaling.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/APFloat.h"

using namespace mlir;
using namespace altgrad;
using llvm::APFloat;

static ArrayRef<int64_t> getShapeOf(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? shaped.getShape() : ArrayRef<int64_t>();
}

namespace {

/// The elements of a scalar or dense attribute, by linear index.
template <typename ScalarAttr, typename DenseAttr, typename Element>
class ConstantElements {
public:
  static std::optional<ConstantElements> get(Attribute attr) {
    if (auto scalar = dyn_cast_or_null<ScalarAttr>(attr))
      return ConstantElements(scalar, {});
    if (auto dense = dyn_cast_or_null<DenseAttr>(attr))
      return ConstantElements({}, dense);
    return std::nullopt;
  }

  bool isSplat() const { return scalar || dense.isSplat(); }
  int64_t size() const { return scalar ? 1 : dense.getNumElements(); }
  ArrayRef<int64_t> getShape() const {
    return scalar ? ArrayRef<int64_t>() : dense.getType().getShape();
  }
  Element operator[](int64_t index) const {
    if (scalar)
      return scalar.getValue();
    return dense.isSplat() ? dense.template getSplatValue<Element>()
                           : dense.template getValues<Element>()[index];
  }

private:
  ConstantElements(ScalarAttr scalar, DenseAttr dense)
      : scalar(scalar), dense(dense) {}
  ScalarAttr scalar;
  DenseAttr dense;
};

using ConstantFloats =
    ConstantElements<FloatAttr, DenseFPElementsAttr, APFloat>;
/// Codes, as i8.
using ConstantCodes =
    ConstantElements<IntegerAttr, DenseIntElementsAttr, APInt>;

/// Maps the linear index of an element to that of its block's scale.
class BlockMap {
public:
  BlockMap(ArrayRef<int64_t> shape, ArrayRef<int64_t> blocks)
      : shape(shape), blocks(blocks) {}

  int64_t operator()(int64_t index) const {
    int64_t result = 0, stride = 1;
    for (int64_t dim = int64_t(blocks.size()) - 1; dim >= 0; --dim) {
      int64_t i = index % shape[dim];
      index /= shape[dim];
      result += i / (shape[dim] / blocks[dim]) * stride;
      stride *= blocks[dim];
    }
    return result;
  }

private:
  ArrayRef<int64_t> shape, blocks;
};

/// A constant scale for values of type `x`, or 1 where an operation has none.
class ConstantScale {
public:
  static std::optional<ConstantScale> get(Value operand, Attribute attr,
                                          Type x) {
    std::optional<ConstantFloats> floats = ConstantFloats::get(attr);
    if (operand && !floats)
      return std::nullopt;
    return ConstantScale(floats, x);
  }

  bool isSplat() const { return !floats || floats->isSplat(); }
  APFloat operator[](int64_t index) const {
    if (!floats)
      return APFloat::getOne(
          cast<FloatType>(getElementTypeOrSelf(x)).getFloatSemantics());
    if (isSplat())
      return (*floats)[0];
    return (*floats)[BlockMap(getShapeOf(x), floats->getShape())(index)];
  }

private:
  ConstantScale(std::optional<ConstantFloats> floats, Type x)
      : floats(floats), x(x) {}
  std::optional<ConstantFloats> floats;
  Type x;
};

} // namespace

//===----------------------------------------------------------------------===//
// Questions to types
//===----------------------------------------------------------------------===//

static bool hasStaticShape(Type type) {
  if (auto vector = dyn_cast<VectorType>(type))
    return !vector.isScalable();
  auto shaped = dyn_cast<ShapedType>(type);
  return !shaped || shaped.hasStaticShape();
}

/// Larger constants are left to the compiled code, unless they are splats.
static constexpr int64_t kMaxFoldedElements = int64_t(1) << 20;

static bool isSmall(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  return !shaped || shaped.getNumElements() <= kMaxFoldedElements;
}

static bool isReciprocalAllowed(arith::FastMathFlags flags) {
  return bitEnumContainsAll(flags, arith::FastMathFlags::arcp);
}

//===----------------------------------------------------------------------===//
// Building results
//===----------------------------------------------------------------------===//

/// A scalar or dense attribute of `type`, a static float-like type, with
/// `element(i)` at every index; a splat is computed once. Null if it is too
/// large to be written down.
static Attribute buildFloats(Type type, bool splat,
                             function_ref<APFloat(int64_t)> element) {
  if (!splat && !isSmall(type))
    return {};
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped)
    return FloatAttr::get(type, element(0));
  SmallVector<APFloat> values;
  int64_t count = splat ? std::min<int64_t>(1, shaped.getNumElements())
                        : shaped.getNumElements();
  values.reserve(count);
  for (int64_t i = 0; i < count; ++i)
    values.push_back(element(i));
  return DenseElementsAttr::get(shaped, values);
}

/// The same for codes; `type` is i8 or a shaped type of any element type.
static Attribute buildCodes(Type type, bool splat,
                            function_ref<Format::Code(int64_t)> element) {
  if (!splat && !isSmall(type))
    return {};
  Type i8 = IntegerType::get(type.getContext(), 8);
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped)
    return IntegerAttr::get(i8, APInt(8, element(0)));
  SmallVector<APInt> values;
  int64_t count = splat ? std::min<int64_t>(1, shaped.getNumElements())
                        : shaped.getNumElements();
  values.reserve(count);
  for (int64_t i = 0; i < count; ++i)
    values.push_back(APInt(8, element(i)));
  return DenseElementsAttr::get(shaped.clone(i8), values);
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

OpFoldResult BitcastOp::fold(FoldAdaptor adaptor) {
  // bitcast(bitcast(x)) back to where it came from.
  if (auto producer = getInput().getDefiningOp<BitcastOp>())
    if (producer.getInput().getType() == getType())
      return producer.getInput();
  // Constant codes are i8 attributes on both sides. Those of builtin float
  // types are floats; leave them to the operations that understand them.
  Type inputElement = getElementTypeOrSelf(getInput().getType());
  Type resultElement = getElementTypeOrSelf(getType());
  bool isBytes = (isa<FP8Type>(inputElement) && resultElement.isInteger(8)) ||
                 (isa<FP8Type>(resultElement) && inputElement.isInteger(8));
  if (isBytes &&
      isa_and_nonnull<IntegerAttr, DenseIntElementsAttr>(adaptor.getInput()))
    return adaptor.getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// Quantization
//===----------------------------------------------------------------------===//

OpFoldResult QuantizeOp::fold(FoldAdaptor adaptor) {
  std::optional<ConstantFloats> x = ConstantFloats::get(adaptor.getX());
  if (!x || !hasStaticShape(getType()) || isReciprocalAllowed(getFastmath()))
    return {};
  std::optional<ConstantScale> scale =
      ConstantScale::get(getScale(), adaptor.getScale(), getX().getType());
  if (!scale)
    return {};
  Format format = getFormat().getFormat();
  Overflow overflow = ::getOverflow(getOverflow());
  return buildCodes(
      getType(), x->isSplat() && scale->isSplat(), [&](int64_t i) {
        return encodeConstant((*x)[i], (*scale)[i], format, overflow);
      });
}

OpFoldResult DequantizeOp::fold(FoldAdaptor adaptor) {
  std::optional<ConstantCodes> codes = ConstantCodes::get(adaptor.getInput());
  if (!codes || !hasStaticShape(getType()))
    return {};
  std::optional<ConstantScale> scale =
      ConstantScale::get(getScale(), adaptor.getScale(), getType());
  if (!scale)
    return {};
  Format format = getFormat().getFormat();
  return buildFloats(
      getType(), codes->isSplat() && scale->isSplat(), [&](int64_t i) {
        return decodeConstant((*codes)[i].getZExtValue(), (*scale)[i], format);
      });
}

OpFoldResult FakeQuantizeOp::fold(FoldAdaptor adaptor) {
  std::optional<ConstantFloats> x = ConstantFloats::get(adaptor.getX());
  if (!x || !hasStaticShape(getType()) || isReciprocalAllowed(getFastmath()))
    return {};
  std::optional<ConstantScale> scale =
      ConstantScale::get(getScale(), adaptor.getScale(), getType());
  if (!scale)
    return {};
  Format format = getFormat().getFormat();
  Overflow overflow = ::getOverflow(getOverflow());
  return buildFloats(
      getType(), x->isSplat() && scale->isSplat(), [&](int64_t i) {
        APFloat s = (*scale)[i];
        return decodeConstant(encodeConstant((*x)[i], s, format, overflow), s,
                              format);
      });
}

//===----------------------------------------------------------------------===//
// Scaling
//===----------------------------------------------------------------------===//

OpFoldResult AmaxOp::fold(FoldAdaptor adaptor) {
  std::optional<ConstantFloats> x = ConstantFloats::get(adaptor.getX());
  if (!x || !hasStaticShape(getType()))
    return {};
  auto floatType = cast<FloatType>(getElementTypeOrSelf(getType()));
  const llvm::fltSemantics &semantics = floatType.getFloatSemantics();
  ArrayRef<int64_t> shape = getShapeOf(getX().getType());
  ArrayRef<int64_t> blocks = getShapeOf(getType());
  int64_t count = 1;
  for (int64_t size : blocks)
    count *= size;
  if (!x->isSplat() && !isSmall(getX().getType()))
    return {};
  // An integer maximum of the magnitudes' bits, as in the lowering: NaN wins.
  SmallVector<APInt> largest(x->isSplat() ? 1 : count,
                             APInt::getZero(floatType.getWidth()));
  BlockMap blockOf(shape, blocks);
  int64_t size = x->isSplat() ? std::min<int64_t>(1, x->size()) : x->size();
  for (int64_t i = 0; i < size; ++i) {
    APFloat magnitude = abs((*x)[i]);
    if (magnitude.isNaN() && getNan() == NaNPolicy::Ignore)
      continue;
    bool isOne = blocks.empty() || x->isSplat();
    APInt &entry = largest[isOne ? 0 : blockOf(i)];
    entry = llvm::APIntOps::umax(entry, magnitude.bitcastToAPInt());
  }
  return buildFloats(getType(), x->isSplat(),
                     [&](int64_t i) { return APFloat(semantics, largest[i]); });
}

OpFoldResult UpdateAmaxHistoryOp::fold(FoldAdaptor adaptor) {
  std::optional<ConstantFloats> history =
      ConstantFloats::get(adaptor.getHistory());
  std::optional<ConstantFloats> amax = ConstantFloats::get(adaptor.getAmax());
  if (!history || !amax || !hasStaticShape(getType()))
    return {};
  int64_t width = 1; // Elements of amax, each with a window of its own.
  for (int64_t size : getShapeOf(getAmax().getType()))
    width *= size;
  int64_t last = (getShapeOf(getType())[0] - 1) * width;
  return buildFloats(getType(), /*splat=*/false, [&](int64_t i) {
    APFloat newest = (*amax)[i % width];
    if (!newest.isFinite())
      return (*history)[i];
    return i < last ? (*history)[i + width] : newest;
  });
}

OpFoldResult HistoryAmaxOp::fold(FoldAdaptor adaptor) {
  std::optional<ConstantFloats> history =
      ConstantFloats::get(adaptor.getHistory());
  if (!history || !hasStaticShape(getHistory().getType()))
    return {};
  int64_t slots = getShapeOf(getHistory().getType())[0];
  int64_t width = history->size() / slots;
  return buildFloats(getType(), /*splat=*/false, [&](int64_t column) {
    APFloat result = APFloat::getOne((*history)[0].getSemantics());
    bool filled = false;
    for (int64_t slot = 0; slot < slots; ++slot) {
      APFloat entry = (*history)[slot * width + column];
      if (entry.isNaN() || (entry.isNegative() && !entry.isZero()))
        continue; // An empty slot.
      if (!filled || getAlgorithm() == HistoryAlgorithm::MostRecent ||
          entry > result)
        result = entry;
      filled = true;
    }
    return result;
  });
}

OpFoldResult ComputeScaleOp::fold(FoldAdaptor adaptor) {
  std::optional<ConstantFloats> amax = ConstantFloats::get(adaptor.getAmax());
  if (!amax || !hasStaticShape(getType()))
    return {};
  ScaleOptions options;
  options.scaleMin = getScaleMin().convertToDouble();
  options.margin = static_cast<int>(getMargin());
  switch (getPowerOfTwo()) {
  case PowerOfTwo::None:
    break;
  case PowerOfTwo::Ceil:
    options.powerOfTwo = ScaleRounding::Ceil;
    break;
  case PowerOfTwo::Floor:
    options.powerOfTwo = ScaleRounding::Floor;
    break;
  }
  Format format = getFormat().getFormat();
  return buildFloats(getType(), amax->isSplat(), [&](int64_t i) {
    return APFloat(computeScale(constantToDouble((*amax)[i]), format, options));
  });
}

LogicalResult StallOp::fold(FoldAdaptor adaptor,
                            SmallVectorImpl<OpFoldResult> &results) {
  std::optional<ConstantFloats> w = ConstantFloats::get(adaptor.getW());
  std::optional<ConstantFloats> g = ConstantFloats::get(adaptor.getG());
  auto lr = dyn_cast_or_null<FloatAttr>(adaptor.getLr());
  if (!w || !g || !lr || isReciprocalAllowed(getFastmath()) ||
      !hasStaticShape(getW().getType()))
    return failure();
  const llvm::fltSemantics &semantics = lr.getValue().getSemantics();
  std::optional<ConstantScale> scale =
      ConstantScale::get(getScale(), adaptor.getScale(), getW().getType());
  if (!scale)
    return failure();

  Format format = getFormat().getFormat();
  Overflow overflow = ::getOverflow(getOverflow());
  APFloat threshold = convertConstant(getThreshold(), semantics);
  bool isSplat = w->isSplat() && g->isSplat() && scale->isSplat();
  if (!isSplat && !isSmall(getW().getType()))
    return failure();
  int64_t stalled = 0, total = 0;
  int64_t size = isSplat ? std::min<int64_t>(1, w->size()) : w->size();
  int64_t repeats = isSplat ? w->size() : 1;
  for (int64_t i = 0; i < size; ++i) {
    APFloat gradient = (*g)[i];
    if (!(abs(gradient) > threshold))
      continue;
    total += repeats;
    APFloat update = neg(lr.getValue());
    update.multiply(gradient, APFloat::rmNearestTiesToEven);
    APFloat moved = (*w)[i];
    moved.add(update, APFloat::rmNearestTiesToEven);
    APFloat s = (*scale)[i];
    // Doubles compare by value: -0 equals +0, NaN equals nothing.
    double before = format.decode(encodeConstant((*w)[i], s, format, overflow));
    double after = format.decode(encodeConstant(moved, s, format, overflow));
    stalled += before == after ? repeats : 0;
  }
  Type i64 = IntegerType::get(getContext(), 64);
  results.push_back(IntegerAttr::get(i64, stalled));
  results.push_back(IntegerAttr::get(i64, total));
  return success();
}

//===----------------------------------------------------------------------===//
// Primitives
//===----------------------------------------------------------------------===//

OpFoldResult EncodeOp::fold(FoldAdaptor adaptor) {
  std::optional<ConstantFloats> x = ConstantFloats::get(adaptor.getX());
  if (!x || !hasStaticShape(getType()))
    return {};
  Format format = getFormat().getFormat();
  Overflow overflow = ::getOverflow(getOverflow());
  return buildCodes(getType(), x->isSplat(), [&](int64_t i) {
    return format.encode(constantToDouble((*x)[i]), overflow);
  });
}

OpFoldResult DecodeOp::fold(FoldAdaptor adaptor) {
  std::optional<ConstantCodes> codes = ConstantCodes::get(adaptor.getCode());
  if (!codes || !hasStaticShape(getType()))
    return {};
  const llvm::fltSemantics &semantics =
      cast<FloatType>(getElementTypeOrSelf(getType())).getFloatSemantics();
  Format format = getFormat().getFormat();
  return buildFloats(getType(), codes->isSplat(), [&](int64_t i) {
    return convertConstant(APFloat(format.decode((*codes)[i].getZExtValue())),
                           semantics);
  });
}

OpFoldResult RoundOp::fold(FoldAdaptor adaptor) {
  std::optional<ConstantFloats> x = ConstantFloats::get(adaptor.getX());
  if (!x || !hasStaticShape(getType()))
    return {};
  const llvm::fltSemantics &semantics =
      cast<FloatType>(getElementTypeOrSelf(getType())).getFloatSemantics();
  Format format = getFormat().getFormat();
  Overflow overflow = ::getOverflow(getOverflow());
  return buildFloats(getType(), x->isSplat(), [&](int64_t i) {
    return convertConstant(
        APFloat(format.round(constantToDouble((*x)[i]), overflow)), semantics);
  });
}
