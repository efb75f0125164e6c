//===- AVX512.cpp - Forms of the primitives for AVX-512 -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Why these forms: on the processors at hand all comparisons into masks, all
// integer minima and all shuffles wait for one port each, while float
// arithmetic, blends and bit operations have two. So
//
//   vrangeps     takes the magnitude and clamps it, in one instruction;
//   vfixupimmps  replaces NaN without a mask;
//   vpermps      looks up the addend of the rounding addition (see
//                ExpandPrimitives.cpp) by the exponent, with the offset that
//                turns the sum's low bits into the code already in it;
//   vpshldd      appends the sign below the code: byte 0 of the result is the
//                code rotated left by one.
//
// Four registers then become one of bytes by shifts, and one shuffle and one
// bit matrix put bytes and bits into order. Fewer registers are truncated,
// which costs more for each.
//
//===----------------------------------------------------------------------===//

#include "AVX512.h"
#include "Registers.h"

#include "altgrad/Conversion/AltgradToArith/ElementArithmetic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/APFloat.h"

#include <cmath>

using namespace mlir;
using namespace altgrad;
using llvm::APFloat;
using llvm::APInt;

/// f32 in a register.
static constexpr int64_t kLanes = 16;
/// Registers of f32 whose codes fill one.
static constexpr int64_t kPacked = 4;

static constexpr unsigned kMantissaBits = 23;

/// The exponent field that 2^exponent has in f32.
static int getField(int exponent) { return exponent + 127; }

/// True if `type` is a vector of floats that fills registers of 512 bits.
static bool fillsRegisters(Type type, unsigned width) {
  auto vector = dyn_cast<VectorType>(type);
  if (!vector || vector.getRank() != 1 || vector.isScalable())
    return false;
  auto element = dyn_cast<FloatType>(vector.getElementType());
  return element && element.getWidth() == width &&
         vector.getNumElements() % (512 / width) == 0;
}

/// The largest magnitude that is not clamped: with `overflow = infinity` one
/// step past the largest value, which has the code of infinity.
static double getClamp(const Format &format, Overflow overflow) {
  return overflow == Overflow::Infinity && format.hasInfinity()
             ? format.getOverflowStep()
             : format.getMaxFinite();
}

namespace {

/// Emits instructions on single registers.
class Emitter {
public:
  Emitter(ImplicitLocOpBuilder &b, const Format &format, Overflow overflow,
          const ArithmeticTarget &target)
      : b(b), format(format), overflow(overflow), target(target),
        shift(kMantissaBits - format.getMantissaBits()),
        floats(VectorType::get({kLanes}, b.getF32Type())),
        ints(VectorType::get({kLanes}, b.getI32Type())),
        bytes(VectorType::get({kLanes * kPacked}, b.getI8Type())) {}

  /// Registers hold the even and the odd elements of a pair of registers, not
  /// the first and the second half.
  bool isInterleaved = false;

  Value encode(Value x);
  Value clamp(Value x);

private:
  Value encodeRotated(Value x);
  Value encodeInPlace(Value x);
  Value encodeMagnitude(Value x);
  Value emitMagnitudeCode(Value clamped);
  Value emitAddend(Value clamped);
  Value emitClamp(Value x, unsigned sign);
  SmallVector<Value> emitRegisters(Value x);
  Value packRegisters(ArrayRef<Value> registers);
  Value rotateBack(Value rotated);
  Value fixNegativeNaN(Value codes);

  Value call(StringRef name, Type type, ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(name),
                                         operands)
        .getResult(0);
  }
  Value scalar(int64_t value, unsigned width = 32) {
    return arith::ConstantIntOp::create(b, value, width);
  }
  Value intConstant(uint32_t value) {
    return emitIntConstant(b, ints, APInt(32, value));
  }
  Value floatConstant(double value) {
    return emitFloatConstant(b, floats, value);
  }
  Value asInts(Value value) { return arith::BitcastOp::create(b, ints, value); }
  Value asFloats(Value value) {
    return arith::BitcastOp::create(b, floats, value);
  }
  /// All lanes.
  Value getMask() { return scalar(-1, 16); }

  /// vfixupimmps: `value` with lanes where `source` is NaN replaced; `response`
  /// is the instruction's number of what to.
  Value replaceNaN(Value value, Value source, unsigned response) {
    // The table has four bits for each class of numbers: quiet and signaling
    // NaN are the lowest two, 0 keeps the value.
    Value table = intConstant(response << 4 | response);
    // 4: the current rounding mode, exceptions not suppressed.
    return call("llvm.x86.avx512.mask.fixupimm.ps.512", floats,
                {value, source, table, scalar(0), getMask(), scalar(4)});
  }
  /// (high:low) << count, the high half.
  Value funnelLeft(Value high, Value low, unsigned count) {
    return call("llvm.fshl.v16i32", ints, {high, low, intConstant(count)});
  }
  Value funnelRight(Value high, Value low, unsigned count) {
    return call("llvm.fshr.v16i32", ints, {high, low, intConstant(count)});
  }

  ImplicitLocOpBuilder &b;
  const Format &format;
  Overflow overflow;
  const ArithmeticTarget &target;
  unsigned shift; // From the mantissa of f32 to the format's.
  VectorType floats, ints, bytes;
};

} // namespace

// Numbers of vfixupimmps (Intel SDM, volume 2, table 5-19).
static constexpr unsigned kPlusZero = 8;
static constexpr unsigned kLargestFloat = 14;
// Immediates of vrangeps: the smaller magnitude, and its sign.
static constexpr unsigned kSignOfFirst = 0b0010;
static constexpr unsigned kSignCleared = 0b1010;

/// The smaller of |x| and the largest magnitude; NaN gives the latter.
Value Emitter::emitClamp(Value x, unsigned sign) {
  return call("llvm.x86.avx512.mask.range.ps.512", floats,
              {x, floatConstant(getClamp(format, overflow)), scalar(sign),
               floatConstant(0), getMask(), scalar(4)});
}

/// The addend whose sum with `clamped` is rounded to the format's grid there.
Value Emitter::emitAddend(Value clamped) {
  int minField = getField(format.getMinExponent());
  if (format.isUniform())
    return floatConstant(
        std::ldexp(1.0, format.getMinExponent() + static_cast<int>(shift)));

  int lastField = getField(std::ilogb(getClamp(format, overflow)));
  int count = lastField - minField + 1 <= kLanes ? kLanes : 2 * kLanes;
  // The field's low bits are the index, so entries stand in the order of those.
  SmallVector<APFloat> table(count, APFloat(0.0f));
  for (int field = minField; field <= lastField; ++field) {
    // A normal's sum has its implicit bit in the code, in the exponent's place;
    // what the exponent lacks to the format's own is even, so ties stay.
    uint32_t offset = static_cast<uint32_t>(field - minField)
                      << format.getMantissaBits();
    uint32_t bits = static_cast<uint32_t>(field + static_cast<int>(shift))
                    << kMantissaBits;
    table[field % count] =
        APFloat(APFloat::IEEEsingle(), APInt(32, bits | (offset & 0xff)));
  }
  auto getTable = [&](int64_t from) -> Value {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(floats, ArrayRef(table).slice(from, kLanes)));
  };

  // Not below the smallest binade, where subnormals have its spacing.
  Value least = floatConstant(std::ldexp(1.0, format.getMinExponent()));
  Value isLess =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, clamped, least);
  Value floored = arith::SelectOp::create(b, isLess, least, clamped);
  Value index =
      arith::ShRUIOp::create(b, asInts(floored), intConstant(kMantissaBits));
  if (count == kLanes)
    return call("llvm.x86.avx512.permvar.sf.512", floats, {getTable(0), index});
  return call("llvm.x86.avx512.vpermi2var.ps.512", floats,
              {getTable(0), index, getTable(kLanes)});
}

/// The code of a magnitude in the low 7 bits.
Value Emitter::emitMagnitudeCode(Value clamped) {
  if (format.getMantissaBits() > 0)
    return asInts(arith::AddFOp::create(b, clamped, emitAddend(clamped)));

  // Powers of two: ties go down, so add just less than half and cut.
  int firstField = getField(format.getMinExponent()) - 1;
  double least = format.getMinPositive();
  Value leastFloat = floatConstant(least);
  Value isLess =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, clamped, leastFloat);
  Value floored =
      asInts(arith::SelectOp::create(b, isLess, leastFloat, clamped));
  uint32_t lessThanHalf = (1u << (kMantissaBits - 1)) - 1;
  Value raised = arith::AddIOp::create(
      b, floored,
      intConstant(lessThanHalf -
                  (static_cast<uint32_t>(firstField) << kMantissaBits)));
  Value code = arith::ShRUIOp::create(b, raised, intConstant(kMantissaBits));
  Value isNotZero = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, clamped,
                                          floatConstant(least / 2));
  return arith::SelectOp::create(b, isNotZero, code, intConstant(0));
}

/// The code's magnitude in the low 7 bits; anything above. NaN has all ones
/// where the format has NaN, and where it has none `x` must not be NaN.
Value Emitter::encodeMagnitude(Value x) {
  Value clamped = emitClamp(x, kSignCleared);
  // The low bits of the largest float are ones, like the code of NaN.
  if (format.hasNaN())
    clamped = replaceNaN(clamped, x, kLargestFloat);
  return emitMagnitudeCode(clamped);
}

/// The code, rotated left by one, in byte 0; anything above.
Value Emitter::encodeRotated(Value x) {
  return funnelLeft(encodeMagnitude(x), asInts(x), 1);
}

/// The code in byte 0, and zeros above.
Value Emitter::encodeInPlace(Value x) {
  Value sign = arith::AndIOp::create(
      b, arith::ShRUIOp::create(b, asInts(x), intConstant(24)),
      intConstant(format.getSignMask()));
  Value magnitude = arith::AndIOp::create(
      b, encodeMagnitude(x), intConstant(format.getMagnitudeMask()));
  return arith::OrIOp::create(b, magnitude, sign);
}

/// Bytes 0 of four registers, in order.
Value Emitter::packRegisters(ArrayRef<Value> registers) {
  if (!target.hasAVX512ByteOps)
    return emitPackedBytes(
        b,
        llvm::map_to_vector(registers,
                            [&](Value x) { return encodeInPlace(x); }),
        isInterleaved);
  // What is above byte 0 is shifted out.
  Value merged = arith::ShLIOp::create(b, encodeRotated(registers.front()),
                                       intConstant(24));
  for (Value x : registers.drop_front())
    merged = funnelRight(encodeRotated(x), merged, 8);
  return emitTransposedBytes(b, merged, isInterleaved);
}

/// Each byte rotated right by one.
Value Emitter::rotateBack(Value rotated) {
  // As a matrix of bits: bit i of the result is bit i + 1, and rows stand from
  // the highest bit of the result down.
  auto quads = VectorType::get({kLanes / 2}, b.getI64Type());
  Value rows = emitIntConstant(b, quads, APInt(64, 0x0204081020408001));
  Value matrix = vector::BitCastOp::create(b, bytes, rows);
  return call("llvm.x86.vgf2p8affineqb.512", bytes,
              {rotated, matrix, scalar(0, 8)});
}

/// Codes with NaN's sign dropped: all ones are NaN with a sign.
Value Emitter::fixNegativeNaN(Value codes) {
  if (!format.hasNaN())
    return codes;
  auto constant = [&](unsigned value) {
    return emitIntConstant(b, codes.getType(), APInt(8, value));
  };
  Value isNegativeNaN =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, codes, constant(0xff));
  return arith::SelectOp::create(b, isNegativeNaN,
                                 constant(format.getCanonicalNaNCode()), codes);
}

/// The elements as registers of f32.
SmallVector<Value> Emitter::emitRegisters(Value x) {
  auto type = cast<VectorType>(x.getType());
  if (type.getElementType().isF32())
    return emitSplit(b, x, kLanes);
  bool packs = type.getNumElements() % (kPacked * kLanes) == 0;
  if (!type.getElementType().isBF16() || !packs)
    return emitSplit(b, arith::ExtFOp::create(b, type.clone(b.getF32Type()), x),
                     kLanes);
  // bf16 is the upper half of f32: two shares of one load instead of a
  // conversion of each half of it. The shuffle of the codes restores the order.
  isInterleaved = true;
  // The cast comes first: LLVM takes shuffles of bf16 apart.
  auto pairs = VectorType::get({type.getNumElements() / 2}, b.getI32Type());
  SmallVector<Value> registers;
  for (Value bits :
       emitSplit(b, vector::BitCastOp::create(b, pairs, x), kLanes)) {
    registers.push_back(
        asFloats(arith::ShLIOp::create(b, bits, intConstant(16))));
    registers.push_back(
        asFloats(arith::AndIOp::create(b, bits, intConstant(0xffff0000))));
  }
  return registers;
}

Value Emitter::encode(Value x) {
  SmallVector<Value> registers = emitRegisters(x);
  if (!format.hasNaN())
    for (Value &value : registers)
      value = replaceNaN(value, value, kPlusZero);

  SmallVector<Value> parts;
  if (registers.size() % kPacked == 0) {
    for (size_t first = 0; first < registers.size(); first += kPacked) {
      Value packed = packRegisters(ArrayRef(registers).slice(first, kPacked));
      if (target.hasAVX512ByteOps)
        packed = rotateBack(packed);
      parts.push_back(fixNegativeNaN(packed));
    }
  } else {
    auto narrow = VectorType::get({kLanes}, b.getI8Type());
    for (Value value : registers)
      parts.push_back(fixNegativeNaN(
          arith::TruncIOp::create(b, narrow, encodeInPlace(value))));
  }
  return emitJoin(b, parts);
}

Value Emitter::clamp(Value x) {
  SmallVector<Value> registers = emitSplit(b, x, kLanes);
  for (Value &value : registers)
    value = emitClamp(replaceNaN(value, value, kPlusZero), kSignOfFirst);
  return emitJoin(b, registers);
}

//===----------------------------------------------------------------------===//
// Decode
//===----------------------------------------------------------------------===//

/// The 64 bytes of a table of 128 by the low 7 bits of each code.
static Value emitLookup(ImplicitLocOpBuilder &b, Value codes,
                        ArrayRef<uint8_t> table) {
  auto type = cast<VectorType>(codes.getType());
  auto half = [&](size_t from) -> Value {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, table.slice(from, table.size() / 2)));
  };
  return LLVM::CallIntrinsicOp::create(
             b, type, b.getStringAttr("llvm.x86.avx512.vpermi2var.qi.512"),
             ValueRange{half(0), codes, half(table.size() / 2)})
      .getResult(0);
}

/// The bytes of the values of 64 codes, by a table for each byte of a value.
static Value emitDecode64(ImplicitLocOpBuilder &b, Value codes,
                          const Format &format, FloatType element) {
  SmallVector<uint8_t> low, high;
  for (Format::Code code = 0; code <= format.getMagnitudeMask(); ++code) {
    APFloat value(format.decode(code));
    bool losesInfo = false;
    value.convert(element.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    uint64_t bits = value.bitcastToAPInt().getZExtValue();
    low.push_back(bits & 0xff);
    high.push_back(bits >> 8);
  }

  // The unpacking below works in each 128 bits; this order of the codes makes
  // its results consecutive.
  auto type = cast<VectorType>(codes.getType());
  SmallVector<int64_t> order;
  for (int64_t quad : {0, 4, 1, 5, 2, 6, 3, 7})
    for (int64_t i = 0; i < 8; ++i)
      order.push_back(8 * quad + i);
  Value ordered = vector::ShuffleOp::create(b, codes, codes, order);
  Value sign = arith::AndIOp::create(b, ordered,
                                     emitIntConstant(b, type, APInt(8, 0x80)));
  Value lowBytes = emitLookup(b, ordered, low);
  Value highBytes = arith::OrIOp::create(b, emitLookup(b, ordered, high), sign);
  if (!format.hasNegativeZero()) {
    // The code of negative zero is NaN.
    APInt nan = APFloat::getQNaN(element.getFloatSemantics()).bitcastToAPInt();
    Value isNaN = arith::CmpIOp::create(
        b, arith::CmpIPredicate::eq, ordered,
        emitIntConstant(b, type, APInt(8, format.getCanonicalNaNCode())));
    highBytes = arith::SelectOp::create(
        b, isNaN, emitIntConstant(b, type, nan.extractBits(8, 8)), highBytes);
    lowBytes = arith::SelectOp::create(
        b, isNaN, emitIntConstant(b, type, nan.extractBits(8, 0)), lowBytes);
  }

  SmallVector<Value> halves;
  for (int64_t half : {0, 1}) {
    SmallVector<int64_t> unpack;
    for (int64_t part = 0; part < 4; ++part)
      for (int64_t i = 0; i < 8; ++i) {
        int64_t byte = 16 * part + 8 * half + i;
        unpack.push_back(byte);
        unpack.push_back(64 + byte);
      }
    halves.push_back(vector::ShuffleOp::create(b, lowBytes, highBytes, unpack));
  }
  return emitJoin(b, halves);
}

bool altgrad::hasAVX512Decode(Type type, const ArithmeticTarget &target) {
  return target.hasAVX512ByteOps && fillsRegisters(type, 16) &&
         cast<VectorType>(type).getNumElements() % 64 == 0;
}

Value altgrad::emitAVX512Decode(ImplicitLocOpBuilder &b, Value code,
                                const Format &format, Type type) {
  auto element = cast<FloatType>(cast<VectorType>(type).getElementType());
  SmallVector<Value> parts;
  for (Value codes : emitSplit(b, code, 64))
    parts.push_back(emitDecode64(b, codes, format, element));
  // The cast comes last: LLVM takes shuffles of bf16 apart.
  return vector::BitCastOp::create(b, cast<VectorType>(type),
                                   emitJoin(b, parts));
}

//===----------------------------------------------------------------------===//
// Interface
//===----------------------------------------------------------------------===//

bool altgrad::hasAVX512Clamp(Type type, const Format &format,
                             const ArithmeticTarget &target) {
  return target.hasAVX512 && fillsRegisters(type, 32) && !format.hasNaN();
}

Value altgrad::emitAVX512Clamp(ImplicitLocOpBuilder &b, Value x,
                               const Format &format, Overflow overflow,
                               const ArithmeticTarget &target) {
  assert(hasAVX512Clamp(x.getType(), format, target));
  return Emitter(b, format, overflow, target).clamp(x);
}

bool altgrad::hasAVX512Encode(Type type, const Format &format,
                              Overflow overflow,
                              const ArithmeticTarget &target) {
  bool fills = fillsRegisters(type, 32) || fillsRegisters(type, 16);
  if (!target.hasAVX512 || !fills)
    return false;
  // No negative zero, or overflow to NaN: more to do after the rounding.
  if (format.getBitWidth() != 8 || !format.hasNegativeZero() ||
      (overflow == Overflow::Infinity && format.hasNaN() &&
       !format.hasInfinity()))
    return false;
  if (format.getMantissaBits() == 0)
    return !format.hasNaN();
  // NaN comes as the largest f32, whose bits no addend may change.
  int shift = static_cast<int>(kMantissaBits - format.getMantissaBits());
  if (format.hasNaN() && format.getMaxExponent() + shift > 100)
    return false;
  // The tables have 32 entries.
  int binades =
      std::ilogb(getClamp(format, overflow)) - format.getMinExponent() + 1;
  return format.isUniform() || binades <= 32;
}

Value altgrad::emitAVX512Encode(ImplicitLocOpBuilder &b, Value x,
                                const Format &format, Overflow overflow,
                                const ArithmeticTarget &target) {
  assert(hasAVX512Encode(x.getType(), format, overflow, target));
  return Emitter(b, format, overflow, target).encode(x);
}
