// Which code is converted, and for which chip: that of each gpu.module for its
// own targets, or with `chip` everything.

// RUN: altgrad-opt %s --convert-altgrad-to-nvvm | FileCheck %s
// RUN: altgrad-opt %s --convert-altgrad-to-nvvm=native=false | FileCheck %s --check-prefix=OFF
// RUN: altgrad-opt %s --convert-altgrad-to-nvvm="chip=sm_89" | FileCheck %s --check-prefix=ALL
// RUN: altgrad-opt %s --convert-altgrad-to-nvvm="chip=sm_89 ptx=78" | FileCheck %s --check-prefix=OFF
// RUN: altgrad-opt %s --convert-altgrad-to-nvvm="chip=sm_80" | FileCheck %s --check-prefix=OFF
// RUN: altgrad-opt %s --pass-pipeline='builtin.module(gpu.module(convert-altgrad-to-nvvm))' | FileCheck %s

// OFF-NOT: nvvm.convert

// The host's code is not the chip's.
// CHECK-LABEL: func.func @host
// CHECK:         altgrad.encode
// ALL-LABEL: func.func @host
// ALL:         nvvm.convert
func.func @host(%x: f32) -> i8 {
  %c = altgrad.encode %x in !altgrad.fp8<E5M2> : f32 -> i8
  return %c : i8
}

// CHECK-LABEL: gpu.module @hopper
// CHECK:         nvvm.convert.f32x2.to.f8x2
// ALL-LABEL: gpu.module @hopper
// ALL:         nvvm.convert
gpu.module @hopper [#nvvm.target<chip = "sm_90", features = "+ptx80">] {
  gpu.func @encode(%x: f32) -> i8 {
    %c = altgrad.encode %x in !altgrad.fp8<E5M2> : f32 -> i8
    gpu.return %c : i8
  }
}

// CHECK-LABEL: gpu.module @ada
// CHECK:         nvvm.convert.f32x2.to.f8x2
gpu.module @ada [#nvvm.target<chip = "sm_89">] {
  gpu.func @encode(%x: f32) -> i8 {
    %c = altgrad.encode %x in !altgrad.fp8<E5M2> : f32 -> i8
    gpu.return %c : i8
  }
}

// This version of PTX has no conversions on this chip.
// CHECK-LABEL: gpu.module @ada_old
// CHECK:         altgrad.encode
gpu.module @ada_old [#nvvm.target<chip = "sm_89", features = "+ptx80">] {
  gpu.func @encode(%x: f32) -> i8 {
    %c = altgrad.encode %x in !altgrad.fp8<E5M2> : f32 -> i8
    gpu.return %c : i8
  }
}

// CHECK-LABEL: gpu.module @ampere
// CHECK:         altgrad.encode
gpu.module @ampere [#nvvm.target<chip = "sm_80">] {
  gpu.func @encode(%x: f32) -> i8 {
    %c = altgrad.encode %x in !altgrad.fp8<E5M2> : f32 -> i8
    gpu.return %c : i8
  }
}

// What all of them have.
// CHECK-LABEL: gpu.module @both
// CHECK:         altgrad.encode
gpu.module @both [#nvvm.target<chip = "sm_90">, #nvvm.target<chip = "sm_80">] {
  gpu.func @encode(%x: f32) -> i8 {
    %c = altgrad.encode %x in !altgrad.fp8<E5M2> : f32 -> i8
    gpu.return %c : i8
  }
}

// Nothing to do, so no target is missed.
// CHECK-LABEL: gpu.module @nothing
gpu.module @nothing {
  gpu.func @copy(%x: f32) -> f32 {
    gpu.return %x : f32
  }
}
