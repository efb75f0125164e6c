// docs/GPU.md, altgrad-narrow-bf16.

// RUN: altgrad-opt %s --pass-pipeline='builtin.module(gpu.module(altgrad-narrow-bf16))' > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK:     arith.mulf %{{.*}} : vector<8xbf16>
// CHECK-NOT: arith.extf

gpu.module @kernels [#nvvm.target<chip = "sm_90">] {
  gpu.func @product(%x: vector<8xbf16>, %y: vector<8xbf16>) -> vector<8xbf16> {
    %wide_x = arith.extf %x : vector<8xbf16> to vector<8xf32>
    %wide_y = arith.extf %y : vector<8xbf16> to vector<8xf32>
    %wide = arith.mulf %wide_x, %wide_y : vector<8xf32>
    %z = arith.truncf %wide : vector<8xf32> to vector<8xbf16>
    gpu.return %z : vector<8xbf16>
  }
}
