//===- SynchronizationInstructions.cpp - Warps and barriers ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.9.6 (shfl.sync) and 9.7.13 (bar, vote, match, redux, elect). The
// scheduler has all threads of the member mask here when a handler runs.
//
//===----------------------------------------------------------------------===//

#include "Block.h"
#include "FloatArithmetic.h"
#include "Lanewise.h"

#include <algorithm>

using namespace altgrad::emulator;

namespace {
enum class Shuffle : uint16_t { Up, Down, Butterfly, Index };
} // namespace

static void shuffle(Warp &warp, const Instruction &instruction) {
  uint32_t values[32];
  std::copy_n(warp.lanes<uint32_t>(instruction.source[0]), 32, values);
  uint32_t undefined = 0;
  forEachLane(warp.active, [&](unsigned lane) {
    int amount = warp.read(instruction.source[1], lane) & 31;
    uint64_t control = warp.read(instruction.source[2], lane);
    int segment = control >> 8 & 31, clamp = control & 31, self = lane;
    int last = (self & segment) | (clamp & ~segment);
    int from;
    bool isInRange;
    switch (static_cast<Shuffle>(instruction.flags)) {
    case Shuffle::Up:
      from = self - amount;
      isInRange = from >= last;
      break;
    case Shuffle::Down:
      from = self + amount;
      isInRange = from <= last;
      break;
    case Shuffle::Butterfly:
      from = self ^ amount;
      isInRange = from <= last;
      break;
    default:
      from = (self & segment) | (amount & ~segment);
      isInRange = from <= last;
      break;
    }
    if (!isInRange)
      from = self;
    if (!(warp.active >> from & 1))
      undefined |= 1u << lane;
    warp.write(instruction.destination, lane, values[from]);
    if (instruction.secondDestination.bits)
      warp.write(instruction.secondDestination, lane, isInRange);
  });
  warp.undefined = undefined;
}

namespace {
enum class Vote : uint16_t { All, Any, Uniform, Ballot };
} // namespace

static void vote(Warp &warp, const Instruction &instruction) {
  uint32_t ayes = warp.predicate(instruction.source[0]) & warp.active;
  uint32_t result = 0;
  switch (static_cast<Vote>(instruction.flags)) {
  case Vote::All:
    result = ayes == warp.active;
    break;
  case Vote::Any:
    result = ayes != 0;
    break;
  case Vote::Uniform:
    result = ayes == 0 || ayes == warp.active;
    break;
  case Vote::Ballot:
    result = ayes;
    break;
  }
  forEachLane(warp.active, [&](unsigned lane) {
    warp.write(instruction.destination, lane, result);
  });
}

/// flags: 1 for match.all.
static void match(Warp &warp, const Instruction &instruction) {
  uint32_t masks[32];
  forEachLane(warp.active, [&](unsigned lane) {
    uint64_t value = warp.read(instruction.source[0], lane);
    uint32_t same = 0;
    forEachLane(warp.active, [&](unsigned other) {
      same |= static_cast<uint32_t>(warp.read(instruction.source[0], other) ==
                                    value)
              << other;
    });
    masks[lane] = same;
  });
  forEachLane(warp.active, [&](unsigned lane) {
    bool isAll = masks[lane] == warp.active;
    warp.write(instruction.destination, lane,
               instruction.flags && !isAll ? 0 : masks[lane]);
    if (instruction.secondDestination.bits)
      warp.write(instruction.secondDestination, lane, isAll);
  });
}

static void elect(Warp &warp, const Instruction &instruction) {
  unsigned leader = __builtin_ctz(warp.active);
  forEachLane(warp.active, [&](unsigned lane) {
    if (instruction.destination.bits)
      warp.write(instruction.destination, lane, leader);
    warp.write(instruction.secondDestination, lane, lane == leader);
  });
}

static void syncWarp(Warp &warp, const Instruction &) { ++warp.syncEpoch; }

namespace {
template <class Operation, class T> struct Reduce {
  static void run(Warp &warp, const Instruction &instruction) {
    const T *values = warp.lanes<T>(instruction.source[0]);
    T result = values[__builtin_ctz(warp.active)];
    forEachLane(warp.active & (warp.active - 1), [&](unsigned lane) {
      result = Operation::apply(result, values[lane]);
    });
    T *results = warp.lanes<T>(instruction.destination);
    forEachLane(warp.active, [&](unsigned lane) { results[lane] = result; });
  }
};
struct Sum {
  static uint32_t apply(uint32_t a, uint32_t b) { return a + b; }
};
struct Least {
  template <class T> static T apply(T a, T b) { return std::min(a, b); }
};
struct Greatest {
  template <class T> static T apply(T a, T b) { return std::max(a, b); }
};
struct BitAnd {
  static uint32_t apply(uint32_t a, uint32_t b) { return a & b; }
};
struct BitOr {
  static uint32_t apply(uint32_t a, uint32_t b) { return a | b; }
};
struct BitXor {
  static uint32_t apply(uint32_t a, uint32_t b) { return a ^ b; }
};
template <class Operation> struct OfMagnitudes {
  static float apply(float a, float b) {
    return Operation::apply(std::fabs(a), std::fabs(b));
  }
};
} // namespace

template <bool isMax>
static Handler selectFloatReduction(bool isAbs, bool propagatesNaN) {
  using Number = FloatMinMax<isMax, false>;
  using Propagating = FloatMinMax<isMax, true>;
  if (isAbs)
    return propagatesNaN ? Reduce<OfMagnitudes<Propagating>, float>::run
                         : Reduce<OfMagnitudes<Number>, float>::run;
  return propagatesNaN ? Reduce<Propagating, float>::run
                       : Reduce<Number, float>::run;
}

static Handler selectReduction(Decoder &decoder) {
  Modifiers &modifiers = decoder.modifiers;
  size_t operation =
      modifiers.takeOneOf({"add", "min", "max", "and", "or", "xor"});
  bool isAbs = modifiers.take("abs"), propagatesNaN = modifiers.take("NaN");
  Type type = modifiers.takeType();
  bool isS32 = type == Type::S32, isU32 = type == Type::U32;
  if (type == Type::F32 && (operation == 1 || operation == 2))
    return operation == 1 ? selectFloatReduction<false>(isAbs, propagatesNaN)
                          : selectFloatReduction<true>(isAbs, propagatesNaN);
  if (isAbs || propagatesNaN)
    return nullptr;
  switch (operation) {
  case 0:
    return isS32 || isU32 ? Reduce<Sum, uint32_t>::run : nullptr;
  case 1:
    return isS32   ? Reduce<Least, int32_t>::run
           : isU32 ? Reduce<Least, uint32_t>::run
                   : nullptr;
  case 2:
    return isS32   ? Reduce<Greatest, int32_t>::run
           : isU32 ? Reduce<Greatest, uint32_t>::run
                   : nullptr;
  default:
    if (type != Type::B32)
      return nullptr;
    return operation == 3   ? Reduce<BitAnd, uint32_t>::run
           : operation == 4 ? Reduce<BitOr, uint32_t>::run
                            : Reduce<BitXor, uint32_t>::run;
  }
}

/// Results of bar.red: flags bits 4 and 5 say which.
static void barrierVotes(Warp &warp, const Instruction &instruction) {
  unsigned number =
      warp.read(instruction.source[0], __builtin_ctz(warp.active));
  const Block::Barrier &barrier = warp.block.barriers[number];
  unsigned operation = instruction.flags >> 4;
  uint32_t result = operation == 0   ? barrier.lastVotes
                    : operation == 1 ? barrier.lastVotes == barrier.lastArrived
                                     : barrier.lastVotes != 0;
  forEachLane(warp.active, [&](unsigned lane) {
    warp.write(instruction.destination, lane, result);
  });
}

static void decodeBarrier(Decoder &decoder, bool isAligned) {
  Modifiers &modifiers = decoder.modifiers;
  Instruction &current = decoder.current;
  size_t kind = modifiers.takeOneOf({"sync", "arrive", "red"});
  size_t operation = modifiers.takeOneOf({"popc", "and", "or"});
  isAligned |= modifiers.take("aligned");
  current.control = Control::Barrier;
  current.flags = isAligned;
  if (kind == 2 && operation != Modifiers::npos) {
    Type type = modifiers.takeType();
    current.flags |= 4 | operation << 4;
    if (!decoder.expectOperands(3, 4))
      return;
    current.source[0] = decoder.source(1, Type::U32);
    if (decoder.getOperandCount() == 4)
      current.source[1] = decoder.source(2, Type::U32);
    current.source[2] = decoder.predicateSource(
        decoder.getOperand(decoder.getOperandCount() - 1));
    current.destination = decoder.destination(0, type);
    return decoder.emit(barrierVotes);
  }
  if (kind == Modifiers::npos || kind == 2 || operation != Modifiers::npos)
    return decoder.error("unknown barrier '" + decoder.getStatement().name +
                         "'");
  if (!decoder.expectOperands(kind == 1 ? 2 : 1, 2))
    return;
  current.flags |= kind == 1 ? 2 : 0;
  current.source[0] = decoder.source(0, Type::U32);
  if (decoder.getOperandCount() == 2)
    current.source[1] = decoder.source(1, Type::U32);
  decoder.emit(nullptr);
}

/// Destinations of the form "d|p", or "d" alone.
static void takeDestinations(Decoder &decoder, Type type) {
  const Operand &target = decoder.getOperand(0);
  if (target.kind != Operand::Kind::Pair) {
    decoder.current.destination = decoder.destination(target, type);
    return;
  }
  decoder.current.destination = decoder.destination(target.elements[0], type);
  decoder.current.secondDestination =
      decoder.destination(target.elements[1], Type::Pred);
}

bool altgrad::emulator::decodeSynchronization(Decoder &decoder) {
  Modifiers &modifiers = decoder.modifiers;
  Instruction &current = decoder.current;
  std::string_view base = modifiers.getBase();
  if (base == "bar" && modifiers.take("warp")) {
    modifiers.take("sync");
    if (!decoder.expectOperands(1))
      return true;
    current.control = Control::WarpSync;
    current.source[3] = decoder.source(0, Type::B32);
    decoder.emit(syncWarp);
    return true;
  }
  if (base == "bar" || base == "barrier") {
    modifiers.take("cta");
    decodeBarrier(decoder, base == "bar");
    return true;
  }
  if (base != "shfl" && base != "vote" && base != "match" && base != "redux" &&
      base != "elect")
    return false;
  if (!modifiers.take("sync")) {
    decoder.error("expected .sync in '" + decoder.getStatement().name + "'");
    return true;
  }
  current.control = Control::WarpSync;
  auto fail = [&] {
    decoder.error("unknown form of '" + decoder.getStatement().name + "'");
    return true;
  };
  if (base == "shfl") {
    size_t mode = modifiers.takeOneOf({"up", "down", "bfly", "idx"});
    if (mode == Modifiers::npos || !modifiers.take("b32"))
      return fail();
    if (!decoder.expectOperands(5))
      return true;
    current.flags = mode;
    for (unsigned i = 0; i < 4; ++i)
      current.source[i] = decoder.source(i + 1, Type::B32);
    takeDestinations(decoder, Type::B32);
    decoder.emit(shuffle);
    return true;
  }
  if (base == "vote") {
    size_t mode = modifiers.takeOneOf({"all", "any", "uni", "ballot"});
    Type type = modifiers.takeType();
    if (mode == Modifiers::npos || type != (mode == 3 ? Type::B32 : Type::Pred))
      return fail();
    if (!decoder.expectOperands(3))
      return true;
    current.flags = mode;
    current.source[0] = decoder.predicateSource(decoder.getOperand(1));
    current.source[3] = decoder.source(2, Type::B32);
    current.destination = decoder.destination(0, type);
    decoder.emit(vote);
    return true;
  }
  if (base == "match") {
    size_t mode = modifiers.takeOneOf({"any", "all"});
    Type type = modifiers.takeType();
    if (mode == Modifiers::npos || (type != Type::B32 && type != Type::B64))
      return fail();
    if (!decoder.expectOperands(3))
      return true;
    current.flags = mode;
    current.source[0] = decoder.source(1, type);
    current.source[3] = decoder.source(2, Type::B32);
    takeDestinations(decoder, Type::B32);
    decoder.emit(match);
    return true;
  }
  if (base == "elect") {
    if (!decoder.expectOperands(2))
      return true;
    if (decoder.getOperand(0).kind != Operand::Kind::Pair)
      return fail();
    current.source[3] = decoder.source(1, Type::B32);
    takeDestinations(decoder, Type::B32);
    decoder.emit(elect);
    return true;
  }
  Handler handler = selectReduction(decoder);
  if (!handler)
    return fail();
  if (!decoder.expectOperands(3))
    return true;
  current.source[0] = decoder.source(1, Type::B32);
  current.source[3] = decoder.source(2, Type::B32);
  current.destination = decoder.destination(0, Type::B32);
  decoder.emit(handler);
  return true;
}
