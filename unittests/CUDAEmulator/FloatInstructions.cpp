//===- FloatInstructions.cpp - Arithmetic of floats -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.3 (f32, f64) and 9.7.4 (f16, bf16). Instructions without flags
// and with the default rounding have handlers of their own; all others look at
// their flags in each lane.
//
//===----------------------------------------------------------------------===//

#include "FloatArithmetic.h"
#include "Lanewise.h"

#include <cfenv>

using namespace altgrad::emulator;

namespace {
enum Flags : uint16_t {
  FlushSubnormals = 1,
  Saturates = 2,
  Relu = 4,
  XorSign = 8,
  // Bits 4 and 5: the rounding, as an index into `hostRoundings`.
  RoundingShift = 4,
  /// mul, add and sub that do not say .rn: the assembler may fuse them.
  MayContract = 64
};
const int hostRoundings[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD,
                             FE_UPWARD};

/// The rounding of the host for the time of one instruction.
class HostRounding {
public:
  explicit HostRounding(const Instruction &instruction)
      : rounding(hostRoundings[instruction.flags >> RoundingShift & 3]) {
    if (rounding != FE_TONEAREST)
      std::fesetround(rounding);
  }
  ~HostRounding() {
    if (rounding != FE_TONEAREST)
      std::fesetround(FE_TONEAREST);
  }

private:
  int rounding;
};

/// One lane with all that modifiers can ask for.
template <class Operation> struct Flagged {
  template <class T, class... Sources>
  static T apply(uint16_t flags, T first, Sources... rest) {
    if constexpr (isPair<T>) {
      return {apply(flags, first.low, rest.low...),
              apply(flags, first.high, rest.high...)};
    } else {
      if (flags & FlushSubnormals)
        return finish(flags,
                      flushSubnormal(applyXorSign(flags, flushSubnormal(first),
                                                  flushSubnormal(rest)...)));
      return finish(flags, applyXorSign(flags, first, rest...));
    }
  }

private:
  template <class T> static T finish(uint16_t flags, T value) {
    if (flags & Saturates)
      value = saturate(value);
    if (flags & Relu)
      value = clampNegative(value);
    return value;
  }
  template <class T, class... Sources>
  static T applyXorSign(uint16_t flags, T first, Sources... rest) {
    if (!(flags & XorSign))
      return Operation::apply(first, rest...);
    // .xorsign.abs: of the magnitudes, with the product of the signs.
    bool sign = (isNegative(first) ^ ... ^ isNegative(rest));
    T value = Operation::apply(clearSign(first), clearSign(rest)...);
    return sign && !isNaN(value) ? flipSign(value) : value;
  }
};

template <class Operation> struct Plain {
  template <class T, class... Sources>
  static T apply(T first, Sources... rest) {
    if constexpr (isPair<T>)
      return {Operation::apply(first.low, rest.low...),
              Operation::apply(first.high, rest.high...)};
    else
      return Operation::apply(first, rest...);
  }
};

} // namespace

template <class Operation, class T>
static void flagged1(Warp &warp, const Instruction &instruction) {
  HostRounding rounding(instruction);
  T *d = warp.lanes<T>(instruction.destination);
  const T *a = warp.lanes<T>(instruction.source[0]);
  forEachLane(warp.active, [&](unsigned i) {
    d[i] = Flagged<Operation>::apply(instruction.flags, a[i]);
  });
}
template <class Operation, class T>
static void flagged2(Warp &warp, const Instruction &instruction) {
  HostRounding rounding(instruction);
  T *d = warp.lanes<T>(instruction.destination);
  const T *a = warp.lanes<T>(instruction.source[0]);
  const T *b = warp.lanes<T>(instruction.source[1]);
  forEachLane(warp.active, [&](unsigned i) {
    d[i] = Flagged<Operation>::apply(instruction.flags, a[i], b[i]);
  });
}
template <class Operation, class T>
static void flagged3(Warp &warp, const Instruction &instruction) {
  HostRounding rounding(instruction);
  T *d = warp.lanes<T>(instruction.destination);
  const T *a = warp.lanes<T>(instruction.source[0]);
  const T *b = warp.lanes<T>(instruction.source[1]);
  const T *c = warp.lanes<T>(instruction.source[2]);
  forEachLane(warp.active, [&](unsigned i) {
    d[i] = Flagged<Operation>::apply(instruction.flags, a[i], b[i], c[i]);
  });
}

template <class Operation, unsigned sources, class T>
static constexpr Handler pick(bool isPlain) {
  if constexpr (sources == 1)
    return isPlain ? unary<Plain<Operation>, T, T> : flagged1<Operation, T>;
  else if constexpr (sources == 2)
    return isPlain ? binary<Plain<Operation>, T, T> : flagged2<Operation, T>;
  else
    return isPlain ? ternary<Plain<Operation>, T, T> : flagged3<Operation, T>;
}

template <class Operation>
static constexpr bool hasPairsOfSingles =
    std::is_same_v<Operation, FloatAdd> ||
    std::is_same_v<Operation, FloatSub> ||
    std::is_same_v<Operation, FloatMul> || std::is_same_v<Operation, FloatFma>;

template <class Operation, unsigned sources>
static Handler select(Type type, bool isPlain) {
  switch (type) {
  case Type::F32:
    return pick<Operation, sources, float>(isPlain);
  case Type::F64:
    return pick<Operation, sources, double>(isPlain);
  case Type::F16:
    return pick<Operation, sources, Half>(isPlain);
  case Type::BF16:
    return pick<Operation, sources, BFloat>(isPlain);
  case Type::F16x2:
    return pick<Operation, sources, Pair<Half>>(isPlain);
  case Type::BF16x2:
    return pick<Operation, sources, Pair<BFloat>>(isPlain);
  case Type::F32x2: // sm_100, arithmetic only.
    if constexpr (hasPairsOfSingles<Operation>)
      return pick<Operation, sources, Pair<float>>(isPlain);
    return nullptr;
  default:
    return nullptr;
  }
}

namespace {
// Three operands (sm_100): pairwise, with the same treatment of NaN.
template <bool isMax, bool propagatesNaN> struct FloatMinMax3 {
  template <class T> static T apply(T a, T b, T c) {
    using Two = FloatMinMax<isMax, propagatesNaN>;
    return Two::apply(Two::apply(a, b), c);
  }
};

struct FloatNegate {
  template <class T> static T apply(T a) { return flipSign(a); }
};
struct FloatAbsolute {
  template <class T> static T apply(T a) { return clearSign(a); }
};
/// The sign of the first, all else of the second.
struct FloatCopySign {
  template <class T> static T apply(T a, T b) {
    return isNegative(a) == isNegative(b) ? b : flipSign(b);
  }
};

// The approximations are the host's functions in double, rounded once. What
// hardware returns is within the error bounds of the PTX ISA and not the same.
struct ApproximateRsqrt {
  template <class T> static T apply(T a) {
    return narrow<T>(1.0 / std::sqrt(double(widen(a))));
  }
};
struct ApproximateExp2 {
  template <class T> static T apply(T a) {
    return narrow<T>(std::exp2(double(widen(a))));
  }
};
struct ApproximateLog2 {
  template <class T> static T apply(T a) {
    return narrow<T>(std::log2(double(widen(a))));
  }
};
struct ApproximateSin {
  template <class T> static T apply(T a) {
    return narrow<T>(std::sin(double(widen(a))));
  }
};
struct ApproximateCos {
  template <class T> static T apply(T a) {
    return narrow<T>(std::cos(double(widen(a))));
  }
};
struct ApproximateTanh {
  template <class T> static T apply(T a) {
    return narrow<T>(std::tanh(double(widen(a))));
  }
};
} // namespace

template <class T> static uint32_t testProperty(T value, uint16_t property) {
  int kind = std::fpclassify(widen(value));
  switch (property) {
  case 0:
    return kind != FP_NAN && kind != FP_INFINITE;
  case 1:
    return kind == FP_INFINITE;
  case 2:
    return kind != FP_NAN;
  case 3:
    return kind == FP_NAN;
  case 4:
    return kind == FP_NORMAL || kind == FP_ZERO; // PTX counts zero as normal.
  default:
    return kind == FP_SUBNORMAL;
  }
}

template <class T>
static void testp(Warp &warp, const Instruction &instruction) {
  const T *a = warp.lanes<T>(instruction.source[0]);
  uint32_t &result = warp.predicate(instruction.destination);
  uint32_t bits = 0;
  forEachLane(warp.active, [&](unsigned i) {
    bits |= testProperty(a[i], instruction.flags) << i;
  });
  result = (result & ~warp.active) | (bits & warp.active);
}

static bool emitFloat(Decoder &decoder, Handler handler, Type type,
                      unsigned sources) {
  if (!handler || !isFloat(type)) {
    decoder.error("unknown or missing type in '" + decoder.getStatement().name +
                  "'");
    return true;
  }
  if (!decoder.expectOperands(sources + 1))
    return true;
  for (unsigned i = 0; i < sources; ++i)
    decoder.current.source[i] = decoder.source(i + 1, type);
  decoder.current.destination = decoder.destination(0, type);
  decoder.emit(handler);
  return true;
}

/// Takes the modifiers that most instructions share. False without a float
/// type.
static bool takeFlags(Decoder &decoder, Type &type, bool &isPlain,
                      bool allowsApprox) {
  Modifiers &modifiers = decoder.modifiers;
  uint16_t flags = 0;
  size_t rounding = modifiers.takeOneOf({"rn", "rz", "rm", "rp"});
  bool isRounded = rounding != Modifiers::npos;
  if (isRounded)
    flags |= rounding << RoundingShift;
  if (allowsApprox && !isRounded)
    modifiers.takeOneOf({"approx", "full"});
  if (modifiers.take("ftz"))
    flags |= FlushSubnormals;
  if (modifiers.take("sat"))
    flags |= Saturates;
  if (modifiers.take("relu"))
    flags |= Relu;
  type = modifiers.takeType();
  isPlain = flags == 0;
  if (isPlain && !isRounded)
    flags |= MayContract;
  // Arithmetic on 16 bits knows no rounding but to nearest.
  if ((flags >> RoundingShift & 3) && type != Type::F32 && type != Type::F64 &&
      type != Type::F32x2)
    decoder.error("expected .rn in '" + decoder.getStatement().name + "'");
  decoder.current.flags = flags;
  return isFloat(type);
}

static bool decodeMinMax(Decoder &decoder, bool isMax) {
  Modifiers &modifiers = decoder.modifiers;
  bool propagates = modifiers.take("NaN");
  uint16_t flags = modifiers.take("ftz") ? FlushSubnormals : 0;
  if (modifiers.take("xorsign")) {
    if (!modifiers.take("abs"))
      decoder.error("expected .abs after .xorsign");
    flags |= XorSign;
  }
  Type type = modifiers.takeType();
  decoder.current.flags = flags;
  bool isPlain = flags == 0;
  if (decoder.getOperandCount() == 4) {
    Handler handler =
        isMax ? propagates ? select<FloatMinMax3<true, true>, 3>(type, isPlain)
                           : select<FloatMinMax3<true, false>, 3>(type, isPlain)
        : propagates ? select<FloatMinMax3<false, true>, 3>(type, isPlain)
                     : select<FloatMinMax3<false, false>, 3>(type, isPlain);
    return emitFloat(decoder, handler, type, 3);
  }
  Handler handler =
      isMax ? propagates ? select<FloatMinMax<true, true>, 2>(type, isPlain)
                         : select<FloatMinMax<true, false>, 2>(type, isPlain)
      : propagates ? select<FloatMinMax<false, true>, 2>(type, isPlain)
                   : select<FloatMinMax<false, false>, 2>(type, isPlain);
  return emitFloat(decoder, handler, type, 2);
}

static bool decodeTestp(Decoder &decoder) {
  size_t property = decoder.modifiers.takeOneOf(
      {"finite", "infinite", "number", "notanumber", "normal", "subnormal"});
  Type type = decoder.modifiers.takeType();
  if (property == Modifiers::npos || (type != Type::F32 && type != Type::F64)) {
    decoder.error("unknown property or type in '" +
                  decoder.getStatement().name + "'");
    return true;
  }
  decoder.current.flags = property;
  decoder.current.source[0] = decoder.source(1, type);
  decoder.current.destination = decoder.destination(0, Type::Pred);
  decoder.emit(type == Type::F32 ? testp<float> : testp<double>);
  return true;
}

bool altgrad::emulator::decodeFloat(Decoder &decoder) {
  std::string_view base = decoder.modifiers.getBase();
  Type type;
  bool isPlain;
  auto take = [&](bool allowsApprox) {
    if (takeFlags(decoder, type, isPlain, allowsApprox))
      return;
    decoder.error("expected a float type in '" + decoder.getStatement().name +
                  "'");
  };
  if (base == "add" || base == "sub" || base == "mul") {
    take(false);
    Handler handler = base == "add"   ? select<FloatAdd, 2>(type, isPlain)
                      : base == "sub" ? select<FloatSub, 2>(type, isPlain)
                                      : select<FloatMul, 2>(type, isPlain);
    return emitFloat(decoder, handler, type, 2);
  }
  if (base == "fma" || base == "mad") {
    take(false);
    return emitFloat(decoder, select<FloatFma, 3>(type, isPlain), type, 3);
  }
  if (base == "div") {
    take(true);
    return emitFloat(decoder, select<FloatDiv, 2>(type, isPlain), type, 2);
  }
  if (base == "min" || base == "max")
    return decodeMinMax(decoder, base == "max");
  if (base == "testp")
    return decodeTestp(decoder);
  if (base == "copysign") {
    type = decoder.modifiers.takeType();
    return emitFloat(decoder, select<FloatCopySign, 2>(type, true), type, 2);
  }
  using Select = Handler (*)(Type, bool);
  static constexpr std::pair<std::string_view, Select> unaries[] = {
      {"rcp", select<FloatReciprocal, 1>},
      {"sqrt", select<FloatSqrt, 1>},
      {"rsqrt", select<ApproximateRsqrt, 1>},
      {"ex2", select<ApproximateExp2, 1>},
      {"lg2", select<ApproximateLog2, 1>},
      {"sin", select<ApproximateSin, 1>},
      {"cos", select<ApproximateCos, 1>},
      {"tanh", select<ApproximateTanh, 1>},
      {"neg", select<FloatNegate, 1>},
      {"abs", select<FloatAbsolute, 1>}};
  for (auto [name, selectUnary] : unaries)
    if (name == base) {
      take(true);
      return emitFloat(decoder, selectUnary(type, isPlain), type, 1);
    }
  return false;
}

namespace {
/// How often each register is read and written in a kernel.
struct Counts {
  std::vector<unsigned> reads, writes;
  explicit Counts(const Kernel &kernel)
      : reads(kernel.units), writes(kernel.units) {
    for (const Instruction &instruction : kernel.code) {
      const uint32_t *use = kernel.uses.data() + instruction.firstUse;
      for (unsigned i = 0; i < instruction.useCount; ++i)
        ++reads[use[i]];
      for (unsigned i = 0; i < instruction.definitionCount; ++i)
        ++writes[use[instruction.useCount + i]];
      // Copies read registers that need not have been written.
      if (instruction.propagates) {
        if (instruction.source[0].bits)
          ++reads[instruction.source[0].unit];
        for (unsigned i = 0; i < instruction.listCount; ++i)
          ++reads[kernel.operands[instruction.list + i].unit];
      }
    }
  }
};
} // namespace

/// a*b+c, and with flipped signs what a subtraction makes of it.
template <class T, bool isNegatedProduct, bool isNegatedAddend>
static void fused(Warp &warp, const Instruction &instruction) {
  T *d = warp.lanes<T>(instruction.destination);
  const T *a = warp.lanes<T>(instruction.source[0]);
  const T *b = warp.lanes<T>(instruction.source[1]);
  const T *c = warp.lanes<T>(instruction.source[2]);
  auto apply = [](auto x, auto y, auto z) {
    return FloatFma::apply(isNegatedProduct ? flipSign(x) : x, y,
                           isNegatedAddend ? flipSign(z) : z);
  };
  forEachLane(warp.active, [=](unsigned i) {
    if constexpr (isPair<T>)
      d[i] = {apply(a[i].low, b[i].low, c[i].low),
              apply(a[i].high, b[i].high, c[i].high)};
    else
      d[i] = apply(a[i], b[i], c[i]);
  });
}

/// Fuses each mul into the one add or sub of the same block that reads it.
template <class T>
static void contractType(Kernel &kernel, const Counts &counts,
                         const std::vector<bool> &isTarget) {
  Handler mul = binary<Plain<FloatMul>, T, T>;
  Handler add = binary<Plain<FloatAdd>, T, T>;
  Handler sub = binary<Plain<FloatSub>, T, T>;
  for (size_t i = 0; i < kernel.code.size(); ++i) {
    const Instruction &product = kernel.code[i];
    if (product.handler != mul || !(product.flags & MayContract) ||
        product.hasGuard)
      continue;
    uint32_t value = product.destination.unit;
    if (counts.reads[value] != 1 || counts.writes[value] != 1)
      continue;
    for (size_t j = i + 1; j < kernel.code.size() && !isTarget[j]; ++j) {
      Instruction &sum = kernel.code[j];
      if (sum.control != Control::None)
        break;
      bool isAdd = sum.handler == add, isSub = sum.handler == sub;
      bool isFirst = sum.source[0].unit == value;
      if ((isAdd || isSub) && (sum.flags & MayContract) &&
          (isFirst || sum.source[1].unit == value)) {
        Register addend = sum.source[isFirst ? 1 : 0];
        sum.source[0] = product.source[0];
        sum.source[1] = product.source[1];
        sum.source[2] = addend;
        sum.handler = isAdd     ? fused<T, false, false>
                      : isFirst ? fused<T, false, true>
                                : fused<T, true, false>;
        break;
      }
      // The factors must still be there.
      const uint32_t *definition =
          kernel.uses.data() + sum.firstUse + sum.useCount;
      bool overwrites = false;
      for (unsigned k = 0; k < sum.definitionCount; ++k)
        overwrites |= definition[k] == product.source[0].unit ||
                      definition[k] == product.source[1].unit;
      if (overwrites)
        break;
    }
  }
}

void altgrad::emulator::contract(Kernel &kernel) {
  std::vector<bool> isTarget(kernel.code.size() + 1);
  for (const Instruction &instruction : kernel.code)
    if (instruction.control == Control::Branch)
      isTarget[instruction.target] = true;
  for (uint32_t target : kernel.targets)
    isTarget[target] = true;
  Counts counts(kernel);
  contractType<float>(kernel, counts, isTarget);
  contractType<double>(kernel, counts, isTarget);
  contractType<Half>(kernel, counts, isTarget);
  contractType<BFloat>(kernel, counts, isTarget);
  contractType<Pair<Half>>(kernel, counts, isTarget);
  contractType<Pair<BFloat>>(kernel, counts, isTarget);
}
