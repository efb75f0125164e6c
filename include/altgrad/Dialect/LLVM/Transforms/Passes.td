//===- Passes.td - Passes on the LLVM dialect --------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_LLVM_TRANSFORMS_PASSES_TD
#define ALTGRAD_DIALECT_LLVM_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def AltgradSetCPUTarget : Pass<"altgrad-set-cpu-target", "::mlir::ModuleOp"> {
  let summary = "mark LLVM functions with the processor they are for";
  let description = [{
    Sets `target_cpu` and `target_features` of every `llvm.func` with a body that
    has none, so that whatever compiles the module may use, and knows to need,
    the instructions of that processor. With `target=generic` nothing is marked.

    Example, with `target=x86-64-v4`:

    ```mlir
    llvm.func @f() { ... }
    // becomes
    llvm.func @f() attributes {target_cpu = "x86-64-v4"} { ... }
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"generic\"",
           "generic, native (the processor this runs on), or LLVM's name of an "
           "x86-64 processor or level (x86-64-v3, x86-64-v4, znver4, ...)">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def AltgradLegalizeLLVM : Pass<"altgrad-legalize-llvm", "::mlir::ModuleOp"> {
  let summary = "bring the LLVM dialect into a form that LLVM compiles well";
  let description = [{
    Works around three traps of LLVM and MLIR 22.1, at the end of a lowering:

    - Loads and stores of bf16 and of vectors of it become those of i16 with a
      cast. Otherwise LLVM's optimizer moves operations on the bits to the type
      bf16, and where the processor has no arithmetic on it they are taken apart
      lane by lane.
    - Annotations of loops, which the conversions of control flow leave under the
      name `llvm.loop_annotation`, get the name under which they are exported.
    - A `gpu.launch_func` is exported as an array of its arguments on the stack,
      made where the launch is. What a launch took in a loop or a branch is given
      back behind it.

    A `truncf` to another rounding than to nearest even is an error here: LLVM
    takes the mode for what the processor is set to, and sets nothing.

    Code in a `gpu.module` stays as it is.

    Example:

    ```mlir
    %v = llvm.load %p : !llvm.ptr -> vector<32xbf16>
    // becomes
    %i = llvm.load %p : !llvm.ptr -> vector<32xi16>
    %v = llvm.bitcast %i : vector<32xi16> to vector<32xbf16>
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // ALTGRAD_DIALECT_LLVM_TRANSFORMS_PASSES_TD
