// A rounding that nothing below would do is an error, and not another rounding.

// RUN: altgrad-opt %s --altgrad-cpu-pipeline -split-input-file -verify-diagnostics

func.func @to_bf16(%x: f32) -> bf16 {
  // expected-error @below {{expected rounding to nearest even but got toward_zero, which is not supported}}
  %y = arith.truncf %x toward_zero : f32 to bf16
  return %y : bf16
}

// -----

func.func @to_f32(%x: f64) -> f32 {
  // expected-error @below {{expected rounding to nearest even but got downward, which is not supported}}
  %y = arith.truncf %x downward : f64 to f32
  return %y : f32
}

// -----

func.func @nearest(%x: f64, %y: f32) -> (f32, bf16) {
  %0 = arith.truncf %x to_nearest_even : f64 to f32
  %1 = arith.truncf %y to_nearest_even : f32 to bf16
  return %0, %1 : f32, bf16
}
