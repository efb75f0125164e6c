//===- Block.h - Warps, their barriers and shared memory --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_BLOCK_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_BLOCK_H

#include "Warp.h"

namespace altgrad::emulator {

class Block {
public:
  explicit Block(Launch &launch);

  /// Executes the block with this index in the grid.
  void run(uint64_t linearIndex, uint32_t smId);

  /// A group of threads arrives. True if nobody has to wait: the barrier is
  /// complete, or the instruction was bar.arrive.
  void arrive(unsigned barrier, unsigned threads, unsigned expected);
  /// After threads have ended: those that wait for all may go on.
  void checkBarriers();

  // What the warps share.
  Launch &launch;
  uint32_t blockIndex[3] = {0, 0, 0};
  std::vector<uint8_t> shared;
  uint32_t sharedBytes = 0;

  /// What is known of a byte of shared memory. Epochs count barriers and never
  /// go back, so nothing has to be cleared for the next block.
  struct SharedByte {
    uint32_t writtenInBlock = 0; // The serial number of a block.
    uint32_t writeEpoch = 0;
    uint32_t readEpoch = 0;
    uint32_t writerSync = 0; // Warp::syncEpoch of the writer.
    uint32_t readerSync = 0; // Warp::convergenceEpoch of the reader.
    uint16_t writer = 0;
    uint16_t reader = 0;
    bool isAtomic = false;
    bool hasOtherReaders = false;     // In the reader's warp.
    bool hasReadersElsewhere = false; // In other warps.
  };
  std::vector<SharedByte> sharedBytesState;
  uint32_t epoch = 1;
  uint32_t serial = 0;

  // Set while the votes of bar.red are collected.
  struct Barrier {
    uint32_t arrived = 0;
    uint32_t expected = 0; // Zero: all threads that have not ended.
    uint32_t votes = 0;    // Of bar.red, of the threads that have arrived.
    uint32_t lastVotes = 0;
    uint32_t lastArrived = 0;
  };
  Barrier barriers[16];
  uint64_t retired = 0; // Instructions, for the statistics.

private:
  void complete(unsigned barrier);

  std::vector<std::unique_ptr<Warp>> warps;
};

} // namespace altgrad::emulator

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_BLOCK_H
