//===- SetFastMath.cpp - altgrad-set-fast-math ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h"

#include "llvm/ADT/TypeSwitch.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADSETFASTMATH
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

namespace {

class SetFastMathPass
    : public altgrad::impl::AltgradSetFastMathBase<SetFastMathPass> {
public:
  void runOnOperation() override {
    getOperation()->walk([](Operation *op) {
      llvm::TypeSwitch<Operation *>(op)
          .Case<QuantizeOp, FakeQuantizeOp, StallOp>([](auto quantizing) {
            quantizing.setFastmath(quantizing.getFastmath() |
                                   arith::FastMathFlags::arcp);
          });
    });
  }
};

} // namespace
