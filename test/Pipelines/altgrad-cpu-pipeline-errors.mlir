// What the pipeline cannot bring to LLVM is an error where it stands, and there
// is no output.
//
// RUN: split-file %s %t
// RUN: altgrad-opt %t/foreign.mlir --altgrad-cpu-pipeline -verify-diagnostics | count 0
// RUN: altgrad-opt %t/scalable.mlir --altgrad-cpu-pipeline -verify-diagnostics | count 0
// RUN: not altgrad-opt %t/plain.mlir --altgrad-cpu-pipeline=vector-width=100 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: not altgrad-opt %t/plain.mlir --altgrad-cpu-pipeline=threads=0 2>&1 | FileCheck %s --check-prefix=THREADS
// RUN: not altgrad-opt %t/plain.mlir --altgrad-cpu-pipeline=width=3 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// WIDTH: error: {{.*}}expected a vector-width that is a power of two of at least 64 bits but got 100
// THREADS: error: {{.*}}expected at least 1 of threads but got 0
// UNKNOWN: no such option width

//--- plain.mlir
func.func @plain(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E5M2> : tensor<4xf32>
  return %y : tensor<4xf32>
}

//--- foreign.mlir
func.func @foreign(%x: f32) -> f32 {
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E5M2> : f32
  // expected-error @+1 {{'spirv.FNegate' op was not lowered to the LLVM dialect}}
  %z = spirv.FNegate %y : f32
  return %z : f32
}

//--- scalable.mlir
func.func @scalable(%h: vector<[4]xf32>) -> f32 {
  // expected-error @+1 {{'altgrad.history_amax' op cannot be lowered: requires a fixed-size vector}}
  %a = altgrad.history_amax %h : vector<[4]xf32> -> f32
  return %a : f32
}
