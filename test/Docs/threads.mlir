// docs/Pipelines.md, threads.

// REQUIRES: openmp
// RUN: altgrad-opt %s --altgrad-cpu-pipeline=threads=2 > %t.after
// RUN: FileCheck %s --check-prefix=LOWERED < %t.after
// RUN: mlir-runner %t.after -e main -entry-point-result=void \
// RUN:     -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils,%libomp \
// RUN:   > %t.printed
// RUN: FileCheck %s < %t.printed
// RUN: sed -e 's/0x[0-9a-f]*/0x7ffe/' -e 's/ *$//' %t.printed > %t.text
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s printed=%t.text

// CHECK: [1.5,  -2,  3,  1024]

// LOWERED-LABEL: llvm.func @rounded
// LOWERED:         omp.parallel
// LOWERED:           omp.wsloop

func.func private @printMemrefF32(tensor<*xf32>)
func.func @rounded(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E5M2> : tensor<?xf32>
  return %y : tensor<?xf32>
}
func.func @main() {
  %x = arith.constant dense<[1.51, -2.0, 3.14159, 1000.0]> : tensor<4xf32>
  %any = tensor.cast %x : tensor<4xf32> to tensor<?xf32>
  %y = call @rounded(%any) : (tensor<?xf32>) -> tensor<?xf32>
  %unranked = tensor.cast %y : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%unranked) : (tensor<*xf32>) -> ()
  return
}
