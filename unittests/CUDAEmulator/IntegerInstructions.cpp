//===- IntegerInstructions.cpp - Arithmetic of integers -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.1 and 9.7.2 (extended precision). Compiled with -fwrapv: integers
// of PTX wrap.
//
//===----------------------------------------------------------------------===//

#include "Lanewise.h"

#include <algorithm>
#include <limits>
#include <type_traits>

using namespace altgrad::emulator;

namespace {
template <class T> struct Wider;
template <> struct Wider<int16_t> {
  using type = int32_t;
};
template <> struct Wider<uint16_t> {
  using type = uint32_t;
};
template <> struct Wider<int32_t> {
  using type = int64_t;
};
template <> struct Wider<uint32_t> {
  using type = uint64_t;
};
template <> struct Wider<int64_t> {
  using type = __int128;
};
template <> struct Wider<uint64_t> {
  using type = unsigned __int128;
};
template <class T> using WiderType = typename Wider<T>::type;

template <class T> constexpr unsigned width = sizeof(T) * 8;

template <class T> struct Add {
  static T apply(T a, T b) { return a + b; }
  static constexpr Handler handler = binary<Add, T, T>;
};
template <class T> struct AddSaturating {
  static T apply(T a, T b) {
    T sum;
    if (!__builtin_add_overflow(a, b, &sum))
      return sum;
    return a < 0 ? std::numeric_limits<T>::min()
                 : std::numeric_limits<T>::max();
  }
  static constexpr Handler handler = binary<AddSaturating, T, T>;
};
template <class T> struct Sub {
  static T apply(T a, T b) { return a - b; }
  static constexpr Handler handler = binary<Sub, T, T>;
};
template <class T> struct SubSaturating {
  static T apply(T a, T b) {
    T difference;
    if (!__builtin_sub_overflow(a, b, &difference))
      return difference;
    return a < 0 ? std::numeric_limits<T>::min()
                 : std::numeric_limits<T>::max();
  }
  static constexpr Handler handler = binary<SubSaturating, T, T>;
};
template <class T> struct MulLow {
  static T apply(T a, T b) { return static_cast<WiderType<T>>(a) * b; }
  static constexpr Handler handler = binary<MulLow, T, T>;
};
template <class T> struct MulHigh {
  static T apply(T a, T b) {
    return static_cast<WiderType<T>>(a) * b >> width<T>;
  }
  static constexpr Handler handler = binary<MulHigh, T, T>;
};
template <class T> struct MulWide {
  static WiderType<T> apply(T a, T b) {
    return static_cast<WiderType<T>>(a) * b;
  }
  static constexpr Handler handler = binary<MulWide, WiderType<T>, T>;
};
template <class T> struct MadLow {
  static T apply(T a, T b, T c) { return MulLow<T>::apply(a, b) + c; }
  static constexpr Handler handler = ternary<MadLow, T, T>;
};
template <class T> struct MadHigh {
  static T apply(T a, T b, T c) { return MulHigh<T>::apply(a, b) + c; }
  static constexpr Handler handler = ternary<MadHigh, T, T>;
};
template <class T> struct MadWide {
  static WiderType<T> apply(T a, T b, WiderType<T> c) {
    return MulWide<T>::apply(a, b) + c;
  }
  static constexpr Handler handler =
      ternary<MadWide, WiderType<T>, T, T, WiderType<T>>;
};
/// Division by zero is unspecified; hardware gives all ones.
template <class T> struct Div {
  static T apply(T a, T b) {
    if (b == 0)
      return static_cast<T>(~T(0));
    if (std::is_signed_v<T> && b == static_cast<T>(-1))
      return -a;
    return a / b;
  }
  static constexpr Handler handler = binary<Div, T, T>;
};
template <class T> struct Rem {
  static T apply(T a, T b) {
    if (b == 0)
      return a;
    if (std::is_signed_v<T> && b == static_cast<T>(-1))
      return 0;
    return a % b;
  }
  static constexpr Handler handler = binary<Rem, T, T>;
};
template <class T> struct Min {
  static T apply(T a, T b) { return std::min(a, b); }
  static constexpr Handler handler = binary<Min, T, T>;
};
template <class T> struct Max {
  static T apply(T a, T b) { return std::max(a, b); }
  static constexpr Handler handler = binary<Max, T, T>;
};
template <class T> struct Neg {
  static T apply(T a) { return -a; }
  static constexpr Handler handler = unary<Neg, T, T>;
};
template <class T> struct Abs {
  static T apply(T a) { return a < T(0) ? -a : a; }
  static constexpr Handler handler = unary<Abs, T, T>;
};
/// |a - b| + c
template <class T> struct Sad {
  static T apply(T a, T b, T c) { return c + (a < b ? b - a : a - b); }
  static constexpr Handler handler = ternary<Sad, T, T>;
};
/// The product of the low 24 bits.
template <class T> struct Mul24 {
  static T apply(T a, T b) {
    return static_cast<T>(static_cast<uint64_t>((a << 8) >> 8) *
                          static_cast<uint64_t>((b << 8) >> 8));
  }
  static constexpr Handler handler = binary<Mul24, T, T>;
};
template <class T> struct Mad24 {
  static T apply(T a, T b, T c) { return Mul24<T>::apply(a, b) + c; }
  static constexpr Handler handler = ternary<Mad24, T, T>;
};

/// add.cc, addc, sub.cc, subc: flags bit 0 takes the carry in, bit 1 writes it.
template <class T, bool isSub>
void addWithCarry(Warp &warp, const Instruction &instruction) {
  using Wide = WiderType<T>;
  T *d = warp.lanes<T>(instruction.destination);
  const T *a = warp.lanes<T>(instruction.source[0]);
  const T *b = warp.lanes<T>(instruction.source[1]);
  forEachLane(warp.active, [&](unsigned i) {
    Wide carry = instruction.flags & 1 ? warp.carry >> i & 1 : 0;
    Wide result = isSub ? static_cast<Wide>(a[i]) - b[i] - carry
                        : static_cast<Wide>(a[i]) + b[i] + carry;
    d[i] = static_cast<T>(result);
    if (instruction.flags & 2)
      warp.carry = (warp.carry & ~(1u << i)) |
                   static_cast<uint32_t>(result >> width<T> & 1) << i;
  });
}
template <class T> struct AddCarry {
  static constexpr Handler handler = addWithCarry<T, false>;
};
template <class T> struct SubCarry {
  static constexpr Handler handler = addWithCarry<T, true>;
};

/// Two 16-bit lanes in one register (add.s16x2 and the like).
template <template <class> class Operation, class T> struct Packed {
  static uint32_t apply(uint32_t a, uint32_t b) {
    uint16_t low = Operation<T>::apply(static_cast<T>(a), static_cast<T>(b));
    uint16_t high =
        Operation<T>::apply(static_cast<T>(a >> 16), static_cast<T>(b >> 16));
    return low | static_cast<uint32_t>(high) << 16;
  }
  static constexpr Handler handler = binary<Packed, uint32_t, uint32_t>;
};
} // namespace

static void emitArithmetic(Decoder &decoder, Handler handler, Type type,
                           unsigned sources, Type result = Type::None,
                           Type last = Type::None) {
  if (!handler)
    return decoder.error("unknown or missing type in '" +
                         decoder.getStatement().name + "'");
  if (!decoder.expectOperands(sources + 1))
    return;
  for (unsigned i = 0; i < sources; ++i)
    decoder.current.source[i] =
        decoder.source(i + 1, i == 2 && last != Type::None ? last : type);
  decoder.current.destination =
      decoder.destination(0, result == Type::None ? type : result);
  decoder.emit(handler);
}

static Type getWider(Type type) {
  switch (type) {
  case Type::S16:
    return Type::S32;
  case Type::U16:
    return Type::U32;
  case Type::S32:
    return Type::S64;
  case Type::U32:
    return Type::U64;
  default:
    return Type::None;
  }
}

static bool decodePacked(Decoder &decoder, std::string_view base) {
  bool isSigned = decoder.modifiers.has("s16x2");
  if (!isSigned && !decoder.modifiers.has("u16x2"))
    return false;
  Handler handler = nullptr;
  if (base == "add")
    handler = Packed<Add, uint16_t>::handler;
  else if (base == "min")
    handler = isSigned ? Packed<Min, int16_t>::handler
                       : Packed<Min, uint16_t>::handler;
  else if (base == "max")
    handler = isSigned ? Packed<Max, int16_t>::handler
                       : Packed<Max, uint16_t>::handler;
  else
    return false;
  decoder.modifiers.take(isSigned ? "s16x2" : "u16x2");
  emitArithmetic(decoder, handler, Type::B32, 2);
  return true;
}

static void decodeMultiply(Decoder &decoder, bool adds) {
  Modifiers &modifiers = decoder.modifiers;
  size_t part = modifiers.takeOneOf({"lo", "hi", "wide"});
  Type type = modifiers.takeType();
  unsigned sources = adds ? 3 : 2;
  if (part == 0)
    emitArithmetic(decoder,
                   adds ? selectInteger<MadLow>(type)
                        : selectInteger<MulLow>(type),
                   type, sources);
  else if (part == 1)
    emitArithmetic(decoder,
                   adds ? selectInteger<MadHigh>(type)
                        : selectInteger<MulHigh>(type),
                   type, sources);
  else if (part == 2 && getBitWidth(type) < 64)
    emitArithmetic(decoder,
                   adds ? selectInteger<MadWide>(type)
                        : selectInteger<MulWide>(type),
                   type, sources, getWider(type), getWider(type));
  else
    decoder.error("expected .lo, .hi or .wide in '" +
                  decoder.getStatement().name + "'");
}

static bool hasFloatType(const Modifiers &modifiers) {
  for (std::string_view word :
       {"f16", "f16x2", "bf16", "bf16x2", "f32", "f64", "f32x2"})
    if (modifiers.has(word))
      return true;
  return false;
}

static bool decodeCarry(Decoder &decoder, std::string_view base) {
  Modifiers &modifiers = decoder.modifiers;
  bool takes = base == "addc" || base == "subc";
  if (!takes && !((base == "add" || base == "sub") && modifiers.has("cc")))
    return false;
  decoder.current.flags = (takes ? 1 : 0) | (modifiers.take("cc") ? 2 : 0);
  Type type = modifiers.takeType();
  bool isSub = base.substr(0, 3) == "sub";
  unsigned bits = getBitWidth(type);
  Handler handler = bits == 32   ? isSub ? SubCarry<uint32_t>::handler
                                         : AddCarry<uint32_t>::handler
                    : bits == 64 ? isSub ? SubCarry<uint64_t>::handler
                                         : AddCarry<uint64_t>::handler
                                 : nullptr;
  emitArithmetic(decoder, handler, type, 2);
  return true;
}

bool altgrad::emulator::decodeInteger(Decoder &decoder) {
  Modifiers &modifiers = decoder.modifiers;
  std::string_view base = modifiers.getBase();
  if (hasFloatType(modifiers))
    return false;
  if (decodePacked(decoder, base) || decodeCarry(decoder, base))
    return true;
  auto emit = [&](Handler (*select)(Type), unsigned sources) {
    Type type = modifiers.takeType();
    emitArithmetic(decoder, isInteger(type) ? select(type) : nullptr, type,
                   sources);
    return true;
  };
  if (base == "add" || base == "sub") {
    bool saturates = modifiers.take("sat");
    if (saturates && !modifiers.has("s32"))
      decoder.error("expected .s32 after .sat");
    if (base == "add")
      return emit(saturates ? selectInteger<AddSaturating> : selectInteger<Add>,
                  2);
    return emit(saturates ? selectInteger<SubSaturating> : selectInteger<Sub>,
                2);
  }
  if (base == "mul" || base == "mad") {
    decodeMultiply(decoder, base == "mad");
    return true;
  }
  if (base == "mul24" || base == "mad24") {
    modifiers.take("lo");
    Type type = modifiers.takeType();
    bool isS32 = type == Type::S32;
    Handler mul = isS32 ? Mul24<int32_t>::handler : Mul24<uint32_t>::handler;
    Handler mad = isS32 ? Mad24<int32_t>::handler : Mad24<uint32_t>::handler;
    bool adds = base == "mad24";
    emitArithmetic(decoder,
                   getBitWidth(type) == 32 ? (adds ? mad : mul) : nullptr, type,
                   adds ? 3 : 2);
    return true;
  }
  if (base == "div")
    return emit(selectInteger<Div>, 2);
  if (base == "rem")
    return emit(selectInteger<Rem>, 2);
  if (base == "min")
    return emit(selectInteger<Min>, 2);
  if (base == "max")
    return emit(selectInteger<Max>, 2);
  if (base == "neg")
    return emit(selectInteger<Neg>, 1);
  if (base == "abs")
    return emit(selectInteger<Abs>, 1);
  if (base == "sad")
    return emit(selectInteger<Sad>, 3);
  return false;
}
