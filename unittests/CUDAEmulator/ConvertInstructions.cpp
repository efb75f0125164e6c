//===- ConvertInstructions.cpp - cvt, between all types -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.9.21. Every number on its way is either an integer of 64 bits or
// a double, and both hold every value of the types they stand for; the only
// rounding is the one into the result.
//
//===----------------------------------------------------------------------===//

#include "FloatArithmetic.h"
#include "Lanewise.h"

#include <algorithm>

using namespace altgrad::emulator;

namespace {
struct Conversion {
  enum Flags : uint16_t {
    FlushSubnormals = 1,
    Saturates = 2,
    Relu = 4,
    SaturatesToFinite = 8,
    RoundsToInteger = 16, // Of a float result: .rni and the like.
    RoundingShift = 5
  };
};
} // namespace

static Rounding getRounding(const Instruction &instruction) {
  return static_cast<Rounding>(instruction.flags >> Conversion::RoundingShift &
                               7);
}
static Type getFrom(const Instruction &instruction) {
  return static_cast<Type>(instruction.immediate & 0xff);
}
static Type getTo(const Instruction &instruction) {
  return static_cast<Type>(instruction.immediate >> 8 & 0xff);
}

static const FloatLayout *getLayout(Type type) {
  switch (type) {
  case Type::F16:
    return &layoutF16;
  case Type::BF16:
    return &layoutBF16;
  case Type::TF32:
    return &layoutTF32;
  default:
    return nullptr;
  }
}

/// f32 as a format like the others: the host's cast knows one rounding only.
static constexpr FloatLayout layoutF32{8, 23, 127, true};

static double readFloat(uint64_t bits, Type type, bool flushes) {
  double value = 0;
  switch (type) {
  case Type::F16:
    return decodeF16(static_cast<uint16_t>(bits));
  case Type::BF16:
    return decodeBF16(static_cast<uint16_t>(bits));
  case Type::F32: {
    float single = bitCast<float>(static_cast<uint32_t>(bits));
    return flushes ? flushSubnormal(single) : single;
  }
  default:
    value = bitCast<double>(bits);
    return value;
  }
}

static double roundToInteger(double value, Rounding rounding) {
  switch (rounding) {
  case Rounding::NearestEven:
    return std::nearbyint(value);
  case Rounding::TowardZero:
    return std::trunc(value);
  case Rounding::Down:
    return std::floor(value);
  default:
    return std::ceil(value);
  }
}

static uint64_t writeFloat(double value, Type type,
                           const Instruction &instruction) {
  uint16_t flags = instruction.flags;
  Rounding rounding = getRounding(instruction);
  if (flags & Conversion::RoundsToInteger) {
    value = roundToInteger(value, rounding);
    rounding = Rounding::NearestEven;
  }
  if (flags & Conversion::Saturates)
    value = saturate(value);
  if ((flags & Conversion::Relu) && std::signbit(value) && !std::isnan(value))
    value = 0;
  if (type == Type::F64)
    return bitCast<uint64_t>(value);
  bool toFinite = flags & Conversion::SaturatesToFinite;
  if (type == Type::F32) {
    uint32_t bits = rounding == Rounding::NearestEven
                        ? bitCast<uint32_t>(narrow<float>(value))
                        : encode(layoutF32, value, rounding);
    if (flags & Conversion::FlushSubnormals)
      bits = bitCast<uint32_t>(flushSubnormal(bitCast<float>(bits)));
    return bits;
  }
  const FloatLayout &layout = *getLayout(type);
  uint32_t code = encode(layout, value, rounding, toFinite);
  if (type == Type::TF32) // Stored with the exponent of f32, in its upper bits.
    return std::isnan(value) ? 0x7fffffff : static_cast<uint64_t>(code) << 13;
  return code;
}

/// Clamps to the range of a type; NaN is zero unless 64 bits are involved.
static uint64_t floatToInteger(double value, Type from, Type to,
                               Rounding rounding) {
  unsigned bits = getBitWidth(to);
  if (std::isnan(value))
    return from == Type::F64 || bits == 64 ? 1ull << (bits - 1) : 0;
  value = roundToInteger(value, rounding);
  if (isSigned(to)) {
    double limit = std::ldexp(1.0, bits - 1);
    int64_t most = static_cast<int64_t>((1ull << (bits - 1)) - 1);
    if (value >= limit)
      return most;
    return static_cast<uint64_t>(value < -limit ? -most - 1
                                                : static_cast<int64_t>(value));
  }
  if (value >= std::ldexp(1.0, bits))
    return bits == 64 ? ~0ull : (1ull << bits) - 1;
  return value <= 0 ? 0 : static_cast<uint64_t>(value);
}

/// An integer as a sign and a magnitude.
static uint64_t integerToFloat(uint64_t bits, Type from, Type to,
                               const Instruction &instruction) {
  bool isNegative = isSigned(from) && static_cast<int64_t>(bits) < 0;
  uint64_t magnitude = isNegative ? -bits : bits;
  Rounding rounding = getRounding(instruction);
  if (to == Type::F64) {
    // Rounded by hand to 53 bits, where the host has one rounding only.
    unsigned extra = magnitude >> 53 ? 11 - __builtin_clzll(magnitude) : 0;
    uint64_t rest = extra ? magnitude & ((1ull << extra) - 1) : 0;
    uint64_t kept = magnitude >> extra, half = extra ? 1ull << (extra - 1) : 0;
    bool up = rounding == Rounding::NearestEven
                  ? rest > half || (rest == half && rest && kept & 1)
              : rounding == Rounding::Down ? isNegative && rest
              : rounding == Rounding::Up   ? !isNegative && rest
                                           : false;
    double value = std::ldexp(static_cast<double>(kept + up), extra);
    return bitCast<uint64_t>(isNegative ? -value : value);
  }
  const FloatLayout &layout = to == Type::F32 ? layoutF32 : *getLayout(to);
  uint32_t code =
      roundToFormat(layout, isNegative, magnitude, 0, false, rounding, false);
  if (instruction.flags & Conversion::Saturates) {
    if (isNegative || magnitude == 0)
      return 0;
    return roundToFormat(layout, false, 1, 0, false, rounding, false);
  }
  return code;
}

/// The value of a narrow integer in a wider register, extended to 64 bits.
static uint64_t extend(uint64_t bits, Type type) {
  unsigned unused = 64 - getBitWidth(type);
  return isSigned(type) ? static_cast<uint64_t>(
                              static_cast<int64_t>(bits << unused) >> unused)
                        : bits << unused >> unused;
}

static uint64_t saturateInteger(uint64_t bits, Type from, Type to) {
  unsigned width = getBitWidth(to);
  if (isSigned(from) && static_cast<int64_t>(bits) < 0) {
    if (!isSigned(to))
      return 0;
    int64_t least = -static_cast<int64_t>((1ull << (width - 1)) - 1) - 1;
    return std::max(static_cast<int64_t>(bits), least);
  }
  unsigned magnitudeBits = width - isSigned(to);
  uint64_t most = magnitudeBits == 64 ? ~0ull : (1ull << magnitudeBits) - 1;
  return std::min(bits, most);
}

static void convert(Warp &warp, const Instruction &instruction) {
  Type from = getFrom(instruction), to = getTo(instruction);
  bool fromFloat = isFloat(from), toFloat = isFloat(to) || to == Type::TF32;
  forEachLane(warp.active, [&](unsigned i) {
    uint64_t bits = warp.read(instruction.source[0], i);
    uint64_t result;
    if (fromFloat) {
      double value = readFloat(bits, from,
                               instruction.flags & Conversion::FlushSubnormals);
      result = toFloat
                   ? writeFloat(value, to, instruction)
                   : floatToInteger(value, from, to, getRounding(instruction));
    } else {
      bits = extend(bits, from);
      result = toFloat ? integerToFloat(bits, from, to, instruction)
               : instruction.flags & Conversion::Saturates
                   ? saturateInteger(bits, from, to)
                   : bits;
    }
    // Results of narrow integer types fill the register (PTX ISA, table 30).
    warp.write(instruction.destination, i,
               toFloat ? result : extend(result, to));
  });
}

// The common ones, quick.
namespace {
template <class D, class S> struct Cast {
  static D apply(S a) { return static_cast<D>(a); }
  static constexpr Handler handler = unary<Cast, D, S>;
};
struct HalfToSingle {
  static uint32_t apply(uint16_t a) {
    float value = decodeF16(a);
    return value != value ? 0x7fffffff : bitCast<uint32_t>(value);
  }
};
struct BFloatToSingle {
  static uint32_t apply(uint16_t a) {
    return (a & 0x7fff) > 0x7f80 ? 0x7fffffff : static_cast<uint32_t>(a) << 16;
  }
};
} // namespace

static Handler findQuick(const Instruction &instruction, Type from, Type to) {
  unsigned source = instruction.source[0].bits,
           result = instruction.destination.bits;
  if (instruction.flags)
    return nullptr;
  if (source == 16 && result == 32 && to == Type::F32)
    return from == Type::F16    ? unary<HalfToSingle, uint32_t, uint16_t>
           : from == Type::BF16 ? unary<BFloatToSingle, uint32_t, uint16_t>
                                : nullptr;
  bool areIntegers = !isFloat(from) && !isFloat(to) && to != Type::TF32;
  if (!areIntegers || source != getBitWidth(from) || result != getBitWidth(to))
    return nullptr;
  if (source == 32 && result == 64)
    return isSigned(from) ? Cast<int64_t, int32_t>::handler
                          : Cast<uint64_t, uint32_t>::handler;
  if (source == 64 && result == 32)
    return Cast<uint32_t, uint64_t>::handler;
  if (source == 16 && result == 32)
    return isSigned(from) ? Cast<int32_t, int16_t>::handler
                          : Cast<uint32_t, uint16_t>::handler;
  if (source == 32 && result == 16)
    return Cast<uint16_t, uint32_t>::handler;
  return nullptr;
}

/// One element of a packed format of 8 or 16 bits.
static uint32_t encodePacked(const FloatLayout &layout, double value,
                             const Instruction &instruction) {
  if ((instruction.flags & Conversion::Relu) && std::signbit(value) &&
      !std::isnan(value))
    value = 0;
  bool toFinite = instruction.flags & Conversion::SaturatesToFinite;
  // The only NaN of both formats of 8 bits that hardware writes (9.7.9.21).
  if (std::isnan(value) && layout.exponentBits + layout.mantissaBits == 7)
    return 0x7f;
  return encode(layout, value, getRounding(instruction), toFinite);
}

static const FloatLayout &getElementLayout(Type type) {
  switch (type) {
  case Type::F16x2:
    return layoutF16;
  case Type::BF16x2:
    return layoutBF16;
  case Type::E4M3x2:
    return layoutE4M3;
  default:
    return layoutE5M2;
  }
}

/// cvt....x2.f32 d, a, b: `a` becomes the upper half.
static void packTwoSingles(Warp &warp, const Instruction &instruction) {
  const FloatLayout &layout = getElementLayout(getTo(instruction));
  unsigned bits = layout.exponentBits + layout.mantissaBits + 1;
  const float *a = warp.lanes<float>(instruction.source[0]);
  const float *b = warp.lanes<float>(instruction.source[1]);
  forEachLane(warp.active, [&](unsigned i) {
    uint32_t upper = encodePacked(layout, a[i], instruction);
    uint32_t lower = encodePacked(layout, b[i], instruction);
    warp.write(instruction.destination, i, upper << bits | lower);
  });
}

/// Between two packed formats: halves stay where they are.
static void convertPacked(Warp &warp, const Instruction &instruction) {
  const FloatLayout &from = getElementLayout(getFrom(instruction));
  const FloatLayout &to = getElementLayout(getTo(instruction));
  unsigned fromBits = from.exponentBits + from.mantissaBits + 1;
  unsigned toBits = to.exponentBits + to.mantissaBits + 1;
  forEachLane(warp.active, [&](unsigned i) {
    uint64_t bits = warp.read(instruction.source[0], i);
    uint32_t mask = (1u << fromBits) - 1;
    uint32_t lower = encodePacked(to, decode(from, bits & mask), instruction);
    uint32_t upper =
        encodePacked(to, decode(from, bits >> fromBits & mask), instruction);
    warp.write(instruction.destination, i, upper << toBits | lower);
  });
}

static bool isPackedHalf(Type type) {
  return type == Type::F16x2 || type == Type::BF16x2;
}
static bool isPackedByte(Type type) {
  return type == Type::E4M3x2 || type == Type::E5M2x2;
}

static void decodePackedConversion(Decoder &decoder, Type to, Type from) {
  uint16_t flags = decoder.current.flags;
  bool toFinite = flags & Conversion::SaturatesToFinite;
  Rounding rounding = getRounding(decoder.current);
  if (from == Type::F32) {
    bool valid = isPackedHalf(to)
                     ? rounding == Rounding::NearestEven ||
                           rounding == Rounding::TowardZero
                     : toFinite && rounding == Rounding::NearestEven;
    if (!valid)
      return decoder.error("expected .rn" +
                           std::string(isPackedByte(to) ? ".satfinite" : "") +
                           " in '" + decoder.getStatement().name + "'");
    if (!decoder.expectOperands(3))
      return;
    decoder.current.source[0] = decoder.source(1, Type::F32);
    decoder.current.source[1] = decoder.source(2, Type::F32);
    decoder.current.destination =
        decoder.destination(0, isPackedByte(to) ? Type::B16 : Type::B32);
    return decoder.emit(packTwoSingles);
  }
  bool encodes = isPackedByte(to) && from == Type::F16x2 && toFinite;
  bool decodes = to == Type::F16x2 && isPackedByte(from) && !toFinite;
  if ((!encodes && !decodes) || rounding != Rounding::NearestEven ||
      !decoder.expectOperands(2))
    return decoder.error("unknown conversion '" + decoder.getStatement().name +
                         "'");
  decoder.current.source[0] =
      decoder.source(1, encodes ? Type::B32 : Type::B16);
  decoder.current.destination =
      decoder.destination(0, encodes ? Type::B16 : Type::B32);
  decoder.emit(convertPacked);
}

/// Where PTX needs a rounding modifier and where it must not stand.
static bool isRoundingValid(Type from, Type to, bool isFloatRounding,
                            bool isIntegerRounding) {
  bool fromFloat = isFloat(from), toFloat = isFloat(to);
  if (fromFloat && !toFloat)
    return isIntegerRounding;
  if (!fromFloat && toFloat)
    return isFloatRounding;
  if (!fromFloat && !toFloat)
    return !isFloatRounding && !isIntegerRounding;
  bool narrows =
      getBitWidth(to) < getBitWidth(from) ||
      (from != to && getBitWidth(to) == 16 && getBitWidth(from) == 16);
  return narrows ? isFloatRounding : !isFloatRounding || from != to;
}

bool altgrad::emulator::decodeConvert(Decoder &decoder) {
  Modifiers &modifiers = decoder.modifiers;
  if (modifiers.getBase() != "cvt")
    return false;
  static constexpr Rounding roundings[] = {Rounding::NearestEven,
                                           Rounding::TowardZero, Rounding::Down,
                                           Rounding::Up, Rounding::NearestAway};
  size_t integerRounding = modifiers.takeOneOf({"rni", "rzi", "rmi", "rpi"});
  size_t floatRounding = modifiers.takeOneOf({"rn", "rz", "rm", "rp", "rna"});
  bool isIntegerRounding = integerRounding != Modifiers::npos;
  bool isFloatRounding = floatRounding != Modifiers::npos;
  uint16_t flags = 0;
  if (modifiers.take("ftz"))
    flags |= Conversion::FlushSubnormals;
  if (modifiers.take("satfinite"))
    flags |= Conversion::SaturatesToFinite;
  if (modifiers.take("sat"))
    flags |= Conversion::Saturates;
  if (modifiers.take("relu"))
    flags |= Conversion::Relu;
  Rounding rounding = roundings[isIntegerRounding ? integerRounding
                                : isFloatRounding ? floatRounding
                                                  : 0];
  flags |= static_cast<uint16_t>(rounding) << Conversion::RoundingShift;
  Type to = modifiers.takeType(), from = modifiers.takeType();
  if (isIntegerRounding && isFloat(to))
    flags |= Conversion::RoundsToInteger;
  decoder.current.flags = flags;
  decoder.current.immediate =
      static_cast<uint64_t>(from) | static_cast<uint64_t>(to) << 8;
  if (isPackedHalf(to) || isPackedByte(to) || isPackedHalf(from) ||
      isPackedByte(from)) {
    decodePackedConversion(decoder, to, from);
    return true;
  }
  auto isConvertible = [](Type type) {
    return isInteger(type) || (isFloat(type) && type != Type::F32x2);
  };
  bool valid = to == Type::TF32 ? from == Type::F32 && isFloatRounding
                                : isConvertible(to) && isConvertible(from) &&
                                      isRoundingValid(from, to, isFloatRounding,
                                                      isIntegerRounding);
  if (!valid) {
    decoder.error("unknown conversion '" + decoder.getStatement().name + "'");
    return true;
  }
  if (!decoder.expectOperands(2))
    return true;
  Instruction &current = decoder.current;
  current.source[0] = decoder.wideSource(decoder.getOperand(1), from);
  current.destination = decoder.wideDestination(decoder.getOperand(0), to);
  Handler quick = findQuick(current, from, to);
  decoder.emit(quick ? quick : convert);
  return true;
}
