//===- AtomicInstructions.cpp - atom and red ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.13. Blocks run on several threads of the host, so every operation
// is one compare-and-swap loop of the host on the same bytes.
//
//===----------------------------------------------------------------------===//

#include "FloatArithmetic.h"
#include "Lanewise.h"

#include <algorithm>

using namespace altgrad::emulator;

namespace {
enum class Operation : uint16_t {
  And,
  Or,
  Xor,
  Exchange,
  CompareAndSwap,
  Add,
  Increment,
  Decrement,
  Min,
  Max
};

/// What the memory holds after the operation.
template <class T> struct IntegerOperation {
  using Bits = T;
  static T apply(const Instruction &instruction, T old, T b, T c) {
    switch (static_cast<Operation>(instruction.flags)) {
    case Operation::And:
      return old & b;
    case Operation::Or:
      return old | b;
    case Operation::Xor:
      return old ^ b;
    case Operation::Exchange:
      return b;
    case Operation::CompareAndSwap:
      return old == b ? c : old;
    case Operation::Add:
      return old + b;
    case Operation::Increment:
      return old >= b ? T(0) : T(old + 1);
    case Operation::Decrement:
      return old == 0 || old > b ? b : T(old - 1);
    case Operation::Min:
      return std::min(old, b);
    case Operation::Max:
      return std::max(old, b);
    }
    return old;
  }
};

/// Additions of floats, on their bits.
template <class T, class Bits_> struct FloatOperation {
  using Bits = Bits_;
  static Bits apply(const Instruction &instruction, Bits old, Bits b, Bits) {
    T x = bitCast<T>(old), y = bitCast<T>(b);
    if constexpr (isPair<T>) {
      return bitCast<Bits>(
          T{FloatAdd::apply(x.low, y.low), FloatAdd::apply(x.high, y.high)});
    } else if constexpr (sizeof(T) == 4) {
      // On global memory, f32 loses its subnormals (9.7.13.5).
      if (instruction.space != Space::Shared)
        return bitCast<Bits>(flushSubnormal(
            FloatAdd::apply(flushSubnormal(x), flushSubnormal(y))));
      return bitCast<Bits>(FloatAdd::apply(x, y));
    } else {
      return bitCast<Bits>(FloatAdd::apply(x, y));
    }
  }
};
} // namespace

template <class Make>
static void atomic(Warp &warp, const Instruction &instruction) {
  using Bits = typename Make::Bits;
  for (uint32_t rest = warp.active; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    uint64_t address =
        warp.read(instruction.source[0], lane) + instruction.immediate;
    auto *bytes = reinterpret_cast<Bits *>(
        warp.access(instruction, address, sizeof(Bits), /*isWrite=*/true,
                    /*isAtomic=*/true, lane));
    if (!bytes)
      return;
    Bits b = static_cast<Bits>(warp.read(instruction.source[1], lane));
    Bits c = instruction.source[2].bits
                 ? static_cast<Bits>(warp.read(instruction.source[2], lane))
                 : Bits();
    Bits old = __atomic_load_n(bytes, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(
        bytes, &old, Make::apply(instruction, old, b, c),
        /*weak=*/true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
      ;
    if (instruction.destination.bits)
      warp.write(instruction.destination, lane, static_cast<uint64_t>(old));
  }
}

static Handler selectAdd(Type type) {
  switch (type) {
  case Type::F32:
    return atomic<FloatOperation<float, uint32_t>>;
  case Type::F64:
    return atomic<FloatOperation<double, uint64_t>>;
  case Type::F16:
    return atomic<FloatOperation<Half, uint16_t>>;
  case Type::BF16:
    return atomic<FloatOperation<BFloat, uint16_t>>;
  case Type::F16x2:
    return atomic<FloatOperation<Pair<Half>, uint32_t>>;
  case Type::BF16x2:
    return atomic<FloatOperation<Pair<BFloat>, uint32_t>>;
  case Type::U32:
  case Type::S32:
    return atomic<IntegerOperation<uint32_t>>;
  case Type::U64:
    return atomic<IntegerOperation<uint64_t>>;
  default:
    return nullptr;
  }
}

/// The types that each operation has.
static Handler selectOperation(Operation operation, Type type) {
  switch (operation) {
  case Operation::Add:
    return selectAdd(type);
  case Operation::Increment:
  case Operation::Decrement:
    return type == Type::U32 ? atomic<IntegerOperation<uint32_t>> : nullptr;
  case Operation::Min:
  case Operation::Max:
    switch (type) {
    case Type::U32:
      return atomic<IntegerOperation<uint32_t>>;
    case Type::S32:
      return atomic<IntegerOperation<int32_t>>;
    case Type::U64:
      return atomic<IntegerOperation<uint64_t>>;
    case Type::S64:
      return atomic<IntegerOperation<int64_t>>;
    default:
      return nullptr;
    }
  default:
    if (type == Type::B32)
      return atomic<IntegerOperation<uint32_t>>;
    if (type == Type::B64)
      return atomic<IntegerOperation<uint64_t>>;
    if (type == Type::B16 && operation == Operation::CompareAndSwap)
      return atomic<IntegerOperation<uint16_t>>;
    return nullptr;
  }
}

bool altgrad::emulator::decodeAtomic(Decoder &decoder) {
  Modifiers &modifiers = decoder.modifiers;
  std::string_view base = modifiers.getBase();
  if (base != "atom" && base != "red")
    return false;
  bool hasResult = base == "atom";
  modifiers.takeOneOf({"relaxed", "acquire", "release", "acq_rel"});
  modifiers.takeOneOf({"cta", "cluster", "gpu", "sys"});
  size_t space = modifiers.takeOneOf({"global", "shared", "shared::cta"});
  decoder.current.space = space == Modifiers::npos ? Space::Generic
                          : space == 0             ? Space::Global
                                                   : Space::Shared;
  size_t operation = modifiers.takeOneOf(
      {"and", "or", "xor", "exch", "cas", "add", "inc", "dec", "min", "max"});
  bool isNoFtz = modifiers.take("noftz");
  Type type = modifiers.takeType();
  bool needsNoFtz = isFloat(type) && type != Type::F32 && type != Type::F64;
  Handler handler =
      operation == Modifiers::npos || isNoFtz != needsNoFtz
          ? nullptr
          : selectOperation(static_cast<Operation>(operation), type);
  if (!handler) {
    decoder.error("unknown operation or type in '" +
                  decoder.getStatement().name + "'");
    return true;
  }
  bool isSwap = static_cast<Operation>(operation) == Operation::CompareAndSwap;
  unsigned first = hasResult ? 1 : 0;
  if (!decoder.expectOperands(first + (isSwap ? 3 : 2)))
    return true;
  decoder.current.flags = operation;
  decoder.current.source[0] = decoder.address(decoder.getOperand(first));
  decoder.current.source[1] = decoder.source(first + 1, type);
  if (isSwap)
    decoder.current.source[2] = decoder.source(first + 2, type);
  if (hasResult)
    decoder.current.destination = decoder.destination(0, type);
  decoder.emit(handler);
  return true;
}
