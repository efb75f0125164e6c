// What users can get wrong with altgrad-gpu-pipeline.
//
// RUN: not altgrad-opt %s --altgrad-gpu-pipeline=chip=sm_1 -o %t.out 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not altgrad-opt %s --altgrad-gpu-pipeline='chip=sm_90 ptx=60' -o %t.out 2>&1 | FileCheck %s --check-prefix=PTX
// RUN: not altgrad-opt %s --altgrad-gpu-pipeline=format=elf -o %t.out 2>&1 | FileCheck %s --check-prefix=FORMAT
// RUN: not altgrad-opt %s --altgrad-gpu-pipeline=block-size=100 -o %t.out 2>&1 | FileCheck %s --check-prefix=BLOCK
// RUN: not ls %t.out

// CHIP: error: altgrad-set-gpu-target: unknown chip 'sm_1'; known are
// PTX: error: altgrad-set-gpu-target: expected a PTX version of at least 7.8 for sm_90 but got 6.0
// FORMAT: for the --format option: Cannot find option named 'elf'!
// BLOCK: error: altgrad-map-generics-to-gpu expected a block-size that is a power of two from 32 to 1024 but got 100

func.func @f(%x: tensor<4xf32>, %s: f32) -> tensor<4xf32> {
  %y = altgrad.fake_quantize %x, %s in !altgrad.fp8<E5M2> : tensor<4xf32>, f32
  return %y : tensor<4xf32>
}
