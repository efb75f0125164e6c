//===- HostMemory.cpp - Device memory as host code sees it ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostMemory.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace altgrad;

bool altgrad::isHostMemory(Value memory) {
  return getBase(memory).getDefiningOp<memref::AllocaOp>() != nullptr;
}

gpu::LaunchOp altgrad::emitSingleThread(ImplicitLocOpBuilder &b,
                                        function_ref<void()> emitBody) {
  Value one = arith::ConstantIndexOp::create(b, 1);
  auto launch = gpu::LaunchOp::create(b, one, one, one, one, one, one);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&launch.getBody().front());
  emitBody();
  gpu::TerminatorOp::create(b);
  return launch;
}
