//===- GPUReductions.cpp - Reductions over threads ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GPUReductions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace altgrad;

/// The 32 bits that the thread whose number differs in the bits of `mask` has.
static Value exchangeWord(ImplicitLocOpBuilder &b, Value word, int64_t mask) {
  Value offset = arith::ConstantIntOp::create(b, mask, 32);
  Value width = arith::ConstantIntOp::create(b, kWarpSize, 32);
  return gpu::ShuffleOp::create(b, word, offset, width, gpu::ShuffleMode::XOR)
      .getShuffleResult();
}

/// The same for a scalar of any type that memory has.
static Value exchange(ImplicitLocOpBuilder &b, Value value, int64_t mask) {
  Type type = value.getType();
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  if (type.isIndex()) {
    Value bits = arith::IndexCastUIOp::create(b, i64, value);
    return arith::IndexCastUIOp::create(b, type, exchange(b, bits, mask));
  }
  unsigned width = type.getIntOrFloatBitWidth();
  if (isa<FloatType>(type)) {
    Value bits = arith::BitcastOp::create(b, b.getIntegerType(width), value);
    return arith::BitcastOp::create(b, type, exchange(b, bits, mask));
  }
  if (width == 32)
    return exchangeWord(b, value, mask);
  if (width < 32) {
    Value word = arith::ExtUIOp::create(b, i32, value);
    return arith::TruncIOp::create(b, type, exchangeWord(b, word, mask));
  }
  Value half = arith::ConstantIntOp::create(b, 32, 64);
  Value low = arith::TruncIOp::create(b, i32, value);
  Value high =
      arith::TruncIOp::create(b, i32, arith::ShRUIOp::create(b, value, half));
  low = arith::ExtUIOp::create(b, i64, exchangeWord(b, low, mask));
  high = arith::ExtUIOp::create(b, i64, exchangeWord(b, high, mask));
  return arith::OrIOp::create(b, low, arith::ShLIOp::create(b, high, half));
}

Value altgrad::emitGroupReduction(ImplicitLocOpBuilder &b, Value value,
                                  vector::CombiningKind kind, int64_t size) {
  assert(llvm::isPowerOf2_64(size) && size <= kWarpSize);
  for (int64_t mask = size / 2; mask > 0; mask /= 2)
    value = vector::makeArithReduction(b, b.getLoc(), kind, value,
                                       exchange(b, value, mask));
  return value;
}

Value altgrad::emitBlockReduction(ImplicitLocOpBuilder &b, gpu::LaunchOp launch,
                                  int64_t blockSize, Value value, Value neutral,
                                  vector::CombiningKind kind) {
  value = emitGroupReduction(b, value, kind, kWarpSize);
  int64_t warps = blockSize / kWarpSize;
  if (warps == 1)
    return value;

  auto space =
      gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Workgroup);
  Value shared = launch.addWorkgroupAttribution(
      MemRefType::get({warps}, value.getType(), MemRefLayoutAttrInterface(),
                      space),
      b.getLoc());
  auto constant = [&](int64_t number) -> Value {
    return arith::ConstantIndexOp::create(b, number);
  };
  auto is = [&](arith::CmpIPredicate predicate, Value lhs,
                int64_t rhs) -> Value {
    return arith::CmpIOp::create(b, predicate, lhs, constant(rhs));
  };
  Value thread = launch.getThreadIds().x;
  Value lane = arith::RemUIOp::create(b, thread, constant(kWarpSize));
  Value warp = arith::DivUIOp::create(b, thread, constant(kWarpSize));
  scf::IfOp::create(b, is(arith::CmpIPredicate::eq, lane, 0),
                    [&](OpBuilder &nested, Location loc) {
                      memref::StoreOp::create(nested, loc, value, shared, warp);
                      scf::YieldOp::create(nested, loc);
                    });
  gpu::BarrierOp::create(b);
  // Every warp does it: cheaper than to ask which one is the first.
  Value index = arith::MinUIOp::create(b, lane, constant(warps - 1));
  Value part = memref::LoadOp::create(b, shared, index);
  part = arith::SelectOp::create(b, is(arith::CmpIPredicate::ult, lane, warps),
                                 part, neutral);
  return emitGroupReduction(b, part, kind, kWarpSize);
}

std::optional<arith::AtomicRMWKind>
altgrad::getAtomicKind(vector::CombiningKind kind, Type type) {
  switch (kind) {
  case vector::CombiningKind::ADD:
    return isa<FloatType>(type) ? arith::AtomicRMWKind::addf
                                : arith::AtomicRMWKind::addi;
  case vector::CombiningKind::MINUI:
    return arith::AtomicRMWKind::minu;
  case vector::CombiningKind::MINSI:
    return arith::AtomicRMWKind::mins;
  case vector::CombiningKind::MAXUI:
    return arith::AtomicRMWKind::maxu;
  case vector::CombiningKind::MAXSI:
    return arith::AtomicRMWKind::maxs;
  case vector::CombiningKind::AND:
    return arith::AtomicRMWKind::andi;
  case vector::CombiningKind::OR:
    return arith::AtomicRMWKind::ori;
  case vector::CombiningKind::MINIMUMF:
    return arith::AtomicRMWKind::minimumf;
  case vector::CombiningKind::MAXIMUMF:
    return arith::AtomicRMWKind::maximumf;
  case vector::CombiningKind::MINNUMF:
    return arith::AtomicRMWKind::minnumf;
  case vector::CombiningKind::MAXNUMF:
    return arith::AtomicRMWKind::maxnumf;
  case vector::CombiningKind::MUL:
  case vector::CombiningKind::XOR:
    return std::nullopt;
  }
  llvm_unreachable("unknown kind");
}
