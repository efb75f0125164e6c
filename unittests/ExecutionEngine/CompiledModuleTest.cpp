//===- CompiledModuleTest.cpp - Tests of compiling and calling ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With upstream dialects and passes alone: what altgrad's own pipeline makes of
// its ops is tested where the pipeline is.
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/CompiledModule.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace altgrad;
using llvm::StringRef;
using testing::HasSubstr;

namespace {
class CompiledModuleTest : public testing::Test {
protected:
  static void SetUpTestSuite() { mlir::registerAllPasses(); }

  CompiledModuleTest() {
    mlir::DialectRegistry registry;
    mlir::registerAllDialects(registry);
    mlir::registerAllExtensions(registry);
    context.appendDialectRegistry(registry);
  }

  llvm::Expected<std::unique_ptr<CompiledModule>>
  compile(StringRef text, const CompileOptions &options = {},
          StringRef pipeline = kPipeline) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    if (!module)
      return llvm::createStringError("the test's program does not parse");
    return CompiledModule::lowerAndCompile(*module, pipeline, options);
  }

  std::string compileError(StringRef text, const CompileOptions &options = {},
                           StringRef pipeline = kPipeline) {
    auto compiled = compile(text, options, pipeline);
    return compiled ? "" : llvm::toString(compiled.takeError());
  }

  static constexpr StringRef kPipeline =
      "convert-scf-to-cf,expand-strided-metadata,convert-to-llvm,"
      "reconcile-unrealized-casts";
  mlir::MLIRContext context;
};
} // namespace

/// The message of an error, or "" for success.
static std::string message(llvm::Error error) {
  return llvm::toString(std::move(error));
}

static constexpr StringRef kAdd = R"mlir(
  func.func @add(%a: f32, %b: f32) -> f32 {
    %sum = arith.addf %a, %b : f32
    return %sum : f32
  }
)mlir";

TEST_F(CompiledModuleTest, CallsWithScalarsAtEachLevel) {
  for (unsigned level = 0; level <= 3; ++level) {
    CompileOptions options;
    options.optLevel = level;
    auto compiled = compile(kAdd, options);
    ASSERT_TRUE(bool(compiled)) << message(compiled.takeError());
    PackedArguments arguments;
    float sum = 0;
    arguments.addScalar(1.5f);
    arguments.addScalar(2.25f);
    arguments.addResult(sum);
    EXPECT_EQ(message((*compiled)->invoke("add", arguments)), "");
    EXPECT_EQ(sum, 3.75f);
  }
}

TEST_F(CompiledModuleTest, OutlivesModuleAndContext) {
  std::unique_ptr<CompiledModule> compiled;
  {
    mlir::MLIRContext inner;
    inner.appendDialectRegistry(context.getDialectRegistry());
    auto module = mlir::parseSourceString<mlir::ModuleOp>(kAdd, &inner);
    auto result = CompiledModule::lowerAndCompile(*module, kPipeline);
    ASSERT_TRUE(bool(result)) << message(result.takeError());
    compiled = std::move(*result);
  }
  auto add = compiled->lookup("add");
  ASSERT_TRUE(bool(add)) << message(add.takeError());
  float a = 1.0f, b = 2.0f, sum = 0.0f;
  void *pointers[] = {&a, &b, &sum};
  (*add)(pointers);
  EXPECT_EQ(sum, 3.0f);
}

TEST_F(CompiledModuleTest, PassesMemRefsOfAnyRankAndStride) {
  auto compiled = compile(R"mlir(
    func.func @double(%x: memref<?x?xf64, strided<[?, ?], offset: ?>>,
                      %total: memref<f64>) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %rows = memref.dim %x, %c0 : memref<?x?xf64, strided<[?, ?], offset: ?>>
      %cols = memref.dim %x, %c1 : memref<?x?xf64, strided<[?, ?], offset: ?>>
      scf.for %i = %c0 to %rows step %c1 {
        scf.for %j = %c0 to %cols step %c1 {
          %v = memref.load %x[%i, %j]
            : memref<?x?xf64, strided<[?, ?], offset: ?>>
          %t = memref.load %total[] : memref<f64>
          %sum = arith.addf %t, %v : f64
          memref.store %sum, %total[] : memref<f64>
          %twice = arith.addf %v, %v : f64
          memref.store %twice, %x[%i, %j]
            : memref<?x?xf64, strided<[?, ?], offset: ?>>
        }
      }
      return
    })mlir");
  ASSERT_TRUE(bool(compiled)) << message(compiled.takeError());
  double x[6] = {1, 2, 3, 4, 5, 6}, total = 0;
  // The left two columns of a 2x3 array, transposed.
  PackedArguments arguments;
  arguments.addMemRef(MemRefDescriptor(x, {2, 2}, {1, 3}));
  arguments.addMemRef(&total, {});
  EXPECT_EQ(message((*compiled)->invoke("double", arguments)), "");
  EXPECT_EQ(total, 12);
  EXPECT_EQ(x[0], 2);
  EXPECT_EQ(x[2], 3);
  EXPECT_EQ(x[4], 10);
  EXPECT_EQ(x[5], 6);
}

TEST_F(CompiledModuleTest, ReturnsSeveralResults) {
  auto compiled = compile(R"mlir(
    func.func @results(%x: memref<?xi8>) -> (f32, i64, memref<?xi8>) {
      %f = arith.constant 0.5 : f32
      %i = arith.constant -7 : i64
      return %f, %i, %x : f32, i64, memref<?xi8>
    })mlir");
  ASSERT_TRUE(bool(compiled)) << message(compiled.takeError());
  struct {
    float f;
    int64_t i;
    struct {
      int8_t *allocated, *aligned;
      int64_t offset, size, stride;
    } memref;
  } results = {};
  int8_t x[3] = {};
  PackedArguments arguments;
  arguments.addAggregateResult(&results);
  arguments.addMemRef(x, {3});
  EXPECT_EQ(message((*compiled)->invoke("results", arguments)), "");
  EXPECT_EQ(results.f, 0.5f);
  EXPECT_EQ(results.i, -7);
  EXPECT_EQ(results.memref.aligned, x);
  EXPECT_EQ(results.memref.size, 3);
}

TEST_F(CompiledModuleTest, ReturnsAMemRef) {
  auto compiled = compile(R"mlir(
    func.func @same(%x: memref<?x?xf32>) -> memref<?x?xf32> {
      return %x : memref<?x?xf32>
    })mlir");
  ASSERT_TRUE(bool(compiled)) << message(compiled.takeError());
  float x[6] = {};
  MemRefDescriptor result(2u);
  PackedArguments arguments;
  arguments.addAggregateResult(result.getRaw());
  arguments.addMemRef(x, {2, 3});
  EXPECT_EQ(message((*compiled)->invoke("same", arguments)), "");
  EXPECT_EQ(result.getAligned(), x);
  EXPECT_EQ(result.getShape(), llvm::ArrayRef<int64_t>({2, 3}));
}

// f64 to f16 is a call into the compiler's runtime on processors without an
// instruction for it.
TEST_F(CompiledModuleTest, PassesHalves) {
  for (const char *cpu : {"", "x86-64"}) {
    if (*cpu && !StringRef(LLVM_HOST_TRIPLE).starts_with("x86_64"))
      continue;
    CompileOptions options;
    options.cpu = cpu;
    auto compiled = compile(R"mlir(
      func.func @narrow(%x: f64) -> f16 {
        %y = arith.truncf %x : f64 to f16
        return %y : f16
      }
      func.func @widen(%x: bf16) -> f32 {
        %y = arith.extf %x : bf16 to f32
        return %y : f32
      })mlir",
                            options);
    ASSERT_TRUE(bool(compiled)) << message(compiled.takeError());
    {
      PackedArguments arguments;
      Float16 result = {};
      arguments.addScalar(1.0 + 0x1p-11 + 0x1p-40);
      arguments.addResult(result);
      EXPECT_EQ(message((*compiled)->invoke("narrow", arguments)), "");
      EXPECT_EQ(result.bits, 0x3C01); // one rounding, see ArgumentsTest
    }
    {
      PackedArguments arguments;
      float result = 0;
      arguments.addScalar(BFloat16::fromDouble(-2.5));
      arguments.addResult(result);
      EXPECT_EQ(message((*compiled)->invoke("widen", arguments)), "");
      EXPECT_EQ(result, -2.5f);
    }
  }
}

TEST_F(CompiledModuleTest, FindsMLIRsOwnLibraries) {
  // A copy between layouts becomes a call of memrefCopy.
  auto compiled = compile(R"mlir(
    func.func @copy(%from: memref<?xf32, strided<[2]>>, %to: memref<?xf32>) {
      memref.copy %from, %to : memref<?xf32, strided<[2]>> to memref<?xf32>
      return
    })mlir");
  ASSERT_TRUE(bool(compiled)) << message(compiled.takeError());
  float from[6] = {1, 2, 3, 4, 5, 6}, to[3] = {};
  PackedArguments arguments;
  arguments.addMemRef(MemRefDescriptor(from, {3}, {2}));
  arguments.addMemRef(to, {3});
  EXPECT_EQ(message((*compiled)->invoke("copy", arguments)), "");
  EXPECT_EQ(to[0], 1);
  EXPECT_EQ(to[1], 3);
  EXPECT_EQ(to[2], 5);
}

TEST_F(CompiledModuleTest, RunsThreads) {
  auto compiled = compile(R"mlir(
    func.func @fill(%x: memref<?xi64>) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %n = memref.dim %x, %c0 : memref<?xi64>
      scf.parallel (%i) = (%c0) to (%n) step (%c1) {
        %v = arith.index_cast %i : index to i64
        memref.store %v, %x[%i] : memref<?xi64>
        scf.reduce
      }
      return
    })mlir",
                          {},
                          "convert-scf-to-openmp,convert-openmp-to-llvm,"
                          "convert-to-llvm,reconcile-unrealized-casts");
  if (!compiled) {
    // libomp is a package of its own.
    std::string text = message(compiled.takeError());
    ASSERT_THAT(text, HasSubstr("no library defines what the program calls"));
    GTEST_SKIP() << text;
  }
  std::vector<int64_t> x(1000, -1);
  PackedArguments arguments;
  arguments.addMemRef(x.data(), {1000});
  EXPECT_EQ(message((*compiled)->invoke("fill", arguments)), "");
  for (int64_t i = 0; i < 1000; ++i)
    EXPECT_EQ(x[i], i);
}

TEST_F(CompiledModuleTest, ChecksCalls) {
  auto compiled = compile(kAdd);
  ASSERT_TRUE(bool(compiled)) << message(compiled.takeError());
  EXPECT_EQ((*compiled)->getFunctionNames(), std::vector<StringRef>{"add"});
  PackedArguments arguments;
  EXPECT_EQ(message((*compiled)->invoke("sub", arguments)),
            "no function 'sub' to call: expected one of add");
  EXPECT_EQ(message((*compiled)->lookup("").takeError()),
            "no function '' to call: expected one of add");
  EXPECT_EQ(message((*compiled)->invoke("add", arguments)),
            "function 'add' takes 3 arguments and results but got 0");
}

TEST_F(CompiledModuleTest, PrivateFunctionsAreNotCalled) {
  auto compiled = compile(R"mlir(
    func.func private @inner() {
      return
    })mlir");
  ASSERT_TRUE(bool(compiled)) << message(compiled.takeError());
  PackedArguments arguments;
  EXPECT_EQ(message((*compiled)->invoke("inner", arguments)),
            "no function 'inner' to call: the module has none with a C "
            "interface");
}

TEST_F(CompiledModuleTest, ReportsBadOptions) {
  CompileOptions options;
  options.optLevel = 4;
  EXPECT_EQ(compileError(kAdd, options),
            "expected an optimization level from 0 to 3 but got 4");
  options = {};
  options.cpu = "abacus";
  EXPECT_THAT(compileError(kAdd, options),
              HasSubstr("expected the name of a processor of "));
  EXPECT_THAT(compileError(kAdd, options), HasSubstr("but got 'abacus'"));
  options = {};
  options.sharedLibraries = {"/nonexistent/library.so"};
  EXPECT_THAT(compileError(kAdd, options),
              HasSubstr("cannot load the library '/nonexistent/library.so': "));
}

TEST_F(CompiledModuleTest, ReportsMissingInstructions) {
  if (!StringRef(LLVM_HOST_TRIPLE).starts_with("x86_64"))
    GTEST_SKIP() << "the names of processors are of x86-64";
  // No processor has both of these.
  EXPECT_THAT(compileError(R"mlir(
                llvm.func @f() attributes {
                    target_cpu = "x86-64",
                    target_features = #llvm.target_features<["+sse4a",
                                                             "+amx-tile"]>} {
                  llvm.return
                })mlir"),
              HasSubstr("function 'f' is for the processor 'x86-64', and this "
                        "machine lacks "));
}

TEST_F(CompiledModuleTest, ReportsUndefinedFunctions) {
  EXPECT_EQ(compileError(R"mlir(
    func.func private @altgrad_test_missing() -> ()
    func.func @call() {
      call @altgrad_test_missing() : () -> ()
      return
    })mlir"),
            "no library defines what the program calls: altgrad_test_missing");
}

TEST_F(CompiledModuleTest, ReportsReservedNames) {
  EXPECT_EQ(compileError(R"mlir(
    func.func @f() {
      return
    }
    llvm.func @_altgrad_packed_f() {
      llvm.return
    })mlir"),
            "the program defines '_altgrad_packed_f', a name that is reserved");
}

TEST_F(CompiledModuleTest, ReportsWhatIsNotLowered) {
  EXPECT_THAT(compileError(kAdd, {}, "canonicalize"),
              HasSubstr("error: cannot be converted to LLVM IR"));
}

TEST_F(CompiledModuleTest, ReportsBadPipelines) {
  EXPECT_THAT(compileError(kAdd, {}, "no-such-pass"),
              HasSubstr("in pipeline 'no-such-pass': "));
  EXPECT_THAT(compileError(kAdd, {}, "no-such-pass"),
              HasSubstr("does not refer to a registered pass"));
  EXPECT_THAT(compileError(kAdd, {}, "canonicalize{colour=red}"),
              HasSubstr("no such option colour"));
}

TEST_F(CompiledModuleTest, ParsesFilesAndReportsWhere) {
  llvm::SmallString<128> path;
  int descriptor;
  ASSERT_FALSE(
      llvm::sys::fs::createTemporaryFile("altgrad", "mlir", descriptor, path));
  {
    llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    os << "func.func @f() {\n  return %x : f32\n}\n";
  }
  auto module = parseModuleFile(path, &context);
  ASSERT_FALSE(bool(module));
  EXPECT_THAT(message(module.takeError()),
              HasSubstr((path + ":2:10: error: ").str()));
  EXPECT_FALSE(llvm::sys::fs::remove(path));

  module = parseModuleFile("/nonexistent.mlir", &context);
  ASSERT_FALSE(bool(module));
  EXPECT_THAT(message(module.takeError()), HasSubstr("/nonexistent.mlir"));
}
