//===- Data.cpp - The images to train on ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Data.h"

#include "altgrad/ExecutionEngine/Npy.h"

#include <numeric>

using namespace altgrad;
using namespace altgrad::train;
using llvm::ArrayRef;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

/// The largest value of a pixel in the files.
static constexpr unsigned kWhite = 16;

std::vector<size_t> Random::permutation(size_t count) {
  std::vector<size_t> places(count);
  std::iota(places.begin(), places.end(), size_t(0));
  for (size_t i = count; i > 1; --i)
    std::swap(places[i - 1],
              places[static_cast<size_t>(uniform() * static_cast<double>(i))]);
  return places;
}

Images Images::select(ArrayRef<size_t> places) const {
  Images result;
  for (size_t place : places) {
    const float *image = pixels.data() + place * kPixels;
    result.pixels.insert(result.pixels.end(), image, image + kPixels);
    result.labels.push_back(labels[place]);
  }
  return result;
}

static Expected<NpyArray> readBytes(StringRef path, int64_t rank) {
  Expected<NpyArray> array = NpyArray::read(path);
  if (!array)
    return array;
  if (array->getType() != NpyType::U8 || array->getRank() != rank)
    return llvm::createStringError(path + ": expected an array of |u1 with " +
                                   Twine(rank) + " dimensions but got one of " +
                                   getNpyTypeName(array->getType()) + " with " +
                                   Twine(array->getRank()));
  return array;
}

Expected<Images> altgrad::train::readImages(StringRef imagePath,
                                            StringRef labelPath) {
  Expected<NpyArray> images = readBytes(imagePath, 2);
  if (!images)
    return images.takeError();
  Expected<NpyArray> labels = readBytes(labelPath, 1);
  if (!labels)
    return labels.takeError();
  ArrayRef<int64_t> shape = images->getShape();
  if (shape[1] != kPixels)
    return llvm::createStringError(imagePath + ": expected " + Twine(kPixels) +
                                   " pixels an image but got " +
                                   Twine(shape[1]));
  if (shape[0] != labels->getNumElements())
    return llvm::createStringError(labelPath + ": expected " + Twine(shape[0]) +
                                   " labels, as many as images, but got " +
                                   Twine(labels->getNumElements()));

  Images result;
  ArrayRef<uint8_t> pixels = *images->getElements<uint8_t>();
  for (unsigned pixel : pixels) {
    if (pixel > kWhite)
      return llvm::createStringError(imagePath + ": expected pixels up to " +
                                     Twine(kWhite) + " but got " +
                                     Twine(pixel));
    result.pixels.push_back(static_cast<float>(pixel) / kWhite);
  }
  ArrayRef<uint8_t> classes = *labels->getElements<uint8_t>();
  for (unsigned label : classes) {
    if (label >= kClasses)
      return llvm::createStringError(labelPath + ": expected labels below " +
                                     Twine(kClasses) + " but got " +
                                     Twine(label));
    result.labels.push_back(static_cast<int32_t>(label));
  }
  return result;
}
