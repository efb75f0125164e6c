// docs/Pipelines.md, altgrad-cpu-pipeline.

// RUN: altgrad-opt %s --altgrad-cpu-pipeline > %t.after
// RUN: FileCheck %s < %t.after
// RUN: altgrad-opt %s --altgrad-cpu-pipeline='vector-width=256 fast-math=true' \
// RUN:   > %t.options
// RUN: FileCheck %s --check-prefix=OPTIONS < %t.options
// The loop over vectors.
// RUN: sed -n '/^  ^bb2:/,/llvm.br/p' %t.after > %t.loop
// RUN: sed -n '/^  ^bb2:/,/llvm.br/p' %t.options > %t.options-loop
// RUN: altgrad-opt %s --altgrad-cpu-pipeline --dump-pass-pipeline 2>&1 >/dev/null \
// RUN:   | sed '/run-if-present/!s/{[^}]*}//' > %t.passes
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s \
// RUN:   loop=%t.loop options-loop=%t.options-loop passes=%t.passes

// CHECK-LABEL: llvm.func @rounded
// CHECK:         llvm.fdiv %{{.*}}, %{{.*}} : vector<16xf32>
// CHECK:         llvm.store %{{.*}}, %{{.*}} : vector<16xf32>, !llvm.ptr

// OPTIONS-LABEL: llvm.func @rounded
// OPTIONS:         %[[RECIPROCAL:.*]] = llvm.fdiv %{{.*}}, %{{.*}} : f32
// OPTIONS:         llvm.fmul %{{.*}}, %{{.*}} : vector<8xf32>
// OPTIONS-NOT:     llvm.fdiv

func.func @rounded(%x: tensor<?xf32>, %scale: f32) -> tensor<?xf32> {
  %y = altgrad.fake_quantize %x, %scale in !altgrad.fp8<E0M7>
      : tensor<?xf32>, f32
  return %y : tensor<?xf32>
}
