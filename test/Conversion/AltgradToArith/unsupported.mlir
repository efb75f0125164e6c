// What cannot be lowered is an error at the op, with the reason.
//
// RUN: altgrad-opt %s --convert-altgrad-to-arith -split-input-file -verify-diagnostics
// The pipelines' first conversion says the same.
// RUN: altgrad-opt %s --convert-altgrad-to-linalg -split-input-file -verify-diagnostics

func.func @amax_of_scalable_rows(%x: vector<2x[4]xf32>) -> vector<2x1xf32> {
  // expected-error @+1 {{'altgrad.amax' op cannot be lowered: requires a fixed-size vector for this granularity}}
  %a = altgrad.amax %x : vector<2x[4]xf32> -> vector<2x1xf32>
  return %a : vector<2x1xf32>
}

// -----

func.func @amax_of_scalable_matrix(%x: vector<2x[4]xf32>) -> f32 {
  // expected-error @+1 {{'altgrad.amax' op cannot be lowered: requires a fixed-size vector for this granularity}}
  %a = altgrad.amax %x : vector<2x[4]xf32> -> f32
  return %a : f32
}

// -----

func.func @scalable_history(%h: vector<[4]xf32>, %a: f32) -> vector<[4]xf32> {
  // expected-error @+1 {{'altgrad.update_amax_history' op cannot be lowered: requires a fixed-size vector}}
  %0 = altgrad.update_amax_history %h, %a : vector<[4]xf32>, f32
  return %0 : vector<[4]xf32>
}

// -----

func.func @scalable_history_amax(%h: vector<[4]xf32>) -> f32 {
  // expected-error @+1 {{'altgrad.history_amax' op cannot be lowered: requires a fixed-size vector}}
  %0 = altgrad.history_amax %h : vector<[4]xf32> -> f32
  return %0 : f32
}

// -----

func.func @scalable_stall(%w: vector<2x[4]xf32>, %lr: f32) -> i64 {
  // expected-error @+1 {{'altgrad.stall' op cannot be lowered: requires a fixed-size vector}}
  %0:2 = altgrad.stall %w, %w, %lr, %lr in !altgrad.fp8<E4M3FN> : vector<2x[4]xf32>, f32 -> i64, i64
  return %0#0 : i64
}
