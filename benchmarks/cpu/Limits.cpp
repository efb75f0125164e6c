//===- Limits.cpp - The traffic of an operation, and nothing else ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How fast could any code be that reads and writes these bytes? For 64 elements
// at a time, the fewest instructions that touch every byte: one load or store
// for each 64 bytes, and a few bitwise ones so that no load is left out.
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include <utility>

using namespace altgrad::bench;

namespace {
/// As wide as the widest vectors around; compilers split it where they must.
using Line = uint64_t __attribute__((vector_size(64), may_alias));
} // namespace

/// Line `Index` of the output, from all of the lines read that no other one
/// takes.
template <size_t Index, size_t Reads, size_t Output, bool NonTemporal>
static inline void writeLine(const Line (&read)[Reads], Line *output) {
  Line value = read[Index % Reads];
#pragma clang loop unroll(full)
  for (size_t other = Index + Output; other < Reads; other += Output)
    value ^= read[other];
  if constexpr (NonTemporal)
    __builtin_nontemporal_store(value, output + Index);
  else
    output[Index] = value;
}

/// No loop: where it would make one turn, LLVM moves the store out of it, which
/// then is an ordinary one.
template <bool NonTemporal, size_t Reads, size_t... Indices>
static inline void writeLines(const Line (&read)[Reads], Line *output,
                              std::index_sequence<Indices...>) {
  (writeLine<Indices, Reads, sizeof...(Indices), NonTemporal>(read, output),
   ...);
}

/// Input, SecondInput and Output are bytes per element, and so lines per 64.
template <size_t Input, size_t SecondInput, size_t Output, bool NonTemporal>
static void runTraffic(Call &call) {
  constexpr size_t kReads = Input + SecondInput;
  auto *input = static_cast<const Line *>(call.input);
  auto *second = static_cast<const Line *>(call.secondInput);
  [[maybe_unused]] auto *output = static_cast<Line *>(call.output);
  Line sums[kReads] = {};
  for (int64_t i = 0, end = call.count / 64; i < end; ++i) {
    Line read[kReads];
#pragma clang loop unroll(full)
    for (size_t k = 0; k < kReads; ++k)
      read[k] = k < Input ? input[i * Input + k]
                          : second[i * SecondInput + (k - Input)];
    if constexpr (Output != 0) {
      writeLines<NonTemporal>(read, output + i * Output,
                              std::make_index_sequence<Output>());
    } else {
#pragma clang loop unroll(full)
      for (size_t k = 0; k < kReads; ++k)
        sums[k] |= read[k];
    }
  }
  uint64_t sum = 0;
  for (const Line &line : sums)
    for (int lane = 0; lane < 8; ++lane)
      sum |= line[lane];
  call.total = static_cast<int64_t>(sum);
}

template <size_t Width, bool NonTemporal> static Kernel select(Op op) {
  switch (op) {
  case Op::Quantize:
  case Op::QuantizeAmax:
    return runTraffic<Width, 0, 1, NonTemporal>;
  case Op::Dequantize:
    return runTraffic<1, 0, Width, NonTemporal>;
  case Op::FakeQuantize:
  case Op::FakeQuantizeAmax:
    return runTraffic<Width, 0, Width, NonTemporal>;
  case Op::Amax:
    return NonTemporal ? nullptr : runTraffic<Width, 0, 0, false>;
  case Op::Stall:
    return NonTemporal ? nullptr : runTraffic<Width, Width, 0, false>;
  case Op::StallUpdate:
    return runTraffic<Width, Width, Width, NonTemporal>;
  }
  return nullptr;
}

Kernel altgrad::bench::getLimit(Op op, Element element, bool nonTemporal) {
  if (element == Element::F32)
    return nonTemporal ? select<4, true>(op) : select<4, false>(op);
  return nonTemporal ? select<2, true>(op) : select<2, false>(op);
}
