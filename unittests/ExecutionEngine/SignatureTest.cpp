//===- SignatureTest.cpp - Tests of signatures and results ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/Signature.h"

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Parser/Parser.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace altgrad;
using llvm::StringRef;
using testing::HasSubstr;

namespace {
class SignatureTest : public testing::Test {
protected:
  SignatureTest() {
    context.loadDialect<AltgradDialect, mlir::func::FuncDialect,
                        mlir::bufferization::BufferizationDialect>();
  }

  mlir::func::FuncOp parse(StringRef text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(
        text, mlir::ParserConfig(&context), "f.mlir");
    return *module->getOps<mlir::func::FuncOp>().begin();
  }
  Signature getSignature(StringRef text) {
    return llvm::cantFail(Signature::get(parse(text)));
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};
} // namespace

TEST_F(SignatureTest, SaysWhatParametersAre) {
  Signature signature = getSignature(
      "func.func private @f(tensor<?x4xf32>, memref<2xbf16, strided<[?]>>, "
      "!altgrad.fp8<E4M3FN>, i1) -> (tensor<!altgrad.fp8<E4M3, bias = 9, fn>>, "
      "index)");
  EXPECT_EQ(signature.text,
            "f(tensor<?x4xf32>, memref<2xbf16, strided<[?]>>, "
            "!altgrad.fp8<E4M3, bias = 7, fn>, i1) -> "
            "(tensor<!altgrad.fp8<E4M3, bias = 9, fn>>, index)");
  ASSERT_EQ(signature.parameters.size(), 4u);
  const ValueType &tensor = signature.parameters[0];
  EXPECT_EQ(tensor.kind, ValueType::Tensor);
  EXPECT_EQ(tensor.element, ElementType::Float32);
  EXPECT_THAT(tensor.shape, testing::ElementsAre(-1, 4));
  EXPECT_EQ(tensor.text, "tensor<?x4xf32>");
  EXPECT_EQ(tensor.elementText, "f32");
  const ValueType &memref = signature.parameters[1];
  EXPECT_EQ(memref.kind, ValueType::MemRef);
  EXPECT_EQ(memref.element, ElementType::BFloat16);
  EXPECT_THAT(memref.strides, testing::ElementsAre(-1));
  const ValueType &code = signature.parameters[2];
  EXPECT_EQ(code.kind, ValueType::Scalar);
  EXPECT_EQ(code.element, ElementType::Code8);
  EXPECT_EQ(code.format, Format::getNamed("E4M3FN"));
  EXPECT_EQ(code.elementText, "E4M3FN");
  EXPECT_EQ(signature.parameters[3].element, ElementType::Bool);
  ASSERT_EQ(signature.results.size(), 2u);
  EXPECT_TRUE(signature.results[0].shape.empty());
  EXPECT_EQ(signature.results[0].elementText,
            "!altgrad.fp8<E4M3, bias = 9, fn>");
  EXPECT_EQ(signature.results[1].element, ElementType::Int64);
}

TEST_F(SignatureTest, RefusesWhatCannotBePassed) {
  for (StringRef type :
       {"complex<f32>", "tensor<*xf32>", "i128", "si32", "vector<4xf32>",
        "memref<4xf32, strided<[1], offset: 1>>",
        "memref<4x4xf32, affine_map<(i, j) -> (j, i floordiv 2)>>"}) {
    auto signature =
        Signature::get(parse(("func.func private @f() -> " + type).str()));
    ASSERT_FALSE(bool(signature)) << type.str();
    EXPECT_THAT(llvm::toString(signature.takeError()),
                HasSubstr("f.mlir:1:1: error: expected result 0 to be a "
                          "number, a ranked tensor or a strided memref"));
  }
}

TEST_F(SignatureTest, FindsTheEntry) {
  parse("func.func @f() { return }\nfunc.func private @g() { return }\n"
        "func.func private @h() -> i32");
  auto find = [&](StringRef name) -> std::string {
    auto entry = findEntry(*module, name, "f.mlir");
    return entry ? entry->getName().str() : llvm::toString(entry.takeError());
  };
  EXPECT_EQ(find(""), "f");
  EXPECT_EQ(find("f"), "f");
  EXPECT_EQ(find("g"),
            "f.mlir: expected a public function 'g' but got these: f");
  parse("func.func private @g() { return }");
  EXPECT_EQ(find(""), "f.mlir: expected one public function, or the name of "
                      "one but got none");
}

TEST_F(SignatureTest, MarksTensorsAsValues) {
  auto function =
      parse("func.func @f(%x: tensor<4xf32>, %y: memref<4xf32>, %z: f32) {\n"
            "  return\n}");
  markTensorsReadOnly(*module);
  auto isReadOnly = [&](unsigned index) {
    auto writable = function.getArgAttrOfType<mlir::BoolAttr>(
        index, mlir::bufferization::BufferizationDialect::kWritableAttrName);
    return writable && !writable.getValue();
  };
  EXPECT_TRUE(isReadOnly(0));
  EXPECT_FALSE(isReadOnly(1));
  EXPECT_FALSE(isReadOnly(2));
}

// The layout is that of the C structure with the same members.
TEST_F(SignatureTest, LaysOutResults) {
  struct Results {
    int8_t a;
    float b;
    int64_t c[5];
    int16_t d;
    double e;
    int64_t f[3];
  } expected = {1, 2.5f, {10, 11, 12, 13, 14}, 3, 4.5, {20, 21, 22}};
  Signature signature = getSignature(
      "func.func private @f() -> (i8, f32, tensor<?xf32>, i16, f64, "
      "tensor<f32>)");
  ResultStorage storage(signature);
  PackedArguments packed;
  storage.addFirst(packed);
  storage.addLast(packed);
  ASSERT_EQ(packed.get().size(), 1u);
  void *place = *static_cast<void **>(packed.get()[0]);
  std::memcpy(place, &expected, sizeof(expected));
  auto offset = [&](size_t index) {
    return storage.get(index) - static_cast<char *>(place);
  };
  EXPECT_EQ(offset(0), 0);
  EXPECT_EQ(offset(1), static_cast<ptrdiff_t>(offsetof(Results, b)));
  EXPECT_EQ(offset(3), static_cast<ptrdiff_t>(offsetof(Results, d)));
  EXPECT_EQ(offset(4), static_cast<ptrdiff_t>(offsetof(Results, e)));
  MemRefDescriptor c = storage.getMemRef(2);
  EXPECT_EQ(reinterpret_cast<intptr_t>(c.getAllocated()), 10);
  EXPECT_EQ(c.getOffset(), 12);
  EXPECT_THAT(c.getShape(), testing::ElementsAre(13));
  EXPECT_THAT(c.getStrides(), testing::ElementsAre(14));
  EXPECT_EQ(storage.getMemRef(5).getOffset(), 22);
}

// A number alone is no structure and comes last.
TEST_F(SignatureTest, PutsOneNumberLast) {
  Signature signature = getSignature("func.func private @f(f32) -> f64");
  ResultStorage storage(signature);
  PackedArguments packed;
  storage.addFirst(packed);
  packed.addScalar(1.0f);
  storage.addLast(packed);
  ASSERT_EQ(packed.get().size(), 2u);
  EXPECT_EQ(packed.get()[1], storage.get(0));
}
