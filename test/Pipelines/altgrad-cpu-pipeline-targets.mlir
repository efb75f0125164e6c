// What the pipeline's target, vector-width, large-bytes and prefetch-bytes mean
// for its passes.
//
// RUN: altgrad-opt %s --altgrad-cpu-pipeline --dump-pass-pipeline 2>&1 >/dev/null | FileCheck %s --check-prefix=GENERIC
// RUN: altgrad-opt %s --altgrad-cpu-pipeline='target=generic large-bytes=1000 prefetch-bytes=64' --dump-pass-pipeline 2>&1 >/dev/null \
// RUN:   | FileCheck %s --check-prefix=ASKED
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=target=x86-64-v2 --dump-pass-pipeline 2>&1 >/dev/null | FileCheck %s --check-prefix=V2
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=target=x86-64-v3 --dump-pass-pipeline 2>&1 >/dev/null | FileCheck %s --check-prefix=V3
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=target=x86-64-v4 --dump-pass-pipeline 2>&1 >/dev/null | FileCheck %s --check-prefix=V4
// RUN: altgrad-opt %s --altgrad-cpu-pipeline='target=x86-64-v3 vector-width=512' --dump-pass-pipeline 2>&1 >/dev/null | FileCheck %s --check-prefix=SPLIT
// RUN: altgrad-opt %s --altgrad-cpu-pipeline='target=x86-64-v4 large-bytes=0' --dump-pass-pipeline 2>&1 >/dev/null | FileCheck %s --check-prefix=NEVER

// One version of each loop, in vectors that LLVM may have to split.
// GENERIC: altgrad-vectorize-generics{large-bytes=0 {{.*}}vector-width=512 vectors-per-step=1}
// GENERIC: convert-altgrad-to-arith{target=generic}
// GENERIC: altgrad-set-cpu-target{target=generic}

// Large data can be asked for there too.
// ASKED: altgrad-vectorize-generics{large-bytes=1000 {{.*}}prefetch-bytes=64 {{.*}}vectors-per-step=1}

// Without AVX2 vectors are split, but the processor is known.
// V2: altgrad-vectorize-generics{large-bytes=33554432 {{.*}}prefetch-bytes=4096 {{.*}}vector-width=512 vectors-per-step=1}
// V2: altgrad-set-cpu-target{target=x86-64-v2}

// V3: altgrad-vectorize-generics{large-bytes=33554432 {{.*}}vector-width=256 vectors-per-step=2}
// V3: convert-altgrad-to-arith{target=x86-64-v3}
// V3: altgrad-set-cpu-target{target=x86-64-v3}

// V4: altgrad-vectorize-generics{large-bytes=33554432 {{.*}}vector-width=512 vectors-per-step=4}
// V4: convert-altgrad-to-arith{target=x86-64-v4}

// Vectors wider than registers are wide enough.
// SPLIT: altgrad-vectorize-generics{{{.*}}vector-width=512 vectors-per-step=1}

// NEVER: altgrad-vectorize-generics{large-bytes=0 {{.*}}vectors-per-step=4}

func.func @anything() {
  return
}
