//===- Differentiate.cpp - altgrad-differentiate --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions become vector-Jacobian products: the primal operations, and after
// them the backward ones, in one function, so that what both need is there
// once. The rules come from DifferentiableOpInterface; no operation but calls
// and returns is known here by name.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h"
#include "altgrad/Gradients/Differentiation.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/RegionUtils.h"

namespace altgrad {
#define GEN_PASS_DEF_ALTGRADDIFFERENTIATE
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h.inc"
} // namespace altgrad

using namespace mlir;
using namespace altgrad;

/// True for what a function can take or give a cotangent of.
static bool isFloat(Type type) {
  return canHaveCotangent(type) && isa<FloatType>(getElementTypeOrSelf(type));
}

static SmallVector<int64_t> getFloatIndices(TypeRange types) {
  SmallVector<int64_t> indices;
  for (auto [index, type] : llvm::enumerate(types))
    if (isFloat(type))
      indices.push_back(index);
  return indices;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

namespace {

/// Inlines the calls that gradients pass through.
class ActiveCallInliner {
public:
  /// Inlines `call`, with its callee's own calls left in the function.
  LogicalResult inlineCall(func::CallOp call) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
    if (!callee || callee.isDeclaration())
      return call.emitOpError()
             << "expected a callee with a body, because an argument to "
                "differentiate and a result with a cotangent are connected "
                "through it, but got '"
             << call.getCallee() << "'";
    if (!callee.getBody().hasOneBlock())
      return call.emitOpError()
             << "expected a callee of one block to differentiate but got '"
             << call.getCallee() << "' of "
             << callee.getBody().getBlocks().size();
    SmallVector<StringRef> callers = callersOf.lookup(call);
    callers.push_back(callee.getName());
    if (llvm::is_contained(ArrayRef(callers).drop_back(), callee.getName()))
      return call.emitOpError()
             << "expected no recursion in a function to differentiate but got "
                "'"
             << call.getCallee() << "' within itself";

    OpBuilder builder(call);
    IRMapping mapping;
    Block &body = callee.getBody().front();
    mapping.map(body.getArguments(), call.getOperands());
    for (Operation &op : body.without_terminator()) {
      Operation *clone = builder.clone(op, mapping);
      clone->walk([&](Operation *nested) {
        nested->setLoc(CallSiteLoc::get(nested->getLoc(), call.getLoc()));
        if (auto nestedCall = dyn_cast<func::CallOp>(nested))
          callersOf[nestedCall] = callers;
      });
    }
    for (auto [result, returned] : llvm::zip_equal(
             call.getResults(), body.getTerminator()->getOperands()))
      result.replaceAllUsesWith(mapping.lookupOrDefault(returned));
    callersOf.erase(call);
    call.erase();
    return success();
  }

private:
  /// The functions that a call was inlined from, outermost first.
  DenseMap<Operation *, SmallVector<StringRef>> callersOf;
};

//===----------------------------------------------------------------------===//
// One function
//===----------------------------------------------------------------------===//

/// Turns a function into its vector-Jacobian product.
class VectorJacobianProduct {
public:
  /// `arguments` are to be differentiated, `results` have cotangents.
  VectorJacobianProduct(func::FuncOp function, ArrayRef<int64_t> arguments,
                        ArrayRef<int64_t> results)
      : function(function), arguments(arguments), results(results),
        rewriter(function.getContext()) {}

  LogicalResult build() {
    Block &body = function.getBody().front();
    rewriter.setInsertionPointToStart(&body);
    if (failed(inlineActiveCalls()) ||
        failed(checkGradientRules(function.getBody(), plan.activity)))
      return failure();
    PrimalAugmenter augmenter(function.getContext(), plan);
    if (failed(augmentPrimals(body, augmenter)) || failed(buildBackward()))
      return failure();
    (void)runRegionDCE(rewriter, function->getRegions());
    removeDuplicates();
    return success();
  }

private:
  void removeDuplicates() {
    DominanceInfo dominance(function);
    eliminateCommonSubExpressions(rewriter, dominance, function);
  }

  /// A pair with one scale has the gradient g; through codes it would have
  /// g * scale / scale.
  void fuseQuantizationPairs() {
    function.walk([&](DequantizeOp op) {
      rewriter.setInsertionPoint(op);
      (void)fuseQuantizeDequantize(rewriter, op);
    });
  }

  void analyze() {
    plan.activity = Activity();
    for (int64_t index : arguments)
      plan.activity.addVaried(function.getArgument(index));
    Operation *end = function.getBody().front().getTerminator();
    for (int64_t index : results)
      plan.activity.addUseful(end->getOperand(index));
    analyzeActivity(function.getBody(), plan.activity);
  }

  /// Inlines until no gradient passes through a call, and completes the
  /// analysis.
  LogicalResult inlineActiveCalls() {
    ActiveCallInliner inliner;
    while (true) {
      removeDuplicates();
      fuseQuantizationPairs();
      analyze();
      SmallVector<func::CallOp> calls;
      function.walk([&](func::CallOp call) {
        if (plan.activity.hasActiveResult(call))
          calls.push_back(call);
      });
      if (calls.empty())
        return success();
      for (func::CallOp call : calls)
        if (failed(inliner.inlineCall(call)))
          return failure();
    }
  }

  LogicalResult buildBackward() {
    Block &body = function.getBody().front();
    Operation *end = body.getTerminator();
    BackwardBuilder backward(end->getLoc(), OpBuilder(end), plan);
    for (int64_t index : results) {
      Value result = end->getOperand(index);
      Value cotangent = body.addArgument(result.getType(), end->getLoc());
      backward.addCotangent(result, cotangent);
    }
    if (failed(differentiateBlock(body, backward)))
      return failure();

    backward.setLoc(end->getLoc());
    SmallVector<Value> returned(end->getOperands());
    for (int64_t index : arguments) {
      Value argument = function.getArgument(index);
      Value gradient = backward.getCotangent(argument);
      returned.push_back(gradient ? gradient : backward.createZero(argument));
    }
    end->setOperands(returned);
    // Of the arguments and results that are new; their attributes are empty.
    SmallVector<DictionaryAttr> argAttrs, resAttrs;
    function.getAllArgAttrs(argAttrs);
    function.getAllResultAttrs(resAttrs);
    function.setType(rewriter.getFunctionType(body.getArgumentTypes(),
                                              ValueRange(returned).getTypes()));
    argAttrs.resize(body.getNumArguments(), rewriter.getDictionaryAttr({}));
    resAttrs.resize(returned.size(), rewriter.getDictionaryAttr({}));
    function.setAllArgAttrs(argAttrs);
    function.setAllResultAttrs(resAttrs);
    return success();
  }

  func::FuncOp function;
  ArrayRef<int64_t> arguments, results;
  IRRewriter rewriter;
  GradientPlan plan;
};

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

class DifferentiatePass
    : public altgrad::impl::AltgradDifferentiateBase<DifferentiatePass> {
public:
  using AltgradDifferentiateBase::AltgradDifferentiateBase;

  void runOnOperation() override {
    SmallVector<func::FuncOp> chosen;
    if (failed(chooseFunctions(chosen)))
      return signalPassFailure();
    for (func::FuncOp function : chosen)
      if (failed(differentiate(function)))
        return signalPassFailure();
  }

private:
  LogicalResult chooseFunctions(SmallVectorImpl<func::FuncOp> &chosen) {
    SymbolTable symbols(getOperation());
    for (const std::string &name : functions) {
      auto function = symbols.lookup<func::FuncOp>(name);
      if (!function)
        return emitError(getOperation().getLoc())
               << "altgrad-differentiate expected the option functions to name "
                  "functions but got '"
               << name << "'";
      if (function.isDeclaration())
        return function.emitOpError()
               << "expected a body to differentiate but got a declaration";
      chosen.push_back(function);
    }
    if (!functions.empty())
      return success();
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isDeclaration() &&
          !getFloatIndices(function.getArgumentTypes()).empty() &&
          !getFloatIndices(function.getResultTypes()).empty())
        chosen.push_back(function);
    if (chosen.empty())
      return emitError(getOperation().getLoc())
             << "altgrad-differentiate expected a public function with an "
                "argument and a result of float type but found none";
    return success();
  }

  /// The indices that an option names, or those of all values of float type.
  static FailureOr<SmallVector<int64_t>>
  chooseIndices(func::FuncOp function, ArrayRef<int64_t> option,
                StringRef optionName, StringRef kind, TypeRange types) {
    SmallVector<int64_t> indices(option);
    if (indices.empty())
      indices = getFloatIndices(types);
    if (indices.empty())
      return function.emitOpError()
             << "expected " << kind << "s of float type to differentiate but "
             << "got " << function.getFunctionType();
    for (auto [position, index] : llvm::enumerate(indices)) {
      if (index < 0 || index >= int64_t(types.size()))
        return function.emitOpError()
               << "expected the option " << optionName
               << " to hold indices of its " << types.size() << " " << kind
               << "s but got " << index;
      if (!isFloat(types[index]))
        return function.emitOpError()
               << "expected " << kind << " " << index
               << ", which is differentiated, to be a float or a vector or "
                  "ranked tensor of floats but got "
               << types[index];
      if (llvm::is_contained(ArrayRef(indices).take_front(position), index))
        return function.emitOpError()
               << "expected the option " << optionName
               << " to hold each index once but got " << index << " twice";
    }
    return indices;
  }

  LogicalResult differentiate(func::FuncOp function) {
    auto arguments = chooseIndices(function, wrt, "wrt", "argument",
                                   function.getArgumentTypes());
    if (failed(arguments))
      return failure();
    auto outputs = chooseIndices(function, results, "results", "result",
                                 function.getResultTypes());
    if (failed(outputs))
      return failure();
    if (!function.getBody().hasOneBlock())
      return function.emitOpError()
             << "expected one block to differentiate but got "
             << function.getBody().getBlocks().size();

    func::FuncOp product = function.clone();
    product.setName((function.getName() + suffix).str());
    if (failed(insert(function, product, *arguments, *outputs)))
      return failure();
    return VectorJacobianProduct(product, *arguments, *outputs).build();
  }

  /// Puts `product` behind `function`, or in the place of a declaration of the
  /// same name, which is how a program calls what is not there yet.
  LogicalResult insert(func::FuncOp function, func::FuncOp product,
                       ArrayRef<int64_t> arguments, ArrayRef<int64_t> outputs) {
    OwningOpRef<func::FuncOp> owned = product;
    SmallVector<Type> inputTypes(function.getArgumentTypes());
    for (int64_t index : outputs)
      inputTypes.push_back(function.getResultTypes()[index]);
    SmallVector<Type> resultTypes(function.getResultTypes());
    for (int64_t index : arguments)
      resultTypes.push_back(function.getArgumentTypes()[index]);
    auto type = FunctionType::get(&getContext(), inputTypes, resultTypes);

    Operation *other =
        SymbolTable::lookupSymbolIn(getOperation(), product.getNameAttr());
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfter(function);
    if (other) {
      auto declaration = dyn_cast<func::FuncOp>(other);
      if (!declaration || !declaration.isDeclaration())
        return other->emitOpError()
               << "expected the name '" << product.getName()
               << "' to be free or declared, because the gradient of '"
               << function.getName() << "' gets it";
      if (declaration.getFunctionType() != type)
        return declaration.emitOpError()
               << "expected the type of the gradient of '" << function.getName()
               << "', " << type << ", but got "
               << declaration.getFunctionType();
      builder.setInsertionPoint(declaration);
      product.setVisibility(declaration.getVisibility());
    }
    builder.insert(owned.release());
    if (other)
      other->erase();
    return success();
  }
};

} // namespace
