//===- AltgradDialect.cpp - The altgrad dialect ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Registration, aliases, inlining and constant materialization.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace altgrad;

#include "altgrad/Dialect/Altgrad/IR/AltgradDialect.cpp.inc"
#include "altgrad/Dialect/Altgrad/IR/AltgradEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "altgrad/Dialect/Altgrad/IR/AltgradAttributes.cpp.inc"

namespace {

/// Gives formats their usual names: `!E4M3FN = !altgrad.fp8<...>`.
struct AltgradAsmInterface : public OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(Type type, raw_ostream &os) const override {
    auto fp8 = dyn_cast<FP8Type>(type);
    if (!fp8)
      return AliasResult::NoAlias;
    std::string_view name = fp8.getFormat().getName();
    if (!name.empty()) {
      os << StringRef(name.data(), name.size());
      return AliasResult::OverridableAlias;
    }
    os << "E" << fp8.getExponentBits() << "M" << fp8.getMantissaBits() << "_b";
    if (fp8.getBias() < 0)
      os << "m"; // An alias is an identifier: no minus sign.
    std::string_view specials = stringifySpecials(fp8.getSpecials());
    os << std::abs(fp8.getBias()) << "_"
       << StringRef(specials.data(), specials.size());
    return AliasResult::OverridableAlias;
  }
};

/// Every operation is pure and self-contained.
struct AltgradInlinerInterface : public DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;

  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
};

} // namespace

void AltgradDialect::initialize() {
  registerTypes();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "altgrad/Dialect/Altgrad/IR/AltgradAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "altgrad/Dialect/Altgrad/IR/AltgradOps.cpp.inc"
      >();
  addInterfaces<AltgradAsmInterface, AltgradInlinerInterface>();
}

Operation *AltgradDialect::materializeConstant(OpBuilder &builder,
                                               Attribute value, Type type,
                                               Location loc) {
  if (isa<FP8Type>(getElementTypeOrSelf(type)))
    return ConstantOp::create(builder, loc, type, cast<TypedAttr>(value));
  return arith::ConstantOp::materialize(builder, value, type, loc);
}
