// docs/Pipelines.md, altgrad-set-format.

// RUN: altgrad-opt %s --altgrad-set-format=format=E5M2 > %t.after
// RUN: FileCheck %s < %t.after
// RUN: altgrad-opt %s \
// RUN:   --altgrad-set-format='format="E3M4, bias = 5, finite" from=E4M3FN' \
// RUN:   > %t.explicit
// RUN: FileCheck %s --check-prefix=EXPLICIT < %t.explicit
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s \
// RUN:   after=%t.after explicit=%t.explicit

// CHECK: altgrad.compute_scale %{{.*}} in !E5M2 : f32 -> f32
// CHECK: altgrad.quantize {{.*}} -> tensor<?x!E5M2>

// EXPLICIT: !E3M4_b5_finite = !altgrad.fp8<E3M4, bias = 5, finite>
// EXPLICIT: altgrad.quantize {{.*}} -> tensor<?x!E3M4_b5_finite>

func.func @scaled(%x: tensor<?xf32>) -> tensor<?x!altgrad.fp8<E4M3FN>> {
  %amax = altgrad.amax %x : tensor<?xf32> -> f32
  %scale = altgrad.compute_scale %amax in !altgrad.fp8<E4M3FN> : f32 -> f32
  %q = altgrad.quantize %x, %scale
      : tensor<?xf32>, f32 -> tensor<?x!altgrad.fp8<E4M3FN>>
  return %q : tensor<?x!altgrad.fp8<E4M3FN>>
}
