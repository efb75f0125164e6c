//===- PTXForms.cpp - Forms of the primitives for PTX ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A GPU does half as many integer operations, comparisons, minima and
// selections per cycle as sums and products, so there are few of them here.
//
// Rounding by addition as in ExpandPrimitives.cpp, but the addend has the sign
// of what it is added to: sum and addend then have one exponent, and bf16 with
// its 8 bits has room for the sum. Its constants are two of f32's in a word.
//
// The carrier of bf16 is bf16 itself: P = 7, S = 7 - M. Only formats with one
// spacing for all values have S < 2; all others have at least two bits of
// exponent. In those |c| < 2^(e+1) <= 2^(e+S-1), so that 2^(e+S) + |c| has the
// exponent of its first term. In the former it is 128 spacings and less than
// 128 more.
//
//===----------------------------------------------------------------------===//

#include "PTXForms.h"

#include "Carrier.h"

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

/// Emits arithmetic on scalars or vectors of f32, or on a pair of bf16, and
/// knows the constants of a format in them.
class Emitter {
public:
  Emitter(ImplicitLocOpBuilder &b, Type floatType, const Format &format,
          Overflow overflow)
      : b(b), format(format), overflow(overflow), floatType(floatType),
        isPaired(getElementTypeOrSelf(floatType).isBF16()),
        carrier(isPaired ? Carrier::bf16() : Carrier::f32()),
        shift(carrier.mantissaBits - format.getMantissaBits()) {
    if (isPaired) {
      wordType = VectorType::get({1}, b.getI32Type());
      maskType = VectorType::get({2}, b.getI16Type());
    } else {
      wordType = cloneWithElementType(floatType, b.getI32Type());
    }
  }

  Value round(Value x, bool keepsZeroSign);

  /// The codes of a pair, but for their signs, in the low 8 bits of each half
  /// of a word, and the bits of `x` with the sign that its code has.
  std::pair<Value, Value> encode(Value x);

private:
  // Constants.
  Value floatConstant(double value) {
    return emitFloatConstant(b, floatType, value);
  }
  /// The same bits for each element of a word.
  Value wordConstant(uint64_t bits) {
    APInt element(carrier.width, bits);
    return emitIntConstant(b, wordType, APInt::getSplat(32, element));
  }
  uint64_t magnitudeBits() const { return carrier.getSignBit() - 1; }
  /// The exponent field of the smallest binade.
  uint64_t minField() const {
    return static_cast<uint64_t>(int64_t(carrier.bias) +
                                 format.getMinExponent());
  }
  /// The addend of a uniform grid: its spacing is the grid's.
  double uniformAddend() const {
    return std::ldexp(1.0, format.getMinExponent() + static_cast<int>(shift));
  }

  // Operations. Words are the bits of floats, 32 at a time.
  Value asWords(Value floats) {
    return isPaired ? vector::BitCastOp::create(b, wordType, floats).getResult()
                    : arith::BitcastOp::create(b, wordType, floats).getResult();
  }
  Value asFloats(Value words) {
    return isPaired ? vector::BitCastOp::create(b, cast<VectorType>(floatType),
                                                words)
                          .getResult()
                    : arith::BitcastOp::create(b, floatType, words).getResult();
  }
  Value andBits(Value words, uint64_t mask) {
    return arith::AndIOp::create(b, words, wordConstant(mask));
  }
  Value orWords(Value lhs, Value rhs) {
    return arith::OrIOp::create(b, lhs, rhs);
  }
  /// No sum carries into the next element.
  Value addToWords(Value words, uint64_t constant) {
    return arith::AddIOp::create(b, words, wordConstant(constant));
  }
  Value absolute(Value x) { return math::AbsFOp::create(b, x); }
  /// The smaller and the larger magnitude, with the sign of `x`.
  Value atMost(Value x, double magnitude) {
    Value least =
        arith::MinimumFOp::create(b, absolute(x), floatConstant(magnitude));
    return math::CopySignOp::create(b, least, x);
  }
  Value atLeast(Value x, double magnitude) {
    Value most =
        arith::MaximumFOp::create(b, absolute(x), floatConstant(magnitude));
    return math::CopySignOp::create(b, most, x);
  }
  /// Where a comparison is true, as words of ones and zeros or as a condition.
  Value getMask(arith::CmpFPredicate predicate, Value lhs, Value rhs) {
    Value condition = arith::CmpFOp::create(b, predicate, lhs, rhs);
    if (!isPaired)
      return condition;
    return vector::BitCastOp::create(
        b, wordType, arith::ExtSIOp::create(b, maskType, condition));
  }
  /// `words` where the mask is true, else `otherwise`.
  Value select(Value mask, Value words, uint64_t otherwise = 0) {
    Value constant = wordConstant(otherwise);
    if (!isPaired)
      return arith::SelectOp::create(b, mask, words, constant);
    Value kept = arith::AndIOp::create(b, words, mask);
    if (otherwise == 0)
      return kept;
    Value ones = wordConstant(magnitudeBits() | carrier.getSignBit());
    Value isFalse = arith::XOrIOp::create(b, mask, ones);
    return orWords(kept, arith::AndIOp::create(b, isFalse, constant));
  }

  Value roundByAddition(Value clamped);
  Value roundToPower(Value clamped);
  Value emitMagnitudeCode(Value clamped);

  ImplicitLocOpBuilder &b;
  const Format &format;
  Overflow overflow;
  Type floatType, wordType, maskType;
  bool isPaired;
  Carrier carrier;
  unsigned shift; // S.
};

} // namespace

//===----------------------------------------------------------------------===//
// Round
//===----------------------------------------------------------------------===//

/// NaN stays NaN. The sign of a zero gets lost.
Value Emitter::roundByAddition(Value clamped) {
  Value words = asWords(clamped);
  if (format.isUniform()) {
    // f32 has room for one addend for both signs.
    Value addend = floatConstant(1.5 * uniformAddend());
    if (isPaired)
      addend =
          asFloats(orWords(andBits(words, carrier.getSignBit()),
                           wordConstant(carrier.getBits(uniformAddend()))));
    Value sum = arith::AddFOp::create(b, clamped, addend);
    return arith::SubFOp::create(b, sum, addend);
  }
  // 2^e with the sign, and the addend as an exact product of it.
  Value field = asFloats(
      andBits(words, carrier.getInfinityBits() | carrier.getSignBit()));
  field = atLeast(field, std::ldexp(1.0, format.getMinExponent()));
  double factor = std::ldexp(1.0, static_cast<int>(shift));
  Value sum = math::FmaOp::create(b, field, floatConstant(factor), clamped);
  return math::FmaOp::create(b, field, floatConstant(-factor), sum);
}

/// Ties go down, so add just less than half and cut. What is at most half of
/// the smallest power is zero, and so is NaN; the sign of a zero gets lost.
Value Emitter::roundToPower(Value clamped) {
  Value isNotZero = getMask(arith::CmpFPredicate::OGT, absolute(clamped),
                            floatConstant(format.getMinPositive() / 2));
  Value words = asWords(atLeast(clamped, format.getMinPositive()));
  // No NaN any more, to whose bits nothing could be added.
  words = addToWords(select(isNotZero, words), carrier.getLessThanHalf());
  return asFloats(
      andBits(words, carrier.getInfinityBits() | carrier.getSignBit()));
}

Value Emitter::round(Value x, bool keepsZeroSign) {
  Value clamped = atMost(x, getLimit(format, overflow));
  bool isPower = format.getMantissaBits() == 0;
  Value rounded = isPower ? roundToPower(clamped) : roundByAddition(clamped);
  if (keepsZeroSign && format.hasNegativeZero())
    rounded = asFloats(orWords(
        asWords(rounded), andBits(asWords(clamped), carrier.getSignBit())));
  if (overflows(format, overflow)) {
    // The step past the largest value is a power of two: its bits are among
    // those of infinity.
    Value isPast = getMask(arith::CmpFPredicate::OGT, absolute(rounded),
                           floatConstant(format.getMaxFinite()));
    Value more = select(isPast, wordConstant(carrier.getInfinityBits()));
    rounded = asFloats(orWords(asWords(rounded), more));
  }
  // A sum with NaN is NaN, a power has none and no sign of it.
  bool isDone = format.hasNaN() ? !isPower : isPower && !keepsZeroSign;
  if (isDone)
    return rounded;
  Value isNumber = getMask(arith::CmpFPredicate::ORD, x, x);
  return asFloats(select(isNumber, asWords(rounded),
                         format.hasNaN() ? carrier.getQuietNaNBits() : 0));
}

//===----------------------------------------------------------------------===//
// Encode
//===----------------------------------------------------------------------===//

/// The code of a magnitude of bf16, in the low 8 bits of each half of a word;
/// the bits above are left as they come.
Value Emitter::emitMagnitudeCode(Value clamped) {
  unsigned mantissaBits = format.getMantissaBits();
  auto shiftRight = [&](Value words, unsigned count) -> Value {
    return arith::ShRUIOp::create(
        b, words, emitIntConstant(b, wordType, APInt(32, count)));
  };
  if (mantissaBits == 0) {
    // Add just less than half, cut, and count from the field below the first.
    // Only the low 8 bits of that count, so the sum stays within 16.
    uint64_t offset = (1 - minField()) & 0xff;
    Value floored = arith::MaximumFOp::create(
        b, clamped, floatConstant(format.getMinPositive()));
    Value code = shiftRight(
        addToWords(asWords(floored), carrier.getLessThanHalf() +
                                         (offset << carrier.mantissaBits)),
        carrier.mantissaBits);
    Value isNotZero = getMask(arith::CmpFPredicate::OGT, clamped,
                              floatConstant(format.getMinPositive() / 2));
    return select(isNotZero, code);
  }
  if (format.isUniform())
    return asWords(
        arith::AddFOp::create(b, clamped, floatConstant(uniformAddend())));

  // The sum's low bits hold the multiple of 2^(e-M), its implicit bit included
  // for normals; the code is that and (e - EMIN) << M. A field's bits are above
  // bit P of their half, and S is at most P: what is shifted stays in its half.
  Value field = arith::MaximumFOp::create(
      b, asFloats(andBits(asWords(clamped), carrier.getInfinityBits())),
      floatConstant(std::ldexp(1.0, format.getMinExponent())));
  Value factor = floatConstant(std::ldexp(1.0, static_cast<int>(shift)));
  Value sum = math::FmaOp::create(b, field, factor, clamped);
  Value code =
      arith::AddIOp::create(b, asWords(sum), shiftRight(asWords(field), shift));
  return addToWords(code, (-(minField() << mantissaBits)) & 0xff);
}

std::pair<Value, Value> Emitter::encode(Value x) {
  Value isNumber = getMask(arith::CmpFPredicate::ORD, x, x);
  Value words = select(isNumber, asWords(x));
  Value clamped = arith::MinimumFOp::create(
      b, absolute(asFloats(words)), floatConstant(getLimit(format, overflow)));
  Value code = emitMagnitudeCode(clamped);
  if (format.hasNaN())
    code = select(isNumber, code, format.getCanonicalNaNCode());
  return {code, words};
}

/// Every second byte of two words, from the first or the second on, and of
/// those the bits in `mask`.
static Value packBytes(ImplicitLocOpBuilder &b, Value low, Value high,
                       int64_t first, uint32_t mask) {
  Type word = low.getType();
  auto bytes = VectorType::get({4}, b.getI8Type());
  Value packed = vector::ShuffleOp::create(
      b, vector::BitCastOp::create(b, bytes, low),
      vector::BitCastOp::create(b, bytes, high),
      ArrayRef<int64_t>{first, first + 2, first + 4, first + 6});
  return arith::AndIOp::create(
      b, vector::BitCastOp::create(b, cast<VectorType>(word), packed),
      emitIntConstant(b, word, APInt::getSplat(32, APInt(8, mask))));
}

//===----------------------------------------------------------------------===//
// What they are for
//===----------------------------------------------------------------------===//

/// The pairs of a vector. By way of words, and not of slices, which not every
/// lowering of vectors knows.
static SmallVector<Value> splitIntoPairs(ImplicitLocOpBuilder &b, Value x) {
  auto pair = VectorType::get({2}, b.getBF16Type());
  auto word = VectorType::get({1}, b.getI32Type());
  int64_t size = cast<VectorType>(x.getType()).getNumElements() / 2;
  Value words =
      vector::BitCastOp::create(b, VectorType::get({size}, b.getI32Type()), x);
  SmallVector<Value> pairs;
  for (int64_t k = 0; k < size; ++k) {
    Value scalar = vector::ExtractOp::create(b, words, k);
    Value single = vector::FromElementsOp::create(b, word, scalar);
    pairs.push_back(vector::BitCastOp::create(b, pair, single));
  }
  return pairs;
}

/// Words, each a vector of one, as one vector.
static Value joinWords(ImplicitLocOpBuilder &b, ArrayRef<Value> words,
                       VectorType type) {
  SmallVector<Value> scalars;
  for (Value word : words)
    scalars.push_back(vector::ExtractOp::create(b, word, int64_t(0)));
  auto size = static_cast<int64_t>(words.size());
  Value all = vector::FromElementsOp::create(
      b, VectorType::get({size}, b.getI32Type()), scalars);
  return vector::BitCastOp::create(b, type, all);
}

bool altgrad::hasPTXRound(Type type, const Format &format, Overflow overflow,
                          const ArithmeticTarget &target) {
  if (overflowsToNaN(format, overflow))
    return false;
  Type element = getElementTypeOrSelf(type);
  if (element.isF32())
    return target.hasMagnitudeMinMax && Carrier::f32().fits(format);
  return element.isBF16() && target.hasPackedBF16 && hasGroups(type, 2) &&
         Carrier::bf16().fits(format);
}

Value altgrad::emitPTXRound(ImplicitLocOpBuilder &b, Value x,
                            const Format &format, Overflow overflow,
                            bool keepsZeroSign) {
  auto round = [&](Value part) {
    return Emitter(b, part.getType(), format, overflow)
        .round(part, keepsZeroSign);
  };
  if (!getElementTypeOrSelf(x.getType()).isBF16())
    return round(x);
  // Pair by pair: LLVM takes two words for a register where sm_100 has
  // instructions for two f32.
  SmallVector<Value> words;
  for (Value pair : splitIntoPairs(b, x))
    words.push_back(vector::BitCastOp::create(
        b, VectorType::get({1}, b.getI32Type()), round(pair)));
  return joinWords(b, words, cast<VectorType>(x.getType()));
}

bool altgrad::hasPTXEncode(Type type, const Format &format, Overflow overflow,
                           const ArithmeticTarget &target) {
  return target.hasPackedBF16 && getElementTypeOrSelf(type).isBF16() &&
         hasGroups(type, 4) && format.getBitWidth() == 8 &&
         format.hasNegativeZero() && !overflowsToNaN(format, overflow) &&
         Carrier::bf16().fits(format);
}

Value altgrad::emitPTXEncode(ImplicitLocOpBuilder &b, Value x,
                             const Format &format, Overflow overflow) {
  SmallVector<Value> pairs = splitIntoPairs(b, x), words;
  for (size_t k = 0; k < pairs.size(); k += 2) {
    auto encode = [&](Value pair) {
      return Emitter(b, pair.getType(), format, overflow).encode(pair);
    };
    auto [lowCode, lowSign] = encode(pairs[k]);
    auto [highCode, highSign] = encode(pairs[k + 1]);
    words.push_back(arith::OrIOp::create(
        b, packBytes(b, lowCode, highCode, 0, format.getMagnitudeMask()),
        packBytes(b, lowSign, highSign, 1, format.getSignMask())));
  }
  return joinWords(b, words,
                   cast<VectorType>(x.getType()).clone(b.getI8Type()));
}
