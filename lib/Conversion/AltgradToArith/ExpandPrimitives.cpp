//===- ExpandPrimitives.cpp - encode, decode and round in arith -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The numerics of the compiled code, in one place. Everything is generated from
// the four parameters of the format and works on scalars and vectors alike.
//
// Notation, as in the comments below: P mantissa bits of the carrier float (23
// for f32, 52 for f64), S = P - M, `a` the bits of |x|, EMIN the carrier's
// exponent field of the format's smallest binade.
//
// The carrier is f32 for f16, bf16 and f32 inputs, f64 for f64 inputs, and also
// f64 for formats so close to the limits of f32 that the constants below would
// leave its range. Widening is exact, so there is one rounding in every case.
//
// Rounding by addition: for a power of two C = 2^(e+S), c + C has a spacing of
// 2^(e-M), the format's at exponent e, so the adder itself rounds c to nearest
// even on the format's grid and leaves the result in its low mantissa bits.
// No fast-math flag may ever touch these additions.
//
//===----------------------------------------------------------------------===//

#include "AVX512.h"
#include "Carrier.h"
#include "PTXForms.h"

#include "altgrad/Conversion/AltgradToArith/AltgradToArith.h"
#include "altgrad/Conversion/AltgradToArith/ElementArithmetic.h"
#include "altgrad/Conversion/AltgradToArith/FloatVectors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;
using namespace altgrad;
using llvm::APInt;

namespace {

/// Emits arithmetic on scalars or vectors of the shape of one value, and knows
/// the constants of a format in a carrier.
class Expander {
public:
  Expander(ImplicitLocOpBuilder &b, Type shape, const Format &format,
           Carrier carrier, const ArithmeticTarget &target)
      : b(b), format(format), carrier(carrier), target(target),
        intType(cloneWithElementType(
            shape, IntegerType::get(b.getContext(), carrier.width))),
        floatType(cloneWithElementType(
            shape, carrier.isDouble() ? Type(b.getF64Type()) : b.getF32Type())),
        shift(carrier.mantissaBits - format.getMantissaBits()),
        minField(carrier.bias + format.getMinExponent()) {}

  Value encode(Value x, Overflow overflow) const;
  /// The codes as i8, four of them put together at a time.
  Value encodePacked(Value x, Overflow overflow) const;
  /// True if `encodePacked` does it, and is the better way.
  bool encodesPacked(Overflow overflow) const;
  Value round(Value x, Overflow overflow, bool keepsZeroSign) const;
  Value decode(Value code) const;
  Value decodeByHalf(Value code) const;
  /// True if `decodeByHalf` has an instruction for it and gives all values.
  bool decodesByHalf() const;
  Value decodeByProduct(Value code) const;
  /// True if `decodeByProduct` is the better way and gives all values.
  bool decodesByProduct() const;

private:
  // Constants.
  Value intConstant(uint64_t value) const {
    // Differences may be negative: keep the low bits.
    return emitIntConstant(b, intType,
                           APInt(carrier.width, value, /*isSigned=*/false,
                                 /*implicitTrunc=*/true));
  }
  Value floatConstant(double value) const {
    return emitFloatConstant(b, floatType, value);
  }
  uint64_t bitsOf(double value) const { return carrier.getBits(value); }
  uint64_t infinityBits() const { return carrier.getInfinityBits(); }
  uint64_t signBit() const { return carrier.getSignBit(); }

  // Operations.
  Value asFloat(Value bits) const {
    return arith::BitcastOp::create(b, floatType, bits);
  }
  Value asInt(Value value) const {
    return arith::BitcastOp::create(b, intType, value);
  }
  Value andBits(Value value, uint64_t mask) const {
    return arith::AndIOp::create(b, value, intConstant(mask));
  }
  Value add(Value value, uint64_t constant) const {
    return constant == 0
               ? value
               : arith::AddIOp::create(b, value, intConstant(constant))
                     .getResult();
  }
  Value shiftRight(Value value, unsigned count) const {
    return arith::ShRUIOp::create(b, value, intConstant(count));
  }
  Value shiftLeft(Value value, unsigned count) const {
    return count == 0 ? value
                      : arith::ShLIOp::create(b, value, intConstant(count))
                            .getResult();
  }
  /// Unsigned min and max, not compare and select: LLVM re-associates the
  /// latter into two more instructions.
  Value atMost(Value value, uint64_t limit) const {
    return arith::MinUIOp::create(b, value, intConstant(limit));
  }
  Value atLeast(Value value, uint64_t limit) const {
    return arith::MaxUIOp::create(b, value, intConstant(limit));
  }
  Value compare(arith::CmpIPredicate predicate, Value value,
                uint64_t constant) const {
    return arith::CmpIOp::create(b, predicate, value, intConstant(constant));
  }
  Value compare(arith::CmpFPredicate predicate, Value lhs, Value rhs) const {
    return arith::CmpFOp::create(b, predicate, lhs, rhs);
  }
  Value select(Value condition, Value ifTrue, Value ifFalse) const {
    return arith::SelectOp::create(b, condition, ifTrue, ifFalse);
  }

  /// Bits of the magnitude to clamp at. With `overflow = infinity` in an ieee
  /// format that is one step past the largest value: infinity's code falls out.
  uint64_t clampBits(Overflow overflow) const {
    return bitsOf(getLimit(format, overflow));
  }
  /// True where encoding gives NaN: for NaN, and where overflow gives NaN for
  /// everything that rounds past the largest value.
  Value becomesNaN(Value x, Overflow overflow) const {
    if (!overflowsToNaN(format, overflow))
      return compare(arith::CmpFPredicate::UNO, x, x);
    double middle = (format.getMaxFinite() + format.getOverflowStep()) / 2;
    bool tieOverflows =
        format.roundMagnitude(middle) > format.getMaxFiniteCode();
    return compare(arith::CmpIPredicate::ugt, andBits(asInt(x), signBit() - 1),
                   bitsOf(middle) - tieOverflows);
  }

  /// The value that the code of NaN, all ones, would have as a number.
  double getValueOfNaNCode() const {
    uint64_t ones = format.getMagnitudeMask();
    uint64_t significand = (uint64_t(1) << format.getMantissaBits()) |
                           (ones & ((1u << format.getMantissaBits()) - 1));
    int exponent = int(ones >> format.getMantissaBits()) - format.getBias() -
                   int(format.getMantissaBits());
    return std::ldexp(double(significand), exponent);
  }
  /// The exponent of `clamped`, at least the smallest binade's, in place.
  Value exponentField(Value clamped) const {
    return atLeast(andBits(clamped, infinityBits()),
                   minField << carrier.mantissaBits);
  }
  /// The addend of a uniform grid: its spacing is the grid's.
  double uniformAddend() const {
    return std::ldexp(1.0, format.getMinExponent() + int(shift));
  }

  Value encodeMagnitude(Value magnitude, Overflow overflow) const;
  Value clamp(Value x, Overflow overflow) const;
  Value roundByAddition(Value clamped) const;
  Value roundToPower(Value clamped) const;
  Value decodeMagnitude(Value magnitude) const;

  ImplicitLocOpBuilder &b;
  const Format &format;
  Carrier carrier;
  const ArithmeticTarget &target;
  Type intType, floatType;
  unsigned shift;    // S.
  uint64_t minField; // EMIN.
};

} // namespace

//===----------------------------------------------------------------------===//
// Encode
//===----------------------------------------------------------------------===//

/// The code of a magnitude given by its bits, in the low 8 bits of the result;
/// the bits above are left as they come. NaN is the caller's.
Value Expander::encodeMagnitude(Value magnitude, Overflow overflow) const {
  unsigned mantissaBits = format.getMantissaBits();
  Value clamped = atMost(magnitude, clampBits(overflow));

  // Powers of two: ties go down, so add just less than half and cut. What is
  // at most half of the smallest one is zero.
  if (mantissaBits == 0) {
    uint64_t firstField = (minField - 1) << carrier.mantissaBits;
    Value floored = atLeast(clamped, bitsOf(format.getMinPositive()));
    Value code =
        shiftRight(add(floored, carrier.getLessThanHalf() - firstField),
                   carrier.mantissaBits);
    Value isZero = compare(arith::CmpIPredicate::ule, magnitude,
                           bitsOf(format.getMinPositive() / 2));
    return select(isZero, intConstant(0), code);
  }

  // One spacing for all: one addition, and the code is in the low bits.
  if (format.isUniform()) {
    Value sum = arith::AddFOp::create(b, asFloat(clamped),
                                      floatConstant(uniformAddend()));
    return asInt(sum);
  }

  // The sum's low bits hold the multiple of 2^(e-M), its implicit bit included
  // for normals. Adding (e - EMIN) << M makes the code; the constant part of
  // that, mod 256, rides on the addend. It is even, so ties stay where they
  // are.
  uint64_t fieldOffset = (-(minField << mantissaBits)) & 0xff;
  Value field = exponentField(clamped);
  Value addend =
      add(field, (uint64_t(shift) << carrier.mantissaBits) + fieldOffset);
  Value sum = arith::AddFOp::create(b, asFloat(clamped), asFloat(addend));
  return arith::AddIOp::create(b, asInt(sum), shiftRight(field, shift));
}

/// The code as an integer of the carrier's width.
Value Expander::encode(Value x, Overflow overflow) const {
  Value bits = asInt(x);
  Value magnitude = andBits(bits, signBit() - 1);
  Value code = encodeMagnitude(magnitude, overflow);
  unsigned signShift = carrier.width - 1 - (format.getBitWidth() - 1);
  Value sign = andBits(shiftRight(bits, signShift), format.getSignMask());

  Value result;
  if (format.hasNegativeZero()) {
    Value low = andBits(code, format.getMagnitudeMask());
    result = arith::OrIOp::create(b, low, sign);
  } else {
    Value low = andBits(code, format.getMagnitudeMask() | format.getSignMask());
    Value isZero = compare(arith::CmpIPredicate::eq, low, 0);
    result = select(isZero, low, arith::OrIOp::create(b, low, sign));
  }

  Value isNaN = becomesNaN(x, overflow);
  return select(isNaN, intConstant(format.getCanonicalNaNCode()), result);
}

bool Expander::encodesPacked(Overflow overflow) const {
  return target.prefersFloatArithmetic && !carrier.isDouble() &&
         hasGroups(floatType, 4) && format.getBitWidth() == 8 &&
         format.hasNegativeZero() && !overflowsToNaN(format, overflow) &&
         !(format.hasNaN() && format.getMantissaBits() == 0);
}

/// The same codes for GPUs, where integer operations and selections go through
/// a narrower pipe than sums and products: the clamp is a float minimum, for
/// which |x| is free, the addend is a factor of a fused multiply-add, and signs
/// are merged for four codes at once.
Value Expander::encodePacked(Value x, Overflow overflow) const {
  unsigned mantissaBits = format.getMantissaBits();
  Value isNaN = becomesNaN(x, overflow);
  // So that NaN has no sign.
  x = select(isNaN, floatConstant(0.0), x);
  Value code;
  if (mantissaBits == 0) {
    code = encodeMagnitude(andBits(asInt(x), signBit() - 1), overflow);
  } else {
    Value limit = asFloat(intConstant(clampBits(overflow)));
    Value clamped =
        arith::MinNumFOp::create(b, math::AbsFOp::create(b, x), limit);
    // The number that would have NaN's code, were that not NaN's.
    if (format.hasNaN())
      clamped = select(isNaN, floatConstant(getValueOfNaNCode()), clamped);
    if (format.isUniform()) {
      code = asInt(
          arith::AddFOp::create(b, clamped, floatConstant(uniformAddend())));
    } else {
      // The addend of encodeMagnitude as a product, which is exact.
      uint64_t fieldOffset = (-(minField << mantissaBits)) & 0xff;
      uint64_t one = uint64_t(carrier.bias) << carrier.mantissaBits;
      Value field = exponentField(asInt(clamped));
      Value factor = asFloat(intConstant(
          one + (uint64_t(shift) << carrier.mantissaBits) + fieldOffset));
      Value sum = math::FmaOp::create(b, asFloat(field), factor, clamped);
      code = arith::AddIOp::create(b, asInt(sum), shiftRight(field, shift));
    }
  }

  // Four bytes are a word.
  int64_t lanes = cast<VectorType>(intType).getNumElements();
  auto bytes = VectorType::get({lanes}, b.getI8Type());
  auto words = VectorType::get({lanes / 4}, b.getI32Type());
  // Byte `index` of each integer, and of that the bits in `mask`.
  auto pack = [&](Value value, int64_t index, uint32_t mask) -> Value {
    Value all = vector::BitCastOp::create(
        b, VectorType::get({4 * lanes}, b.getI8Type()), value);
    SmallVector<int64_t> order;
    for (int64_t lane = 0; lane < lanes; ++lane)
      order.push_back(4 * lane + index);
    Value narrow = vector::ShuffleOp::create(b, all, all, order);
    Value packed = vector::BitCastOp::create(b, words, narrow);
    return arith::AndIOp::create(
        b, packed,
        emitIntConstant(b, words, APInt::getSplat(32, APInt(8, mask))));
  };
  Value low = pack(code, 0, format.getMagnitudeMask());
  Value signs = pack(asInt(x), 3, format.getSignMask());
  return vector::BitCastOp::create(b, bytes,
                                   arith::OrIOp::create(b, low, signs));
}

//===----------------------------------------------------------------------===//
// Round
//===----------------------------------------------------------------------===//

/// `x` clamped to the magnitudes that `round` starts from; the sign stays, and
/// NaN stays NaN.
Value Expander::clamp(Value x, Overflow overflow) const {
  // Compare and select in the order of x86's vminps and vmaxps: NaN compares
  // false and so is `x`.
  double limit = getLimit(format, overflow);
  Value high = floatConstant(limit), low = floatConstant(-limit);
  if (target.hasNaNMinMax && !carrier.isDouble())
    return arith::MaximumFOp::create(b, arith::MinimumFOp::create(b, x, high),
                                     low);
  x = select(compare(arith::CmpFPredicate::OLT, high, x), high, x);
  return select(compare(arith::CmpFPredicate::OGT, low, x), low, x);
}

/// `clamped` rounded to the format's grid. The addend is 1.5 * 2^(e+S) and not
/// a power of two, so that the sum of it and a negative number has the same
/// exponent as that of a positive one. The sign of a zero gets lost.
Value Expander::roundByAddition(Value clamped) const {
  uint64_t half = uint64_t(1) << (carrier.mantissaBits - 1);
  Value addend;
  if (format.isUniform()) {
    addend = floatConstant(1.5 * uniformAddend());
  } else {
    // 2^e, from the bits.
    Value field = asFloat(andBits(asInt(clamped), infinityBits()));
    Value least = floatConstant(std::ldexp(1.0, format.getMinExponent()));
    // A float maximum: more ports than an integer one. NaN has a field too.
    field =
        select(compare(arith::CmpFPredicate::OGT, least, field), least, field);
    if (target.hasFMA) {
      // The product is exact, so each of these is the addition below.
      double factor = 1.5 * std::ldexp(1.0, static_cast<int>(shift));
      Value sum = math::FmaOp::create(b, field, floatConstant(factor), clamped);
      return math::FmaOp::create(b, field, floatConstant(-factor), sum);
    }
    addend = asFloat(
        add(asInt(field), (uint64_t(shift) << carrier.mantissaBits) + half));
  }
  // Exact: the sum is a multiple of the spacing, and so is the addend.
  Value sum = arith::AddFOp::create(b, clamped, addend);
  return arith::SubFOp::create(b, sum, addend);
}

/// The same for powers of two: the magnitude, and 0 for NaN.
Value Expander::roundToPower(Value clamped) const {
  // Ties go down, so add just less than half and cut. What is at most half of
  // the smallest one is zero.
  Value magnitude = asFloat(andBits(asInt(clamped), signBit() - 1));
  Value least = floatConstant(format.getMinPositive());
  Value floored = select(compare(arith::CmpFPredicate::OGT, least, magnitude),
                         least, magnitude);
  Value rounded =
      andBits(add(asInt(floored), carrier.getLessThanHalf()), infinityBits());
  Value isNotZero = compare(arith::CmpFPredicate::OGT, magnitude,
                            floatConstant(format.getMinPositive() / 2));
  return asFloat(select(isNotZero, rounded, intConstant(0)));
}

Value Expander::round(Value x, Overflow overflow, bool keepsZeroSign) const {
  if (hasPTXRound(floatType, format, overflow, target))
    return emitPTXRound(b, x, format, overflow, keepsZeroSign);
  bool dropsNaN = hasAVX512Clamp(floatType, format, target);
  Value clamped = dropsNaN ? emitAVX512Clamp(b, x, format, overflow, target)
                           : clamp(x, overflow);
  bool isPower = format.getMantissaBits() == 0;
  Value rounded = isPower ? roundToPower(clamped) : roundByAddition(clamped);

  // The sign: a power has none yet, and a sum has lost that of zero.
  if (isPower || (keepsZeroSign && format.hasNegativeZero())) {
    Value sign = andBits(asInt(clamped), signBit());
    Value withSign = asFloat(arith::OrIOp::create(b, asInt(rounded), sign));
    if (!format.hasNegativeZero()) {
      Value isZero =
          compare(arith::CmpFPredicate::OEQ, rounded, floatConstant(0.0));
      withSign = select(isZero, rounded, withSign);
    }
    rounded = withSign;
  }
  if (overflows(format, overflow) && format.hasInfinity()) {
    Value magnitude = asFloat(andBits(asInt(rounded), signBit() - 1));
    Value isPast = compare(arith::CmpFPredicate::OGT, magnitude,
                           floatConstant(format.getMaxFinite()));
    Value infinity = arith::OrIOp::create(b, andBits(asInt(rounded), signBit()),
                                          intConstant(infinityBits()));
    rounded = select(isPast, asFloat(infinity), rounded);
  }

  // A sum with NaN is NaN; a power has made it 0.
  if (dropsNaN ||
      (format.hasNaN() && !isPower && !overflowsToNaN(format, overflow)))
    return rounded;
  uint64_t quietNaN = carrier.getQuietNaNBits();
  Value isNaN = becomesNaN(x, overflow);
  Value instead = asFloat(intConstant(format.hasNaN() ? quietNaN : 0));
  return select(isNaN, instead, rounded);
}

//===----------------------------------------------------------------------===//
// Decode
//===----------------------------------------------------------------------===//

/// The bits of the value of a magnitude's code, were all codes numbers.
Value Expander::decodeMagnitude(Value code) const {
  unsigned mantissaBits = format.getMantissaBits();
  uint64_t firstField = (minField - 1) << carrier.mantissaBits;

  if (mantissaBits == 0) {
    Value value = add(shiftLeft(code, carrier.mantissaBits), firstField);
    Value isZero = compare(arith::CmpIPredicate::eq, code, 0);
    return select(isZero, intConstant(0), value);
  }

  // (C | m) - C, with the spacing of C the grid's. No step of this makes a
  // subnormal float out of a number that is not one, so it is neither slow nor
  // wrong where a processor flushes them.
  if (format.isUniform()) {
    Value sum =
        arith::OrIOp::create(b, code, intConstant(bitsOf(uniformAddend())));
    return asInt(
        arith::SubFOp::create(b, asFloat(sum), floatConstant(uniformAddend())));
  }

  // Put exponent and mantissa into place. In the lowest binade the implicit
  // bit is not there: give it one, and take it away by a subtraction.
  Value normal = add(shiftLeft(code, shift), firstField);
  Value raised = add(normal, uint64_t(1) << carrier.mantissaBits);
  Value subnormal = asInt(arith::SubFOp::create(
      b, asFloat(raised),
      floatConstant(std::ldexp(1.0, format.getMinExponent()))));
  Value isSubnormal =
      compare(arith::CmpIPredicate::ult, code, uint64_t(1) << mantissaBits);
  return select(isSubnormal, subnormal, normal);
}

Value Expander::decode(Value code) const {
  if (decodesByHalf())
    return decodeByHalf(code);
  if (decodesByProduct())
    return decodeByProduct(code);
  Value wide = arith::ExtUIOp::create(b, intType, code);
  Value magnitude = andBits(wide, format.getMagnitudeMask());
  Value result = decodeMagnitude(magnitude);
  if (format.hasInfinity()) {
    Value isInfinity =
        compare(arith::CmpIPredicate::eq, magnitude, format.getInfinityCode());
    result = select(isInfinity, intConstant(infinityBits()), result);
  }
  Value sign = shiftLeft(andBits(wide, format.getSignMask()),
                         carrier.width - format.getBitWidth());
  result = arith::OrIOp::create(b, result, sign);

  if (format.hasNaN()) {
    uint64_t quietNaN = carrier.getQuietNaNBits();
    Value isNaN;
    switch (format.getSpecials()) {
    case Specials::IEEE:
      isNaN = compare(arith::CmpIPredicate::ugt, magnitude,
                      format.getInfinityCode());
      break;
    case Specials::FN:
      isNaN = compare(arith::CmpIPredicate::eq, magnitude,
                      format.getMagnitudeMask());
      break;
    case Specials::FNUZ:
      isNaN = compare(arith::CmpIPredicate::eq, wide, format.getSignMask());
      break;
    case Specials::Finite:
      llvm_unreachable("finite formats have no NaN");
    }
    result = select(isNaN, intConstant(quietNaN), result);
  }
  return asFloat(result);
}

/// A format with fewer exponent bits than f16 is the low part of f16, in other
/// units; E5M2 is its upper half. Its subnormals are those of f16, which the
/// conversion reads without flushing them.
bool Expander::decodesByHalf() const {
  if (!target.hasHalfConversion || carrier.isDouble() ||
      !isa<VectorType>(floatType) || format.getBitWidth() != 8)
    return false;
  // E5M2 and its like need nothing but to be moved up.
  return (format.getExponentBits() < 5 && !decodesByProduct()) ||
         (format.getExponentBits() == 5 && format.hasInfinity());
}

bool Expander::decodesByProduct() const {
  return target.prefersFloatArithmetic && !carrier.isDouble() &&
         format.getBitWidth() == 8 && !format.hasInfinity() &&
         format.getMinExponent() <= 1;
}

/// The code with its exponent and its mantissa in the places of the carrier's,
/// and its sign stretched over the bits above, which go away but for one. That
/// is the value in other units, and the subnormals are the carrier's: GPUs are
/// as fast with those as with others.
Value Expander::decodeByProduct(Value code) const {
  Value moved = shiftLeft(arith::ExtSIOp::create(b, intType, code), shift);
  uint64_t magnitudeBits = uint64_t(format.getMagnitudeMask()) << shift;
  Value value = asFloat(andBits(moved, signBit() | magnitudeBits));
  double unit = std::ldexp(1.0, format.getMinExponent() + carrier.bias - 1);
  value = arith::MulFOp::create(b, value, floatConstant(unit));
  if (!format.hasNaN())
    return value;
  Value isNaN;
  if (format.getSpecials() == Specials::FN) {
    // One step past the largest value.
    isNaN = compare(arith::CmpFPredicate::OEQ, math::AbsFOp::create(b, value),
                    floatConstant(format.getOverflowStep()));
  } else {
    Type i8 = code.getType();
    isNaN = arith::CmpIOp::create(
        b, arith::CmpIPredicate::eq, code,
        emitIntConstant(b, i8, APInt(8, format.getSignMask())));
  }
  uint64_t quietNaN = carrier.getQuietNaNBits();
  return select(isNaN, asFloat(intConstant(quietNaN)), value);
}

Value Expander::decodeByHalf(Value code) const {
  constexpr unsigned kHalfMantissaBits = 10;
  constexpr int kHalfMinExponent = -14;
  constexpr uint64_t kHalfSign = 0x8000, kHalfInfinity = 0x7c00,
                     kHalfNaN = 0x7e00;
  unsigned up = kHalfMantissaBits - format.getMantissaBits();
  Type i16 = cloneWithElementType(code.getType(), b.getI16Type());
  auto constant = [&](uint64_t value) {
    return emitIntConstant(b, i16, APInt(16, value));
  };
  auto isEqual = [&](Value lhs, uint64_t rhs) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, lhs,
                                 constant(rhs));
  };

  // The code's sign stretched over the upper bits, magnitude in place, and all
  // signs but the highest taken away.
  uint64_t magnitudeBits = uint64_t(format.getMagnitudeMask()) << up;
  Value half = arith::ShLIOp::create(b, arith::ExtSIOp::create(b, i16, code),
                                     constant(up));
  if (up + 7 < 15)
    half = arith::AndIOp::create(b, half, constant(kHalfSign | magnitudeBits));
  if (format.getSpecials() == Specials::FN) {
    Value positive = arith::OrIOp::create(b, half, constant(kHalfSign));
    half = select(isEqual(positive, kHalfSign | magnitudeBits),
                  constant(kHalfNaN), half);
  } else if (format.getSpecials() == Specials::FNUZ) {
    half = select(isEqual(half, kHalfSign), constant(kHalfNaN), half);
  } else if (format.hasInfinity() && format.getExponentBits() < 5) {
    // Exponent all ones: so it has to be for f16.
    uint64_t infinity = uint64_t(format.getInfinityCode()) << up;
    Value exponent = arith::AndIOp::create(b, half, constant(infinity));
    Value raised = arith::OrIOp::create(b, half, constant(kHalfInfinity));
    half = select(isEqual(exponent, infinity), raised, half);
  }
  Type f16 = cloneWithElementType(code.getType(), b.getF16Type());
  Value value = arith::BitcastOp::create(b, f16, half);
  Value wide = arith::ExtFOp::create(b, floatType, value);
  int exponent = format.getMinExponent() - kHalfMinExponent;
  if (exponent == 0)
    return wide;
  return arith::MulFOp::create(b, wide,
                               floatConstant(std::ldexp(1.0, exponent)));
}

//===----------------------------------------------------------------------===//
// Between the carrier and the element type
//===----------------------------------------------------------------------===//

static unsigned getFloatWidth(Type type) {
  return cast<FloatType>(getElementTypeOrSelf(type)).getWidth();
}

static Carrier chooseCarrier(const Format &format, unsigned width) {
  if (width == 64 || !Carrier::f32().fits(format))
    return Carrier::f64();
  return Carrier::f32();
}

static Type getCarrierType(Type shape, Carrier carrier) {
  MLIRContext *context = shape.getContext();
  return cloneWithElementType(shape, carrier.isDouble()
                                         ? Type(Float64Type::get(context))
                                         : Float32Type::get(context));
}

/// Converts between float types of one shape. 16-bit types go through f32,
/// which is exact on the way up; on the way down from f64 only values exact in
/// f32 come here, so that there is one rounding.
static Value convertFloat(ImplicitLocOpBuilder &b, Value value, Type type) {
  if (value.getType() == type)
    return value;
  unsigned from = getFloatWidth(value.getType()), to = getFloatWidth(type);
  if ((from == 16 && to == 64) || (from == 64 && to == 16))
    value = convertFloat(b, value, cloneWithElementType(type, b.getF32Type()));
  if (getFloatWidth(value.getType()) < to)
    return arith::ExtFOp::create(b, type, value);
  return arith::TruncFOp::create(b, type, value);
}

/// `value`, a value of `format` or NaN, in the element type of `type`. bf16 has
/// all values of all formats of 8 bits, as the upper half of f32.
static Value convertFormatValue(ImplicitLocOpBuilder &b, Value value, Type type,
                                const Format &format) {
  bool isExact = getElementTypeOrSelf(type).isBF16() &&
                 getFloatWidth(value.getType()) == 32 &&
                 format.getMantissaBits() <= 7;
  if (!isExact)
    return convertFloat(b, value, type);
  Type i32 = cloneWithElementType(type, b.getI32Type());
  Type i16 = cloneWithElementType(type, b.getI16Type());
  Value upper =
      arith::ShRUIOp::create(b, arith::BitcastOp::create(b, i32, value),
                             emitIntConstant(b, i32, APInt(32, 16)));
  Value bits = arith::TruncIOp::create(b, i16, upper);
  return arith::BitcastOp::create(b, type, bits);
}

Value altgrad::expandEncode(ImplicitLocOpBuilder &b, Value x,
                            const Format &format, Overflow overflow,
                            const ArithmeticTarget &target) {
  Carrier carrier = chooseCarrier(format, getFloatWidth(x.getType()));
  // Those forms compute in f32.
  if (!carrier.isDouble() &&
      hasAVX512Encode(x.getType(), format, overflow, target))
    return emitAVX512Encode(b, x, format, overflow, target);
  if (hasPTXEncode(x.getType(), format, overflow, target))
    return emitPTXEncode(b, x, format, overflow);
  Value wide = convertFloat(b, x, getCarrierType(x.getType(), carrier));
  Expander expander(b, x.getType(), format, carrier, target);
  if (expander.encodesPacked(overflow))
    return expander.encodePacked(wide, overflow);
  Value codes = expander.encode(wide, overflow);
  Type i8 = cloneWithElementType(x.getType(), b.getI8Type());
  return arith::TruncIOp::create(b, i8, codes);
}

Value altgrad::expandDecode(ImplicitLocOpBuilder &b, Value code,
                            const Format &format, Type resultType,
                            const ArithmeticTarget &target) {
  if (hasAVX512Decode(resultType, target))
    return emitAVX512Decode(b, code, format, resultType);
  Carrier carrier = chooseCarrier(format, 32);
  Value value =
      Expander(b, code.getType(), format, carrier, target).decode(code);
  return convertFormatValue(b, value, resultType, format);
}

/// Rounds a vector of bf16. It is one of half as many f32 whose upper halves
/// are the odd elements; shifted up, their lower halves are the even ones. So
/// there is nothing to convert, and no lane changes its place.
static Value roundPairs(ImplicitLocOpBuilder &b, Value x, const Format &format,
                        Overflow overflow, const ArithmeticTarget &target,
                        bool keepsZeroSign) {
  auto type = cast<VectorType>(x.getType());
  auto ints = VectorType::get({type.getNumElements() / 2}, b.getI32Type());
  auto floats = ints.clone(b.getF32Type());
  auto constant = [&](uint32_t value) {
    return emitIntConstant(b, ints, APInt(32, value));
  };
  Expander expander(b, floats, format, Carrier::f32(), target);
  auto round = [&](Value bits) -> Value {
    Value value = arith::BitcastOp::create(b, floats, bits);
    return arith::BitcastOp::create(
        b, ints, expander.round(value, overflow, keepsZeroSign));
  };
  Value pairs = vector::BitCastOp::create(b, ints, x);
  Value even = round(arith::ShLIOp::create(b, pairs, constant(16)));
  Value odd = round(arith::AndIOp::create(b, pairs, constant(0xffff0000)));
  // The values are exact in bf16; a NaN may have more bits.
  Value low = arith::ShRUIOp::create(b, even, constant(16));
  Value high = arith::AndIOp::create(b, odd, constant(0xffff0000));
  return vector::BitCastOp::create(b, type, arith::OrIOp::create(b, high, low));
}

/// True if `roundPairs` does it: all of x86 and AArch64 have the element with
/// the lower index in the lower half.
static bool canRoundPairs(Type type, const Format &format,
                          const ArithmeticTarget &target) {
  return hasGroups(type, 2) && getElementTypeOrSelf(type).isBF16() &&
         target.pairsBF16 && Carrier::f32().fits(format) &&
         format.getMantissaBits() <= 7;
}

Value altgrad::expandRound(ImplicitLocOpBuilder &b, Value x,
                           const Format &format, Overflow overflow,
                           const ArithmeticTarget &target, bool keepsZeroSign) {
  if (hasPTXRound(x.getType(), format, overflow, target))
    return emitPTXRound(b, x, format, overflow, keepsZeroSign);
  if (canRoundPairs(x.getType(), format, target))
    return roundPairs(b, x, format, overflow, target, keepsZeroSign);
  Carrier carrier = chooseCarrier(format, getFloatWidth(x.getType()));
  Value wide = convertFloat(b, x, getCarrierType(x.getType(), carrier));
  Value rounded = Expander(b, x.getType(), format, carrier, target)
                      .round(wide, overflow, keepsZeroSign);
  return convertFormatValue(b, rounded, x.getType(), format);
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

static Value expand(ImplicitLocOpBuilder &b, EncodeOp op,
                    const ArithmeticTarget &target) {
  return expandEncode(b, op.getX(), op.getFormat().getFormat(),
                      getOverflow(op.getOverflow()), target);
}

static Value expand(ImplicitLocOpBuilder &b, DecodeOp op,
                    const ArithmeticTarget &target) {
  return expandDecode(b, op.getCode(), op.getFormat().getFormat(), op.getType(),
                      target);
}

static Value expand(ImplicitLocOpBuilder &b, RoundOp op,
                    const ArithmeticTarget &target) {
  // To a comparison both zeros are one.
  bool isOnlyCompared = llvm::all_of(
      op->getUsers(), [](Operation *user) { return isa<arith::CmpFOp>(user); });
  return expandRound(b, op.getX(), op.getFormat().getFormat(),
                     getOverflow(op.getOverflow()), target,
                     /*keepsZeroSign=*/!isOnlyCompared);
}

namespace {

/// A primitive on a scalar or a vector -> arith
template <typename OpTy>
struct ExpandPrimitive : public OpRewritePattern<OpTy> {
  ExpandPrimitive(MLIRContext *context, const ArithmeticTarget &target)
      : OpRewritePattern<OpTy>(context), target(target) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (isa<TensorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "requires a scalar or a vector");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, expand(b, op, target));
    return success();
  }

  ArithmeticTarget target;
};

} // namespace

void altgrad::populateExpandPrimitivesPatterns(RewritePatternSet &patterns,
                                               const ArithmeticTarget &target) {
  patterns.add<ExpandPrimitive<EncodeOp>, ExpandPrimitive<DecodeOp>,
               ExpandPrimitive<RoundOp>>(patterns.getContext(), target);
}
