//===- ExpandDynamicShapes.cpp - altgrad-expand-dynamic-shapes ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// memref.expand_shape with more than one dynamic size per dimension, which
// upstream's expand-strided-metadata crashes on.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Linalg/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADEXPANDDYNAMICSHAPES
#include "altgrad/Dialect/Linalg/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;

/// True if one source dimension becomes several of dynamic size.
static bool hasSeveralDynamicSizes(memref::ExpandShapeOp op) {
  MemRefType type = op.getResultType();
  return llvm::any_of(op.getReassociationIndices(),
                      [&](const ReassociationIndices &group) {
                        return llvm::count_if(group, [&](int64_t dim) {
                                 return type.isDynamicDim(dim);
                               }) > 1;
                      });
}

/// a * b, without an operation where both are static.
static OpFoldResult multiply(ImplicitLocOpBuilder &b, OpFoldResult lhs,
                             OpFoldResult rhs) {
  std::optional<int64_t> staticLhs = getConstantIntValue(lhs);
  std::optional<int64_t> staticRhs = getConstantIntValue(rhs);
  if (staticLhs && staticRhs)
    return b.getIndexAttr(*staticLhs * *staticRhs);
  return arith::MulIOp::create(
             b, getValueOrCreateConstantIndexOp(b, b.getLoc(), lhs),
             getValueOrCreateConstantIndexOp(b, b.getLoc(), rhs))
      .getResult();
}

static void lower(memref::ExpandShapeOp op) {
  OpBuilder builder(op);
  ImplicitLocOpBuilder b(op.getLoc(), builder);
  auto metadata = memref::ExtractStridedMetadataOp::create(b, op.getSrc());
  SmallVector<OpFoldResult> sourceStrides =
      metadata.getConstifiedMixedStrides();
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
  // Within a group the last dimension has the source's stride, and each one
  // before it the size of what follows times that.
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  for (auto [source, group] : llvm::enumerate(op.getReassociationIndices())) {
    OpFoldResult stride = sourceStrides[source];
    for (int64_t dim : llvm::reverse(group)) {
      strides[dim] = stride;
      stride = multiply(b, stride, sizes[dim]);
    }
  }
  auto cast = memref::ReinterpretCastOp::create(
      b, op.getResultType(), metadata.getBaseBuffer(),
      metadata.getConstifiedMixedOffset(), sizes, strides);
  op.replaceAllUsesWith(cast.getResult());
  op.erase();
}

namespace {

class ExpandDynamicShapesPass
    : public altgrad::impl::AltgradExpandDynamicShapesBase<
          ExpandDynamicShapesPass> {
public:
  void runOnOperation() override {
    getOperation()->walk([](memref::ExpandShapeOp op) {
      if (hasSeveralDynamicSizes(op))
        lower(op);
    });
  }
};

} // namespace
