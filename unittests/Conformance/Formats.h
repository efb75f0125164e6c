//===- Formats.h - The formats and inputs of the tests ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every format takes the same path through every pass, so the tests run on the
// named formats and on some that nobody has named: other biases and specials,
// and those that reach the ends of f32, where constants of the lowering could
// leave its range.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_CONFORMANCE_FORMATS_H
#define ALTGRAD_UNITTESTS_CONFORMANCE_FORMATS_H

#include "Array.h"
#include "FormatTestUtils.h"
#include "Program.h"

#include "altgrad/Support/Format.h"

#include <vector>

namespace altgrad::test {

/// Formats of eight bits without a name, called like E4M3_100_fn here.
const std::vector<Format::Named> &getUnnamedFormats();
/// The named formats and the others.
std::vector<Format::Named> getTestedFormats();

/// format.encode of each input.
Array encodeAll(const Format &format, Overflow overflow, const Array &inputs);
/// decode(code), rounded to `element`.
Array decodeAll(const Format &format, Element element, const Array &codes);
/// decode(encode(input)), rounded to the type of the inputs.
Array roundAll(const Format &format, Overflow overflow, const Array &inputs);

/// Inputs of f32 or f64 chosen for a format: every midpoint and value of its
/// grid with its neighbours in that type, all exponents with mantissas at the
/// ends and the middle, zeros, subnormals, infinities, NaNs of many payloads
/// and `numRandom` numbers; of f64 also numbers that go through f32 the wrong
/// way. All of them with both signs.
Array makeInputs(const Format &format, Element element, unsigned numRandom);

/// Functions `encode_f32_saturate`, `round_f32_saturate` and so on, of tensors
/// of one dimension, for the types of the list and both overflow modes.
std::string makePrimitives(const Format &format,
                           llvm::ArrayRef<Element> elements);

} // namespace altgrad::test

#endif // ALTGRAD_UNITTESTS_CONFORMANCE_FORMATS_H
