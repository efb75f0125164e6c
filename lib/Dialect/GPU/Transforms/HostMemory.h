//===- HostMemory.h - Device memory as host code sees it --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_LIB_DIALECT_GPU_TRANSFORMS_HOSTMEMORY_H
#define ALTGRAD_LIB_DIALECT_GPU_TRANSFORMS_HOSTMEMORY_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace altgrad {

/// The memref that `memory` is a view of.
inline mlir::Value getBase(mlir::Value memory) {
  while (auto view = memory.getDefiningOp<mlir::ViewLikeOpInterface>())
    memory = view.getViewSource();
  return memory;
}

/// True for memory of the host's own; all other memrefs are in the device's.
bool isHostMemory(mlir::Value memory);

/// Emits a kernel of one thread.
mlir::gpu::LaunchOp emitSingleThread(mlir::ImplicitLocOpBuilder &b,
                                     llvm::function_ref<void()> emitBody);

} // namespace altgrad

#endif // ALTGRAD_LIB_DIALECT_GPU_TRANSFORMS_HOSTMEMORY_H
