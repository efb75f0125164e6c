//===- CompiledModule.h - Compile a module and call it ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The way from a module in memory to functions of this process. Whatever runs
// altgrad programs (the format study, language bindings) goes through it.
//
// Built on LLVM's ORC rather than on mlir::ExecutionEngine, because that one
// prints to stderr or aborts where a caller needs an error: at a library that
// cannot be loaded, a symbol that is missing, an argument too few.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXECUTIONENGINE_COMPILEDMODULE_H
#define ALTGRAD_EXECUTIONENGINE_COMPILEDMODULE_H

#include "altgrad/ExecutionEngine/Arguments.h"
#include "altgrad/ExecutionEngine/CompiledCode.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace altgrad {

/// Parses the program in a file, text or bytecode, in any of the dialects that
/// `context` knows.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
parseModuleFile(llvm::StringRef path, mlir::MLIRContext *context);

/// Runs the passes of a textual pipeline such as
/// `altgrad-set-format{format=E5M2},altgrad-cpu-pipeline` on `module`. Passes
/// are found by name, so they must have been registered.
llvm::Error runPipeline(mlir::ModuleOp module, llvm::StringRef pipeline);

/// How a module is compiled.
struct CompileOptions {
  /// 0 to 3, as in -O0 to -O3 of a C compiler.
  unsigned optLevel = 3;

  /// The processor to compile for: one of LLVM's names for the processors of
  /// this machine's architecture ("x86-64-v3"), or empty for the one in this
  /// machine with all it can do.
  std::string cpu;

  /// Paths of libraries that the program calls into. What MLIR's own lowerings
  /// call (libmlir_c_runner_utils, libmlir_runner_utils, libomp) is loaded
  /// where it is needed and does not have to be named; the CUDA runtime (mgpu*)
  /// is altgrad's own.
  std::vector<std::string> sharedLibraries;

  /// Keep the machine code, see CompiledModule::getCode.
  bool keepCode = false;
};

/// The processor that code is compiled for by default, with its features, as
/// LLVM writes them. Machine code that is kept must be kept under it.
std::string describeHostProcessor();

/// A module compiled for this machine, and its functions.
///
/// It is independent of the module and the context it was made from. Calls from
/// several threads at once are fine as far as the program itself is.
class CompiledModule {
public:
  /// A function in its packed form: one array of pointers to the arguments and
  /// to the result. PackedArguments builds it.
  using PackedFunction = void (*)(void **);

  /// Compiles a module that is in the LLVM dialect. The functions with a C
  /// interface (attribute `llvm.emit_c_interface` when they were lowered) can
  /// be called. Everything is compiled and linked before this returns, so that
  /// all errors show here.
  static llvm::Expected<std::unique_ptr<CompiledModule>>
  compile(mlir::ModuleOp module, const CompileOptions &options = {});

  /// Requests a C interface for each public `func.func` that has a body, lowers
  /// a copy of the module with a textual pipeline (see runPipeline) and
  /// compiles the result.
  static llvm::Expected<std::unique_ptr<CompiledModule>>
  lowerAndCompile(mlir::ModuleOp module, llvm::StringRef pipeline,
                  const CompileOptions &options = {});

  /// Loads what getCode() returned, in this process or in another one on a
  /// machine with the same processor. Of the options only the libraries count.
  static llvm::Expected<std::unique_ptr<CompiledModule>>
  load(const CompiledCode &code, const CompileOptions &options = {});

  /// The machine code, to be kept and loaded again; null unless
  /// CompileOptions::keepCode was set.
  const CompiledCode *getCode() const { return code ? &*code : nullptr; }

  /// Runs what the program has to run at its end (llvm.mlir.global_dtors):
  /// kernels are unloaded.
  ~CompiledModule();
  CompiledModule(const CompiledModule &) = delete;
  CompiledModule &operator=(const CompiledModule &) = delete;

  /// The names of the functions that can be called, sorted.
  std::vector<llvm::StringRef> getFunctionNames() const;

  /// The function of this name, to be called again and again without a look-up.
  /// It lives as long as the module. Errors of the CUDA runtime are left to the
  /// caller, who asks cuda::takeError() after a call.
  llvm::Expected<PackedFunction> lookup(llvm::StringRef name) const;

  /// Calls a function. An unknown name or a wrong number of arguments is an
  /// error, and so is what fails in the CUDA runtime; what the pointers point
  /// at cannot be checked.
  llvm::Error invoke(llvm::StringRef name,
                     llvm::MutableArrayRef<void *> arguments) const;
  llvm::Error invoke(llvm::StringRef name, PackedArguments &arguments) const {
    return invoke(name, arguments.get());
  }

private:
  struct Function {
    PackedFunction address;
    /// The length of the array of pointers.
    size_t numPointers;
  };

  CompiledModule();
  /// Finds the functions in `jit` and runs the initializer.
  llvm::Error start(const CompiledCode &code);
  llvm::Expected<const Function *> find(llvm::StringRef name) const;

  std::unique_ptr<llvm::orc::LLJIT> jit;
  llvm::StringMap<Function> functions;
  void (*finalizer)() = nullptr;
  std::optional<CompiledCode> code;
};

} // namespace altgrad

#endif // ALTGRAD_EXECUTIONENGINE_COMPILEDMODULE_H
