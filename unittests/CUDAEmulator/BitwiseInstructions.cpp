//===- BitwiseInstructions.cpp - Logic, shifts and bit fields -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.1 (bit fields and counts) and 9.7.8 (logic and shifts).
//
//===----------------------------------------------------------------------===//

#include "Lanewise.h"

#include <algorithm>
#include <type_traits>

using namespace altgrad::emulator;

namespace {
template <class T> constexpr unsigned width = sizeof(T) * 8;

template <class T> struct And {
  static T apply(T a, T b) { return a & b; }
  static constexpr Handler handler = binary<And, T, T>;
};
template <class T> struct Or {
  static T apply(T a, T b) { return a | b; }
  static constexpr Handler handler = binary<Or, T, T>;
};
template <class T> struct Xor {
  static T apply(T a, T b) { return a ^ b; }
  static constexpr Handler handler = binary<Xor, T, T>;
};
template <class T> struct Not {
  static T apply(T a) { return ~a; }
  static constexpr Handler handler = unary<Not, T, T>;
};
template <class T> struct LogicalNot {
  static T apply(T a) { return a == 0; }
  static constexpr Handler handler = unary<LogicalNot, T, T>;
};
/// Amounts above the width count as the width.
template <class T> struct ShiftLeft {
  static T apply(T a, uint32_t amount) {
    return amount < width<T> ? a << amount : 0;
  }
  static constexpr Handler handler = binary<ShiftLeft, T, T, uint32_t>;
};
template <class T> struct ShiftRight {
  static T apply(T a, uint32_t amount) {
    if (std::is_signed_v<T>)
      return a >> std::min(amount, width<T> - 1);
    return amount < width<T> ? a >> amount : 0;
  }
  static constexpr Handler handler = binary<ShiftRight, T, T, uint32_t>;
};
template <class T> struct PopulationCount {
  static uint32_t apply(T a) { return __builtin_popcountll(a); }
  static constexpr Handler handler = unary<PopulationCount, uint32_t, T>;
};
template <class T> struct LeadingZeros {
  static uint32_t apply(T a) {
    return a ? __builtin_clzll(a) - (64 - width<T>) : width<T>;
  }
  static constexpr Handler handler = unary<LeadingZeros, uint32_t, T>;
};
template <class T> struct Reverse {
  static T apply(T a) {
    T result = 0;
    for (unsigned i = 0; i < width<T>; ++i)
      result |= (a >> i & 1) << (width<T> - 1 - i);
    return result;
  }
  static constexpr Handler handler = unary<Reverse, T, T>;
};
/// The position of the topmost bit that differs from the sign; -1 if none does.
template <class T> struct FindBit {
  static uint32_t apply(T a) {
    using U = std::make_unsigned_t<T>;
    U bits = a < T(0) ? ~static_cast<U>(a) : static_cast<U>(a);
    return bits ? width<T> - 1 - LeadingZeros<U>::apply(bits) : ~0u;
  }
  static constexpr Handler handler = unary<FindBit, uint32_t, T>;
};
template <class T> struct FindBitShift {
  static uint32_t apply(T a) {
    uint32_t position = FindBit<T>::apply(a);
    return position == ~0u ? position : width<T> - 1 - position;
  }
  static constexpr Handler handler = unary<FindBitShift, uint32_t, T>;
};
template <class T> struct ExtractField {
  static T apply(T a, uint32_t b, uint32_t c) {
    unsigned position = b & 0xff, length = c & 0xff, top = width<T> - 1;
    using U = std::make_unsigned_t<T>;
    U sign = 0;
    if (std::is_signed_v<T> && length != 0)
      sign = static_cast<U>(a) >> std::min(position + length - 1, top) & 1;
    U result = 0;
    for (unsigned i = 0; i <= top; ++i)
      result |= (i < length && position + i <= top
                     ? static_cast<U>(a) >> (position + i) & 1
                     : sign)
                << i;
    return result;
  }
  static constexpr Handler handler =
      ternary<ExtractField, T, T, uint32_t, uint32_t>;
};
template <class T> struct InsertField {
  static T apply(T a, T b, uint32_t c, uint32_t d) {
    unsigned position = c & 0xff, length = d & 0xff;
    for (unsigned i = 0; i < length && position + i < width<T>; ++i) {
      T bit = T(1) << (position + i);
      b = (b & ~bit) | ((a >> i & 1) << (position + i));
    }
    return b;
  }
  static constexpr Handler handler =
      quaternary<InsertField, T, T, T, uint32_t, uint32_t>;
};
struct BitMask {
  template <bool wraps> struct Of {
    static uint32_t apply(uint32_t position, uint32_t length) {
      if (wraps) {
        position &= 31;
        length &= 31;
      }
      uint64_t ones = length >= 32 ? 0xffffffffull : (1ull << length) - 1;
      return position >= 32 ? 0 : static_cast<uint32_t>(ones << position);
    }
    static constexpr Handler handler = binary<Of, uint32_t, uint32_t>;
  };
};
/// The n-th set bit from a base, upwards or downwards; -1 if there is none.
struct FindNthSet {
  static uint32_t apply(uint32_t mask, uint32_t base, int32_t offset) {
    if (offset == 0)
      return base < 32 && mask >> base & 1 ? base : ~0u;
    int step = offset > 0 ? 1 : -1;
    int count = (offset > 0 ? offset : -offset) - 1;
    for (int position = base; position >= 0 && position < 32; position += step)
      if (mask >> position & 1 && count-- == 0)
        return position;
    return ~0u;
  }
  static constexpr Handler handler =
      ternary<FindNthSet, uint32_t, uint32_t, uint32_t, int32_t>;
};
template <bool wraps, bool isLeft> struct FunnelShift {
  static uint32_t apply(uint32_t a, uint32_t b, uint32_t c) {
    uint32_t amount = wraps ? c & 31 : std::min(c, 32u);
    uint64_t both = static_cast<uint64_t>(b) << 32 | a;
    return isLeft ? static_cast<uint32_t>(both << amount >> 32)
                  : static_cast<uint32_t>(both >> amount);
  }
  static constexpr Handler handler = ternary<FunnelShift, uint32_t, uint32_t>;
};
} // namespace

/// prmt: bytes of {b, a} picked by nibbles, or in one of six fixed ways.
static void permute(Warp &warp, const Instruction &instruction) {
  const uint32_t *a = warp.lanes<uint32_t>(instruction.source[0]);
  const uint32_t *b = warp.lanes<uint32_t>(instruction.source[1]);
  const uint32_t *c = warp.lanes<uint32_t>(instruction.source[2]);
  uint32_t *d = warp.lanes<uint32_t>(instruction.destination);
  // Rows of PTX ISA's table: the selectors of the bytes d3 to d0.
  static const uint16_t modes[6][4] = {
      {0x3210, 0x4321, 0x5432, 0x6543},  // f4e
      {0x5670, 0x6701, 0x7012, 0x0123},  // b4e
      {0x0000, 0x1111, 0x2222, 0x3333},  // rc8
      {0x3210, 0x3211, 0x3222, 0x3333},  // ecl
      {0x0000, 0x1110, 0x2210, 0x3210},  // ecr
      {0x1010, 0x3232, 0x1010, 0x3232}}; // rc16
  forEachLane(warp.active, [&](unsigned i) {
    uint64_t bytes = static_cast<uint64_t>(b[i]) << 32 | a[i];
    uint32_t selector =
        instruction.flags ? modes[instruction.flags - 1][c[i] & 3] : c[i];
    uint32_t result = 0;
    for (unsigned k = 0; k < 4; ++k) {
      unsigned nibble = selector >> (4 * k) & 15;
      uint32_t byte = bytes >> (8 * (nibble & 7)) & 0xff;
      if (nibble & 8)
        byte = byte & 0x80 ? 0xff : 0;
      result |= byte << (8 * k);
    }
    d[i] = result;
  });
}

static void lookUp3(Warp &warp, const Instruction &instruction) {
  const uint32_t *a = warp.lanes<uint32_t>(instruction.source[0]);
  const uint32_t *b = warp.lanes<uint32_t>(instruction.source[1]);
  const uint32_t *c = warp.lanes<uint32_t>(instruction.source[2]);
  uint32_t *d = warp.lanes<uint32_t>(instruction.destination);
  uint32_t terms[8];
  for (unsigned k = 0; k < 8; ++k)
    terms[k] = instruction.immediate >> k & 1 ? ~0u : 0;
  forEachLane(warp.active, [&](unsigned i) {
    uint32_t result = 0;
    for (unsigned k = 0; k < 8; ++k)
      result |= (k & 4 ? a[i] : ~a[i]) & (k & 2 ? b[i] : ~b[i]) &
                (k & 1 ? c[i] : ~c[i]) & terms[k];
    d[i] = result;
  });
}

namespace {
enum class PredicateLogic { And, Or, Xor, Not };
} // namespace
template <PredicateLogic logic>
static void predicateLogic(Warp &warp, const Instruction &instruction) {
  uint32_t a = warp.predicate(instruction.source[0]);
  uint32_t b =
      logic == PredicateLogic::Not ? 0 : warp.predicate(instruction.source[1]);
  uint32_t value = logic == PredicateLogic::And   ? a & b
                   : logic == PredicateLogic::Or  ? a | b
                   : logic == PredicateLogic::Xor ? a ^ b
                                                  : ~a;
  uint32_t &result = warp.predicate(instruction.destination);
  result = (result & ~warp.active) | (value & warp.active);
}

/// Sources of the types given, in order, and a destination.
static bool emitTyped(Decoder &decoder, Handler handler, Type result,
                      std::initializer_list<Type> sources) {
  if (!handler) {
    decoder.error("unknown or missing type in '" + decoder.getStatement().name +
                  "'");
    return true;
  }
  if (!decoder.expectOperands(sources.size() + 1))
    return true;
  unsigned i = 0;
  for (Type type : sources) {
    decoder.current.source[i] = decoder.source(i + 1, type);
    ++i;
  }
  decoder.current.destination = decoder.destination(0, result);
  decoder.emit(handler);
  return true;
}

static bool decodeLogic(Decoder &decoder, std::string_view base) {
  Type type = decoder.modifiers.takeType();
  if (type == Type::Pred) {
    if (base == "not")
      return emitTyped(decoder, predicateLogic<PredicateLogic::Not>, type,
                       {type});
    Handler handler = base == "and"  ? predicateLogic<PredicateLogic::And>
                      : base == "or" ? predicateLogic<PredicateLogic::Or>
                                     : predicateLogic<PredicateLogic::Xor>;
    return emitTyped(decoder, handler, type, {type, type});
  }
  if (!isBits(type))
    type = Type::None;
  if (base == "not")
    return emitTyped(decoder, selectBits<Not>(type), type, {type});
  if (base == "cnot")
    return emitTyped(decoder, selectBits<LogicalNot>(type), type, {type});
  Handler handler = base == "and"  ? selectBits<And>(type)
                    : base == "or" ? selectBits<Or>(type)
                                   : selectBits<Xor>(type);
  return emitTyped(decoder, handler, type, {type, type});
}

static bool decodePermute(Decoder &decoder) {
  decoder.current.flags = 1 + decoder.modifiers.takeOneOf(
                                  {"f4e", "b4e", "rc8", "ecl", "ecr", "rc16"});
  decoder.modifiers.take("b32");
  return emitTyped(decoder, permute, Type::B32,
                   {Type::B32, Type::B32, Type::B32});
}

static bool decodeLookUp3(Decoder &decoder) {
  decoder.modifiers.take("b32");
  if (!decoder.expectOperands(5))
    return true;
  if (decoder.getOperand(4).kind != Operand::Kind::Integer ||
      decoder.getOperand(4).value > 255)
    decoder.error("expected a table of 8 bits in 'lop3'");
  decoder.current.immediate = decoder.getOperand(4).value;
  for (unsigned i = 0; i < 3; ++i)
    decoder.current.source[i] = decoder.source(i + 1, Type::B32);
  decoder.current.destination = decoder.destination(0, Type::B32);
  decoder.emit(lookUp3);
  return true;
}

bool altgrad::emulator::decodeBitwise(Decoder &decoder) {
  Modifiers &modifiers = decoder.modifiers;
  std::string_view base = modifiers.getBase();
  if (base == "and" || base == "or" || base == "xor" || base == "not" ||
      base == "cnot")
    return decodeLogic(decoder, base);
  if (base == "prmt")
    return decodePermute(decoder);
  if (base == "lop3")
    return decodeLookUp3(decoder);
  if (base == "shf") {
    bool isLeft = modifiers.takeOneOf({"l", "r"}) == 0;
    bool wraps = modifiers.takeOneOf({"wrap", "clamp"}) == 0;
    modifiers.take("b32");
    Handler handler = isLeft  ? wraps ? FunnelShift<true, true>::handler
                                      : FunnelShift<false, true>::handler
                      : wraps ? FunnelShift<true, false>::handler
                              : FunnelShift<false, false>::handler;
    return emitTyped(decoder, handler, Type::B32,
                     {Type::B32, Type::B32, Type::U32});
  }
  if (base == "bmsk") {
    bool wraps = modifiers.takeOneOf({"wrap", "clamp"}) == 0;
    modifiers.take("b32");
    return emitTyped(decoder,
                     wraps ? BitMask::Of<true>::handler
                           : BitMask::Of<false>::handler,
                     Type::B32, {Type::B32, Type::B32});
  }
  if (base == "fns") {
    modifiers.take("b32");
    return emitTyped(decoder, FindNthSet::handler, Type::B32,
                     {Type::B32, Type::B32, Type::S32});
  }
  static constexpr std::string_view others[] = {"shl", "shr",  "popc",  "clz",
                                                "bfe", "brev", "bfind", "bfi"};
  if (std::find(std::begin(others), std::end(others), base) == std::end(others))
    return false;
  bool isShift = modifiers.take("shiftamt");
  Type type = modifiers.takeType();
  if (base == "shl")
    return emitTyped(decoder, selectBits<ShiftLeft>(type), type,
                     {type, Type::U32});
  if (base == "shr")
    return emitTyped(decoder, selectInteger<ShiftRight>(type), type,
                     {type, Type::U32});
  if (getBitWidth(type) < 32)
    type = Type::None;
  if (base == "popc")
    return emitTyped(decoder, selectBits<PopulationCount>(type), Type::U32,
                     {type});
  if (base == "clz")
    return emitTyped(decoder, selectBits<LeadingZeros>(type), Type::U32,
                     {type});
  if (base == "brev")
    return emitTyped(decoder, selectBits<Reverse>(type), type, {type});
  if (base == "bfind")
    return emitTyped(decoder,
                     isShift ? selectInteger<FindBitShift>(type)
                             : selectInteger<FindBit>(type),
                     Type::U32, {type});
  if (base == "bfe")
    return emitTyped(decoder, selectInteger<ExtractField>(type), type,
                     {type, Type::U32, Type::U32});
  return emitTyped(decoder, selectBits<InsertField>(type), type,
                   {type, type, Type::U32, Type::U32});
}
