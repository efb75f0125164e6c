// Debian's own mlir-opt understands and compiles altgrad ops through the plugin.
// Its command line is read before the plugin, so that passes have to be named in
// --pass-pipeline.
//
// An uninstrumented host cannot load an instrumented plugin.
// UNSUPPORTED: asan
//
// RUN: mlir-opt --load-dialect-plugin=%altgrad_plugin %s | FileCheck %s
// RUN: mlir-opt --load-dialect-plugin=%altgrad_plugin \
// RUN:   --load-pass-plugin=%altgrad_plugin \
// RUN:   --pass-pipeline='builtin.module(altgrad-set-format{format=E5M2})' %s \
// RUN:   | FileCheck %s --check-prefix=E5M2
// RUN: mlir-opt --load-dialect-plugin=%altgrad_plugin \
// RUN:   --load-pass-plugin=%altgrad_plugin \
// RUN:   --pass-pipeline='builtin.module(altgrad-cpu-pipeline)' %s \
// RUN:   | FileCheck %s --check-prefix=LOWERED
// RUN: mlir-opt --load-dialect-plugin=%altgrad_plugin \
// RUN:   --load-pass-plugin=%altgrad_plugin \
// RUN:   --pass-pipeline='builtin.module(altgrad-gpu-pipeline{chip=sm_90})' %s \
// RUN:   | FileCheck %s --check-prefix=GPU

// CHECK: !E4M3FN = !altgrad.fp8<E4M3, bias = 7, fn>
// CHECK-LABEL: func.func @rounded
// CHECK: altgrad.fake_quantize %{{.*}} in !E4M3FN : tensor<8xf32>
// E5M2-LABEL: func.func @rounded
// E5M2: altgrad.fake_quantize %{{.*}} in !E5M2 : tensor<8xf32>
// LOWERED: llvm.func @rounded
// LOWERED-NOT: altgrad.
// GPU: gpu.binary @rounded_kernel
func.func @rounded(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = altgrad.fake_quantize %x in !altgrad.fp8<E4M3FN> : tensor<8xf32>
  return %y : tensor<8xf32>
}
