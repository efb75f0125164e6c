//===- Program.h - Kernels in the form that is executed ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An instruction is decoded once, into the function that executes it for the
// active threads of a warp and the places of its operands. Immediates, special
// registers that do not change and addresses of variables are registers that
// have their value before the first instruction, so that a handler knows one
// kind of operand only.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_PROGRAM_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_PROGRAM_H

#include "Ptx.h"

#include <map>
#include <memory>

namespace altgrad::emulator {

class Warp;
struct Instruction;
using Handler = void (*)(Warp &, const Instruction &);

/// A register: where its 32 lanes are, in units of 128 bytes, and how many bits
/// of each lane. A predicate is one word with a bit for each lane.
struct Register {
  uint32_t unit = 0;
  uint32_t bits = 0;
};

/// How the scheduler treats an instruction.
enum class Control : uint8_t {
  None,        // Runs its handler and goes on.
  Branch,      // To `target`, for the threads whose guard holds.
  BranchTable, // To one of a list, by an index.
  Exit,
  Trap,
  WarpSync, // Waits for the threads of a mask, then runs its handler.
  Barrier   // Waits for the threads of the block.
};

struct Instruction {
  Handler handler = nullptr;
  Register destination;
  Register source[4];
  Register secondDestination; // The second predicate of setp, shfl's predicate.
  uint64_t immediate = 0;     // An offset or flags, as the handler has it.
  uint32_t target = 0;
  uint32_t list = 0; // The operands in braces: first in Kernel::operands...
  uint16_t listCount = 0; // ... and how many.
  uint16_t flags = 0;
  Control control = Control::None;
  Space space = Space::Generic;
  bool hasGuard = false;
  bool isGuardNegated = false;
  bool propagates =
      false;          // Copies: an unwritten source makes an unwritten result.
  uint32_t guard = 0; // The unit of the guard.
  // Registers that must have been written, and those that will have been:
  // ranges of Kernel::uses.
  uint32_t firstUse = 0;
  uint16_t useCount = 0;
  uint16_t definitionCount = 0; // Behind the uses.
  uint32_t line = 0;
};

/// Special registers that are constant for a thread.
enum class Special : uint8_t {
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  LaneId,
  WarpId,
  NWarpId,
  SmId,
  NSmId,
  GridId,
  LaneMaskEq,
  LaneMaskLt,
  LaneMaskLe,
  LaneMaskGt,
  LaneMaskGe,
  DynamicSharedSize,
  TotalSharedSize
};

struct KernelParameter {
  uint32_t offset;
  uint32_t size;
};

struct Kernel {
  std::string name;
  std::vector<Instruction> code;
  std::vector<uint32_t> uses;     // Units, see Instruction.
  std::vector<Register> operands; // Operands in braces.
  std::vector<uint32_t> targets;  // Of branch tables.
  uint32_t units = 0;
  struct Constant {
    Register place;
    uint64_t value;
  };
  std::vector<Constant> constants;
  struct SpecialPlace {
    Register place;
    Special special;
  };
  std::vector<SpecialPlace> specials;
  std::vector<KernelParameter> parameters;
  uint32_t parameterBytes = 0;
  uint32_t sharedBytes = 0; // Static.
  uint32_t dynamicSharedOffset = 0;
  uint32_t localBytes = 0; // Per thread.
  uint32_t registerCount = 0;
  unsigned maxThreads = 1024;
  unsigned requiredThreads[3] = {0, 0, 0};
};

/// A loaded module: its kernels, and its variables in device memory.
struct Program {
  ~Program();

  struct Global {
    uint64_t address;
    uint64_t size;
  };
  std::map<std::string, Global> globals;
  std::map<std::string, std::unique_ptr<Kernel>> kernels;
};

struct DecodeOptions {
  bool contracts = false; // Fuse mul and add that do not say .rn.
};

/// Decodes all kernels of `module`; its variables are allocated and set.
std::unique_ptr<Program> decodeModule(const Module &module,
                                      const DecodeOptions &options,
                                      Diagnostic &diagnostic);

} // namespace altgrad::emulator

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_PROGRAM_H
