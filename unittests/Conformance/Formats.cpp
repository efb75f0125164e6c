//===- Formats.cpp - The formats and inputs of the tests ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formats.h"

#include <cmath>
#include <cstring>
#include <deque>

using namespace altgrad;
using namespace altgrad::test;

//===----------------------------------------------------------------------===//
// Formats
//===----------------------------------------------------------------------===//

static std::string makeName(const Format &format) {
  int bias = format.getBias();
  return "E" + std::to_string(format.getExponentBits()) + "M" +
         std::to_string(format.getMantissaBits()) + "_" +
         (bias < 0 ? "m" : "") + std::to_string(std::abs(bias)) + "_" +
         std::string(stringifySpecials(format.getSpecials()));
}

static std::vector<Format::Named> makeUnnamedFormats() {
  struct Parameters {
    unsigned exponentBits, mantissaBits;
    int bias;
    Specials specials;
  };
  static constexpr Parameters kParameters[] = {
      // Other specials for the splits of the named ones.
      {3, 4, 5, Specials::IEEE},
      {1, 6, 0, Specials::IEEE},
      {0, 7, 0, Specials::FN},
      {0, 7, 0, Specials::FNUZ},
      {2, 5, 1, Specials::IEEE},
      {5, 2, 20, Specials::Finite},
      {6, 1, 31, Specials::IEEE},
      {6, 1, 31, Specials::FNUZ},
      {7, 0, 63, Specials::IEEE},
      {7, 0, 63, Specials::FN},
      {7, 0, 63, Specials::FNUZ},
      // At the large end of f32: the largest value, or infinity in its place,
      // has the exponent 127.
      {4, 3, -100, Specials::FN},
      {4, 3, -112, Specials::Finite},
      {4, 3, -112, Specials::FNUZ},
      {2, 5, -124, Specials::Finite},
      {1, 6, -126, Specials::Finite},
      {6, 1, -64, Specials::IEEE},
      {7, 0, 0, Specials::Finite},
      // At the small end: values are subnormal in f32, down to 2^-149.
      {4, 3, 140, Specials::Finite},
      {2, 5, 145, Specials::Finite},
      {2, 5, 145, Specials::IEEE},
      {1, 6, 144, Specials::FNUZ},
      {5, 2, 148, Specials::FN},
      {7, 0, 126, Specials::Finite},
      {7, 0, 149, Specials::FNUZ},
      // Where the lowering goes over from f32 to f64, and beside it.
      {4, 3, -91, Specials::Finite},
      {4, 3, -92, Specials::Finite},
      {4, 3, -93, Specials::Finite},
      {4, 3, 126, Specials::IEEE},
      {4, 3, 127, Specials::FNUZ},
      {7, 0, 24, Specials::Finite},
      {7, 0, 23, Specials::Finite},
      {4, 3, 128, Specials::Finite},
      {7, 0, 127, Specials::Finite},
      {7, 0, 128, Specials::Finite},
      {1, 6, -108, Specials::Finite},
      {1, 6, -109, Specials::Finite},
      {1, 6, -110, Specials::Finite},
  };
  // The names that the list points at.
  static std::deque<std::string> names;
  std::vector<Format::Named> formats;
  for (const Parameters &parameters : kParameters) {
    Format format = makeFormat(parameters.exponentBits, parameters.mantissaBits,
                               parameters.bias, parameters.specials);
    names.push_back(makeName(format));
    formats.push_back({names.back(), format});
  }
  return formats;
}

const std::vector<Format::Named> &altgrad::test::getUnnamedFormats() {
  static const std::vector<Format::Named> formats = makeUnnamedFormats();
  return formats;
}

std::vector<Format::Named> altgrad::test::getTestedFormats() {
  std::vector<Format::Named> formats = Format::getAllNamed();
  formats.insert(formats.end(), getUnnamedFormats().begin(),
                 getUnnamedFormats().end());
  return formats;
}

//===----------------------------------------------------------------------===//
// Expectations
//===----------------------------------------------------------------------===//

Array altgrad::test::encodeAll(const Format &format, Overflow overflow,
                               const Array &inputs) {
  Array codes = Array::zeros(Element::I8, inputs.getShape());
  for (size_t i = 0; i < inputs.size(); ++i)
    codes.setBits(i, format.encode(inputs[i], overflow));
  return codes;
}

Array altgrad::test::decodeAll(const Format &format, Element element,
                               const Array &codes) {
  uint64_t bits[256];
  for (Format::Code code = 0; code < 256; ++code)
    bits[code] = encodeElement(element, format.decode(code));
  Array values = Array::zeros(element, codes.getShape());
  for (size_t i = 0; i < codes.size(); ++i)
    values.setBits(i, bits[codes.getBits(i)]);
  return values;
}

Array altgrad::test::roundAll(const Format &format, Overflow overflow,
                              const Array &inputs) {
  return decodeAll(format, inputs.getElement(),
                   encodeAll(format, overflow, inputs));
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

namespace {
/// Gathers the bits of numbers of one type.
class InputList {
public:
  explicit InputList(Element element)
      : element(element), width(8 * getByteWidth(element)),
        mantissaBits(element == Element::F64 ? 52 : 23) {}

  /// Bits of a magnitude, with both signs.
  void addBits(uint64_t magnitude) {
    bits.push_back(magnitude);
    bits.push_back(magnitude | uint64_t(1) << (width - 1));
  }
  /// The number nearest to `value` and its neighbours up to the `reach`th.
  void addAround(double value, int reach) {
    auto center = static_cast<int64_t>(encodeElement(element, value));
    for (int64_t step = -reach; step <= reach; ++step)
      if (center + step >= 0)
        addBits(center + step);
  }
  void addAllExponents() {
    uint64_t numExponents = uint64_t(1) << (width - 1 - mantissaBits);
    uint64_t top = uint64_t(1) << mantissaBits;
    for (uint64_t exponent = 0; exponent < numExponents; ++exponent)
      for (uint64_t mantissa :
           {uint64_t(0), uint64_t(1), uint64_t(2), top / 4, top / 3,
            top / 2 - 1, top / 2, top / 2 + 1, top / 4 * 3, top - 2, top - 1})
        addBits(exponent << mantissaBits | mantissa);
    // Subnormal numbers and payloads of NaNs.
    for (unsigned bit = 0; bit < mantissaBits; ++bit) {
      addBits(uint64_t(1) << bit);
      addBits((numExponents - 1) << mantissaBits | uint64_t(1) << bit);
    }
  }

  Element element;
  unsigned width, mantissaBits;
  std::vector<uint64_t> bits;
};
} // namespace

Array altgrad::test::makeInputs(const Format &format, Element element,
                                unsigned numRandom) {
  FormatOracle oracle(format);
  InputList list(element);
  list.addAllExponents();
  for (uint32_t code = 0; code <= oracle.getMaxFiniteCode(); ++code) {
    list.addAround(oracle.getGrid()[code], 2);
    double middle = oracle.getMidpoint(code);
    list.addAround(middle, 2);
    if (element != Element::F64)
      continue;
    // Each of these is not the midpoint, but becomes it in f32.
    for (int exponent = 26; exponent <= 52; exponent += 2) {
      list.addAround(middle * (1 + std::ldexp(1.0, -exponent)), 0);
      list.addAround(middle * (1 - std::ldexp(1.0, -exponent)), 0);
    }
  }
  list.addAround(format.getOverflowStep(), 2);

  std::mt19937_64 random = makeGenerator(20240607);
  // Half of them any bits at all, half spread over the range of the format.
  uint64_t mask = element == Element::F64 ? ~uint64_t(0) >> 1 : 0x7fffffff;
  for (unsigned i = 0; i < numRandom / 4; ++i)
    list.addBits(random() & mask);
  for (double value : getRandomInputs(format, numRandom / 4, random))
    list.addBits(encodeElement(element, std::fabs(value)));
  return Array::ofBits(element, list.bits);
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

std::string altgrad::test::makePrimitives(const Format &format,
                                          llvm::ArrayRef<Element> elements) {
  std::string text;
  for (Element element : elements)
    for (Overflow overflow : kBothOverflows)
      text += fill(R"mlir(
func.func @encode_$T_$O(%x: tensor<?x$T>) -> tensor<?xi8> {
  %c = altgrad.encode %x in $F overflow($O) : tensor<?x$T> -> tensor<?xi8>
  return %c : tensor<?xi8>
}
func.func @round_$T_$O(%x: tensor<?x$T>) -> tensor<?x$T> {
  %y = altgrad.round %x in $F overflow($O) : tensor<?x$T>
  return %y : tensor<?x$T>
}
)mlir",
                   {{"$T", spell(element).str()},
                    {"$O", spell(overflow)},
                    {"$F", spellType(format)}});
  return text;
}
