// docs/GPU.md, altgrad-set-gpu-target.

// RUN: altgrad-opt %s --altgrad-set-gpu-target=chip=sm_90 > %t.after
// RUN: FileCheck %s < %t.after
// RUN: not altgrad-opt %s --altgrad-set-gpu-target='chip=sm_90 ptx=60' 2> %t.message
// RUN: %python %altgrad_src_root/scripts/check-doc-examples.py %s \
// RUN:   after=%t.after message=%t.message

// CHECK: #nvvm.target<O = 3, chip = "sm_90", features = "+ptx78">

gpu.module @kernels {
}
