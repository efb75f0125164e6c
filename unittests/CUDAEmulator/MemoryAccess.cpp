//===- MemoryAccess.cpp - Every access of a kernel, checked ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What NVIDIA's compute-sanitizer does in three of its tools: memcheck (bounds
// and alignment), initcheck (reads of what nobody wrote) and racecheck (shared
// memory), on every access and without being asked.
//
//===----------------------------------------------------------------------===//

#include "Block.h"

#include <cstdio>
#include <cstring>

using namespace altgrad::emulator;

static std::string describe(const char *problem, bool isWrite, unsigned size,
                            const char *space, uint64_t address) {
  char text[160];
  std::snprintf(text, sizeof(text), "%s %u-byte %s of %s memory at 0x%llx",
                problem, size, isWrite ? "write" : "read", space,
                static_cast<unsigned long long>(address));
  return text;
}

uint8_t *Warp::access(const Instruction &instruction, uint64_t address,
                      unsigned size, bool isWrite, bool isAtomic, unsigned lane,
                      const uint8_t *stored) {
  switch (instruction.space) {
  case Space::Shared:
    return accessShared(instruction, address, size, isWrite, isAtomic, lane,
                        stored);
  case Space::Local:
    return accessLocal(instruction, address, size, isWrite, lane);
  case Space::Param:
    return accessParameters(instruction, address, size, isWrite, lane);
  case Space::Generic:
    if (address - sharedWindow < windowSize)
      return accessShared(instruction, address - sharedWindow, size, isWrite,
                          isAtomic, lane, stored);
    if (address - localWindow < windowSize)
      return accessLocal(instruction, address - localWindow, size, isWrite,
                         lane);
    if (address - paramWindow < windowSize)
      return accessParameters(instruction, address - paramWindow, size, isWrite,
                              lane);
    break;
  case Space::Global:
  case Space::Const:
    break;
  }
  auto fail = [&](FaultKind kind, const char *problem) -> uint8_t * {
    fault(instruction, lane, kind,
          describe(problem, isWrite, size, "global", address));
    return nullptr;
  };
  if (address & (size - 1))
    return fail(FaultKind::MisalignedAddress, "misaligned");
  DeviceMemory &memory = DeviceMemory::get();
  if (!memory.isDevice(address)) {
    if (!memory.findHostRange(address, size))
      return fail(FaultKind::IllegalAddress, "out-of-bounds");
    return reinterpret_cast<uint8_t *>(address);
  }
  // Other blocks look at the same shadow bytes at the same time.
  uint8_t *shadow = memory.shadow(address);
  for (unsigned i = 0; i < size; ++i) {
    uint8_t state = __atomic_load_n(shadow + i, __ATOMIC_RELAXED);
    if (state == Written)
      continue;
    if (state == Unallocated)
      return fail(FaultKind::IllegalAddress, "out-of-bounds");
    if (!isWrite || isAtomic)
      return fail(FaultKind::IllegalAddress, "uninitialised");
    __atomic_store_n(shadow + i, Written, __ATOMIC_RELAXED);
  }
  return memory.data(address);
}

namespace {
/// Looks at one access to shared memory byte by byte.
struct RaceCheck {
  Block &block;
  uint16_t thread;      // Counted from one.
  uint32_t sync;        // Orders what was written before.
  uint32_t convergence; // Orders what was read before.
  bool isAtomic;

  bool isOther(uint16_t other) const { return other != thread; }
  bool isInWarp(uint16_t other) const {
    return (other - 1) / 32 == (thread - 1) / 32;
  }
  /// Whether a bar.warp.sync lies between a write of another thread and now.
  bool isWriterOrdered(const Block::SharedByte &byte) const {
    return isInWarp(byte.writer) && byte.writerSync != sync;
  }
  /// A write behind any .sync instruction does not disturb reads before it.
  bool isReaderOrdered(const Block::SharedByte &byte) const {
    return isInWarp(byte.reader) && byte.readerSync != convergence;
  }

  /// Null, or what is wrong.
  const char *read(Block::SharedByte &byte) {
    if (byte.writeEpoch == block.epoch && isOther(byte.writer) &&
        !isWriterOrdered(byte) && !(isAtomic && byte.isAtomic))
      return "race (written by another thread since the last barrier) in";
    if (byte.readEpoch != block.epoch) {
      byte.hasOtherReaders = byte.hasReadersElsewhere = false;
    } else if (isOther(byte.reader)) {
      bool sameWarp = isInWarp(byte.reader);
      (sameWarp ? byte.hasOtherReaders : byte.hasReadersElsewhere) = true;
      if (sameWarp && byte.readerSync != convergence)
        byte.hasOtherReaders = false;
    }
    byte.readEpoch = block.epoch;
    byte.reader = thread;
    byte.readerSync = convergence;
    return nullptr;
  }

  /// `isSame` where the byte that is written is there already: threads that
  /// write the same, as in MLIR's reductions, leave no doubt about the result.
  const char *write(Block::SharedByte &byte, bool isSame) {
    if (byte.writeEpoch == block.epoch && isOther(byte.writer) &&
        !isWriterOrdered(byte) && !(isAtomic && byte.isAtomic) && !isSame)
      return "race (written by another thread since the last barrier) in";
    if (byte.readEpoch == block.epoch) {
      bool ordered = !isOther(byte.reader) || isReaderOrdered(byte);
      bool othersOrdered = !byte.hasOtherReaders || isReaderOrdered(byte);
      if (!ordered || !othersOrdered || byte.hasReadersElsewhere)
        return "race (read by another thread since the last barrier) in";
    }
    byte.writeEpoch = block.epoch;
    byte.writer = thread;
    byte.writerSync = sync;
    byte.isAtomic = isAtomic;
    byte.writtenInBlock = block.serial;
    return nullptr;
  }
};
} // namespace

uint8_t *Warp::accessShared(const Instruction &instruction, uint64_t offset,
                            unsigned size, bool isWrite, bool isAtomic,
                            unsigned lane, const uint8_t *stored) {
  auto fail = [&](FaultKind kind, const char *problem) -> uint8_t * {
    fault(instruction, lane, kind,
          describe(problem, isWrite, size, "shared", offset));
    return nullptr;
  };
  // A kernel may use generic addresses of shared memory in ld.shared.
  if (offset - sharedWindow < windowSize)
    offset -= sharedWindow;
  if (offset & (size - 1))
    return fail(FaultKind::MisalignedAddress, "misaligned");
  if (offset >= block.sharedBytes || size > block.sharedBytes - offset)
    return fail(FaultKind::IllegalAddress, "out-of-bounds");
  RaceCheck check{block, static_cast<uint16_t>(index * 32 + lane + 1),
                  syncEpoch, convergenceEpoch, isAtomic};
  for (unsigned i = 0; i < size; ++i) {
    Block::SharedByte &byte = block.sharedBytesState[offset + i];
    if ((!isWrite || isAtomic) && byte.writtenInBlock != block.serial)
      return fail(FaultKind::IllegalAddress, "uninitialised");
    const char *race =
        isWrite
            ? check.write(byte, stored && block.shared[offset + i] == stored[i])
            : check.read(byte);
    if (race)
      return fail(FaultKind::Failure, race);
  }
  return block.shared.data() + offset;
}

uint8_t *Warp::accessLocal(const Instruction &instruction, uint64_t offset,
                           unsigned size, bool isWrite, unsigned lane) {
  auto fail = [&](FaultKind kind, const char *problem) -> uint8_t * {
    fault(instruction, lane, kind,
          describe(problem, isWrite, size, "local", offset));
    return nullptr;
  };
  if (offset - localWindow < windowSize)
    offset -= localWindow;
  if (offset & (size - 1))
    return fail(FaultKind::MisalignedAddress, "misaligned");
  if (offset >= kernel.localBytes || size > kernel.localBytes - offset)
    return fail(FaultKind::IllegalAddress, "out-of-bounds");
  uint64_t start = uint64_t(lane) * kernel.localBytes + offset;
  if (isWrite)
    std::memset(localWritten.data() + start, 1, size);
  else if (std::memchr(localWritten.data() + start, 0, size))
    return fail(FaultKind::IllegalAddress, "uninitialised");
  return local.data() + start;
}

uint8_t *Warp::accessParameters(const Instruction &instruction, uint64_t offset,
                                unsigned size, bool isWrite, unsigned lane) {
  if (offset & (size - 1)) {
    fault(instruction, lane, FaultKind::MisalignedAddress,
          describe("misaligned", isWrite, size, "parameter", offset));
    return nullptr;
  }
  if (isWrite || offset >= kernel.parameterBytes ||
      size > kernel.parameterBytes - offset) {
    fault(instruction, lane, FaultKind::IllegalAddress,
          describe(isWrite ? "forbidden" : "out-of-bounds", isWrite, size,
                   "parameter", offset));
    return nullptr;
  }
  return const_cast<uint8_t *>(launch.parameters) + offset;
}
