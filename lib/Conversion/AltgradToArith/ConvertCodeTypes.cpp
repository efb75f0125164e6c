//===- ConvertCodeTypes.cpp - Codes become bytes --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Once no operation needs to know its format any more, the type of codes can be
// i8 everywhere at once, in every dialect's operations and function types. A
// replacement in place needs no materializations, so none can be left over.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Conversion/AltgradToArith/AltgradToArith.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace mlir;
using namespace altgrad;

LogicalResult altgrad::convertCodeTypes(Operation *root) {
  WalkResult result = root->walk([](Operation *op) {
    if (!isa_and_nonnull<AltgradDialect>(op->getDialect()) ||
        isa<BitcastOp, EncodeOp, DecodeOp, RoundOp>(op))
      return WalkResult::advance();
    op->emitOpError() << "expected to be lowered before its codes become i8";
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();

  AttrTypeReplacer replacer;
  replacer.addReplacement(
      [](FP8Type type) { return IntegerType::get(type.getContext(), 8); });
  root->walk([&](Operation *op) {
    // The format attribute of a primitive is what tells its encoding.
    bool isOurs = isa_and_nonnull<AltgradDialect>(op->getDialect());
    replacer.replaceElementsIn(op, /*replaceAttrs=*/!isOurs,
                               /*replaceLocs=*/false, /*replaceTypes=*/true);
  });

  root->walk([](BitcastOp op) {
    if (op.getInput().getType() == op.getType()) {
      op.getResult().replaceAllUsesWith(op.getInput());
    } else { // To or from a builtin float type.
      OpBuilder builder(op);
      auto bitcast = arith::BitcastOp::create(builder, op.getLoc(),
                                              op.getType(), op.getInput());
      op.getResult().replaceAllUsesWith(bitcast);
    }
    op.erase();
  });
  return success();
}
