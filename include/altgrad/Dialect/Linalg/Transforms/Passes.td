//===- Passes.td - Passes on linalg.generic ----------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nothing here knows the altgrad dialect: these passes make loops out of any
// linalg.generic, and mend what upstream's lowering of it cannot do.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_DIALECT_LINALG_TRANSFORMS_PASSES_TD
#define ALTGRAD_DIALECT_LINALG_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def AltgradFuseElementwise : Pass<"altgrad-fuse-elementwise"> {
  let summary = "fuse elementwise producers into their only consumer";
  let description = [{
    Upstream's `linalg-fuse-elementwise-ops`, with a bound on the size of the
    bodies that result. Without it a chain of n ops takes time quadratic in n to
    fuse, and ends in a loop whose values do not fit the registers.

    And with a condition: the consumer reads each element once. A matmul reads
    each weight once per row; upstream would quantize it once per row too.

    Example:

    ```mlir
    %y = linalg.generic ins(%x) outs(%e) { addf }
    %q = linalg.generic ins(%y) outs(%f) { encode }
    // becomes
    %q = linalg.generic ins(%x) outs(%f) { addf, encode }
    ```
  }];
  let options = [
    Option<"maxBodySize", "max-body-size", "unsigned", /*default=*/"32",
           "Operations in the two bodies together, at most">
  ];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def AltgradFuseSiblingGenerics
    : Pass<"altgrad-fuse-sibling-generics"> {
  let summary = "merge linalg.generic ops that read the same tensor";
  let description = [{
    Merges two `linalg.generic` ops on tensors of one block that read a common
    tensor through the same map over the same iteration space, where neither
    depends on the other: quantize of x and amax of x read x once. Upstream
    fuses producers into consumers, but not siblings.

    A dimension that is a reduction for either op is a reduction for both; an
    elementwise result may live under a reduction dimension, for its map still
    visits every element once.

    Example:

    ```mlir
    %q = linalg.generic {parallel} ins(%x) outs(%e0) { encode }
    %a = linalg.generic {reduction} ins(%x) outs(%e1) { max }
    // becomes
    %q, %a = linalg.generic {reduction} ins(%x) outs(%e0, %e1) { encode, max }
    ```
  }];
  let options = [
    Option<"maxBodySize", "max-body-size", "unsigned", /*default=*/"64",
           "Operations in the two bodies together, at most">
  ];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def AltgradBufferize : Pass<"altgrad-bufferize", "::mlir::ModuleOp"> {
  let summary = "turn tensors into memrefs, in time linear in the program";
  let description = [{
    Upstream's `one-shot-bufferize` of a whole module, function boundaries
    included, with other decisions about what is written in place. Upstream
    compares all reads with all writes of the tensors that may share a buffer,
    so 400 operations that update one tensor take half a minute.

    - In a function without control flow around tensors and without calls, a
      write happens in place if nothing that may share the buffer is used after
      it. Other functions are analyzed by upstream.
    - What is computed into a `tensor.empty` and then inserted into a tensor or
      a memref is computed there, if nothing in between uses the destination:
      upstream's `eliminate-empty-tensors`.
    - Each use of a `tensor.empty` gets one of its own.

    Memrefs at function boundaries have the identity layout. As with
    upstream, a function may write to the buffers of its arguments: a caller's
    copy is made in the caller, where it is needed.

    Example:

    ```mlir
    %e = tensor.empty(%n) : tensor<?xf32>
    %y = linalg.generic ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {...}
    // becomes
    %y = memref.alloc(%n) : memref<?xf32>
    linalg.generic ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {...}
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::tensor::TensorDialect"];
}

def AltgradPromoteBuffers : Pass<"altgrad-promote-buffers"> {
  let summary = "move small buffers to the stack";
  let description = [{
    Turns each `memref.alloc` of a small static size that nothing keeps into a
    `memref.alloca` at the start of the function: the accumulator of a reduction
    costs no call of malloc. Upstream's `promote-buffers-to-stack` leaves a
    buffer where it is, and a loop then takes new stack in each iteration. A
    buffer within a parallel loop stays, for its threads need one each.

    Runs before buffers are freed.

    Example:

    ```mlir
    %sum = memref.alloc() : memref<f32>
    // becomes
    %sum = memref.alloca() : memref<f32>
    ```
  }];
  let options = [
    Option<"maxSize", "max-size", "uint64_t", /*default=*/"1024",
           "Bytes of one buffer, at most">,
    Option<"maxTotalSize", "max-total-size", "uint64_t", /*default=*/"16384",
           "Bytes of all buffers of a function, at most">
  ];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def AltgradFreeBuffers : Pass<"altgrad-free-buffers", "::mlir::ModuleOp"> {
  let summary = "free each buffer, in time linear in the program";
  let description = [{
    Frees the buffers that functions allocate. A function owns what it
    allocates, a caller what it is given, and what a function returns is new.

    - In a function without control flow around buffers and without calls that
      return some, each is freed right after its last use.
    - Other functions go through upstream's
      `ownership-based-buffer-deallocation`, which leaves ops for
      `buffer-deallocation-simplification` and `bufferization-lower-deallocations`.
      It frees at the end of a block, and takes time quadratic in the number of
      buffers of one.

    Example:

    ```mlir
    %m = memref.alloc(%n) : memref<?xf32>
    linalg.generic ins(%x) outs(%m) {...}
    linalg.generic ins(%m) outs(%y) {...}
    // becomes
    %m = memref.alloc(%n) : memref<?xf32>
    linalg.generic ins(%x) outs(%m) {...}
    linalg.generic ins(%m) outs(%y) {...}
    memref.dealloc %m : memref<?xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::cf::ControlFlowDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"
  ];
}

def AltgradVectorizeGenerics
    : Pass<"altgrad-vectorize-generics"> {
  let summary = "turn linalg.generic on memrefs into vector loops";
  let description = [{
    Turns every `linalg.generic` on memrefs whose body is elementwise into loops
    over vectors: one vectorized loop, with a scalar remainder, along the
    dimension in which all operands are contiguous or constant.

    - Dimensions that are contiguous in every operand are collapsed into one, so
      an elementwise op on a whole tensor is one loop whatever its shape.
    - Reductions keep vector accumulators that are combined once, after the
      loop. Integer and min/max reductions do so always; float sums and products
      only with `reassociate`, because it changes the order of the additions.
    - A sum of booleans counts by masked additions to 32-bit lanes.
    - A `memref.copy` from or to a slice becomes such loops too.
    - With `large-bytes`, an op that reads and writes that much when the code runs
      takes a second version of its vector loop: outputs are written by
      non-temporal stores (aligned, fenced after the loops, and never if they are
      inputs as well), and inputs are prefetched.

    Ops it cannot vectorize (transposed accesses, foreign bodies) become scalar
    loops; correctness never depends on vectorization.

    Example, with `vector-width=512`:

    ```mlir
    linalg.generic {parallel} ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {...}
    // becomes
    scf.for %i = %c0 to %main step %c16 {
      %v = vector.load %x[%i] : memref<?xf32>, vector<16xf32>
      ...
      vector.store %r, %y[%i] : memref<?xf32>, vector<16xf32>
    }
    scf.for %i = %main to %n step %c1 { ... }
    ```
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "unsigned", /*default=*/"512",
           "Bits of one vector; lanes are this over the widest element, "
           "counted as 16 bits at least">,
    Option<"vectorsPerStep", "vectors-per-step", "unsigned", /*default=*/"1",
           "Work on as many elements at a time as fill a vector of the narrowest "
           "operand, in at most this many vectors (a power of two) of the widest "
           "value, and on single vectors for what is left">,
    Option<"threads", "threads", "unsigned", /*default=*/"1",
           "Split the loops into this many chunks of an scf.parallel">,
    Option<"largeBytes", "large-bytes", "uint64_t", /*default=*/"0",
           "Bytes that an op reads and writes from which on it is taken for "
           "larger than the caches; 0 is never">,
    Option<"prefetchBytes", "prefetch-bytes", "unsigned", /*default=*/"0",
           "How far ahead such an op prefetches its inputs; 0 is not at all">,
    Option<"remarks", "remarks", "bool", /*default=*/"false",
           "Remark on each op that becomes scalar loops, with the reason">,
    Option<"reassociate", "reassociate", "bool", /*default=*/"false",
           "Let float sums and products use vector accumulators">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def AltgradMapGenericsToGPU
    : Pass<"altgrad-map-generics-to-gpu"> {
  let summary = "turn linalg.generic on memrefs into gpu.launch";
  let description = [{
    Turns every `linalg.generic` on memrefs into one kernel, shaped for the
    memory's bandwidth:

    - A *flat* kernel walks all iterations as one long row. A thread loads
      `vectors-per-thread` vectors of `vector-bytes` before it computes, and
      neighbours access neighbouring vectors. Reductions to one
      element ride along: lanes in registers, then a warp by shuffles, then a
      block through shared memory, then one atomic operation per block. An
      operand that does not change along the innermost dimension, such as the
      scales of blocks, is loaded once per vector; rows have to be a whole number
      of vectors for that.
    - A kernel on *rows* gives each row of a reduction along the innermost
      dimension to a warp, or short rows to a part of one.
    - A kernel on *points* has one thread per iteration of the parallel loops,
      which runs the other loops in their order. It is what remains: sums of
      floats, whose order counts (unless `reassociate`), transposed accesses,
      bodies that do not vectorize.

    Vectors are used where the addresses, at run time, are aligned for them, and
    single elements elsewhere; no access is out of bounds for any size. Memrefs
    are taken to be in memory that the device can access. Copies from and to
    slices become kernels too.

    Example, with `block-size=256`:

    ```mlir
    linalg.generic {parallel} ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {...}
    // becomes
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %tiles, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
      %whole = arith.cmpi ult, %bx, %vector_tiles : index
      scf.if %whole {
        %v = vector.load %x[%i] {alignment = 16} : memref<?xf32>, vector<4xf32>
        ...
        vector.store %r, %y[%i] {alignment = 16} : memref<?xf32>, vector<4xf32>
      } else {
        scf.for %i = %start to %end step %c256 { ... }
      }
      gpu.terminator
    }
    ```
  }];
  let options = [
    Option<"blockSize", "block-size", "int64_t", /*default=*/"512",
           "Threads of a block: a power of two from 32 to 1024">,
    Option<"vectorBytes", "vector-bytes", "int64_t", /*default=*/"16",
           "Bytes of the widest operand that one access moves: 8 or 16">,
    Option<"vectorsPerThread", "vectors-per-thread", "int64_t", /*default=*/"4",
           "Vectors that a thread loads before it computes, of all operands "
           "together">,
    Option<"maxBlocks", "max-blocks", "int64_t", /*default=*/"2048",
           "Blocks of a flat kernel with reductions, at most">,
    Option<"remarks", "remarks", "bool", /*default=*/"false",
           "Remark on the kernel that each op becomes, with the reason">,
    Option<"reassociate", "reassociate", "bool", /*default=*/"false",
           "Let float sums and products be computed in any order">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::gpu::GPUDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def AltgradExpandDynamicShapes : Pass<"altgrad-expand-dynamic-shapes"> {
  let summary = "lower memref.expand_shape with several dynamic sizes";
  let description = [{
    Turns each `memref.expand_shape` that expands one dimension into several of
    dynamic size into a `memref.reinterpret_cast`. The op carries all its sizes,
    but upstream's `expand-strided-metadata` (LLVM 22.1) derives at most one per
    dimension and crashes on more. Scales with a dynamic number of blocks need
    them.

    Example:

    ```mlir
    %e = memref.expand_shape %x [[0, 1]] output_shape [%a, %b]
        : memref<?xf32> into memref<?x?xf32>
    // becomes
    %base, %offset, %size, %stride = memref.extract_strided_metadata %x
    %e = memref.reinterpret_cast %base to offset: [0], sizes: [%a, %b],
        strides: [%b, 1] : memref<f32> to memref<?x?xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def AltgradLowerVectors
    : Pass<"altgrad-lower-vectors"> {
  let summary = "lower the vector ops that convert-to-llvm does not know";
  let description = [{
    Runs upstream's `lower-vector-multi-reduction`, `convert-vector-to-scf` and
    `convert-vector-to-llvm` where there is a vector that has not one dimension,
    or an op on vectors that `convert-to-llvm` cannot convert by itself. The loops
    of `altgrad-vectorize-generics` have none.

    Example:

    ```mlir
    %sum = vector.multi_reduction <add>, %v, %zero [0, 1] : vector<2x4xf32> to f32
    // becomes
    %row0 = llvm.extractvalue %v[0] : !llvm.array<2 x vector<4xf32>>
    %row1 = llvm.extractvalue %v[1] : !llvm.array<2 x vector<4xf32>>
    ...
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def AltgradLowerControlFlow : Pass<"altgrad-lower-control-flow"> {
  let summary = "turn scf ops into branches, in time linear in the program";
  let description = [{
    Upstream's `convert-scf-to-cf`, last op of a block first. A loop that becomes
    branches moves all that follows it in its block to a new block; first op
    first, a block of n loops takes time quadratic in n.

    Example:

    ```mlir
    scf.for %i = %lower to %upper step %c1 {...}
    // becomes
    cf.br ^head(%lower : index)
    ^head(%i: index):
      %again = arith.cmpi slt, %i, %upper : index
      cf.cond_br %again, ^body, ^end
    ^body:
      ...
      cf.br ^head(%next : index)
    ^end:
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def AltgradInlineAllocaScopes : Pass<"altgrad-inline-alloca-scopes"> {
  let summary = "inline memref.alloca_scope ops that hold no alloca";
  let description = [{
    `convert-scf-to-openmp` (LLVM 22.1) wraps each loop body in a
    `memref.alloca_scope`, which may hold one block only and so does not survive
    `convert-scf-to-cf`. Where nothing is allocated in it, its operations move
    out.

    Example:

    ```mlir
    memref.alloca_scope {
      memref.store %v, %m[%i] : memref<?xf32>
    }
    // becomes
    memref.store %v, %m[%i] : memref<?xf32>
    ```
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def AltgradExpandDivision : Pass<"altgrad-expand-division"> {
  let summary = "divide vectors by one number with products";
  let description = [{
    Rewrites the division of a vector of f16 or bf16 by one number, a scale, into
    products with its reciprocal in f32, with the same bits for every dividend
    and every divisor, zeros, subnormals, infinities and NaN included: one
    division for a vector in place of one for each element. GPUs take a dozen
    instructions and a branch for each. A quotient of f32 is rewritten where only
    `altgrad.round` and `altgrad.encode` read it, for divisors from 2^-32 to 2^32;
    which they are is decided at run time. Others, and f64, are left alone.

    Example:

    ```mlir
    %y = arith.divf %x, %scales : vector<8xf16>    // %scales: one number
    // becomes
    %q = arith.mulf %wide, %r : vector<8xf32>      // %r: 1 / scale
    %rest = math.fma %q, %minus_scales, %wide : vector<8xf32>
    %corrected = math.fma %rest, %r, %q : vector<8xf32>
    %is_inexact = arith.cmpf one, %rest, %zero : vector<8xf32>
    %z = arith.select %is_inexact, %corrected, %q
        : vector<8xi1>, vector<8xf32>
    %y = arith.truncf %z : vector<8xf32> to vector<8xf16>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def AltgradExpandBF16 : Pass<"altgrad-expand-bf16"> {
  let summary = "convert to and from bf16 by integer arithmetic";
  let description = [{
    Expands `arith.truncf` to bf16 and `arith.extf` from bf16 into integer
    arithmetic on the bits: rounded once, to nearest even, subnormals included.
    LLVM 22.1 would use an instruction that flushes subnormals to zero
    (`vcvtneps2bf16`), or call functions that no library here has
    (`__truncsfbf2`, `__truncdfbf2`).

    It takes the place of `arith-expand{include-bf16}`, whose other expansions
    turn integer minima into compare and select, and whose choice of NaN next to
    the cast to bf16 LLVM 22.1 takes apart lane by lane. From `f64` it rounds to
    f32 to odd first, so that the second rounding sees what the first dropped.

    An `arith.truncf` that asks for another rounding is an error.

    `math.fma` of bf16 gets its one rounding by arithmetic in `f64`: LLVM 22.1
    rounds it to f32 first.

    Example:

    ```mlir
    %y = arith.truncf %x : f32 to bf16
    // becomes
    %bits = arith.bitcast %x : f32 to i32
    ...
    %high = arith.shrui %sum, %c16 : i32
    %narrow = arith.trunci %high : i32 to i16
    %y = arith.bitcast %narrow : i16 to bf16
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::vector::VectorDialect"];
}

def AltgradRunIfPresent : Pass<"altgrad-run-if-present"> {
  let summary = "run a pipeline on an operation that holds what it is for";
  let description = [{
    Runs `pipeline` if an operation within is one of `ops` and has a value whose
    element type is one of `types`; an empty list stands for all. Otherwise it
    costs one walk, and no verifier runs after it. `pipeline` begins with the
    name of the operation that the pass runs on, as in `--pass-pipeline`.

    Example: with `ops=math types=bf16,f16
    pipeline=func.func(math-extend-to-supported-types)` the first function is
    left alone, and in the second `math.exp` is computed in f32.

    ```mlir
    func.func @wide(%x: f32) -> f32 {
      %y = math.exp %x : f32
      return %y : f32
    }
    func.func @narrow(%x: f16) -> f16 {
      %y = math.exp %x : f16
      return %y : f16
    }
    ```
  }];
  let options = [
    ListOption<"ops", "ops", "std::string",
               "Names of operations or dialects (default: any)">,
    ListOption<"types", "types", "std::string",
               "Element types (default: any)">,
    Option<"pipeline", "pipeline", "std::string", /*default=*/"",
           "What to run, with the name of the operation it runs on">
  ];
}

#endif // ALTGRAD_DIALECT_LINALG_TRANSFORMS_PASSES_TD
