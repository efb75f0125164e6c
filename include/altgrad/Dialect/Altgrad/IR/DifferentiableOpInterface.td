//===- DifferentiableOpInterface.td - Gradient rules -------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rule that an operation contributes to a backward function. altgrad's own
// operations implement it, those of other dialects through external models
// (altgrad/Gradients); altgrad-differentiate knows no operation by name.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIFFERENTIABLEOPINTERFACE_TD
#define ALTGRAD_DIFFERENTIABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::altgrad";
  let description = [{
    An operation with a vector-Jacobian product: given the cotangents of its
    results it builds those of its operands. docs/Gradients.md shows how to
    write one.

    A *cotangent* of a value has the value's shape and a float element type.
    A null `Value` is a cotangent of zero, so that nothing is computed for it.
    An operand is *wanted* if it depends on an argument to differentiate and
    reaches a result with a cotangent; nothing has to be built for others.
  }];
  let methods = [
    InterfaceMethod<[{
        Builds the cotangents of the wanted operands, and of wanted values that
        the regions of the operation capture, out of those of the results:
        `builder.getCotangent(result)` in, `builder.addCotangent(operand, value)`
        out. Called once, and only if a result has a cotangent that is not zero.

        Primal values are to be had through `builder.getPrimal` and their sizes
        through `builder.getSizes`: within a loop they are read from a tape. Both
        give what `getNeededPrimals` declared and nothing else.

        On failure the rule has emitted an error at the operation.
      }],
      "::llvm::LogicalResult", "buildCotangents",
      (ins "::altgrad::BackwardBuilder &":$builder), [{}],
      /*defaultImplementation=*/[{
        return ::altgrad::emitMissingRule($_op);
      }]>,
    InterfaceMethod<[{
        Declares which operands, results and captured values `buildCotangents`
        will read, given which operands are wanted (`needs.isWanted(operand)`):
        `needs.addValue(value)` for the value itself, `needs.addSizes(value)`
        where the sizes of a tensor are enough. These are kept until the
        backward pass has read them, all others are not. By default none.
      }],
      "void", "getNeededPrimals", (ins "::altgrad::NeededPrimals &":$needs),
      [{}], /*defaultImplementation=*/[{ return; }]>,
    InterfaceMethod<[{
        True if no result depends differentiably on `operand`: its cotangent is
        zero by definition, and whatever it depends on needs none because of
        this operation. By default false. An operation that says so for all of
        its operands needs no other method.
      }],
      "bool", "hasZeroDerivative", (ins "::mlir::OpOperand &":$operand), [{}],
      /*defaultImplementation=*/[{ return false; }]>,
    InterfaceMethod<[{
        Called in the forward direction, before any cotangent is built, on each
        operation with an active result. An operation whose regions compute
        values that the backward pass needs replaces itself by one that yields
        them too (`augmenter.replacePrimal(op, augmented, tape)`); the rule finds
        them again with `builder.getTape(op)`. By default nothing.
      }],
      "::llvm::LogicalResult", "augmentPrimal",
      (ins "::altgrad::PrimalAugmenter &":$augmenter), [{}],
      /*defaultImplementation=*/[{ return ::llvm::success(); }]>,
  ];
}

#endif // ALTGRAD_DIFFERENTIABLEOPINTERFACE_TD
