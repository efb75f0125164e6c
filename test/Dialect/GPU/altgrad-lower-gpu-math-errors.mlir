// Without the CUDA toolkit, what needs its library is an error.
//
// RUN: env -u CUDA_ROOT -u CUDA_HOME -u CUDA_PATH altgrad-opt %s --altgrad-lower-gpu-math --split-input-file --verify-diagnostics

func.func @exp(%x: f64) -> f64 {
  // expected-error @+1 {{'math.exp' op in a kernel needs libdevice, which is part of the CUDA toolkit: none was found (set CUDA_ROOT, CUDA_HOME or CUDA_PATH)}}
  %0 = math.exp %x : f64
  return %0 : f64
}

// -----

func.func @remainder(%x: f32) -> f32 {
  // expected-error @+1 {{'arith.remf' op in a kernel needs libdevice}}
  %0 = arith.remf %x, %x : f32
  return %0 : f32
}
