//===- SCFModels.cpp - Gradient rules of scf ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SCFModels.h"

#include "altgrad/Gradients/Models.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace altgrad;

FloatType altgrad::getElementFloat(Value cotangent) {
  return cast<FloatType>(getElementTypeOrSelf(cotangent.getType()));
}

FloatType altgrad::getWider(FloatType a, FloatType b) {
  if (a == b)
    return a;
  if (a.getWidth() != b.getWidth())
    return a.getWidth() > b.getWidth() ? a : b;
  return Float32Type::get(a.getContext()); // f16 and bf16.
}

FloatType altgrad::getElementFloat(BackwardBuilder &b, Value primal) {
  auto element = dyn_cast<FloatType>(getElementTypeOrSelf(primal.getType()));
  return element ? element : b.getF32Type(); // Codes.
}

Value altgrad::emitZero(BackwardBuilder &b, Value primal, FloatType element) {
  auto type = dyn_cast<RankedTensorType>(primal.getType());
  if (!type)
    return b.createCast(b.createZero(primal), element);
  Value empty = tensor::EmptyOp::create(b, b.getSizes(primal), element);
  Value zero = arith::ConstantOp::create(b, b.getFloatAttr(element, 0));
  Value filled = linalg::FillOp::create(b, zero, empty).getResult(0);
  Type expected = type.clone(element);
  if (filled.getType() != expected)
    filled = tensor::CastOp::create(b, expected, filled);
  return filled;
}

LogicalResult altgrad::refuseToRecord(Operation *op, Type type) {
  return op->emitOpError() << "expected scalars, vectors and ranked tensors "
                              "that the backward pass needs from its regions "
                              "but got "
                           << type;
}

void altgrad::registerSCFGradients(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, scf::SCFDialect *) {
    attachForModel(*context);
    attachIfModel(*context);
  });
}
