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

/// Notes in `trace`, digit by digit, what runs before and after the functions;
/// `keep` names a place for what it is at the end.
static constexpr StringRef kWithLifetime = R"mlir(
  llvm.mlir.global internal @trace(0 : i64) : i64
  llvm.mlir.global internal @place() : !llvm.ptr {
    %null = llvm.mlir.zero : !llvm.ptr
    llvm.return %null : !llvm.ptr
  }
  llvm.func internal @note(%digit: i64) {
    %ten = llvm.mlir.constant(10 : i64) : i64
    %trace = llvm.mlir.addressof @trace : !llvm.ptr
    %old = llvm.load %trace : !llvm.ptr -> i64
    %shifted = llvm.mul %old, %ten : i64
    %new = llvm.add %shifted, %digit : i64
    llvm.store %new, %trace : i64, !llvm.ptr
    llvm.return
  }
  llvm.func internal @one() {
    %digit = llvm.mlir.constant(1 : i64) : i64
    llvm.call @note(%digit) : (i64) -> ()
    llvm.return
  }
  llvm.func internal @two() {
    %digit = llvm.mlir.constant(2 : i64) : i64
    llvm.call @note(%digit) : (i64) -> ()
    llvm.return
  }
  llvm.func internal @report() {
    %place = llvm.mlir.addressof @place : !llvm.ptr
    %to = llvm.load %place : !llvm.ptr -> !llvm.ptr
    %trace = llvm.mlir.addressof @trace : !llvm.ptr
    %value = llvm.load %trace : !llvm.ptr -> i64
    llvm.store %value, %to : i64, !llvm.ptr
    llvm.return
  }
  llvm.func @_mlir_ciface_keep(%to: !llvm.ptr) -> i64 {
    %place = llvm.mlir.addressof @place : !llvm.ptr
    llvm.store %to, %place : !llvm.ptr, !llvm.ptr
    %trace = llvm.mlir.addressof @trace : !llvm.ptr
    %value = llvm.load %trace : !llvm.ptr -> i64
    llvm.return %value : i64
  }
  llvm.mlir.global_ctors ctors = [@two, @one], priorities = [9 : i32, 3 : i32],
                         data = [#llvm.zero, #llvm.zero]
  llvm.mlir.global_dtors dtors = [@report, @one, @two],
                         priorities = [1 : i32, 8 : i32, 5 : i32],
                         data = [#llvm.zero, #llvm.zero, #llvm.zero]
)mlir";

// Constructors run by ascending priority, once; destructors by descending
// priority, when the module is destroyed.
TEST(CompiledCodeTest, RunsInitializersAndFinalizers) {
  std::string file;
  {
    int64_t atEnd = 0;
    auto compiled = compile(kWithLifetime);
    ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
    EXPECT_EQ(
        call<int64_t>(**compiled, "keep", reinterpret_cast<intptr_t>(&atEnd)),
        12);
    file = (*compiled)->getCode()->serialize();
    EXPECT_EQ(atEnd, 0);
    compiled->reset();
    EXPECT_EQ(atEnd, 1212);
  }
  auto code = CompiledCode::parse(file);
  ASSERT_TRUE(bool(code)) << llvm::toString(code.takeError());
  int64_t atEnd = 0;
  auto loaded = CompiledModule::load(*code);
  ASSERT_TRUE(bool(loaded)) << llvm::toString(loaded.takeError());
  EXPECT_EQ(call<int64_t>(**loaded, "keep", reinterpret_cast<intptr_t>(&atEnd)),
            12);
  loaded->reset();
  EXPECT_EQ(atEnd, 1212);
}

TEST(CompiledCodeTest, HasNothingToRunWhereTheProgramHasNothing) {
  auto compiled = compile(kProgram);
  ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
  EXPECT_EQ((*compiled)->getCode()->initializer, "");
  EXPECT_EQ((*compiled)->getCode()->finalizer, "");
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
  for (StringRef bytes : {StringRef(), StringRef("altgrad compiled code 2 "),
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
