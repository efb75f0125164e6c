//===- FormatDocsTest.cpp - docs/Formats.md says what the library does ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compares the tables in docs/Formats.md with those that FormatTables makes.
// With ALTGRAD_UPDATE_DOCS in the environment it writes them there instead.
//
//===----------------------------------------------------------------------===//

#include "FormatTables.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>

using namespace altgrad;
using namespace altgrad::test;

#ifndef ALTGRAD_DOCS_DIR
#error "expected ALTGRAD_DOCS_DIR to name the folder of the documentation"
#endif

static constexpr const char *kPath = ALTGRAD_DOCS_DIR "/Formats.md";
static constexpr const char *kHint =
    "run ALTGRAD_UPDATE_DOCS=1 <build>/unittests/Support/AltgradSupportTests "
    "--gtest_filter='FormatDocs.*' to mend it";

static std::string readDocument() {
  std::ifstream file(kPath);
  EXPECT_TRUE(file) << "cannot read " << kPath;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

static std::string beginMarker(const std::string &name) {
  return "<!-- begin generated: " + name + " -->\n";
}
static std::string endMarker(const std::string &name) {
  return "<!-- end generated: " + name + " -->\n";
}

TEST(FormatDocs, TablesAreThoseOfTheLibrary) {
  std::string document = readDocument();
  std::string original = document;
  bool update = std::getenv("ALTGRAD_UPDATE_DOCS") != nullptr;
  for (const auto &[name, table] : makeFormatTables()) {
    SCOPED_TRACE(name);
    size_t begin = document.find(beginMarker(name));
    size_t end = document.find(endMarker(name));
    if (begin == std::string::npos || end == std::string::npos || end < begin) {
      ADD_FAILURE() << "expected both markers of '" << name << "' in " << kPath;
      continue;
    }
    begin += beginMarker(name).size();
    // Markdown wants a blank line around a table that follows a comment.
    std::string wanted = "\n" + table + "\n";
    if (update)
      document.replace(begin, end - begin, wanted);
    else
      EXPECT_EQ(document.substr(begin, end - begin), wanted) << kHint;
  }
  if (document != original) {
    std::ofstream(kPath) << document;
  }
}

// Without this a table whose marker was misspelt, or that nothing makes any
// more, would stay as it is for ever.
TEST(FormatDocs, HaveNoMarkersBesideThoseOfTheTables) {
  std::map<std::string, std::string> tables = makeFormatTables();
  std::istringstream document(readDocument());
  std::multiset<std::string> expected, found;
  for (const auto &[name, table] : tables) {
    expected.insert(beginMarker(name));
    expected.insert(endMarker(name));
  }
  for (std::string line; std::getline(document, line);)
    if (line.find("generated:") != std::string::npos)
      found.insert(line + "\n");
  EXPECT_EQ(found, expected);
}

// The printer must not round: each text, evaluated, is the value again.
TEST(FormatDocs, ValuesArePrintedExactly) {
  auto evaluate = [](const std::string &text) {
    size_t power = text.find("2^");
    if (power == std::string::npos)
      return std::strtod(text.c_str(), nullptr);
    double significand = 1;
    if (text.find(" * ") != std::string::npos)
      significand = std::strtod(text.c_str(), nullptr);
    else if (text[0] == '-')
      significand = -1;
    return std::ldexp(significand,
                      int(std::strtol(text.c_str() + power + 2, nullptr, 10)));
  };
  for (const Format::Named &named : Format::getAllNamed())
    for (uint32_t code = 0; code < 0x100; ++code) {
      double value = named.format.decode(code);
      if (std::isfinite(value)) {
        EXPECT_EQ(evaluate(formatValue(value)), value) << formatValue(value);
      }
    }
  EXPECT_EQ(formatValue(0x1p-62), "2^-62");
  EXPECT_EQ(formatValue(-0x1p-62), "-2^-62");
  EXPECT_EQ(formatValue(std::nextafter(464.0f, 465.0f)), "464 + 2^-15");
  EXPECT_EQ(formatValue(std::nextafter(61440.0f, 0.0f)), "61440 - 2^-8");
  EXPECT_EQ(formatValue(0x1.8p32), "1.5 * 2^32");
  EXPECT_EQ(formatValue(57344), "57344");
  EXPECT_EQ(formatValue(3.96875), "3.96875");
  EXPECT_EQ(formatValue(-0.0), "-0");
  EXPECT_EQ(formatValue(std::numeric_limits<double>::infinity()), "inf");
}
