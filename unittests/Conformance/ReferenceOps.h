//===- ReferenceOps.h - The operations, written plainly ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What each operation means, one element after the other, in C++ that follows
// the descriptions in AltgradOps.td and nothing of the lowering.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CONFORMANCE_REFERENCEOPS_H
#define ALTGRAD_UNITTESTS_CONFORMANCE_REFERENCEOPS_H

#include "Array.h"

#include "altgrad/Support/Format.h"

#include <utility>

namespace altgrad::test {

/// The linear index of the block that element `index` of an array belongs to;
/// no blocks, as for a scalar scale, are one.
size_t getBlock(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> blocks,
                size_t index);

/// encode(x / scale)
Array quantize(const Format &format, Overflow overflow, const Array &x,
               const Array &scale);
/// decode(codes) * scale, rounded once to the type of the scale
Array dequantize(const Format &format, const Array &codes, const Array &scale);
/// The one after the other.
Array fakeQuantize(const Format &format, Overflow overflow, const Array &x,
                   const Array &scale);

/// The largest magnitude of each block; a scalar if `blocks` is empty and
/// `toScalar`.
Array amax(const Array &x, llvm::ArrayRef<int64_t> blocks, bool toScalar,
           bool ignoreNaN);

Array updateAmaxHistory(const Array &history, const Array &amax);
Array historyAmax(const Array &history, bool mostRecent);

/// The numbers of stalled and of counted elements.
std::pair<int64_t, int64_t> stall(const Format &format, Overflow overflow,
                                  const Array &w, const Array &g, double lr,
                                  const Array &scale, double threshold);

} // namespace altgrad::test

#endif // ALTGRAD_UNITTESTS_CONFORMANCE_REFERENCEOPS_H
