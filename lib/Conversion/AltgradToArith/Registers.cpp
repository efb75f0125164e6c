//===- Registers.cpp - Vectors as several registers -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registers.h"

#include "altgrad/Conversion/AltgradToArith/ElementArithmetic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace altgrad;
using llvm::APInt;

/// Bytes of an integer, and so registers that become one.
static constexpr int64_t kBytes = 4;

static int64_t getLanes(Value vector) {
  return cast<VectorType>(vector.getType()).getNumElements();
}

SmallVector<Value> altgrad::emitSplit(ImplicitLocOpBuilder &b, Value vector,
                                      int64_t lanes) {
  if (getLanes(vector) == lanes)
    return {vector};
  SmallVector<Value> parts;
  for (int64_t from = 0, end = getLanes(vector); from < end; from += lanes)
    parts.push_back(vector::ExtractStridedSliceOp::create(
        b, vector, ArrayRef(from), ArrayRef(lanes), ArrayRef(int64_t(1))));
  return parts;
}

Value altgrad::emitJoin(ImplicitLocOpBuilder &b, ArrayRef<Value> parts) {
  if (parts.size() == 1)
    return parts.front();
  auto part = cast<VectorType>(parts.front().getType());
  int64_t size = part.getNumElements();
  auto type = VectorType::get({size * static_cast<int64_t>(parts.size())},
                              part.getElementType());
  Value result = arith::ConstantOp::create(b, b.getZeroAttr(type));
  for (auto [k, value] : llvm::enumerate(parts))
    result = vector::InsertStridedSliceOp::create(
        b, value, result, ArrayRef(static_cast<int64_t>(k) * size),
        ArrayRef(int64_t(1)));
  return result;
}

Value altgrad::emitPackedBytes(ImplicitLocOpBuilder &b,
                               ArrayRef<Value> registers, bool isInterleaved) {
  assert(registers.size() == kBytes);
  Value merged = registers.front();
  for (auto [k, value] : llvm::enumerate(registers.drop_front())) {
    Value count = emitIntConstant(b, value.getType(), APInt(32, 8 * (k + 1)));
    Value moved = arith::ShLIOp::create(b, value, count);
    merged = arith::OrIOp::create(b, merged, moved);
  }
  return emitTransposedBytes(b, merged, isInterleaved);
}

Value altgrad::emitTransposedBytes(ImplicitLocOpBuilder &b, Value merged,
                                   bool isInterleaved) {
  int64_t lanes = getLanes(merged);
  SmallVector<int64_t> order;
  for (int64_t element = 0; element < kBytes * lanes; ++element) {
    int64_t k = element / lanes, lane = element % lanes;
    if (isInterleaved) {
      int64_t half = element / (2 * lanes), inHalf = element % (2 * lanes);
      k = 2 * half + inHalf % 2;
      lane = inHalf / 2;
    }
    order.push_back(lane * kBytes + k);
  }
  auto type = VectorType::get({kBytes * lanes}, b.getI8Type());
  Value mixed = vector::BitCastOp::create(b, type, merged);
  return vector::ShuffleOp::create(b, mixed, mixed, order);
}
