//===- GPUReductions.h - Reductions over threads ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values that each thread of a kernel has are combined in registers of a warp
// first, then in shared memory of a block, then in global memory.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GPUREDUCTIONS_H
#define ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GPUREDUCTIONS_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace altgrad {

/// Threads that exchange registers.
inline constexpr int64_t kWarpSize = 32;

/// `value` combined over each group of `size` threads with consecutive numbers,
/// a power of two of at most a warp. All threads of the warp have to come here;
/// all get the result.
mlir::Value emitGroupReduction(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                               mlir::vector::CombiningKind kind, int64_t size);

/// `value` combined over the block of `launch`, whose size is a constant and a
/// multiple of a warp's. All threads have to come here; the result is that of
/// the first warp. `neutral` does not change what it is combined with.
mlir::Value emitBlockReduction(mlir::ImplicitLocOpBuilder &b,
                               mlir::gpu::LaunchOp launch, int64_t blockSize,
                               mlir::Value value, mlir::Value neutral,
                               mlir::vector::CombiningKind kind);

/// The atomic operation of this kind on an element in memory, if there is one.
std::optional<mlir::arith::AtomicRMWKind>
getAtomicKind(mlir::vector::CombiningKind kind, mlir::Type type);

} // namespace altgrad

#endif // ALTGRAD_LIB_DIALECT_LINALG_TRANSFORMS_GPUREDUCTIONS_H
