//===- SetFormat.cpp - altgrad-set-format ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One program, any format: the formats of a module are replaced in types and
// attributes alike.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/TypeUtilities.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADSETFORMAT
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

namespace {

class SetFormatPass
    : public altgrad::impl::AltgradSetFormatBase<SetFormatPass> {
public:
  using AltgradSetFormatBase::AltgradSetFormatBase;

  void runOnOperation() override {
    FP8Type to, onlyFrom, cotangent;
    bool setsCotangent = !cotangentFormat.empty();
    bool removesCotangent = cotangentFormat == "none";
    if (((!format.empty() || !setsCotangent) &&
         failed(parseOption("format", format, to))) ||
        (!from.empty() && failed(parseOption("from", from, onlyFrom))) ||
        (setsCotangent && !removesCotangent &&
         failed(parseOption("cotangent-format", cotangentFormat, cotangent))))
      return signalPassFailure();

    if (to && failed(setFormat(to, onlyFrom)))
      return signalPassFailure();
    if (!setsCotangent)
      return;
    auto attr = cotangent ? TypeAttr::get(cotangent) : TypeAttr();
    getOperation()->walk(
        [&](QuantizeOp op) { op.setCotangentFormatAttr(attr); });
    getOperation()->walk(
        [&](FakeQuantizeOp op) { op.setCotangentFormatAttr(attr); });
  }

private:
  LogicalResult setFormat(FP8Type to, FP8Type onlyFrom) {
    auto isReplaced = [&](Type type) {
      auto fp8 = dyn_cast<FP8Type>(getElementTypeOrSelf(type));
      return fp8 && fp8 != to && (!onlyFrom || fp8 == onlyFrom);
    };
    WalkResult result = getOperation()->walk([&](Operation *op) {
      return failed(checkReplaceable(op, isReplaced)) ? WalkResult::interrupt()
                                                      : WalkResult::advance();
    });
    if (result.wasInterrupted())
      return failure();

    // The format of cotangents is another decision than that of values, with an
    // option of its own.
    auto name = StringAttr::get(&getContext(), "cotangent_format");
    SmallVector<std::pair<Operation *, Attribute>> cotangentFormats;
    getOperation()->walk([&](Operation *op) {
      if (!isa<QuantizeOp, FakeQuantizeOp>(op))
        return;
      std::optional<Attribute> attr = op->getInherentAttr(name);
      if (attr && *attr)
        cotangentFormats.emplace_back(op, *attr);
    });
    AttrTypeReplacer replacer;
    replacer.addReplacement(
        [&](FP8Type type) -> Type { return isReplaced(type) ? to : type; });
    replacer.recursivelyReplaceElementsIn(getOperation(), /*replaceAttrs=*/true,
                                          /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
    for (auto [op, attr] : cotangentFormats)
      op->setInherentAttr(name, attr);
    return success();
  }

  LogicalResult parseOption(StringRef name, StringRef text, FP8Type &type) {
    if (text.empty())
      return emitError(getOperation()->getLoc())
             << "altgrad-set-format expected the option " << name
             << " to name a format but got nothing";
    std::string error;
    type = parseFormat(&getContext(), text, error);
    if (!type)
      return emitError(getOperation()->getLoc())
             << "altgrad-set-format cannot read the option " << name << " '"
             << text << "': " << error;
    return success();
  }

  /// Codes that are written down mean nothing in another format.
  static LogicalResult
  checkReplaceable(Operation *op, llvm::function_ref<bool(Type)> isReplaced) {
    if (auto constant = dyn_cast<ConstantOp>(op))
      if (isReplaced(constant.getType()))
        return op->emitOpError()
               << "expected no constant codes of a replaced format but got "
               << constant.getType();
    if (auto bitcast = dyn_cast<BitcastOp>(op)) {
      Type input = bitcast.getInput().getType(), result = bitcast.getType();
      Type other = isReplaced(input)    ? result
                   : isReplaced(result) ? input
                                        : Type();
      if (other && isa<FloatType>(getElementTypeOrSelf(other)))
        return op->emitOpError() << "expected no builtin float type with the "
                                    "encoding of a replaced format but got "
                                 << other;
    }
    return success();
  }
};

} // namespace
