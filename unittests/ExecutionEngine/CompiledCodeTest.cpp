//===- CompiledCodeTest.cpp - Tests of machine code that is kept ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CompiledModule.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace altgrad;
using llvm::StringRef;
using testing::HasSubstr;

/// Compiles a program and keeps its code.
static llvm::Expected<std::unique_ptr<CompiledModule>>
compile(StringRef text, bool keepCode = true) {
  static bool registered = (mlir::registerAllPasses(), true);
  (void)registered;
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return llvm::createStringError("the test's program does not parse");
  CompileOptions options;
  options.keepCode = keepCode;
  return CompiledModule::lowerAndCompile(
      *module,
      "convert-scf-to-cf,expand-strided-metadata,convert-to-llvm,"
      "reconcile-unrealized-casts",
      options);
}

static constexpr StringRef kProgram = R"mlir(
  memref.global "private" constant @table : memref<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]>
  func.func @pick(%i: index) -> f32 {
    %table = memref.get_global @table : memref<4xf32>
    %value = memref.load %table[%i] : memref<4xf32>
    return %value : f32
  }
  func.func @sized(%n: index) -> index {
    %buffer = memref.alloc(%n) : memref<?xf32>
    %zero = arith.constant 0 : index
    %size = memref.dim %buffer, %zero : memref<?xf32>
    memref.dealloc %buffer : memref<?xf32>
    return %size : index
  }
)mlir";

template <typename T>
static T call(const CompiledModule &module, StringRef name, int64_t argument) {
  PackedArguments arguments;
  T result = {};
  arguments.addScalar(argument);
  arguments.addResult(result);
  llvm::Error error = module.invoke(name, arguments);
  EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
  return result;
}

TEST(CompiledCodeTest, LoadsWhatWasWritten) {
  std::string file;
  {
    auto compiled = compile(kProgram);
    ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
    EXPECT_EQ(call<float>(**compiled, "pick", 2), 3.0f);
    ASSERT_NE((*compiled)->getCode(), nullptr);
    file = (*compiled)->getCode()->serialize();
  }
  auto code = CompiledCode::parse(file);
  ASSERT_TRUE(bool(code)) << llvm::toString(code.takeError());
  auto loaded = CompiledModule::load(*code);
  ASSERT_TRUE(bool(loaded)) << llvm::toString(loaded.takeError());
  EXPECT_THAT((*loaded)->getFunctionNames(),
              testing::ElementsAre("pick", "sized"));
  EXPECT_EQ(call<float>(**loaded, "pick", 3), 4.0f);
  EXPECT_EQ(call<int64_t>(**loaded, "sized", 17), 17);
  EXPECT_EQ((*loaded)->getCode(), nullptr);
}

TEST(CompiledCodeTest, IsKeptOnlyOnRequest) {
  auto compiled = compile(kProgram, /*keepCode=*/false);
  ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
  EXPECT_EQ((*compiled)->getCode(), nullptr);
}

TEST(CompiledCodeTest, RefusesDamagedBytes) {
  auto compiled = compile(kProgram);
  ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
  std::string file = (*compiled)->getCode()->serialize();
  std::string changed = file;
  changed[changed.size() / 2] ^= 1;
  for (StringRef bytes : {StringRef(), StringRef("altgrad compiled code 1 "),
                          StringRef(file).drop_back(), StringRef(changed)}) {
    auto code = CompiledCode::parse(bytes);
    ASSERT_FALSE(bool(code));
    EXPECT_THAT(llvm::toString(code.takeError()),
                HasSubstr("expected compiled code"));
  }
}

TEST(CompiledCodeTest, ReportsSymbolsThatAreMissing) {
  CompiledCode code;
  code.undefinedSymbols = {"altgrad_no_such_function"};
  auto loaded = CompiledModule::load(code);
  ASSERT_FALSE(bool(loaded));
  EXPECT_THAT(llvm::toString(loaded.takeError()),
              HasSubstr("no library defines what the program calls: "
                        "altgrad_no_such_function"));
}

TEST(CompiledCodeTest, NamesTheProcessor) {
  EXPECT_FALSE(describeHostProcessor().empty());
  EXPECT_EQ(describeHostProcessor(), describeHostProcessor());
}
