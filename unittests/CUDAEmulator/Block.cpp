//===- Block.cpp - Warps, their barriers and shared memory ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Block.h"

#include <thread>

using namespace altgrad::emulator;

Block::Block(Launch &launch)
    : launch(launch), sharedBytes(launch.kernel->dynamicSharedOffset +
                                  launch.dynamicSharedBytes) {
  shared.resize(sharedBytes + 16);
  sharedBytesState.resize(sharedBytes);
  unsigned count = (launch.getThreads() + 31) / 32;
  for (unsigned i = 0; i < count; ++i)
    warps.push_back(std::make_unique<Warp>(*this, launch, i));
}

void Block::run(uint64_t linearIndex, uint32_t smId) {
  blockIndex[0] = linearIndex % launch.grid[0];
  blockIndex[1] = linearIndex / launch.grid[0] % launch.grid[1];
  blockIndex[2] = linearIndex / launch.grid[0] / launch.grid[1];
  ++serial;
  ++epoch;
  for (Barrier &barrier : barriers)
    barrier = Barrier();
  for (auto &warp : warps)
    warp->reset(blockIndex, smId);
  for (bool isDone = false; !isDone;) {
    bool hasRun = false;
    isDone = true;
    for (auto &warp : warps) {
      hasRun |= warp->run();
      isDone &= warp->isDone();
      if (launch.hasFailed.load(std::memory_order_relaxed))
        return;
    }
    if (isDone || hasRun)
      continue;
    for (auto &warp : warps)
      if (!warp->isDone())
        return warp->reportDeadlock();
  }
}

void Block::arrive(unsigned number, unsigned threads, unsigned expected) {
  Barrier &barrier = barriers[number];
  barrier.arrived += threads;
  if (expected != 0)
    barrier.expected = expected;
  checkBarriers();
}

void Block::checkBarriers() {
  unsigned living = 0;
  for (auto &warp : warps)
    living += __builtin_popcount(warp->getLive());
  for (unsigned i = 0; i < 16; ++i) {
    Barrier &barrier = barriers[i];
    unsigned expected = barrier.expected ? barrier.expected : living;
    if (barrier.arrived != 0 && barrier.arrived >= expected)
      complete(i);
  }
}

void Block::complete(unsigned number) {
  Barrier &barrier = barriers[number];
  barrier.lastVotes = barrier.votes;
  barrier.lastArrived = barrier.arrived;
  barrier.arrived = barrier.expected = barrier.votes = 0;
  // A barrier of some of the threads orders these only. Taking it for one of
  // all may miss a race, but never invents one.
  ++epoch;
  for (auto &warp : warps)
    warp->releaseBarrier(number);
}

void altgrad::emulator::execute(Launch &launch) {
  uint64_t blocks = uint64_t(launch.grid[0]) * launch.grid[1] * launch.grid[2];
  // Blocks start in order, so one that waits for an earlier one gets there.
  std::atomic<uint64_t> next{0};
  auto work = [&](uint32_t worker) {
    Block block(launch);
    for (uint64_t i; (i = next++) < blocks;) {
      if (launch.hasFailed.load(std::memory_order_relaxed))
        return;
      block.run(i, worker);
    }
  };
  uint64_t workers = std::max(1u, std::thread::hardware_concurrency());
  workers = std::min(workers, blocks);
  std::vector<std::thread> threads;
  for (uint32_t i = 1; i < workers; ++i)
    threads.emplace_back(work, i);
  work(0);
  for (std::thread &thread : threads)
    thread.join();
}
