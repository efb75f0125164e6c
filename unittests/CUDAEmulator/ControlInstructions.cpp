//===- ControlInstructions.cpp - Branches, returns and fences -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.12. Memory fences and sleeping need nothing where the
// instructions of a block run in one thread of the host: atomics are fences of
// the host.
//
//===----------------------------------------------------------------------===//

#include "Lanewise.h"

using namespace altgrad::emulator;

static void fence(Warp &, const Instruction &) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
static void sleep(Warp &, const Instruction &) {}

static bool decodeBranchTable(Decoder &decoder) {
  decoder.modifiers.take("idx");
  decoder.modifiers.take("uni");
  if (!decoder.expectOperands(2))
    return true;
  const auto *targets = decoder.findBranchTargets(decoder.getOperand(1).name);
  if (!targets) {
    decoder.error("unknown list of targets '" + decoder.getOperand(1).name +
                  "'");
    return true;
  }
  decoder.current.control = Control::BranchTable;
  decoder.current.source[0] = decoder.source(0, Type::U32);
  for (const std::string &target : *targets)
    decoder.addTarget(target);
  decoder.emit(nullptr);
  return true;
}

bool altgrad::emulator::decodeControl(Decoder &decoder) {
  Modifiers &modifiers = decoder.modifiers;
  std::string_view base = modifiers.getBase();
  if (base == "bra") {
    modifiers.take("uni");
    if (!decoder.expectOperands(1))
      return true;
    decoder.current.control = Control::Branch;
    decoder.addTarget(decoder.getOperand(0).name);
    decoder.emit(nullptr);
    return true;
  }
  if (base == "brx")
    return decodeBranchTable(decoder);
  if (base == "ret" || base == "exit") {
    modifiers.take("uni");
    decoder.current.control = Control::Exit;
    decoder.emit(nullptr);
    return true;
  }
  if (base == "trap" || base == "brkpt") {
    decoder.current.control = Control::Trap;
    decoder.emit(nullptr);
    return true;
  }
  if (base == "membar" || base == "fence") {
    modifiers.takeOneOf({"sc", "acq_rel", "acquire", "release"});
    if (modifiers.takeOneOf({"cta", "cluster", "gpu", "gl", "sys"}) ==
        Modifiers::npos)
      decoder.error("expected a scope in '" + decoder.getStatement().name +
                    "'");
    decoder.emit(fence);
    return true;
  }
  if (base == "nanosleep") {
    modifiers.take("u32");
    decoder.source(0, Type::U32);
    decoder.emit(sleep);
    return true;
  }
  return false;
}
