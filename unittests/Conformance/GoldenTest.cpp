//===- GoldenTest.cpp - Golden vectors, folded and compiled ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every list of test/golden, through the folder and through compiled code:
// without and with optimization, on scalars and on vectors of each width, for
// processors with and without this one's instructions. All must give the bits
// of the list. FormatGoldenTest does the same for the reference, and checks the
// lists themselves.
//
//===----------------------------------------------------------------------===//

#include "Formats.h"
#include "TestDevice.h"

#include <fstream>

using namespace altgrad;
using namespace altgrad::test;

#ifndef ALTGRAD_GOLDEN_DIR
#error "expected ALTGRAD_GOLDEN_DIR to name the folder of golden vectors"
#endif

// The columns of a list, without its header. Values are read as hexadecimal
// floats, which is what integers with 0x are as well.
static std::vector<std::vector<double>> readColumns(const std::string &path,
                                                    size_t numColumns) {
  std::vector<std::vector<double>> columns(numColumns);
  std::ifstream file(path);
  std::string line;
  EXPECT_TRUE(std::getline(file, line)) << "cannot read " << path;
  while (std::getline(file, line)) {
    const char *next = line.c_str();
    for (std::vector<double> &column : columns) {
      char *end = nullptr;
      column.push_back(std::strtod(next, &end));
      EXPECT_NE(end, next) << path << ": " << line;
      next = *end == ',' ? end + 1 : end;
    }
    EXPECT_EQ(*next, '\0') << path << ": " << line;
  }
  return columns;
}

static Array toCodes(const std::vector<double> &column) {
  return Array(Element::I8, column);
}

namespace {
class Golden : public NamedFormatTest {
protected:
  void SetUp() override {
    std::string stem =
        std::string(ALTGRAD_GOLDEN_DIR) + "/" + std::string(GetParam().name);
    auto encode = readColumns(stem + ".encode.csv", 3);
    auto decode = readColumns(stem + ".decode.csv", 2);
    ASSERT_GT(encode[0].size(), 1500u);
    ASSERT_EQ(decode[0].size(), 256u);
    inputs =
        Array::ofBits(Element::F32, std::vector<uint64_t>(encode[0].begin(),
                                                          encode[0].end()));
    encoded[0] = toCodes(encode[1]);
    encoded[1] = toCodes(encode[2]);
    codes = toCodes(decode[0]);
    decoded = Array(Element::F32, decode[1]);
  }

  // `size` is a number or ?.
  std::string makeTensorFunctions(const std::string &numInputs,
                                  const std::string &numCodes) const;
  std::string makeScalarFunctions() const;
  /// All lists, compiled in one way.
  void check(const Variant &variant) const;

  Array inputs, encoded[2], codes, decoded;
};
} // namespace

std::string Golden::makeTensorFunctions(const std::string &numInputs,
                                        const std::string &numCodes) const {
  std::string text = fill(R"mlir(
func.func @decode(%c: tensor<$Nxi8>) -> tensor<$Nxf32> {
  %x = altgrad.decode %c in $F : tensor<$Nxi8> -> tensor<$Nxf32>
  return %x : tensor<$Nxf32>
}
func.func @dequantize(%q: tensor<$Nx$F>) -> tensor<$Nxf32> {
  %x = altgrad.dequantize %q : tensor<$Nx$F> -> tensor<$Nxf32>
  return %x : tensor<$Nxf32>
}
)mlir",
                          {{"$N", numCodes}, {"$F", spellType(format)}});
  for (Overflow overflow : kBothOverflows)
    text += fill(R"mlir(
func.func @encode_$O(%x: tensor<$Nxf32>) -> tensor<$Nxi8> {
  %c = altgrad.encode %x in $F overflow($O) : tensor<$Nxf32> -> tensor<$Nxi8>
  return %c : tensor<$Nxi8>
}
func.func @quantize_$O(%x: tensor<$Nxf32>) -> tensor<$Nxi8> {
  %q = altgrad.quantize %x overflow($O) : tensor<$Nxf32> -> tensor<$Nx$F>
  %c = altgrad.bitcast %q : tensor<$Nx$F> to tensor<$Nxi8>
  return %c : tensor<$Nxi8>
}
func.func @round_$O(%x: tensor<$Nxf32>) -> tensor<$Nxf32> {
  %y = altgrad.round %x in $F overflow($O) : tensor<$Nxf32>
  return %y : tensor<$Nxf32>
}
func.func @fake_quantize_$O(%x: tensor<$Nxf32>) -> tensor<$Nxf32> {
  %y = altgrad.fake_quantize %x in $F overflow($O) : tensor<$Nxf32>
  return %y : tensor<$Nxf32>
}
)mlir",
                 {{"$N", numInputs},
                  {"$F", spellType(format)},
                  {"$O", spell(overflow)}});
  return text;
}

std::string Golden::makeScalarFunctions() const {
  std::string text = fill(R"mlir(
func.func @decode_each(%c: i8) -> f32 {
  %x = altgrad.decode %c in $F : i8 -> f32
  return %x : f32
}
)mlir",
                          {{"$F", spellType(format)}});
  for (Overflow overflow : kBothOverflows)
    text += fill(R"mlir(
func.func @encode_$O_each(%x: f32) -> i8 {
  %c = altgrad.encode %x in $F overflow($O) : f32 -> i8
  return %c : i8
}
func.func @round_$O_each(%x: f32) -> f32 {
  %y = altgrad.round %x in $F overflow($O) : f32
  return %y : f32
}
)mlir",
                 {{"$F", spellType(format)}, {"$O", spell(overflow)}});
  return text;
}

TEST_P(Golden, Folder) {
  auto program =
      Program::fold(makeTensorFunctions(std::to_string(inputs.size()), "256") +
                    makeScalarFunctions());
  ASSERT_TRUE(program);
  EXPECT_TRUE(isSame(program->callForOne("decode", {codes}), decoded, codes));
  EXPECT_TRUE(
      isSame(program->callForOne("dequantize", {codes}), decoded, codes));
  EXPECT_TRUE(
      isSame(program->callForEach("decode_each", codes), decoded, codes));
  for (Overflow overflow : kBothOverflows) {
    SCOPED_TRACE(spell(overflow));
    const Array &expected = encoded[overflow == Overflow::Infinity];
    Array rounded = decodeAll(format, Element::F32, expected);
    std::string suffix = "_" + spell(overflow);
    for (const char *name : {"encode", "quantize"})
      EXPECT_TRUE(isSame(program->callForOne(name + suffix, {inputs}), expected,
                         inputs))
          << name;
    for (const char *name : {"round", "fake_quantize"})
      EXPECT_TRUE(
          isSame(program->callForOne(name + suffix, {inputs}), rounded, inputs))
          << name;
  }
}

// A scalar at a time is slow to fold, and the arithmetic is that of tensors.
TEST_P(Golden, FolderOnScalars) {
  auto program = Program::fold(makeScalarFunctions());
  ASSERT_TRUE(program);
  std::vector<uint64_t> bits;
  std::vector<double> expected[2];
  for (size_t i = 0; i < inputs.size(); i += 19) {
    bits.push_back(inputs.getBits(i));
    for (int mode : {0, 1})
      expected[mode].push_back(encoded[mode][i]);
  }
  Array some = Array::ofBits(Element::F32, bits);
  for (Overflow overflow : kBothOverflows) {
    Array someCodes = toCodes(expected[overflow == Overflow::Infinity]);
    EXPECT_TRUE(isSame(
        program->callForEach("encode_" + spell(overflow) + "_each", some),
        someCodes, some));
    EXPECT_TRUE(
        isSame(program->callForEach("round_" + spell(overflow) + "_each", some),
               decodeAll(format, Element::F32, someCodes), some));
  }
}

void Golden::check(const Variant &variant) const {
  SCOPED_TRACE(variant.str());
  auto program = Program::compile(
      makeTensorFunctions("?", "?") + makeScalarFunctions(), variant);
  ASSERT_TRUE(program);
  EXPECT_TRUE(isSame(program->callForOne("decode", {codes}), decoded, codes));
  EXPECT_TRUE(
      isSame(program->callForOne("dequantize", {codes}), decoded, codes));
  EXPECT_TRUE(
      isSame(program->callForEach("decode_each", codes), decoded, codes));
  for (Overflow overflow : kBothOverflows) {
    SCOPED_TRACE(spell(overflow));
    const Array &expected = encoded[overflow == Overflow::Infinity];
    Array rounded = decodeAll(format, Element::F32, expected);
    std::string suffix = "_" + spell(overflow);
    for (const char *name : {"encode", "quantize"})
      EXPECT_TRUE(isSame(program->callForOne(name + suffix, {inputs}), expected,
                         inputs))
          << name;
    for (const char *name : {"round", "fake_quantize"})
      EXPECT_TRUE(
          isSame(program->callForOne(name + suffix, {inputs}), rounded, inputs))
          << name;
    EXPECT_TRUE(
        isSame(program->callForEach("encode" + suffix + "_each", inputs),
               expected, inputs));
    EXPECT_TRUE(isSame(program->callForEach("round" + suffix + "_each", inputs),
                       rounded, inputs));
  }
}

TEST_P(Golden, Compiled) {
  for (const Variant &variant : getAllVariants())
    check(variant);
}

TEST_P(Golden, OnDevice) {
  ALTGRAD_SKIP_WITHOUT_DEVICE();
  for (const Variant &variant : getDeviceVariants(format))
    check(variant);
}

INSTANTIATE_TEST_SUITE_P(Conformance, Golden,
                         testing::ValuesIn(Format::getAllNamed()),
                         printNamedFormat);
