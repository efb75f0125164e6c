//===- Warp.cpp - Scheduling of the threads of a warp ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Warp.h"

#include "Block.h"

#include <algorithm>

using namespace altgrad::emulator;

/// Instructions a warp may run before the next one has its turn.
static constexpr uint64_t turnLength = 20000;

Warp::Warp(Block &block, const Launch &launch, unsigned index)
    : block(block), launch(launch), kernel(*launch.kernel), index(index),
      registers(static_cast<uint8_t *>(
          std::aligned_alloc(128, size_t(std::max(kernel.units, 1u)) * 128))),
      writtenLanes(kernel.units), local(size_t(kernel.localBytes) * 32),
      localWritten(local.size()) {}

static uint32_t getSpecial(Special special, const Warp &warp, unsigned lane,
                           const uint32_t (&blockIndex)[3], uint32_t smId) {
  const Launch &launch = warp.launch;
  uint32_t thread = warp.getIndex() * 32 + lane;
  uint32_t threads = launch.getThreads();
  switch (special) {
  case Special::TidX:
    return thread % launch.block[0];
  case Special::TidY:
    return thread / launch.block[0] % launch.block[1];
  case Special::TidZ:
    return thread / launch.block[0] / launch.block[1];
  case Special::NtidX:
    return launch.block[0];
  case Special::NtidY:
    return launch.block[1];
  case Special::NtidZ:
    return launch.block[2];
  case Special::CtaidX:
    return blockIndex[0];
  case Special::CtaidY:
    return blockIndex[1];
  case Special::CtaidZ:
    return blockIndex[2];
  case Special::NctaidX:
    return launch.grid[0];
  case Special::NctaidY:
    return launch.grid[1];
  case Special::NctaidZ:
    return launch.grid[2];
  case Special::LaneId:
    return lane;
  case Special::WarpId:
    return warp.getIndex();
  case Special::NWarpId:
    return (threads + 31) / 32;
  case Special::SmId:
    return smId;
  case Special::NSmId:
    return 4; // As MULTIPROCESSOR_COUNT says.
  case Special::GridId:
    return static_cast<uint32_t>(launch.gridId);
  case Special::LaneMaskEq:
    return 1u << lane;
  case Special::LaneMaskLt:
    return (1u << lane) - 1;
  case Special::LaneMaskLe:
    return (2u << lane) - 1;
  case Special::LaneMaskGt:
    return ~((2u << lane) - 1);
  case Special::LaneMaskGe:
    return ~((1u << lane) - 1);
  case Special::DynamicSharedSize:
    return launch.dynamicSharedBytes;
  case Special::TotalSharedSize:
    return launch.kernel->sharedBytes + launch.dynamicSharedBytes;
  }
  return 0;
}

void Warp::reset(const uint32_t (&blockIndex)[3], uint32_t smId) {
  uint32_t threads = launch.getThreads() - index * 32;
  live = threads >= 32 ? ~0u : (1u << threads) - 1;
  groups.assign(1, Group{0, live, Wait::Ready, 0});
  prefersHighest = false;
  std::fill(writtenLanes.begin(), writtenLanes.end(), 0);
  std::fill(localWritten.begin(), localWritten.end(), 0);
  for (const Kernel::Constant &constant : kernel.constants) {
    if (constant.place.bits == 1)
      predicate(constant.place) = constant.value ? ~0u : 0;
    else
      for (unsigned lane = 0; lane < 32; ++lane)
        write(constant.place, lane, constant.value);
    written(constant.place) = ~0u;
  }
  for (const Kernel::SpecialPlace &place : kernel.specials) {
    for (unsigned lane = 0; lane < 32; ++lane)
      write(place.place, lane,
            getSpecial(place.special, *this, lane, blockIndex, smId));
    written(place.place) = ~0u;
  }
}

void Warp::reportUnwritten(const Instruction &instruction, uint32_t unit) {
  uint32_t missing = active & ~writtenLanes[unit];
  fault(instruction, __builtin_ctz(missing), FaultKind::Failure,
        "read of a register that was never written");
}

bool Warp::checkUses(const Instruction &instruction) {
  const uint32_t *use = kernel.uses.data() + instruction.firstUse;
  uint32_t missing = 0;
  for (unsigned i = 0; i < instruction.useCount; ++i)
    missing |= active & ~writtenLanes[use[i]];
  if (missing == 0)
    return true;
  for (unsigned i = 0; i < instruction.useCount; ++i)
    if (active & ~writtenLanes[use[i]]) {
      reportUnwritten(instruction, use[i]);
      break;
    }
  return false;
}

void Warp::define(const Instruction &instruction) {
  const uint32_t *definition =
      kernel.uses.data() + instruction.firstUse + instruction.useCount;
  for (unsigned i = 0; i < instruction.definitionCount; ++i)
    writtenLanes[definition[i]] |= active;
}

/// Threads of the mask that have ended are not waited for (PTX ISA, shfl.sync).
bool Warp::enterWarpSync(const Instruction &instruction, Group &group) {
  // The first thread's mask decides who goes on; others get their turn later.
  unsigned first = __builtin_ctz(active);
  uint32_t mask = static_cast<uint32_t>(read(instruction.source[3], first));
  uint32_t same = 0;
  for (uint32_t rest = active; rest; rest &= rest - 1) {
    unsigned lane = __builtin_ctz(rest);
    uint32_t own = static_cast<uint32_t>(read(instruction.source[3], lane));
    if (!(own >> lane & 1)) {
      fault(instruction, lane, FaultKind::Failure,
            "the thread is not in its own member mask");
      return false;
    }
    same |= (own == mask) << lane;
  }
  if (same & ~mask) {
    fault(instruction, first, FaultKind::Failure,
          "the member mask does not name all threads that have it");
    return false;
  }
  if (mask & live & ~same) {
    group.wait = Wait::Convergence;
    return false;
  }
  active = same;
  return true;
}

bool Warp::enterBarrier(const Instruction &instruction, Group &group) {
  // source[0]: the barrier, source[1]: threads; flags: 1 aligned, 2 arrive,
  // 4 a reduction of the predicate in source[2].
  unsigned lane = __builtin_ctz(active);
  uint64_t barrier = read(instruction.source[0], lane);
  uint64_t threads =
      instruction.source[1].bits ? read(instruction.source[1], lane) : 0;
  if (barrier > 15 || threads % 32 != 0) {
    fault(instruction, lane, FaultKind::Failure,
          "no such barrier, or a number of threads that is no multiple of 32");
    return false;
  }
  if ((instruction.flags & 1) && group.mask != live) {
    group.wait = Wait::Convergence;
    return false;
  }
  if (instruction.flags & 4) {
    uint32_t votes = predicate(instruction.source[2]) & active;
    if (instruction.immediate) // A negated predicate.
      votes = ~votes & active;
    block.barriers[barrier].votes += __builtin_popcount(votes);
  }
  unsigned count = __builtin_popcount(active);
  if (instruction.flags & 2) {
    ++group.pc;
    block.arrive(barrier, count, threads);
    return true;
  }
  group.wait = Wait::Barrier;
  group.barrier = static_cast<uint8_t>(barrier);
  block.arrive(barrier, count, threads);
  return true;
}

void Warp::releaseBarrier(unsigned barrier) {
  for (Group &group : groups) {
    if (group.wait != Wait::Barrier || group.barrier != barrier)
      continue;
    const Instruction &instruction = kernel.code[group.pc];
    if (instruction.handler) { // bar.red has a result.
      active = group.mask;
      instruction.handler(*this, instruction);
      define(instruction);
    }
    group.wait = Wait::Ready;
    ++group.pc;
  }
}

/// Threads that meet go on together; a group that waited for others looks
/// again.
void Warp::mergeGroups() {
  if (groups.size() < 2)
    return;
  std::sort(groups.begin(), groups.end(),
            [](const Group &a, const Group &b) { return a.pc < b.pc; });
  size_t kept = 0;
  for (size_t i = 1; i < groups.size(); ++i) {
    Group &last = groups[kept];
    if (last.pc == groups[i].pc && last.wait != Wait::Barrier &&
        groups[i].wait != Wait::Barrier) {
      last.mask |= groups[i].mask;
      last.wait = Wait::Ready;
    } else {
      groups[++kept] = groups[i];
    }
  }
  groups.resize(kept + 1);
}

Warp::Group *Warp::pickGroup() {
  Group *picked = nullptr;
  for (Group &group : groups)
    if (group.wait == Wait::Ready && (!picked || prefersHighest))
      picked = &group;
  return picked;
}

/// Threads that wait for others of their warp do so in vain where these end.
bool Warp::checkExit(const Instruction &exit, uint32_t mask) {
  for (const Group &group : groups) {
    if (group.wait != Wait::Convergence)
      continue;
    const Instruction &instruction = kernel.code[group.pc];
    uint32_t missed = mask;
    if (instruction.control == Control::WarpSync)
      missed &= read(instruction.source[3], __builtin_ctz(group.mask));
    if (missed == 0)
      continue;
    fault(exit, __builtin_ctz(missed), FaultKind::Failure,
          "ends although others of its warp wait for it in line " +
              std::to_string(instruction.line));
    return false;
  }
  return true;
}

void Warp::exitThreads(uint32_t mask) {
  live &= ~mask;
  for (Group &group : groups)
    group.mask &= ~mask;
  groups.erase(
      std::remove_if(groups.begin(), groups.end(),
                     [](const Group &group) { return group.mask == 0; }),
      groups.end());
  block.checkBarriers();
}

bool Warp::run() {
  bool hasRun = false;
  budget = turnLength;
  while (!launch.hasFailed.load(std::memory_order_relaxed)) {
    mergeGroups();
    Group *group = pickGroup();
    if (!group)
      break;
    if (budget == 0) {
      prefersHighest = !prefersHighest;
      return true;
    }
    uint64_t before = budget;
    size_t current = group - groups.data();
    runGroup(current);
    hasRun |= before != budget;
  }
  prefersHighest = false;
  return hasRun;
}

/// Runs a group until it meets, leaves or waits for others.
void Warp::runGroup(size_t &current) {
  uint32_t pc = groups[current].pc;
  uint32_t mask = groups[current].mask;
  // Where the next group is: there the two become one.
  uint32_t meeting = ~0u;
  for (const Group &group : groups)
    if (group.pc > pc)
      meeting = std::min(meeting, group.pc);
  const Instruction *code = kernel.code.data();
  for (;;) {
    if (budget == 0) {
      groups[current].pc = pc;
      return;
    }
    --budget;
    const Instruction &instruction = code[pc];
    active = mask;
    if (instruction.hasGuard) {
      if (active & ~writtenLanes[instruction.guard])
        return reportUnwritten(instruction, instruction.guard);
      active &= getGuard(instruction);
    }
    if (active == 0) {
      if (++pc == meeting) {
        groups[current].pc = pc;
        return;
      }
      continue;
    }
    if (!checkUses(instruction))
      return;
    block.retired += __builtin_popcount(active);
    switch (instruction.control) {
    case Control::None:
      instruction.handler(*this, instruction);
      define(instruction);
      if (instruction.propagates) {
        // A copy of nothing is nothing; using it is the mistake.
        uint32_t missing = 0;
        if (instruction.source[0].bits)
          missing |= active & ~written(instruction.source[0]);
        // In {a, b} = c the list is what is written.
        for (unsigned i = 0;
             instruction.destination.bits && i < instruction.listCount; ++i)
          missing |= active & ~written(kernel.operands[instruction.list + i]);
        if (missing) {
          const uint32_t *definition =
              kernel.uses.data() + instruction.firstUse + instruction.useCount;
          for (unsigned i = 0; i < instruction.definitionCount; ++i)
            writtenLanes[definition[i]] &= ~missing;
        }
      }
      ++pc;
      break;
    case Control::Branch:
      if (active == mask && instruction.target > pc &&
          instruction.target < meeting) {
        pc = instruction.target;
        continue;
      }
      if (active == mask && groups.size() == 1) {
        pc = instruction.target;
        continue;
      }
      groups[current].pc = pc;
      return jump(current, active, instruction.target);
    case Control::BranchTable: {
      groups[current].pc = pc;
      groups[current].mask = 0;
      for (uint32_t rest = active; rest; rest &= rest - 1) {
        unsigned lane = __builtin_ctz(rest);
        uint64_t choice = read(instruction.source[0], lane);
        if (choice >= instruction.listCount)
          return fault(instruction, lane, FaultKind::Failure,
                       "the index of a branch is out of range");
        groups.push_back({kernel.targets[instruction.list + choice], 1u << lane,
                          Wait::Ready, 0});
      }
      groups[current].mask = mask & ~active;
      groups[current].pc = pc + 1;
      if (groups[current].mask == 0)
        groups.erase(groups.begin() + current);
      return;
    }
    case Control::Exit:
      groups[current].pc = pc + 1;
      if (checkExit(instruction, active))
        exitThreads(active);
      return;
    case Control::Trap:
      return fault(instruction, __builtin_ctz(active), FaultKind::Trap,
                   "trap instruction");
    case Control::WarpSync: {
      groups[current].pc = pc;
      if (!enterWarpSync(instruction, groups[current])) {
        return;
      }
      uint32_t arrived = active;
      ++convergenceEpoch;
      instruction.handler(*this, instruction);
      active = arrived;
      define(instruction);
      if (undefined)
        written(instruction.destination) &= ~undefined;
      undefined = 0;
      if (arrived != mask) {
        // The others have another mask, or a guard that is false.
        uint32_t skipped =
            instruction.hasGuard ? mask & ~getGuard(instruction) : 0;
        uint32_t waiting = mask & ~arrived & ~skipped;
        groups[current] = {pc + 1, arrived | skipped, Wait::Ready, 0};
        if (waiting)
          groups.push_back({pc, waiting, Wait::Ready, 0});
        return;
      }
      ++pc;
      break;
    }
    case Control::Barrier: {
      groups[current].pc = pc;
      if (active != mask)
        return fault(instruction, __builtin_ctz(active), FaultKind::Failure,
                     "a barrier under a guard that not all threads share");
      enterBarrier(instruction, groups[current]);
      return;
    }
    }
    if (pc >= meeting || launch.hasFailed.load(std::memory_order_relaxed)) {
      groups[current].pc = pc;
      return;
    }
  }
}

void Warp::jump(size_t &current, uint32_t taken, uint32_t target) {
  Group &group = groups[current];
  uint32_t stay = group.mask & ~taken;
  if (stay == 0) {
    group.pc = target;
    return;
  }
  group.pc += 1;
  group.mask = stay;
  groups.push_back({target, taken, Wait::Ready, 0});
}

void Warp::reportDeadlock() {
  for (const Group &group : groups) {
    const Instruction &instruction = kernel.code[group.pc];
    active = group.mask;
    const char *what =
        group.wait == Wait::Barrier
            ? "waits at a barrier that other threads never reach"
        : instruction.control == Control::Barrier
            ? "waits at a barrier that other threads of its warp never reach"
            : "waits for threads of its member mask that never come here";
    fault(instruction, __builtin_ctz(group.mask), FaultKind::Failure, what);
    return;
  }
}

void Warp::fault(const Instruction &instruction, unsigned lane, FaultKind kind,
                 const std::string &what) {
  Launch &failed = block.launch;
  std::lock_guard lock(failed.mutex);
  if (failed.fault != FaultKind::None)
    return;
  auto triple = [](uint32_t x, uint32_t y, uint32_t z) {
    return "(" + std::to_string(x) + ", " + std::to_string(y) + ", " +
           std::to_string(z) + ")";
  };
  uint32_t thread = index * 32 + lane;
  failed.message =
      "kernel '" + kernel.name + "', PTX line " +
      std::to_string(instruction.line) + ", block " +
      triple(block.blockIndex[0], block.blockIndex[1], block.blockIndex[2]) +
      ", thread " +
      triple(thread % launch.block[0],
             thread / launch.block[0] % launch.block[1],
             thread / launch.block[0] / launch.block[1]) +
      ": " + what;
  failed.fault = kind;
  failed.hasFailed = true;
}
