//===- DeviceMemory.h - Allocations of the device, and their checks -*- C++
//-*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A device pointer is an address in a reserved range that the host cannot
// touch: a host access to device memory crashes, as on a real machine. The
// bytes are elsewhere, and for each of them there is a shadow byte that says
// whether it is allocated and whether it was ever written, so that the check of
// an access is one comparison of its shadow.
//
// Freed memory is reused last, and allocations keep a distance: an access
// through a stale or overrun pointer meets shadow bytes of no allocation.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CUDAEMULATOR_DEVICEMEMORY_H
#define ALTGRAD_UNITTESTS_CUDAEMULATOR_DEVICEMEMORY_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <shared_mutex>

namespace altgrad::emulator {

/// Generic addresses of spaces that are no memory of the host; no host address
/// and no device pointer has these bits.
inline constexpr uint64_t sharedWindow = 1ull << 48;
inline constexpr uint64_t localWindow = sharedWindow + (1ull << 40);
inline constexpr uint64_t paramWindow = sharedWindow + (2ull << 40);
inline constexpr uint64_t windowSize = 1ull << 32;

/// What a shadow byte says.
enum Shadow : uint8_t { Unallocated = 0, Unwritten = 1, Written = 2 };

class DeviceMemory {
public:
  static DeviceMemory &get();

  static constexpr uint64_t totalBytes = 16ull << 30;

  /// Zero if there is not that much memory.
  uint64_t allocate(uint64_t size);
  /// False if `address` is not the start of an allocation.
  bool free(uint64_t address);
  uint64_t getFreeBytes();

  /// True if `address` is in the range that device pointers come from.
  bool isDevice(uint64_t address) const { return address - base < reserved; }
  /// True if all bytes are in one live allocation, or in one host range.
  bool isAccessible(uint64_t address, uint64_t size);
  /// The allocation around an address.
  bool findAllocation(uint64_t address, uint64_t &start, uint64_t &size);

  /// The byte behind a device address; only where isDevice() is true.
  uint8_t *data(uint64_t address) const { return backing + (address - base); }
  uint8_t *shadow(uint64_t address) const { return shadows + (address - base); }

  /// The host's view of an address of either kind.
  uint8_t *translate(uint64_t address) const {
    return isDevice(address) ? data(address)
                             : reinterpret_cast<uint8_t *>(address);
  }
  /// After a copy to or a fill of device memory by the host.
  void markWritten(uint64_t address, uint64_t size);
  /// A copy within the device takes along what is not written.
  void copyShadow(uint64_t to, uint64_t from, uint64_t size);

  /// Host memory that kernels may use: pinned, registered, managed.
  enum class HostKind : uint8_t { Allocated, Registered, Managed };
  void addHostRange(uint64_t address, uint64_t size, HostKind kind);
  bool removeHostRange(uint64_t address, HostKind kind);
  bool findHostRange(uint64_t address, uint64_t size, HostKind *kind = nullptr);

private:
  DeviceMemory();

  static constexpr uint64_t reserved = 64ull << 30;

  uint64_t base = 0;
  uint8_t *backing = nullptr;
  uint8_t *shadows = nullptr;
  uint64_t cursor = 0; // Where the next allocation is tried.
  uint64_t usedBytes = 0;
  std::shared_mutex mutex;
  std::map<uint64_t, uint64_t> allocations; // Offset from base to size.
  struct HostRange {
    uint64_t size;
    HostKind kind;
  };
  std::map<uint64_t, HostRange> hostRanges;
};

} // namespace altgrad::emulator

#endif // ALTGRAD_UNITTESTS_CUDAEMULATOR_DEVICEMEMORY_H
