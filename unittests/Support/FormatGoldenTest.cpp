//===- FormatGoldenTest.cpp - The format against the golden vectors -------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// test/golden holds one list of all codes and one of chosen f32 inputs for each
// named format. A list that is missing, cut short or misspelt fails here: a
// test of vectors that it did not find would prove nothing.
//
//===----------------------------------------------------------------------===//

#include "FormatTestUtils.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace altgrad;
using namespace altgrad::test;

#ifndef ALTGRAD_GOLDEN_DIR
#error "expected ALTGRAD_GOLDEN_DIR to name the folder of golden vectors"
#endif

static std::vector<std::string> splitFields(const std::string &line) {
  std::istringstream stream(line);
  std::vector<std::string> fields;
  for (std::string field; std::getline(stream, field, ',');)
    fields.push_back(field);
  return fields;
}

// The rows after the header, split at commas. Any trouble is a failure of the
// test and gives no rows.
static std::vector<std::vector<std::string>>
readRows(const std::string &fileName, const std::string &header) {
  std::string path = std::string(ALTGRAD_GOLDEN_DIR) + "/" + fileName;
  std::ifstream file(path);
  if (!file) {
    ADD_FAILURE() << "cannot read " << path;
    return {};
  }
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, header) << path;
  size_t columns = splitFields(header).size();

  std::vector<std::vector<std::string>> rows;
  while (std::getline(file, line)) {
    std::vector<std::string> row = splitFields(line);
    if (row.size() != columns) {
      ADD_FAILURE() << path << ": expected " << columns << " fields but got '"
                    << line << "'";
      return {};
    }
    rows.push_back(row);
  }
  EXPECT_FALSE(rows.empty()) << path << " has no rows";
  return rows;
}

static uint32_t parseBits(const std::string &field) {
  char *end = nullptr;
  unsigned long bits = std::strtoul(field.c_str(), &end, 16);
  EXPECT_TRUE(!field.empty() && *end == '\0') << "not a number: " << field;
  return bits;
}

static double parseValue(const std::string &field) {
  char *end = nullptr;
  double value = std::strtod(field.c_str(), &end);
  EXPECT_TRUE(!field.empty() && *end == '\0') << "not a number: " << field;
  return value;
}

namespace {
class GoldenVectors : public NamedFormatTest {
protected:
  std::string fileName(const char *kind) const {
    return std::string(GetParam().name) + "." + kind + ".csv";
  }
};
} // namespace

TEST_P(GoldenVectors, Decode) {
  auto rows = readRows(fileName("decode"), "code,value");
  ASSERT_EQ(rows.size(), size_t(1) << format.getBitWidth());
  for (size_t i = 0; i < rows.size(); ++i) {
    uint32_t code = parseBits(rows[i][0]);
    ASSERT_EQ(code, i);
    double expected = parseValue(rows[i][1]);
    double actual = format.decode(code);
    EXPECT_TRUE(isSameValue(actual, expected))
        << rows[i][0] << ": expected " << expected << " but got " << actual;
    EXPECT_TRUE(isSameValue(float(actual), actual)) << "not exact in f32";
  }
}

TEST_P(GoldenVectors, EncodeInBothOverflowModes) {
  auto rows =
      readRows(fileName("encode"), "f32_bits,code_saturate,code_overflow");
  // Each list has at least every code's value, its midpoints and neighbours.
  ASSERT_GT(rows.size(), 1500u);
  for (const std::vector<std::string> &row : rows) {
    float value = f32FromBits(parseBits(row[0]));
    EXPECT_EQ(format.encode(value, Overflow::Saturate), parseBits(row[1]))
        << row[0] << " (" << value << "), saturate";
    EXPECT_EQ(format.encode(value, Overflow::Infinity), parseBits(row[2]))
        << row[0] << " (" << value << "), infinity";
  }
}

INSTANTIATE_TEST_SUITE_P(Format, GoldenVectors,
                         testing::ValuesIn(Format::getAllNamed()),
                         printNamedFormat);

TEST(GoldenFolder, HoldsTwoListsForEachNamedFormatAndNothingElse) {
  std::set<std::string> expected, found;
  for (const Format::Named &named : Format::getAllNamed()) {
    expected.insert(std::string(named.name) + ".decode.csv");
    expected.insert(std::string(named.name) + ".encode.csv");
  }
  std::error_code error;
  for (const auto &entry :
       std::filesystem::directory_iterator(ALTGRAD_GOLDEN_DIR, error))
    if (entry.path().extension() == ".csv")
      found.insert(entry.path().filename().string());
  ASSERT_FALSE(error) << error.message() << ": " << ALTGRAD_GOLDEN_DIR;
  EXPECT_EQ(found, expected);
}
