//===- AltgradOps.cpp - Verifiers, builders and type inference ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ids in the comments are those of the constraints in AltgradOps.td.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Support/Scaling.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;
using namespace altgrad;

/// The `custom<Word>` of the assembly formats: an enum attribute as a bare
/// word. (The attribute's own form, `<word>`, is what the generic form needs.)
template <typename AttrT>
static ParseResult parseWord(OpAsmParser &parser, AttrT &attr) {
  using Enum = decltype(std::declval<AttrT>().getValue());
  FailureOr<Enum> value = FieldParser<Enum>::parse(parser);
  if (failed(value))
    return failure();
  attr = AttrT::get(parser.getContext(), *value);
  return success();
}

template <typename AttrT>
static void printWord(OpAsmPrinter &printer, Operation *, AttrT attr) {
  printer << stringifyEnum(attr.getValue());
}

#define GET_OP_CLASSES
#include "altgrad/Dialect/Altgrad/IR/AltgradOps.cpp.inc"

Overflow altgrad::getOverflow(OverflowPolicy policy) {
  return policy == OverflowPolicy::Infinity ? Overflow::Infinity
                                            : Overflow::Saturate;
}

Type altgrad::cloneWithElementType(Type type, Type elementType) {
  if (auto shaped = dyn_cast<ShapedType>(type))
    return shaped.clone(elementType);
  return elementType;
}

//===----------------------------------------------------------------------===//
// Shared checks
//===----------------------------------------------------------------------===//

/// Scalar, vector or tensor.
static bool haveSameKind(Type a, Type b) {
  return isa<RankedTensorType>(a) == isa<RankedTensorType>(b) &&
         isa<VectorType>(a) == isa<VectorType>(b);
}

/// The same kind with the same shape, and for vectors the same scalability.
static bool haveSameShape(Type a, Type b) {
  if (!haveSameKind(a, b))
    return false;
  if (!isa<ShapedType>(a))
    return true;
  Type i8 = IntegerType::get(a.getContext(), 8);
  return cloneWithElementType(a, i8) == cloneWithElementType(b, i8);
}

static LogicalResult verifySameShape(Operation *op, Type actual,
                                     StringRef actualName, Type expected,
                                     StringRef expectedName) {
  if (haveSameShape(actual, expected))
    return success();
  return op->emitOpError() << "expected " << actualName
                           << " of the kind and shape of " << expectedName
                           << ", " << expected << ", but got " << actual;
}

/// S1 to S4 for `blocks`, a scale or an amax of values of type `x`.
static LogicalResult verifyBlocks(Operation *op, Type x, StringRef xName,
                                  Type blocks, StringRef blocksName) {
  // S1.
  Type xElement = getElementTypeOrSelf(x);
  Type blocksElement = getElementTypeOrSelf(blocks);
  if (xElement != blocksElement)
    return op->emitOpError()
           << "expected " << blocksName << " with the element type of " << xName
           << ", " << xElement << ", but got " << blocksElement;
  // S2.
  auto blocksShaped = dyn_cast<ShapedType>(blocks);
  if (!blocksShaped)
    return success();
  auto xShaped = dyn_cast<ShapedType>(x);
  if (!xShaped || !haveSameKind(x, blocks) ||
      xShaped.getRank() != blocksShaped.getRank())
    return op->emitOpError() << "expected " << blocksName
                             << " to be a scalar or of the kind and rank of "
                             << xName << ", " << x << ", but got " << blocks;
  // S3.
  for (auto [dim, sizes] : llvm::enumerate(
           llvm::zip_equal(xShaped.getShape(), blocksShaped.getShape()))) {
    auto [size, count] = sizes;
    if (count == 0 && size != 0) {
      InFlightDiagnostic diagnostic = op->emitOpError();
      diagnostic << "expected dimension " << dim << " of " << blocksName
                 << " to divide that of " << xName << ", ";
      if (ShapedType::isDynamic(size))
        return diagnostic << "?, but got 0";
      return diagnostic << size << ", but got 0";
    }
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(count) ||
        size == count)
      continue;
    if (size % count != 0)
      return op->emitOpError() << "expected dimension " << dim << " of "
                               << blocksName << " to divide that of " << xName
                               << ", " << size << ", but got " << count;
  }
  // S4: blocks of a scalable dimension would depend on the machine.
  if (auto xVector = dyn_cast<VectorType>(x)) {
    auto blocksVector = cast<VectorType>(blocks);
    for (unsigned dim = 0, rank = xVector.getRank(); dim < rank; ++dim) {
      bool whole = !blocksVector.getScalableDims()[dim] &&
                   blocksVector.getDimSize(dim) == 1;
      bool same = blocksVector.getScalableDims()[dim] ==
                      xVector.getScalableDims()[dim] &&
                  blocksVector.getDimSize(dim) == xVector.getDimSize(dim);
      if ((xVector.getScalableDims()[dim] ||
           blocksVector.getScalableDims()[dim]) &&
          !whole && !same)
        return op->emitOpError()
               << "expected dimension " << dim << " of " << blocksName
               << " to be 1 or the scalable dimension of " << xName << ", " << x
               << ", but got " << blocks;
    }
  }
  return success();
}

static LogicalResult verifyScale(Operation *op, Type x, StringRef xName,
                                 Value scale) {
  return scale ? verifyBlocks(op, x, xName, scale.getType(), "scale")
               : success();
}

/// H2: a window has at least one slot.
static LogicalResult verifyWindow(Operation *op, Type history) {
  auto shaped = dyn_cast<ShapedType>(history);
  if (!shaped || shaped.getRank() == 0)
    return op->emitOpError()
           << "expected a history of rank 1 or more but got " << history;
  if (shaped.getDimSize(0) == 0)
    return op->emitOpError()
           << "expected a history of at least one slot but got " << history;
  return success();
}

//===----------------------------------------------------------------------===//
// ConstantOp
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  // K1.
  Type stored = getValue().getType();
  Type expected =
      cloneWithElementType(getType(), IntegerType::get(getContext(), 8));
  if (stored != expected)
    return emitOpError() << "expected a value of type " << expected
                         << " but got " << stored;
  if (!isa<IntegerAttr, DenseIntElementsAttr>(getValue()))
    return emitOpError()
           << "expected an integer or a dense elements attribute but got "
           << getValue();
  return success();
}

void ConstantOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), "codes");
}

//===----------------------------------------------------------------------===//
// BitcastOp
//===----------------------------------------------------------------------===//

/// The format that encodes like a builtin float type, if there is one.
static std::optional<Format> getFormatOfBuiltin(Type type) {
  struct Entry {
    bool matches;
    const char *name;
  };
  for (Entry entry : {Entry{isa<Float8E5M2Type>(type), "E5M2"},
                      Entry{isa<Float8E4M3Type>(type), "E4M3"},
                      Entry{isa<Float8E4M3FNType>(type), "E4M3FN"},
                      Entry{isa<Float8E3M4Type>(type), "E3M4IEEE"},
                      Entry{isa<Float8E5M2FNUZType>(type), "E5M2FNUZ"},
                      Entry{isa<Float8E4M3FNUZType>(type), "E4M3FNUZ"},
                      Entry{isa<Float8E4M3B11FNUZType>(type), "E4M3B11FNUZ"}})
    if (entry.matches)
      return Format::getNamed(entry.name);
  return std::nullopt;
}

LogicalResult BitcastOp::verify() {
  Type input = getInput().getType(), result = getType();
  Type inputElement = getElementTypeOrSelf(input);
  Type resultElement = getElementTypeOrSelf(result);
  // B1.
  auto inputCode = dyn_cast<FP8Type>(inputElement);
  auto resultCode = dyn_cast<FP8Type>(resultElement);
  if (bool(inputCode) == bool(resultCode))
    return emitOpError() << "expected exactly one side with element type "
                            "!altgrad.fp8 but got "
                         << input << " and " << result;
  // B2.
  FP8Type code = inputCode ? inputCode : resultCode;
  Type other = inputCode ? resultElement : inputElement;
  if (!other.isSignlessInteger(8) &&
      getFormatOfBuiltin(other) != code.getFormat())
    return emitOpError() << "expected i8 or the builtin float type that "
                            "encodes like "
                         << code << " on the other side but got " << other;
  // B3.
  for (Type type : {input, result}) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if ((isa<ShapedType>(type) && !tensor && !isa<VectorType>(type)) ||
        (tensor && tensor.getEncoding()))
      return emitOpError() << "expected a scalar, a vector or a ranked tensor "
                              "without an encoding but got "
                           << type;
  }
  return verifySameShape(*this, result, "result", input, "input");
}

//===----------------------------------------------------------------------===//
// QuantizeOp
//===----------------------------------------------------------------------===//

void QuantizeOp::build(OpBuilder &builder, OperationState &state, Value x,
                       Value scale, FP8Type format) {
  build(builder, state, cloneWithElementType(x.getType(), format), x, scale,
        Rounding::NearestEven, OverflowPolicy::Saturate, STEKind::Identity,
        ScaleGrad::None, arith::FastMathFlags::none,
        /*cotangent_format=*/TypeAttr());
}

FP8Type QuantizeOp::getFormat() {
  return cast<FP8Type>(getElementTypeOrSelf(getType()));
}

LogicalResult QuantizeOp::verify() {
  // Q1.
  if (failed(
          verifySameShape(*this, getType(), "result", getX().getType(), "x")))
    return failure();
  return verifyScale(*this, getX().getType(), "x", getScale());
}

//===----------------------------------------------------------------------===//
// DequantizeOp
//===----------------------------------------------------------------------===//

void DequantizeOp::build(OpBuilder &builder, OperationState &state, Value input,
                         Value scale) {
  build(builder, state,
        cloneWithElementType(input.getType(),
                             getElementTypeOrSelf(scale.getType())),
        input, scale);
}

FP8Type DequantizeOp::getFormat() {
  return cast<FP8Type>(getElementTypeOrSelf(getInput().getType()));
}

LogicalResult DequantizeOp::verify() {
  // D1.
  if (failed(verifySameShape(*this, getType(), "result", getInput().getType(),
                             "input")))
    return failure();
  return verifyScale(*this, getType(), "result", getScale());
}

//===----------------------------------------------------------------------===//
// FakeQuantizeOp
//===----------------------------------------------------------------------===//

void FakeQuantizeOp::build(OpBuilder &builder, OperationState &state, Value x,
                           Value scale, FP8Type format, Rounding rounding,
                           OverflowPolicy overflow) {
  build(builder, state, x.getType(), x, scale, format, rounding, overflow,
        STEKind::Identity, ScaleGrad::None, arith::FastMathFlags::none,
        /*cotangent_format=*/TypeAttr());
}

LogicalResult FakeQuantizeOp::verify() {
  return verifyScale(*this, getX().getType(), "x", getScale());
}

//===----------------------------------------------------------------------===//
// AmaxOp
//===----------------------------------------------------------------------===//

LogicalResult AmaxOp::verify() {
  // A1.
  auto x = dyn_cast<ShapedType>(getX().getType());
  auto result = dyn_cast<ShapedType>(getType());
  if (x && result && x.getRank() == result.getRank())
    for (auto dim : llvm::seq<int64_t>(0, x.getRank()))
      if (result.isDynamicDim(dim) && !x.isDynamicDim(dim))
        return emitOpError() << "expected dimension " << dim
                             << " of result to be static, as that of x, "
                             << x.getDimSize(dim) << ", is, but got " << result;
  return verifyBlocks(*this, getX().getType(), "x", getType(), "result");
}

//===----------------------------------------------------------------------===//
// UpdateAmaxHistoryOp
//===----------------------------------------------------------------------===//

LogicalResult UpdateAmaxHistoryOp::verify() {
  if (failed(verifyWindow(*this, getHistory().getType())))
    return failure();
  // H1.
  auto history = cast<ShapedType>(getHistory().getType());
  Type amax = getAmax().getType();
  auto amaxShaped = dyn_cast<ShapedType>(amax);
  ArrayRef<int64_t> amaxShape =
      amaxShaped ? amaxShaped.getShape() : ArrayRef<int64_t>();
  if ((amaxShaped && !haveSameKind(history, amax)) ||
      history.getElementType() != getElementTypeOrSelf(amax) ||
      history.getShape().drop_front() != amaxShape)
    return emitOpError() << "expected an amax of the history's element type "
                            "and shape without dimension 0, "
                         << history << ", but got " << amax;
  return success();
}

//===----------------------------------------------------------------------===//
// HistoryAmaxOp
//===----------------------------------------------------------------------===//

LogicalResult HistoryAmaxOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location> location,
                                              HistoryAmaxOp::Adaptor adaptor,
                                              SmallVectorImpl<Type> &inferred) {
  auto history = dyn_cast<ShapedType>(adaptor.getHistory().getType());
  if (!history || !history.hasRank() || history.getRank() == 0)
    return emitOptionalError(location,
                             "expected a history of rank 1 or more "
                             "but got ",
                             adaptor.getHistory().getType());
  // H3.
  if (history.getRank() == 1)
    inferred.push_back(history.getElementType());
  else if (auto vector = dyn_cast<VectorType>(Type(history)))
    inferred.push_back(VectorType::get(vector.getShape().drop_front(),
                                       vector.getElementType(),
                                       vector.getScalableDims().drop_front()));
  else
    inferred.push_back(RankedTensorType::get(history.getShape().drop_front(),
                                             history.getElementType()));
  return success();
}

bool HistoryAmaxOp::isCompatibleReturnTypes(TypeRange inferred,
                                            TypeRange actual) {
  return inferred == actual;
}

LogicalResult HistoryAmaxOp::verify() {
  return verifyWindow(*this, getHistory().getType());
}

//===----------------------------------------------------------------------===//
// ComputeScaleOp
//===----------------------------------------------------------------------===//

LogicalResult ComputeScaleOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location,
    ComputeScaleOp::Adaptor adaptor, SmallVectorImpl<Type> &inferred) {
  // C1.
  inferred.push_back(cloneWithElementType(adaptor.getAmax().getType(),
                                          Float32Type::get(context)));
  return success();
}

void ComputeScaleOp::build(OpBuilder &builder, OperationState &state,
                           Value amax, FP8Type format) {
  build(builder, state, amax, format, llvm::APFloat(ScaleOptions().scaleMin));
}

LogicalResult ComputeScaleOp::verify() {
  // C2.
  double scaleMin = getScaleMin().convertToDouble();
  if (!(scaleMin > 0) || !std::isnormal(static_cast<float>(scaleMin)))
    return emitOpError()
           << "expected a scale_min that is a positive normal f32 but got "
           << scaleMin;
  // C3.
  constexpr int64_t kMarginLimit = 100;
  auto margin = static_cast<int64_t>(getMargin());
  if (margin < -kMarginLimit || margin > kMarginLimit)
    return emitOpError() << "expected a margin between " << -kMarginLimit
                         << " and " << kMarginLimit << " but got " << margin;
  return success();
}

//===----------------------------------------------------------------------===//
// StallOp
//===----------------------------------------------------------------------===//

LogicalResult StallOp::verify() {
  // L3.
  double threshold = getThreshold().convertToDouble();
  if (!std::isfinite(threshold) || threshold < 0)
    return emitOpError()
           << "expected a threshold that is finite and not negative but got "
           << threshold;
  return verifyScale(*this, getW().getType(), "w", getScale());
}

//===----------------------------------------------------------------------===//
// EncodeOp
//===----------------------------------------------------------------------===//

LogicalResult EncodeOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> location,
                                         EncodeOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &inferred) {
  // E1.
  inferred.push_back(cloneWithElementType(adaptor.getX().getType(),
                                          IntegerType::get(context, 8)));
  return success();
}

//===----------------------------------------------------------------------===//
// DecodeOp
//===----------------------------------------------------------------------===//

LogicalResult DecodeOp::verify() {
  // E2.
  return verifySameShape(*this, getType(), "result", getCode().getType(),
                         "code");
}
