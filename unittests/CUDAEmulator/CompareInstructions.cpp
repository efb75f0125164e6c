//===- CompareInstructions.cpp - setp, set, selp and slct -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.6 and 9.7.7 (comparison and selection).
//
//===----------------------------------------------------------------------===//

#include "FloatArithmetic.h"
#include "Lanewise.h"

#include <tuple>

using namespace altgrad::emulator;

namespace {
enum Comparison : uint8_t {
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  // With NaN true where the ones above are false.
  EqualUnordered,
  NotEqualUnordered,
  LessUnordered,
  LessEqualUnordered,
  GreaterUnordered,
  GreaterEqualUnordered,
  Number,
  NotANumber
};
enum Combination : uint16_t { Alone, CombineAnd, CombineOr, CombineXor };
enum Flags : uint16_t { FlushSubnormals = 1, CombinationShift = 2 };

} // namespace

template <class T> static bool ordered(T a, T b, Comparison comparison) {
  switch (comparison) {
  case Equal:
    return a == b;
  case NotEqual:
    return a != b;
  case Less:
    return a < b;
  case LessEqual:
    return a <= b;
  case Greater:
    return a > b;
  default:
    return a >= b;
  }
}

namespace {
template <Comparison comparison> struct Compare {
  template <class T> static bool apply(T a, T b, bool flushes) {
    if constexpr (std::is_integral_v<T>) {
      return ordered(a, b, comparison);
    } else {
      if (flushes) {
        a = flushSubnormal(a);
        b = flushSubnormal(b);
      }
      auto x = widen(a), y = widen(b);
      bool isUnordered = std::isnan(x) || std::isnan(y);
      if constexpr (comparison == Number)
        return !isUnordered;
      else if constexpr (comparison == NotANumber)
        return isUnordered;
      else if constexpr (comparison >= EqualUnordered)
        return isUnordered ||
               ordered(x, y, Comparison(comparison - EqualUnordered));
      else
        return !isUnordered && ordered(x, y, comparison);
    }
  }
};

} // namespace

template <Comparison comparison, class T>
static uint32_t compareLanes(Warp &warp, const Instruction &instruction) {
  const T *a = warp.lanes<T>(instruction.source[0]);
  const T *b = warp.lanes<T>(instruction.source[1]);
  bool flushes = instruction.flags & FlushSubnormals;
  uint32_t bits = 0;
  forEachLane(warp.active, [&](unsigned i) {
    bits |=
        static_cast<uint32_t>(Compare<comparison>::apply(a[i], b[i], flushes))
        << i;
  });
  return bits;
}

/// The same for pairs: of the low and of the high halves.
template <Comparison comparison, class T>
static std::pair<uint32_t, uint32_t>
comparePairs(Warp &warp, const Instruction &instruction) {
  using Element = decltype(T::low);
  using Test = Compare<comparison>;
  const T *a = warp.lanes<T>(instruction.source[0]);
  const T *b = warp.lanes<T>(instruction.source[1]);
  bool flushes = instruction.flags & FlushSubnormals;
  uint32_t low = 0, high = 0;
  forEachLane(warp.active, [&](unsigned i) {
    low |= uint32_t(Test::template apply<Element>(a[i].low, b[i].low, flushes))
           << i;
    high |=
        uint32_t(Test::template apply<Element>(a[i].high, b[i].high, flushes))
        << i;
  });
  return {low, high};
}

static uint32_t combine(Warp &warp, const Instruction &instruction,
                        uint32_t value) {
  switch (instruction.flags >> CombinationShift & 3) {
  case CombineAnd:
    return value & warp.predicate(instruction.source[2]);
  case CombineOr:
    return value | warp.predicate(instruction.source[2]);
  case CombineXor:
    return value ^ warp.predicate(instruction.source[2]);
  default:
    return value;
  }
}

static void assign(Warp &warp, Register place, uint32_t value) {
  uint32_t &predicate = warp.predicate(place);
  predicate = (predicate & ~warp.active) | (value & warp.active);
}

template <Comparison comparison, class T>
static void setp(Warp &warp, const Instruction &instruction) {
  uint32_t first, second;
  if constexpr (isPair<T>) {
    // Two results: for the low and the high half.
    std::tie(first, second) = comparePairs<comparison, T>(warp, instruction);
  } else {
    first = compareLanes<comparison, T>(warp, instruction);
    second = ~first;
  }
  first = combine(warp, instruction, first);
  second = combine(warp, instruction, second);
  assign(warp, instruction.destination, first);
  if (instruction.secondDestination.bits)
    assign(warp, instruction.secondDestination, second);
}

/// set: `immediate` in the lanes where the comparison holds; for pairs in each
/// half where it does.
template <Comparison comparison, class T>
static void set(Warp &warp, const Instruction &instruction) {
  if constexpr (isPair<T>) {
    auto [low, high] = comparePairs<comparison, T>(warp, instruction);
    uint32_t lowBits = combine(warp, instruction, low),
             highBits = combine(warp, instruction, high);
    forEachLane(warp.active, [&](unsigned i) {
      uint32_t mask = (lowBits >> i & 1 ? 0xffff : 0) |
                      (highBits >> i & 1 ? 0xffff0000 : 0);
      warp.write(instruction.destination, i, instruction.immediate & mask);
    });
  } else {
    uint32_t bits = combine(warp, instruction,
                            compareLanes<comparison, T>(warp, instruction));
    forEachLane(warp.active, [&](unsigned i) {
      warp.write(instruction.destination, i,
                 bits >> i & 1 ? instruction.immediate : 0);
    });
  }
}

template <Comparison comparison, class T> static Handler pick(bool isSet) {
  return isSet ? set<comparison, T> : setp<comparison, T>;
}

template <Comparison comparison>
static Handler selectType(Type type, bool isSet) {
  constexpr bool isOrdered = comparison <= GreaterEqual;
  if constexpr (isOrdered) {
    switch (type) {
    case Type::S16:
      return pick<comparison, int16_t>(isSet);
    case Type::U16:
    case Type::B16:
      return pick<comparison, uint16_t>(isSet);
    case Type::S32:
      return pick<comparison, int32_t>(isSet);
    case Type::U32:
    case Type::B32:
      return pick<comparison, uint32_t>(isSet);
    case Type::S64:
      return pick<comparison, int64_t>(isSet);
    case Type::U64:
    case Type::B64:
      return pick<comparison, uint64_t>(isSet);
    default:
      break;
    }
  }
  switch (type) {
  case Type::F16:
    return pick<comparison, Half>(isSet);
  case Type::BF16:
    return pick<comparison, BFloat>(isSet);
  case Type::F32:
    return pick<comparison, float>(isSet);
  case Type::F64:
    return pick<comparison, double>(isSet);
  case Type::F16x2:
    return pick<comparison, Pair<Half>>(isSet);
  case Type::BF16x2:
    return pick<comparison, Pair<BFloat>>(isSet);
  default:
    return nullptr;
  }
}

namespace {
struct ComparisonName {
  std::string_view name;
  Handler (*select)(Type, bool);
};
const ComparisonName comparisons[] = {
    {"eq", selectType<Equal>},
    {"ne", selectType<NotEqual>},
    {"lt", selectType<Less>},
    {"le", selectType<LessEqual>},
    {"gt", selectType<Greater>},
    {"ge", selectType<GreaterEqual>},
    {"lo", selectType<Less>}, // Unsigned, as the type says, too.
    {"ls", selectType<LessEqual>},
    {"hi", selectType<Greater>},
    {"hs", selectType<GreaterEqual>},
    {"equ", selectType<EqualUnordered>},
    {"neu", selectType<NotEqualUnordered>},
    {"ltu", selectType<LessUnordered>},
    {"leu", selectType<LessEqualUnordered>},
    {"gtu", selectType<GreaterUnordered>},
    {"geu", selectType<GreaterEqualUnordered>},
    {"num", selectType<Number>},
    {"nan", selectType<NotANumber>}};

template <class T> struct Select {
  static void run(Warp &warp, const Instruction &instruction) {
    T *d = warp.lanes<T>(instruction.destination);
    const T *a = warp.lanes<T>(instruction.source[0]);
    const T *b = warp.lanes<T>(instruction.source[1]);
    uint32_t predicate = warp.predicate(instruction.source[2]);
    forEachLane(warp.active,
                [=](unsigned i) { d[i] = predicate >> i & 1 ? a[i] : b[i]; });
  }
  static constexpr Handler handler = run;
};
/// a if c >= 0, b otherwise, also where c is NaN.
template <class T, class C> struct SelectBySign {
  static T apply(T a, T b, C c) { return c >= 0 ? a : b; }
  static constexpr Handler handler = ternary<SelectBySign, T, T, T, C>;
};
template <class T> struct SelectByInteger : SelectBySign<T, int32_t> {};
template <class T> struct SelectByFloat : SelectBySign<T, float> {};
} // namespace

static bool decodeComparison(Decoder &decoder, bool isSet) {
  Modifiers &modifiers = decoder.modifiers;
  Handler (*select)(Type, bool) = nullptr;
  for (const ComparisonName &comparison : comparisons)
    if (modifiers.take(comparison.name)) {
      select = comparison.select;
      break;
    }
  size_t combination = modifiers.takeOneOf({"and", "or", "xor"});
  bool combines = combination != Modifiers::npos;
  decoder.current.flags = modifiers.take("ftz") ? FlushSubnormals : 0;
  if (combines)
    decoder.current.flags |= (combination + 1) << CombinationShift;
  Type result = isSet ? modifiers.takeType() : Type::Pred;
  Type type = modifiers.takeType();
  Handler handler = select ? select(type, isSet) : nullptr;
  if (!handler) {
    decoder.error("unknown comparison or type in '" +
                  decoder.getStatement().name + "'");
    return true;
  }
  if (!decoder.expectOperands(combines ? 4 : 3))
    return true;
  if (combines)
    decoder.current.source[2] = decoder.predicateSource(decoder.getOperand(3));
  decoder.current.source[0] = decoder.source(1, type);
  decoder.current.source[1] = decoder.source(2, type);
  const Operand &target = decoder.getOperand(0);
  if (target.kind == Operand::Kind::Pair && !isSet) {
    decoder.current.destination =
        decoder.destination(target.elements[0], Type::Pred);
    decoder.current.secondDestination =
        decoder.destination(target.elements[1], Type::Pred);
  } else {
    decoder.current.destination = decoder.destination(target, result);
  }
  switch (result) {
  case Type::F32:
    decoder.current.immediate = 0x3f800000;
    break;
  case Type::F16:
    decoder.current.immediate = 0x3c00;
    break;
  case Type::BF16:
    decoder.current.immediate = 0x3f80;
    break;
  case Type::F16x2:
    decoder.current.immediate = 0x3c003c00;
    break;
  case Type::BF16x2:
    decoder.current.immediate = 0x3f803f80;
    break;
  default:
    decoder.current.immediate = ~0ull;
  }
  decoder.emit(handler);
  return true;
}

bool altgrad::emulator::decodeCompare(Decoder &decoder) {
  std::string_view base = decoder.modifiers.getBase();
  if (base == "setp" || base == "set")
    return decodeComparison(decoder, base == "set");
  if (base != "selp" && base != "slct")
    return false;
  Type type = decoder.modifiers.takeType();
  Handler handler = selectBits<Select>(type);
  Type last = Type::Pred;
  if (base == "slct") {
    last = decoder.modifiers.takeType();
    if (last != Type::S32 && last != Type::F32) {
      decoder.error("unknown type in '" + decoder.getStatement().name + "'");
      return true;
    }
    handler = last == Type::S32 ? selectBits<SelectByInteger>(type)
                                : selectBits<SelectByFloat>(type);
  }
  if (!handler) {
    decoder.error("unknown or missing type in '" + decoder.getStatement().name +
                  "'");
    return true;
  }
  if (!decoder.expectOperands(4))
    return true;
  decoder.current.source[0] = decoder.source(1, type);
  decoder.current.source[1] = decoder.source(2, type);
  decoder.current.source[2] = decoder.source(3, last);
  decoder.current.destination = decoder.destination(0, type);
  decoder.emit(handler);
  return true;
}
