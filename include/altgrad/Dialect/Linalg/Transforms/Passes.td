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
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
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
    - A sum of booleans counts by the population of the mask.
    - A `memref.copy` from or to a slice becomes such loops too.

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
    Option<"threads", "threads", "unsigned", /*default=*/"1",
           "Split the loops into this many chunks of an scf.parallel">,
    Option<"remarks", "remarks", "bool", /*default=*/"false",
           "Remark on each op that becomes scalar loops, with the reason">,
    Option<"reassociate", "reassociate", "bool", /*default=*/"false",
           "Let float sums and products use vector accumulators">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
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

def AltgradExpandBF16 : Pass<"altgrad-expand-bf16"> {
  let summary = "convert to and from bf16 by integer arithmetic";
  let description = [{
    Expands `arith.truncf` to bf16 and `arith.extf` from bf16 into integer
    arithmetic on the bits: rounded once, to nearest even, subnormals included.
    LLVM 22.1 would use an instruction that flushes subnormals to zero
    (`vcvtneps2bf16`), or call functions that no library here has
    (`__truncsfbf2`, `__truncdfbf2`).

    This is `arith-expand{include-bf16}` without its other expansions, which
    turn integer minima into compare and select, and with `f64`: that rounds to
    f32 to odd first, so that the second rounding sees what the first dropped.

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

#endif // ALTGRAD_DIALECT_LINALG_TRANSFORMS_PASSES_TD
