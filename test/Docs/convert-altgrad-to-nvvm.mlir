// docs/Pipelines.md, convert-altgrad-to-nvvm.

// RUN: altgrad-opt %s --convert-altgrad-to-nvvm > %t.after
// RUN: FileCheck %s < %t.after
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s after=%t.after

// CHECK-LABEL: gpu.func @encode(
// CHECK-COUNT-2: nvvm.convert.f32x2.to.f8x2
// CHECK-NOT:     nvvm.convert

gpu.module @kernels [#nvvm.target<chip = "sm_90">] {
  gpu.func @encode(%x: vector<4xf32>) -> vector<4xi8> {
    %code = altgrad.encode %x in !altgrad.fp8<E5M2>
        : vector<4xf32> -> vector<4xi8>
    gpu.return %code : vector<4xi8>
  }
}
