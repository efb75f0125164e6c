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

/// True if `type` is a vector of f32 that fills registers.
static bool fillsRegisters(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector && vector.getRank() == 1 && !vector.isScalable() &&
         vector.getElementType().isF32() &&
         vector.getNumElements() % kLanes == 0;
}

/// The largest magnitude that is not clamped: with `overflow = infinity` one
/// step past the largest value, which has the code of infinity.
static double getClamp(const Format &format, Overflow overflow) {
  return overflow == Overflow::Infinity && format.hasInfinity()
             ? format.getOverflowStep()
             : format.getMaxFinite();
}

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

static int64_t getLanes(Value vector) {
  return cast<VectorType>(vector.getType()).getNumElements();
}

static Value emitSlice(ImplicitLocOpBuilder &b, Value vector, int64_t from,
                       int64_t size) {
  if (size == getLanes(vector))
    return vector;
  return vector::ExtractStridedSliceOp::create(
      b, vector, ArrayRef(from), ArrayRef(size), ArrayRef(int64_t(1)));
}

/// The registers of a vector.
static SmallVector<Value> emitSplit(ImplicitLocOpBuilder &b, Value vector) {
  SmallVector<Value> registers;
  for (int64_t from = 0, lanes = getLanes(vector); from < lanes; from += kLanes)
    registers.push_back(emitSlice(b, vector, from, kLanes));
  return registers;
}

/// Equally long vectors, one after the other.
static Value emitJoin(ImplicitLocOpBuilder &b, ArrayRef<Value> parts) {
  auto part = cast<VectorType>(parts.front().getType());
  if (parts.size() == 1)
    return parts.front();
  int64_t size = part.getNumElements();
  auto type = VectorType::get({size * static_cast<int64_t>(parts.size())},
                              part.getElementType());
  Value result = arith::ConstantOp::create(b, b.getZeroAttr(type));
  for (auto [k, value] : llvm::enumerate(parts))
    result = vector::InsertStridedSliceOp::create(
        b, value, result, ArrayRef(static_cast<int64_t>(k) * size),
        ArrayRef(int64_t(1)));
  return result;
}

namespace {

/// Emits instructions on single registers.
class Emitter {
public:
  Emitter(ImplicitLocOpBuilder &b, const Format &format, Overflow overflow,
          const CPUTarget &target)
      : b(b), format(format), overflow(overflow), target(target),
        shift(kMantissaBits - format.getMantissaBits()),
        floats(VectorType::get({kLanes}, b.getF32Type())),
        ints(VectorType::get({kLanes}, b.getI32Type())),
        bytes(VectorType::get({kLanes * kPacked}, b.getI8Type())) {}

  Value encode(Value x);
  Value clampFinite(Value x);

private:
  Value encodeRotated(Value x);
  Value encodeInPlace(Value x);
  Value encodeMagnitude(Value x);
  Value emitMagnitudeCode(Value clamped);
  Value emitAddend(Value clamped);
  Value emitClamp(Value x, unsigned sign);
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
  const CPUTarget &target;
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
  // Byte k of each lane is of register k. What is above byte 0 of the others
  // is shifted out, or zero.
  Value merged;
  if (target.hasAVX512ByteOps) {
    merged = arith::ShLIOp::create(b, encodeRotated(registers.front()),
                                   intConstant(24));
    for (Value x : registers.drop_front())
      merged = funnelRight(encodeRotated(x), merged, 8);
  } else {
    merged = encodeInPlace(registers.front());
    for (auto [k, x] : llvm::enumerate(registers.drop_front())) {
      Value moved =
          arith::ShLIOp::create(b, encodeInPlace(x), intConstant(8 * (k + 1)));
      merged = arith::OrIOp::create(b, merged, moved);
    }
  }
  SmallVector<int64_t> order;
  for (int64_t k = 0; k < kPacked; ++k)
    for (int64_t lane = 0; lane < kLanes; ++lane)
      order.push_back(lane * kPacked + k);
  Value mixed = vector::BitCastOp::create(b, bytes, merged);
  return vector::ShuffleOp::create(b, mixed, mixed, order);
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

Value Emitter::encode(Value x) {
  SmallVector<Value> registers = emitSplit(b, x);
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

Value Emitter::clampFinite(Value x) {
  SmallVector<Value> registers = emitSplit(b, x);
  for (Value &value : registers)
    value = emitClamp(replaceNaN(value, value, kPlusZero), kSignOfFirst);
  return emitJoin(b, registers);
}

//===----------------------------------------------------------------------===//
// Interface
//===----------------------------------------------------------------------===//

bool altgrad::hasAVX512Clamp(Type type, const Format &format,
                             const CPUTarget &target) {
  return target.hasAVX512 && fillsRegisters(type) && !format.hasNaN();
}

Value altgrad::emitAVX512Clamp(ImplicitLocOpBuilder &b, Value x,
                               const Format &format, const CPUTarget &target) {
  assert(hasAVX512Clamp(x.getType(), format, target));
  return Emitter(b, format, Overflow::Saturate, target).clampFinite(x);
}

bool altgrad::hasAVX512Encode(Type type, const Format &format,
                              Overflow overflow, const CPUTarget &target) {
  if (!target.hasAVX512 || !fillsRegisters(type))
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
                                const CPUTarget &target) {
  assert(hasAVX512Encode(x.getType(), format, overflow, target));
  return Emitter(b, format, overflow, target).encode(x);
}
