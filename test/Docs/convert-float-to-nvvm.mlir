// docs/Pipelines.md, convert-float-to-nvvm.

// RUN: altgrad-opt %s --convert-float-to-nvvm > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK:     nvvm.convert.f32x2.to.bf16x2
// CHECK-NOT: arith.truncf

gpu.module @kernels [#nvvm.target<chip = "sm_90">] {
  gpu.func @narrow(%x: vector<2xf32>) -> vector<2xbf16> {
    %y = arith.truncf %x : vector<2xf32> to vector<2xbf16>
    gpu.return %y : vector<2xbf16>
  }
}
