//===- MemoryInstructions.cpp - Loads, stores and prefetches --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.9. What modifiers say about caches and order needs nothing here:
// an access of up to 8 bytes is one access of the host.
//
//===----------------------------------------------------------------------===//

#include "Lanewise.h"

using namespace altgrad::emulator;

/// Elements are read as one, so that no other thread sees a half of one.
template <class T> static T loadElement(const uint8_t *bytes) {
  return __atomic_load_n(reinterpret_cast<const T *>(bytes), __ATOMIC_RELAXED);
}
template <class T> static void storeElement(uint8_t *bytes, T value) {
  __atomic_store_n(reinterpret_cast<T *>(bytes), value, __ATOMIC_RELAXED);
}

static uint64_t readAddress(Warp &warp, const Instruction &instruction,
                            unsigned lane) {
  return warp.read(instruction.source[0], lane) + instruction.immediate;
}

/// T is signed if narrow values are extended with their sign.
template <class T>
static void load(Warp &warp, const Instruction &instruction) {
  const Register *elements = warp.kernel.operands.data() + instruction.list;
  unsigned count = instruction.listCount;
  for (uint32_t rest = warp.active; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    const uint8_t *bytes = warp.access(
        instruction, readAddress(warp, instruction, lane), count * sizeof(T),
        /*isWrite=*/false, /*isAtomic=*/false, lane);
    if (!bytes)
      return;
    for (unsigned k = 0; k < count; ++k)
      warp.write(elements[k], lane,
                 static_cast<uint64_t>(static_cast<int64_t>(
                     loadElement<T>(bytes + k * sizeof(T)))));
  }
}

template <class T>
static void store(Warp &warp, const Instruction &instruction) {
  const Register *elements = warp.kernel.operands.data() + instruction.list;
  unsigned count = instruction.listCount;
  for (uint32_t rest = warp.active; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    T values[8];
    for (unsigned k = 0; k < count; ++k)
      values[k] = static_cast<T>(warp.read(elements[k], lane));
    uint8_t *bytes = warp.access(
        instruction, readAddress(warp, instruction, lane), count * sizeof(T),
        /*isWrite=*/true,
        /*isAtomic=*/false, lane, reinterpret_cast<const uint8_t *>(values));
    if (!bytes)
      return;
    for (unsigned k = 0; k < count; ++k)
      storeElement<T>(bytes + k * sizeof(T), values[k]);
  }
}

static void doNothing(Warp &, const Instruction &) {}

static Handler selectLoad(Type type) {
  bool extendsSign = isSigned(type);
  switch (getBitWidth(type)) {
  case 8:
    return extendsSign ? load<int8_t> : load<uint8_t>;
  case 16:
    return extendsSign ? load<int16_t> : load<uint16_t>;
  case 32:
    return extendsSign ? load<int32_t> : load<uint32_t>;
  case 64:
    return load<uint64_t>;
  default:
    return nullptr;
  }
}

static Handler selectStore(Type type) {
  switch (getBitWidth(type)) {
  case 8:
    return store<uint8_t>;
  case 16:
    return store<uint16_t>;
  case 32:
    return store<uint32_t>;
  case 64:
    return store<uint64_t>;
  default:
    return nullptr;
  }
}

static void takeSpace(Decoder &decoder) {
  static constexpr Space spaces[] = {
      Space::Global, Space::Shared, Space::Shared, Space::Local,
      Space::Param,  Space::Param,  Space::Param,  Space::Const};
  size_t space = decoder.modifiers.takeOneOf({"global", "shared", "shared::cta",
                                              "local", "param", "param::entry",
                                              "param::func", "const"});
  decoder.current.space =
      space == Modifiers::npos ? Space::Generic : spaces[space];
}

/// Order, scope and hints about caches.
static void takeHints(Modifiers &modifiers) {
  modifiers.takeOneOf({"weak", "volatile", "relaxed", "acquire", "release"});
  modifiers.take("mmio");
  modifiers.takeOneOf({"cta", "cluster", "gpu", "sys"});
  modifiers.take("nc");
  modifiers.takeOneOf({"ca", "cg", "cs", "lu", "cv", "wb", "wt"});
  modifiers.takeWithPrefix("L1::");
  modifiers.takeWithPrefix("L2::");
  modifiers.take("unified");
}

static bool decodeAccess(Decoder &decoder, bool isLoad) {
  Modifiers &modifiers = decoder.modifiers;
  takeSpace(decoder);
  bool hasHint = modifiers.has("L2::cache_hint");
  takeHints(modifiers);
  size_t vector = modifiers.takeOneOf({"v2", "v4", "v8"});
  size_t count = vector == Modifiers::npos ? 1 : 2u << vector;
  Type type = modifiers.takeType();
  Handler handler = isLoad ? selectLoad(type) : selectStore(type);
  if (!handler || type == Type::Pred || count * getBitWidth(type) > 256) {
    decoder.error("unknown type in '" + decoder.getStatement().name + "'");
    return true;
  }
  if (!decoder.expectOperands(hasHint ? 3 : 2))
    return true;
  const Operand &values = decoder.getOperand(isLoad ? 0 : 1);
  std::vector<Register> elements;
  auto add = [&](const Operand &value) {
    elements.push_back(isLoad ? decoder.wideDestination(value, type)
                              : decoder.wideSource(value, type));
  };
  if (values.kind == Operand::Kind::Vector)
    for (const Operand &value : values.elements)
      add(value);
  else
    add(values);
  if (elements.size() != count) {
    decoder.error("expected " + std::to_string(count) + " elements in '" +
                  decoder.getStatement().name + "'");
    return true;
  }
  decoder.current.source[0] =
      decoder.address(decoder.getOperand(isLoad ? 1 : 0));
  decoder.current.list = decoder.addOperands(elements);
  decoder.current.listCount = count;
  decoder.emit(handler);
  return true;
}

bool altgrad::emulator::decodeMemory(Decoder &decoder) {
  Modifiers &modifiers = decoder.modifiers;
  std::string_view base = modifiers.getBase();
  if (base == "ld" || base == "ldu")
    return decodeAccess(decoder, /*isLoad=*/true);
  if (base == "st")
    return decodeAccess(decoder, /*isLoad=*/false);
  if (base == "prefetch" || base == "prefetchu" || base == "applypriority" ||
      base == "discard") {
    takeSpace(decoder);
    modifiers.take("L1");
    modifiers.take("L2");
    takeHints(modifiers);
    if (base == "discard") {
      decoder.error("discard is not supported");
      return true;
    }
    decoder.address(decoder.getOperand(0));
    decoder.emit(doNothing);
    return true;
  }
  return false;
}
