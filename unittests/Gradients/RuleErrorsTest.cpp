//===- RuleErrorsTest.cpp - Tests of rules that misbehave -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Mistakes in a gradient rule that the drivers find, whoever wrote it: each is
// an error at the operation, and no rule of the project makes one. The rules
// here are attached to math.clampf, which has none.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"
#include "altgrad/Dialect/Altgrad/Transforms/Passes.h"
#include "altgrad/Gradients/Models.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace altgrad;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

template <typename Model>
using ClampModel =
    DifferentiableOpInterface::ExternalModel<Model, math::ClampFOp>;

/// Passes the cotangent on; nothing is wrong with it.
struct GoodModel : public ClampModel<GoodModel> {
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    b.addCotangent(op->getOperand(0), b.getCotangent(op->getResult(0)));
    return success();
  }
};

/// Reads the operand without having said so.
struct UndeclaredValueModel : public ClampModel<UndeclaredValueModel> {
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    b.addCotangent(op->getOperand(0), b.getPrimal(op->getOperand(0)));
    return success();
  }
};

/// Declares the sizes and reads the value.
struct OnlySizesModel : public ClampModel<OnlySizesModel> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addSizes(op->getOperand(0));
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    b.addCotangent(op->getOperand(0), b.getPrimal(op->getOperand(0)));
    return success();
  }
};

/// Reads sizes without having said so.
struct UndeclaredSizesModel : public ClampModel<UndeclaredSizesModel> {
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    b.addCotangent(op->getOperand(0), b.createZero(op->getOperand(0)));
    return success();
  }
};

/// Builds a scalar whatever the operand is.
struct WrongShapeModel : public ClampModel<WrongShapeModel> {
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    b.addCotangent(op->getOperand(0),
                   arith::ConstantOp::create(b, b.getF32FloatAttr(0)));
    return success();
  }
};

/// Builds integers of the right shape.
struct WrongElementModel : public ClampModel<WrongElementModel> {
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    auto type = cast<ShapedType>(op->getOperand(0).getType());
    b.addCotangent(op->getOperand(0),
                   tensor::EmptyOp::create(b, type.getShape(), b.getI32Type()));
    return success();
  }
};

/// Wants to read a buffer that its region allocates: no tape holds one.
struct BufferModel : public ClampModel<BufferModel> {
  void getNeededPrimals(Operation *op, NeededPrimals &needs) const {
    needs.addValue(op->getBlock()->front().getResult(0));
  }
  LogicalResult buildCotangents(Operation *op, BackwardBuilder &b) const {
    return success();
  }
};

/// The errors that differentiating a program with this rule emits.
template <typename Model>
std::vector<std::string> getErrorsOfProgram(StringRef text) {
  MLIRContext context;
  DialectRegistry registry;
  registerSCFGradients(registry);
  context.appendDialectRegistry(registry);
  context.loadDialect<AltgradDialect, arith::ArithDialect, func::FuncDialect,
                      math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                      tensor::TensorDialect>();
  math::ClampFOp::attachInterface<Model>(context);
  std::vector<std::string> errors;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      errors.push_back(diagnostic.str());
    return success();
  });
  auto module = parseSourceString<ModuleOp>(text, &context);
  if (!module)
    return {"the test's program does not parse"};
  PassManager manager(&context);
  AltgradDifferentiateOptions options;
  options.wrt = {0};
  manager.addPass(createAltgradDifferentiate(options));
  if (succeeded(manager.run(*module)) != errors.empty())
    errors.push_back("the pass succeeded with errors or failed without");
  return errors;
}

/// The same for a clamp of `type`.
template <typename Model> std::vector<std::string> getErrors(StringRef type) {
  return getErrorsOfProgram<Model>(llvm::formatv(R"mlir(
    func.func @f(%x: {0}, %low: {0}, %high: {0}) -> {0} {{
      %y = math.clampf %x to [%low, %high] : {0}
      return %y : {0}
    }
  )mlir",
                                                 type)
                                       .str());
}

TEST(RuleErrorsTest, GoodRuleHasNone) {
  EXPECT_THAT(getErrors<GoodModel>("f32"), IsEmpty());
  EXPECT_THAT(getErrors<GoodModel>("tensor<?xf32>"), IsEmpty());
}

TEST(RuleErrorsTest, UndeclaredValue) {
  auto isReported = ElementsAre(
      HasSubstr("'math.clampf' op asked for a primal value that "
                "getNeededPrimals of its gradient rule did not declare: "));
  EXPECT_THAT(getErrors<UndeclaredValueModel>("f32"), isReported);
  EXPECT_THAT(getErrors<UndeclaredValueModel>("tensor<4xf32>"), isReported);
  EXPECT_THAT(getErrors<OnlySizesModel>("tensor<4xf32>"), isReported);
}

TEST(RuleErrorsTest, UndeclaredSizes) {
  EXPECT_THAT(getErrors<UndeclaredSizesModel>("tensor<?xf32>"),
              ElementsAre(HasSubstr("'math.clampf' op asked for a primal value "
                                    "that getNeededPrimals")));
  // Static sizes are known without a declaration.
  EXPECT_THAT(getErrors<UndeclaredSizesModel>("tensor<4xf32>"), IsEmpty());
}

TEST(RuleErrorsTest, WrongShape) {
  EXPECT_THAT(getErrors<WrongShapeModel>("tensor<4xf32>"),
              ElementsAre(HasSubstr("the gradient rule built a cotangent of "
                                    "type 'f32' for a value of type "
                                    "'tensor<4xf32>'")));
  EXPECT_THAT(getErrors<WrongShapeModel>("f32"), IsEmpty());
}

TEST(RuleErrorsTest, WrongElementType) {
  EXPECT_THAT(getErrors<WrongElementModel>("tensor<4xf32>"),
              ElementsAre(HasSubstr("the gradient rule built a cotangent of "
                                    "type 'tensor<4xi32>' for a value of type "
                                    "'tensor<4xf32>'")));
}

TEST(RuleErrorsTest, BufferInLoop) {
  EXPECT_THAT(getErrorsOfProgram<BufferModel>(R"mlir(
    func.func @f(%x: f32, %n: index) -> f32 {
      %zero = arith.constant 0.0 : f32
      %r = scf.for %i = %n to %n step %n iter_args(%a = %x) -> f32 {
        %buffer = memref.alloca() : memref<4xf32>
        memref.store %zero, %buffer[%n] : memref<4xf32>
        %y = math.clampf %a to [%a, %a] : f32
        scf.yield %y : f32
      }
      return %r : f32
    }
  )mlir"),
              ElementsAre(HasSubstr(
                  "'scf.for' op expected scalars, vectors and ranked tensors "
                  "that the backward pass needs from its regions but got "
                  "'memref<4xf32>'")));
}

TEST(RuleErrorsTest, BufferInBranch) {
  EXPECT_THAT(getErrorsOfProgram<BufferModel>(R"mlir(
    func.func @f(%x: f32, %c: i1, %n: index) -> f32 {
      %zero = arith.constant 0.0 : f32
      %r = scf.if %c -> f32 {
        %buffer = memref.alloca() : memref<4xf32>
        memref.store %zero, %buffer[%n] : memref<4xf32>
        %y = math.clampf %x to [%x, %x] : f32
        scf.yield %y : f32
      } else {
        scf.yield %x : f32
      }
      return %r : f32
    }
  )mlir"),
              ElementsAre(HasSubstr(
                  "'scf.if' op expected scalars, vectors and ranked tensors "
                  "that the backward pass needs from its regions but got "
                  "'memref<4xf32>'")));
}

} // namespace
