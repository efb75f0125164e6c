//===- Data.h - The images to train on --------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_EXAMPLES_TRAINDIGITS_DATA_H
#define ALTGRAD_EXAMPLES_TRAINDIGITS_DATA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <random>
#include <vector>

namespace altgrad::train {

/// Pixels of an image, and kinds of images.
inline constexpr int64_t kPixels = 64;
inline constexpr int64_t kClasses = 10;

/// Random numbers that depend on the seed only: the distributions and the
/// shuffle of the standard library differ from one library to the next.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}

  /// In [0, 1).
  double uniform() {
    return static_cast<double>(engine() >> 11) * 0x1p-53; // 53 random bits.
  }
  /// 0, ..., count - 1 in random order.
  std::vector<size_t> permutation(size_t count);

private:
  std::mt19937_64 engine;
};

/// Images with their labels, as compiled code takes them.
struct Images {
  std::vector<float> pixels; // Each in [0, 1].
  std::vector<int32_t> labels;

  size_t size() const { return labels.size(); }
  /// Those at the given places.
  Images select(llvm::ArrayRef<size_t> places) const;
};

/// Reads images as u8 pixels from 0 to 16 and their labels from 0 to 9.
llvm::Expected<Images> readImages(llvm::StringRef imagePath,
                                  llvm::StringRef labelPath);

} // namespace altgrad::train

#endif // ALTGRAD_EXAMPLES_TRAINDIGITS_DATA_H
