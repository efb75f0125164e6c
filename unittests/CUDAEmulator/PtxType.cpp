//===- PtxType.cpp - Types of the PTX ISA ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Ptx.h"

using namespace altgrad::emulator;

namespace {
struct TypeEntry {
  std::string_view name;
  Type type;
  unsigned bits;
};
} // namespace

static const TypeEntry types[] = {
    {"b8", Type::B8, 8},          {"b16", Type::B16, 16},
    {"b32", Type::B32, 32},       {"b64", Type::B64, 64},
    {"b128", Type::B128, 128},    {"u8", Type::U8, 8},
    {"u16", Type::U16, 16},       {"u32", Type::U32, 32},
    {"u64", Type::U64, 64},       {"s8", Type::S8, 8},
    {"s16", Type::S16, 16},       {"s32", Type::S32, 32},
    {"s64", Type::S64, 64},       {"f16", Type::F16, 16},
    {"bf16", Type::BF16, 16},     {"f32", Type::F32, 32},
    {"f64", Type::F64, 64},       {"f16x2", Type::F16x2, 32},
    {"bf16x2", Type::BF16x2, 32}, {"pred", Type::Pred, 1},
    {"tf32", Type::TF32, 32},     {"e4m3x2", Type::E4M3x2, 16},
    {"e5m2x2", Type::E5M2x2, 16}, {"f32x2", Type::F32x2, 64}};

std::optional<Type> altgrad::emulator::parseType(std::string_view name) {
  for (const TypeEntry &entry : types)
    if (entry.name == name)
      return entry.type;
  return std::nullopt;
}

unsigned altgrad::emulator::getBitWidth(Type type) {
  for (const TypeEntry &entry : types)
    if (entry.type == type)
      return entry.bits;
  return 0;
}

bool altgrad::emulator::isSigned(Type type) {
  return type >= Type::S8 && type <= Type::S64;
}
bool altgrad::emulator::isUnsigned(Type type) {
  return type >= Type::U8 && type <= Type::U64;
}
bool altgrad::emulator::isInteger(Type type) {
  return isSigned(type) || isUnsigned(type);
}
bool altgrad::emulator::isBits(Type type) {
  return type >= Type::B8 && type <= Type::B128;
}
bool altgrad::emulator::isFloat(Type type) {
  return type >= Type::F16 && type <= Type::F32x2;
}
