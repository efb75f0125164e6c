//===- MoveInstructions.cpp - mov and cvta --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of registers that nobody has written are allowed: LLVM makes them for
// values that are undefined on one way into a loop. The copy is unwritten too.
//
//===----------------------------------------------------------------------===//

#include "DeviceMemory.h"
#include "Lanewise.h"

#include <chrono>

using namespace altgrad::emulator;

namespace {
template <class T> struct Copy {
  static T apply(T a) { return a; }
  static constexpr Handler handler = unary<Copy, T, T>;
};
} // namespace

static void copyPredicate(Warp &warp, const Instruction &instruction) {
  uint32_t value = warp.predicate(instruction.source[0]);
  uint32_t &result = warp.predicate(instruction.destination);
  result = (result & ~warp.active) | (value & warp.active);
}

/// mov.b32 d, {a, b}: the first element is the lowest.
static void pack(Warp &warp, const Instruction &instruction) {
  const Register *parts = warp.kernel.operands.data() + instruction.list;
  unsigned bits = instruction.destination.bits / instruction.listCount;
  forEachLane(warp.active, [&](unsigned i) {
    uint64_t value = 0;
    for (unsigned k = 0; k < instruction.listCount; ++k)
      value |= (warp.read(parts[k], i) & ((1ull << bits) - 1)) << (k * bits);
    warp.write(instruction.destination, i, value);
  });
}

static void unpack(Warp &warp, const Instruction &instruction) {
  const Register *parts = warp.kernel.operands.data() + instruction.list;
  unsigned bits = instruction.source[0].bits / instruction.listCount;
  forEachLane(warp.active, [&](unsigned i) {
    uint64_t value = warp.read(instruction.source[0], i);
    for (unsigned k = 0; k < instruction.listCount; ++k)
      warp.write(parts[k], i, value >> (k * bits) & ((1ull << bits) - 1));
  });
}

static void readClock(Warp &warp, const Instruction &instruction) {
  uint64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
  forEachLane(warp.active, [&](unsigned i) {
    warp.write(instruction.destination, i, now >> instruction.immediate);
  });
}

static void activeMask(Warp &warp, const Instruction &instruction) {
  forEachLane(warp.active, [&](unsigned i) {
    warp.write(instruction.destination, i, warp.active);
  });
}

/// cvta: adds the start of a window, or takes it away.
static void convertAddress(Warp &warp, const Instruction &instruction) {
  forEachLane(warp.active, [&](unsigned i) {
    uint64_t address = warp.read(instruction.source[0], i);
    // Addresses of both kinds are understood by ld.shared and the like.
    if (instruction.flags) // To the space.
      address = address - instruction.immediate < windowSize
                    ? address - instruction.immediate
                    : address;
    else if (address < windowSize)
      address += instruction.immediate;
    warp.write(instruction.destination, i, address);
  });
}

static bool decodeCvta(Decoder &decoder) {
  Modifiers &modifiers = decoder.modifiers;
  decoder.current.flags = modifiers.take("to");
  modifiers.takeOneOf({"param::entry"});
  size_t space = modifiers.takeOneOf(
      {"global", "const", "shared", "shared::cta", "local", "param"});
  static constexpr uint64_t windows[] = {
      0, 0, sharedWindow, sharedWindow, localWindow, paramWindow};
  if (space == Modifiers::npos && !modifiers.has("param::entry")) {
    decoder.error("unknown space in '" + decoder.getStatement().name + "'");
    return true;
  }
  uint64_t window = space == Modifiers::npos ? paramWindow : windows[space];
  Type type = modifiers.takeType();
  if (getBitWidth(type) != 64) {
    decoder.error("expected 64 bits in '" + decoder.getStatement().name + "'");
    return true;
  }
  if (!decoder.expectOperands(2))
    return true;
  decoder.current.immediate = window;
  decoder.current.source[0] = decoder.source(1, Type::B64);
  decoder.current.destination = decoder.destination(0, Type::B64);
  decoder.emit(window ? convertAddress : Copy<uint64_t>::handler);
  return true;
}

static bool decodeVolatileSpecial(Decoder &decoder, Type type) {
  const Operand &operand = decoder.getOperand(1);
  static constexpr std::pair<std::string_view, unsigned> clocks[] = {
      {"%clock64", 0},   {"%globaltimer", 0},    {"%clock", 0},
      {"%clock_hi", 32}, {"%globaltimer_lo", 0}, {"%globaltimer_hi", 32}};
  if (operand.kind != Operand::Kind::Name)
    return false;
  for (auto [name, shift] : clocks)
    if (operand.name == name) {
      decoder.current.immediate = shift;
      decoder.current.destination = decoder.destination(0, type);
      decoder.emit(readClock);
      return true;
    }
  return false;
}

static void decodeVectorMove(Decoder &decoder, Type type, bool packs) {
  const Operand &vector = decoder.getOperand(packs ? 1 : 0);
  unsigned count = vector.elements.size();
  unsigned bits = count ? getBitWidth(type) / count : 0;
  Type element = bits == 8    ? Type::B8
                 : bits == 16 ? Type::B16
                 : bits == 32 ? Type::B32
                              : Type::None;
  if (element == Type::None || count < 2)
    return decoder.error("unexpected number of elements in '" +
                         decoder.getStatement().name + "'");
  std::vector<Register> parts;
  for (const Operand &part : vector.elements)
    parts.push_back(packs ? decoder.source(part, element)
                          : decoder.destination(part, element));
  decoder.current.list = decoder.addOperands(parts);
  decoder.current.listCount = count;
  if (packs)
    decoder.current.destination = decoder.destination(0, type);
  else
    decoder.current.source[0] = decoder.source(1, type);
  decoder.current.flags = !packs; // The list is what is written.
  decoder.emit(packs ? pack : unpack);
}

bool altgrad::emulator::decodeMove(Decoder &decoder) {
  Modifiers &modifiers = decoder.modifiers;
  std::string_view base = modifiers.getBase();
  if (base == "cvta")
    return decodeCvta(decoder);
  if (base == "activemask") {
    modifiers.take("b32");
    decoder.expectOperands(1);
    decoder.current.destination = decoder.destination(0, Type::B32);
    decoder.emit(activeMask);
    return true;
  }
  if (base != "mov")
    return false;
  Type type = modifiers.takeType();
  if (!decoder.expectOperands(2) || decodeVolatileSpecial(decoder, type))
    return true;
  decoder.sourcesMayBeUnwritten = true;
  decoder.current.propagates = true;
  bool packs = decoder.getOperand(1).kind == Operand::Kind::Vector;
  bool unpacks = decoder.getOperand(0).kind == Operand::Kind::Vector;
  if (packs || unpacks) {
    decodeVectorMove(decoder, type, packs);
    return true;
  }
  Handler handler = type == Type::Pred ? copyPredicate : selectBits<Copy>(type);
  if (!handler) {
    decoder.error("unknown or missing type in '" + decoder.getStatement().name +
                  "'");
    return true;
  }
  decoder.current.source[0] = decoder.source(1, type);
  decoder.current.destination = decoder.destination(0, type);
  decoder.emit(handler);
  return true;
}
