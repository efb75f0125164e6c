//===- Passes.td - Passes on the GPU dialect ---------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between kernels and the host code that launches them: who computes what, and
// in whose memory the data are.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_GPU_TRANSFORMS_PASSES_TD
#define ALTGRAD_DIALECT_GPU_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def AltgradOffloadScalars : Pass<"altgrad-offload-scalars"> {
  let summary = "compute on the device what kernels need of its memory";
  let description = [{
    A scalar that host code computes from an element of device memory, and that a
    `gpu.launch` uses, would make the host wait for the device in the middle of
    the program. This pass moves the computation to the device:

    - a few simple operations into the kernel that uses the scalar;
    - longer ones, or divisions and arithmetic on f64, into a kernel of one
      thread that leaves the result in memory, for otherwise each thread of the
      large kernel would repeat them.

    Stores of scalars to memory become kernels of one thread as well. What only
    host code uses stays where it is. A load stays, too, where the memory is
    written between it and the kernel.

    Example, `compute_scale` between an amax and a quantize:

    ```mlir
    %amax = memref.load %m[] : memref<f32>
    %scale = arith.divf %amax, %largest : f32
    gpu.launch ... { ... %scale ... }
    // becomes
    %s = memref.alloc() : memref<f32>
    gpu.launch ... {  // One thread.
      %amax = memref.load %m[] : memref<f32>
      %scale = arith.divf %amax, %largest : f32
      memref.store %scale, %s[] : memref<f32>
    }
    gpu.launch ... {
      %scale = memref.load %s[] : memref<f32>
      ...
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::gpu::GPUDialect",
                           "::mlir::memref::MemRefDialect"];
}

def AltgradUseDeviceMemory : Pass<"altgrad-use-device-memory"> {
  let summary = "put the data of host code into device memory";
  let description = [{
    Host code that launches kernels has its memrefs in the memory of the device:
    arguments and results are there already, by the convention of
    `altgrad-gpu-pipeline`; what the code allocates goes there.

    - `memref.alloc`, `memref.dealloc` and `memref.copy` become `gpu.alloc`,
      `gpu.dealloc` and `gpu.memcpy`. A copy from or to a slice is an error here;
      `altgrad-map-generics-to-gpu` makes a kernel of it.
    - `memref.get_global` is followed by a copy of the constant to the device.
    - An element that host code loads is copied to the host first, for which the
      host waits.

    `memref.alloca` is host memory and stays so.

    Example:

    ```mlir
    %m = memref.alloc() : memref<f32>
    %x = memref.load %m[] : memref<f32>
    // becomes
    %m = gpu.alloc () : memref<f32>
    %h = memref.alloca() : memref<f32>
    gpu.memcpy %h, %m : memref<f32>, memref<f32>
    %x = memref.load %h[] : memref<f32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::gpu::GPUDialect",
                           "::mlir::memref::MemRefDialect"];
}

def AltgradLowerGPUMath : Pass<"altgrad-lower-gpu-math"> {
  let summary = "lower math in kernels without the CUDA toolkit";
  let description = [{
    Upstream lowers the math dialect in kernels to calls of libdevice, which is
    part of the CUDA toolkit: without it the driver rejects even an `absf`, and
    libdevice's square root is an approximation. This pass lowers what needs no
    library:

    - what the chip computes exactly, such as `absf`, `fma`, `ceil`,
      `arith.maxnumf` and the correctly rounded `sqrt`, to LLVM's intrinsics;
    - functions of f32 to upstream's polynomial approximations. They differ from
      the host's library in the last bits.

    What remains, functions of f64 and `arith.remf`, is left for libdevice. Where
    there is no libdevice, that is an error.

    Example:

    ```mlir
    %y = math.absf %x : f32
    // becomes
    %y = llvm.call_intrinsic "llvm.fabs"(%x) : (f32) -> f32
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"
  ];
}

def AltgradNarrowBF16
    : Pass<"altgrad-narrow-bf16", "::mlir::gpu::GPUModuleOp"> {
  let summary = "compute in bf16 what f32 computes with the same bits";
  let description = [{
    Sums, differences and products that are computed in f32 and rounded to bf16,
    comparisons and `altgrad.round` in f32, where all operands are vectors of
    pairs that come from bf16 and nothing changes but the type: in each
    `gpu.module` for chips whose arithmetic does two bf16 at once, sm_90 or
    later. One rounding to bf16 gives what two give, by way of f32.

    Example:

    ```mlir
    %wide_x = arith.extf %x : vector<8xbf16> to vector<8xf32>
    %wide_y = arith.extf %y : vector<8xbf16> to vector<8xf32>
    %wide_z = arith.addf %wide_x, %wide_y : vector<8xf32>
    %z = arith.truncf %wide_z : vector<8xf32> to vector<8xbf16>
    // becomes
    %z = arith.addf %x, %y : vector<8xbf16>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def AltgradSetGPUTarget : Pass<"altgrad-set-gpu-target", "::mlir::ModuleOp"> {
  let summary = "say which chip the kernels are for";
  let description = [{
    Gives each `gpu.module` that has no target yet an `#nvvm.target`. Unlike
    upstream's `nvvm-attach-target` it checks that the chip exists and that the
    version of PTX fits it: LLVM ends the process where it does not.

    Example, with `chip=sm_90`:

    ```mlir
    gpu.module @kernels { ... }
    // becomes
    gpu.module @kernels [#nvvm.target<O = 3, chip = "sm_90", features = "+ptx78">] { ... }
    ```
  }];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"sm_80\"",
           "LLVM's name of the chip: sm_80, sm_89, sm_90, sm_100, ...">,
    Option<"ptx", "ptx", "unsigned", /*default=*/"0",
           "Version of PTX, 78 is 7.8; 0 is the oldest one that has all that is "
           "used of the chip">
  ];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect"];
}

#endif // ALTGRAD_DIALECT_GPU_TRANSFORMS_PASSES_TD
