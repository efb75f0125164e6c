//===- VectorBlocks.cpp - Scales of vectors -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/Utils/VectorBlocks.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace altgrad;

SmallVector<int64_t> altgrad::getSplitShape(VectorType x, VectorType blocks) {
  SmallVector<int64_t> shape;
  for (auto [size, count] : llvm::zip_equal(x.getShape(), blocks.getShape()))
    llvm::append_values(shape, count, size / count);
  return shape;
}

Value altgrad::spreadBlocks(ImplicitLocOpBuilder &b, Value scale, Type x) {
  auto scaleType =
      dyn_cast_if_present<VectorType>(scale ? scale.getType() : Type());
  if (!scaleType)
    return scale;
  auto xType = cast<VectorType>(x);
  VectorType fullType = xType.clone(scaleType.getElementType());
  if (scaleType == fullType)
    return scale;
  bool isBroadcast = llvm::all_of(
      llvm::zip_equal(xType.getShape(), scaleType.getShape()), [](auto sizes) {
        auto [size, count] = sizes;
        return count == 1 || count == size;
      });
  if (isBroadcast)
    return vector::BroadcastOp::create(b, fullType, scale);
  // Dimension k becomes (s_k, 1), stretches to (s_k, d_k / s_k) and collapses.
  SmallVector<int64_t> unitShape;
  for (int64_t count : scaleType.getShape())
    llvm::append_values(unitShape, count, int64_t(1));
  Type element = scaleType.getElementType();
  Value unit = vector::ShapeCastOp::create(
      b, VectorType::get(unitShape, element), scale);
  Value stretched = vector::BroadcastOp::create(
      b, VectorType::get(getSplitShape(xType, scaleType), element), unit);
  return vector::ShapeCastOp::create(b, fullType, stretched);
}

Value altgrad::flattenVector(ImplicitLocOpBuilder &b, Value value) {
  auto type = cast<VectorType>(value.getType());
  if (type.getRank() == 1)
    return value;
  return vector::ShapeCastOp::create(
      b, VectorType::get({type.getNumElements()}, type.getElementType()),
      value);
}
