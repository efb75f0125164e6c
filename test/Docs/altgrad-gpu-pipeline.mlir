// docs/GPU.md, altgrad-gpu-pipeline.

// RUN: altgrad-opt %s --altgrad-gpu-pipeline=chip=sm_90 > %t.after
// RUN: %python %altgrad_src_root/test/print_ptx.py < %t.after > %t.kernel
// The loads, the computation and the stores of one thread.
// RUN: sed -n '/ld.global.v4/,/bra/p' %t.kernel > %t.ptx
// RUN: FileCheck %s < %t.ptx
// RUN: altgrad-opt %s --altgrad-gpu-pipeline=chip=sm_90 --dump-pass-pipeline 2>&1 >/dev/null \
// RUN:   | sed '/run-if-present/!s/{[^}]*}//' > %t.passes
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s ptx=%t.ptx passes=%t.passes

// CHECK: cvt.rn.satfinite.e4m3x2.f32

func.func @codes(%x: tensor<?xf32>) -> tensor<?x!altgrad.fp8<E4M3FN>> {
  %q = altgrad.quantize %x : tensor<?xf32> -> tensor<?x!altgrad.fp8<E4M3FN>>
  return %q : tensor<?x!altgrad.fp8<E4M3FN>>
}
