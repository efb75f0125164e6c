// What is not LLVM after a pipeline is an error at its place in the source.
//
// RUN: altgrad-opt %s --altgrad-check-lowered -split-input-file -verify-diagnostics
// RUN: altgrad-opt %s --altgrad-check-lowered=target=llvm -split-input-file -verify-diagnostics
// RUN: not altgrad-opt %s --altgrad-check-lowered=target=spirv -split-input-file 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TARGET
// TARGET: error: altgrad-check-lowered expected the target llvm but got 'spirv'

// Only what lowered programs consist of: modules, llvm, omp.
module {
  llvm.func @clean(%n: i64) {
    omp.barrier
    llvm.return
  }
}

// -----

// Every leftover is reported, not the first only.
// expected-error @+1 {{'func.func' op was not lowered to the LLVM dialect}}
func.func @leftovers(%x: f32) -> f32 {
  // expected-error @+1 {{'altgrad.round' op was not lowered to the LLVM dialect}}
  %y = altgrad.round %x in !altgrad.fp8<E5M2> : f32
  // expected-error @+1 {{'func.return' op was not lowered to the LLVM dialect}}
  return %y : f32
}

// -----

llvm.func @cast(%x: i64) -> i64 {
  // expected-error @+1 {{'builtin.unrealized_conversion_cast' op was not lowered to the LLVM dialect}}
  %0 = builtin.unrealized_conversion_cast %x : i64 to index
  // expected-error @+1 {{'builtin.unrealized_conversion_cast' op was not lowered to the LLVM dialect}}
  %1 = builtin.unrealized_conversion_cast %0 : index to i64
  llvm.return %1 : i64
}
