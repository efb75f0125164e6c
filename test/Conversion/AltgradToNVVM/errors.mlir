// RUN: not altgrad-opt %s --convert-altgrad-to-nvvm=chip=sm_1 2> %t.error | count 0
// RUN: FileCheck %s --check-prefix=CHIP < %t.error
// RUN: not altgrad-opt %s --convert-altgrad-to-nvvm="chip=sm_90 ptx=60" 2> %t.error | count 0
// RUN: FileCheck %s --check-prefix=VERSION < %t.error
// RUN: not altgrad-opt %s --convert-altgrad-to-nvvm="chip=sm_90 ptx=79" 2> %t.error | count 0
// RUN: FileCheck %s --check-prefix=UNKNOWN < %t.error
// RUN: not altgrad-opt %s --convert-altgrad-to-nvvm="ptx=80" 2> %t.error | count 0
// RUN: FileCheck %s --check-prefix=ALONE < %t.error
// RUN: altgrad-opt %s --convert-altgrad-to-nvvm -split-input-file -verify-diagnostics

// CHIP: {{^}}<unknown>:0: error: convert-altgrad-to-nvvm unknown chip 'sm_1'; known are sm_70, sm_72,
// VERSION: {{^}}<unknown>:0: error: convert-altgrad-to-nvvm expected a PTX version of at least 7.8 for sm_90 but got 6.0
// UNKNOWN: {{^}}<unknown>:0: error: convert-altgrad-to-nvvm unknown PTX version 7.9; known for sm_90 are 7.8, 8.0,
// ALONE: {{^}}<unknown>:0: error: convert-altgrad-to-nvvm expected 'chip' beside 'ptx'

// expected-error@+1 {{has no gpu.module: convert-altgrad-to-nvvm expected one, or the option 'chip'}}
module {
  func.func @nowhere(%x: f32) -> i8 {
    %c = altgrad.encode %x in !altgrad.fp8<E5M2> : f32 -> i8
    return %c : i8
  }
}

// -----

// expected-error@+1 {{expected a target such as #nvvm.target<chip = "sm_90">, or the option 'chip' of convert-altgrad-to-nvvm}}
gpu.module @without_target {
  gpu.func @encode(%x: f32) -> i8 {
    %c = altgrad.encode %x in !altgrad.fp8<E5M2> : f32 -> i8
    gpu.return %c : i8
  }
}

// -----

// expected-error@+1 {{has target #nvvm.target<chip = "sm_90", features = "+ptx60">: altgrad expected a PTX version of at least 7.8 for sm_90 but got 6.0}}
gpu.module @too_old [#nvvm.target<chip = "sm_90", features = "+ptx60">] {
}

// -----

// Upstream's default.
// expected-error@+1 {{altgrad unknown chip 'sm_50'; known are}}
gpu.module @default [#nvvm.target] {
}

// -----

// expected-error@+1 {{expected as features a PTX version such as '+ptx78' but got '+sm_90'}}
gpu.module @features [#nvvm.target<chip = "sm_90", features = "+sm_90">] {
}
