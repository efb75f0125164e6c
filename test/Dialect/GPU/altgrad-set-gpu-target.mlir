// RUN: altgrad-opt %s --altgrad-set-gpu-target=chip=sm_90 | FileCheck %s
// RUN: altgrad-opt %s --altgrad-set-gpu-target='chip=sm_90 ptx=83' | FileCheck %s --check-prefix=NEWER
// RUN: not altgrad-opt %s --altgrad-set-gpu-target=chip=sm_1 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not altgrad-opt %s --altgrad-set-gpu-target='chip=sm_90 ptx=60' 2>&1 | FileCheck %s --check-prefix=OLD
// RUN: not altgrad-opt %s --altgrad-set-gpu-target='chip=sm_90 ptx=99' 2>&1 | FileCheck %s --check-prefix=VERSION

// UNKNOWN: error: altgrad-set-gpu-target: unknown chip 'sm_1'; known are sm_70
// OLD: error: altgrad-set-gpu-target: expected a PTX version of at least 7.8 for sm_90 but got 6.0
// VERSION: error: altgrad-set-gpu-target: {{.*}}9.9

// CHECK: gpu.module @plain [#nvvm.target<O = 3, chip = "sm_90", features = "+ptx78">]
// NEWER: gpu.module @plain [#nvvm.target<O = 3, chip = "sm_90", features = "+ptx83">]
gpu.module @plain {
}
// What has a target keeps it.
// CHECK: gpu.module @has [#nvvm.target<chip = "sm_80">]
gpu.module @has [#nvvm.target<chip = "sm_80">] {
}
