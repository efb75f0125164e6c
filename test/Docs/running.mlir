// docs/Pipelines.md, running the result.

// RUN: altgrad-opt %s --altgrad-cpu-pipeline \
// RUN:   | mlir-runner -e main -entry-point-result=void \
// RUN:     -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils \
// RUN:   > %t.printed
// RUN: FileCheck %s < %t.printed
// RUN: sed 's/0x[0-9a-f]*/0x7ffe/' %t.printed > %t.text
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s printed=%t.text

// The first step gets lost: 1.0 - 0.01 is 1.0 again in E4M3FN with scale 1/448,
// where the spacing below 1.0 is 32/448. The zero gradient does not count.
// CHECK: 1
// CHECK: 3

func.func private @printI64(i64)
func.func private @printNewline()
func.func @main() {
  %w = arith.constant dense<[1.0, -0.5, 0.25, 0.125]> : tensor<4xf32>
  %g = arith.constant dense<[0.01, 1.0, 0.0, -2.0]> : tensor<4xf32>
  %lr = arith.constant 1.0 : f32
  call @report(%w, %g, %lr) : (tensor<4xf32>, tensor<4xf32>, f32) -> ()
  return
}
func.func @report(%w: tensor<4xf32>, %g: tensor<4xf32>, %lr: f32) {
  %amax = altgrad.amax %w : tensor<4xf32> -> f32
  %scale = altgrad.compute_scale %amax in !altgrad.fp8<E4M3FN> : f32 -> f32
  %stalled, %total = altgrad.stall %w, %g, %lr, %scale in !altgrad.fp8<E4M3FN>
      : tensor<4xf32>, f32 -> i64, i64
  call @printI64(%stalled) : (i64) -> ()
  call @printNewline() : () -> ()
  call @printI64(%total) : (i64) -> ()
  call @printNewline() : () -> ()
  return
}
