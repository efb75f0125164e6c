//===- Warp.h - 32 threads and their registers ------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each thread has its own program counter. Threads at the same instruction are
// a group, and the group with the lowest address runs: those that went another
// way at a branch wait for it where both ways meet.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_WARP_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_WARP_H

#include "DeviceMemory.h"
#include "Program.h"

#include <atomic>
#include <mutex>

namespace altgrad::emulator {

/// Why a launch failed.
enum class FaultKind : uint8_t {
  None,
  IllegalAddress,
  MisalignedAddress,
  Failure, // Unwritten registers, races, deadlocks.
  Trap
};

/// A launch: what all of its blocks share.
struct Launch {
  const Kernel *kernel = nullptr;
  uint32_t grid[3] = {1, 1, 1};
  uint32_t block[3] = {1, 1, 1};
  uint32_t dynamicSharedBytes = 0;
  const uint8_t *parameters = nullptr;
  uint64_t gridId = 0;

  std::atomic<bool> hasFailed{false};
  std::mutex mutex;
  FaultKind fault = FaultKind::None;
  std::string message;

  uint32_t getThreads() const { return block[0] * block[1] * block[2]; }
};

/// Executes all blocks; what went wrong is in `launch`.
void execute(Launch &launch);

class Block;

class Warp {
public:
  Warp(Block &block, const Launch &launch, unsigned index);

  /// Back to the first instruction, for the next block.
  void reset(const uint32_t (&blockIndex)[3], uint32_t smId);

  /// Runs until no thread can go on or it has run long enough. False if it did
  /// nothing.
  bool run();

  bool isDone() const { return live == 0; }
  uint32_t getLive() const { return live; }
  unsigned getIndex() const { return index; }
  /// Lets the threads behind a barrier go on.
  void releaseBarrier(unsigned barrier);
  /// Reports what the threads wait for in vain.
  void reportDeadlock();

  // What handlers use.

  /// The lanes of a register as values of T, which must have its width.
  template <class T> T *lanes(Register place) {
    return reinterpret_cast<T *>(registers.get() + size_t(place.unit) * 128);
  }
  uint32_t &predicate(Register place) { return *lanes<uint32_t>(place); }
  /// A lane's value, extended with zeros.
  uint64_t read(Register place, unsigned lane) {
    switch (place.bits) {
    case 16:
      return lanes<uint16_t>(place)[lane];
    case 32:
      return lanes<uint32_t>(place)[lane];
    case 64:
      return lanes<uint64_t>(place)[lane];
    default:
      return predicate(place) >> lane & 1;
    }
  }
  void write(Register place, unsigned lane, uint64_t value) {
    switch (place.bits) {
    case 16:
      lanes<uint16_t>(place)[lane] = static_cast<uint16_t>(value);
      break;
    case 32:
      lanes<uint32_t>(place)[lane] = static_cast<uint32_t>(value);
      break;
    case 64:
      lanes<uint64_t>(place)[lane] = value;
      break;
    default:
      predicate(place) = (predicate(place) & ~(1u << lane)) |
                         static_cast<uint32_t>(value & 1) << lane;
    }
  }
  /// Which lanes of a register were written.
  uint32_t &written(Register place) { return writtenLanes[place.unit]; }

  /// The bytes of an access after all checks, or null after a fault. `size` is
  /// that of the whole access, which must be its alignment; `stored` what a
  /// store is about to write.
  uint8_t *access(const Instruction &instruction, uint64_t address,
                  unsigned size, bool isWrite, bool isAtomic, unsigned lane,
                  const uint8_t *stored = nullptr);

  void fault(const Instruction &instruction, unsigned lane, FaultKind kind,
             const std::string &what);

  uint32_t active = 0; // The threads that execute the current instruction.
  uint32_t carry = 0;  // The condition code of add.cc, a bit for each lane.
  // For the check for races: how many times the warp has executed bar.warp.sync
  // and any instruction that waits for the threads of a mask.
  uint32_t syncEpoch = 1;
  uint32_t convergenceEpoch = 1;
  uint32_t undefined =
      0; // Lanes whose shuffle read a thread that is not there.
  Block &block;
  const Launch &launch;
  const Kernel &kernel;

private:
  friend class Block;

  enum class Wait : uint8_t {
    Ready,
    Convergence, // For other threads of the warp to come to this instruction.
    Barrier      // Arrived at a barrier.
  };
  struct Group {
    uint32_t pc;
    uint32_t mask;
    Wait wait;
    uint8_t barrier;
  };

  uint32_t getGuard(const Instruction &instruction) {
    uint32_t guard = predicate({instruction.guard, 1});
    return instruction.isGuardNegated ? ~guard : guard;
  }
  void reportUnwritten(const Instruction &instruction, uint32_t unit);
  bool checkUses(const Instruction &instruction);
  void define(const Instruction &instruction);
  bool enterWarpSync(const Instruction &instruction, Group &group);
  bool enterBarrier(const Instruction &instruction, Group &group);
  void mergeGroups();
  Group *pickGroup();
  void runGroup(size_t &current);
  void jump(size_t &current, uint32_t taken, uint32_t target);
  bool checkExit(const Instruction &exit, uint32_t mask);
  void exitThreads(uint32_t mask);

  uint8_t *accessShared(const Instruction &instruction, uint64_t offset,
                        unsigned size, bool isWrite, bool isAtomic,
                        unsigned lane, const uint8_t *stored);
  uint8_t *accessLocal(const Instruction &instruction, uint64_t offset,
                       unsigned size, bool isWrite, unsigned lane);
  uint8_t *accessParameters(const Instruction &instruction, uint64_t offset,
                            unsigned size, bool isWrite, unsigned lane);

  unsigned index;
  uint32_t live = 0;
  std::vector<Group> groups;
  bool prefersHighest = false; // For one turn, so that nobody spins forever.
  uint64_t budget = 0;
  struct Free {
    void operator()(uint8_t *memory) const { ::free(memory); }
  };
  std::unique_ptr<uint8_t, Free> registers;
  std::vector<uint32_t> writtenLanes;
  std::vector<uint8_t> local;
  std::vector<uint8_t> localWritten;
};

/// Calls `function` for each lane of a mask.
template <class Function>
inline void forEachLane(uint32_t mask, Function function) {
  for (; mask; mask &= mask - 1)
    function(static_cast<unsigned>(__builtin_ctz(mask)));
}

/// The same where no lane touches what another one does: the loop over all
/// lanes is what the compiler makes vectors of.
template <class Function>
inline void forEachLaneApart(uint32_t mask, Function function) {
  if (mask != ~0u)
    return forEachLane(mask, function);
#pragma clang loop vectorize(assume_safety)
  for (unsigned lane = 0; lane < 32; ++lane)
    function(lane);
}

} // namespace altgrad::emulator

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_WARP_H
