// Code in a gpu.module is for the chips it names, code beside it for `target`.

// RUN: altgrad-opt %s --convert-altgrad-to-arith=target=x86-64-v4 -split-input-file \
// RUN:   -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @host(
// CHECK:         llvm.x86.avx512
// CHECK-LABEL: gpu.module @hopper
// CHECK-NOT:     llvm.x86
// CHECK:         arith.minnumf
// CHECK-LABEL: gpu.module @turing
// CHECK:         arith.cmpf
// CHECK-NOT:     minimumf
// CHECK-LABEL: gpu.module @both
// CHECK-NOT:     minimumf
// CHECK-LABEL: gpu.module @none
// CHECK:         llvm.x86.avx512
func.func @host(%x: vector<16xf32>) -> vector<16xi8> {
  %c = altgrad.encode %x in !altgrad.fp8<E3M4> : vector<16xf32> -> vector<16xi8>
  return %c : vector<16xi8>
}
gpu.module @hopper [#nvvm.target<chip = "sm_90">] {
  gpu.func @encode(%x: vector<16xf32>) -> vector<16xi8> {
    %c = altgrad.encode %x in !altgrad.fp8<E3M4> : vector<16xf32> -> vector<16xi8>
    gpu.return %c : vector<16xi8>
  }
}
gpu.module @turing [#nvvm.target<chip = "sm_75">] {
  gpu.func @round(%x: vector<4xf32>) -> vector<4xf32> {
    %y = altgrad.round %x in !altgrad.fp8<E3M4> : vector<4xf32>
    gpu.return %y : vector<4xf32>
  }
}
gpu.module @both [#nvvm.target<chip = "sm_90">, #nvvm.target<chip = "sm_75">] {
  gpu.func @round(%x: vector<4xf32>) -> vector<4xf32> {
    %y = altgrad.round %x in !altgrad.fp8<E3M4> : vector<4xf32>
    gpu.return %y : vector<4xf32>
  }
}
// Without a target it is not known to be anything else.
gpu.module @none {
  gpu.func @encode(%x: vector<16xf32>) -> vector<16xi8> {
    %c = altgrad.encode %x in !altgrad.fp8<E3M4> : vector<16xf32> -> vector<16xi8>
    gpu.return %c : vector<16xi8>
  }
}

// -----

// expected-error@+1 {{has target #nvvm.target<chip = "sm_90", features = "+ptx70">: altgrad expected a PTX version of at least 7.8 for sm_90 but got 7.0}}
gpu.module @too_old [#nvvm.target<chip = "sm_90", features = "+ptx70">] {
}
