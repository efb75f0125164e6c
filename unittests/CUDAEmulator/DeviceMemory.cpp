//===- DeviceMemory.cpp - Allocations of the device, and their checks -----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceMemory.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <sys/mman.h>

using namespace altgrad::emulator;

static constexpr uint64_t pageSize = 4096;
/// The least distance between the ends of two allocations.
static constexpr uint64_t guardSize = 16 * pageSize;
/// What unwritten memory holds: as f32, f16 and bf16 a large odd-looking
/// number.
static constexpr int unwrittenByte = 0x7d;

static uint64_t roundUp(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

static void *reserve(uint64_t size, int protection) {
  void *range = mmap(nullptr, size, protection,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) {
    std::perror("altgrad PTX emulator: cannot reserve address space");
    std::abort();
  }
  return range;
}

DeviceMemory &DeviceMemory::get() {
  // Never destroyed: programs free device memory in destructors of their own.
  static DeviceMemory *memory = new DeviceMemory;
  return *memory;
}

DeviceMemory::DeviceMemory() {
  base = reinterpret_cast<uint64_t>(reserve(reserved, PROT_NONE));
  backing = static_cast<uint8_t *>(reserve(reserved, PROT_READ | PROT_WRITE));
  shadows = static_cast<uint8_t *>(reserve(reserved, PROT_READ | PROT_WRITE));
}

uint64_t DeviceMemory::allocate(uint64_t size) {
  std::unique_lock lock(mutex);
  if (size == 0 || size > totalBytes - usedBytes)
    return 0;
  uint64_t span = roundUp(size, pageSize) + guardSize;
  // The next fit behind the last allocation, and once around.
  for (unsigned round = 0; round < 2; ++round) {
    uint64_t start = round == 0 ? cursor : 0;
    start = std::max(start, guardSize);
    auto it = allocations.upper_bound(start);
    if (it != allocations.begin()) {
      auto previous = std::prev(it);
      start = std::max(start,
                       roundUp(previous->first + previous->second, pageSize) +
                           guardSize);
    }
    while (it != allocations.end() && it->first < start + span) {
      start = roundUp(it->first + it->second, pageSize) + guardSize;
      ++it;
    }
    if (start + span > reserved)
      continue;
    allocations[start] = size;
    cursor = start + span;
    usedBytes += size;
    std::memset(backing + start, unwrittenByte, size);
    std::memset(shadows + start, Unwritten, size);
    return base + start;
  }
  return 0;
}

bool DeviceMemory::free(uint64_t address) {
  std::unique_lock lock(mutex);
  auto it = allocations.find(address - base);
  if (it == allocations.end())
    return false;
  uint64_t span = roundUp(it->second, pageSize);
  usedBytes -= it->second;
  // Pages that are given back read as zero, which is Unallocated.
  madvise(backing + it->first, span, MADV_DONTNEED);
  madvise(shadows + it->first, span, MADV_DONTNEED);
  allocations.erase(it);
  return true;
}

uint64_t DeviceMemory::getFreeBytes() {
  std::shared_lock lock(mutex);
  return totalBytes - usedBytes;
}

bool DeviceMemory::findAllocation(uint64_t address, uint64_t &start,
                                  uint64_t &size) {
  std::shared_lock lock(mutex);
  auto it = allocations.upper_bound(address - base);
  if (!isDevice(address) || it == allocations.begin())
    return false;
  --it;
  start = base + it->first;
  size = it->second;
  return address - start < size;
}

bool DeviceMemory::isAccessible(uint64_t address, uint64_t size) {
  if (!isDevice(address))
    return findHostRange(address, size);
  uint64_t start, available;
  return findAllocation(address, start, available) &&
         size <= available - (address - start);
}

void DeviceMemory::markWritten(uint64_t address, uint64_t size) {
  if (isDevice(address))
    std::memset(shadow(address), Written, size);
}

void DeviceMemory::copyShadow(uint64_t to, uint64_t from, uint64_t size) {
  if (!isDevice(to))
    return;
  if (isDevice(from))
    std::memmove(shadow(to), shadow(from), size);
  else
    markWritten(to, size);
}

void DeviceMemory::addHostRange(uint64_t address, uint64_t size,
                                HostKind kind) {
  std::unique_lock lock(mutex);
  hostRanges[address] = {size, kind};
}

bool DeviceMemory::removeHostRange(uint64_t address, HostKind kind) {
  std::unique_lock lock(mutex);
  auto it = hostRanges.find(address);
  if (it == hostRanges.end() || it->second.kind != kind)
    return false;
  hostRanges.erase(it);
  return true;
}

bool DeviceMemory::findHostRange(uint64_t address, uint64_t size,
                                 HostKind *kind) {
  std::shared_lock lock(mutex);
  auto it = hostRanges.upper_bound(address);
  if (it == hostRanges.begin())
    return false;
  --it;
  uint64_t offset = address - it->first;
  if (offset >= it->second.size || size > it->second.size - offset)
    return false;
  if (kind)
    *kind = it->second.kind;
  return true;
}
