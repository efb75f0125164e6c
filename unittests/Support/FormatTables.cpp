//===- FormatTables.cpp - Tables of what formats are ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Printing of codes and values, and the tables that list properties. Every
// value is printed exactly: a rounded figure would be a second, silent rounding
// in a text about rounding.
//
//===----------------------------------------------------------------------===//

#include "FormatTables.h"

#include "FormatTestUtils.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>

using namespace altgrad;
using namespace altgrad::test;

std::string Table::str() const {
  std::vector<size_t> widths(rows.front().size());
  for (const std::vector<std::string> &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());

  std::string text;
  for (const std::vector<std::string> &row : rows) {
    text += "|";
    for (size_t i = 0; i < row.size(); ++i)
      text += " " + row[i] + std::string(widths[i] - row[i].size(), ' ') + " |";
    text += "\n";
    if (&row != &rows.front())
      continue;
    text += "|";
    for (size_t width : widths)
      text += std::string(width + 2, '-') + "|";
    text += "\n";
  }
  return text;
}

std::string test::formatCode(const Format &format, uint32_t code) {
  char text[16];
  std::snprintf(text, sizeof(text), "0x%0*X", int(format.getBitWidth() + 3) / 4,
                code);
  return text;
}

std::string test::formatBits(const Format &format, uint32_t code) {
  std::string text;
  for (int bit = int(format.getBitWidth()) - 1; bit >= 0; --bit) {
    text += (code >> bit) & 1 ? '1' : '0';
    bool endOfSign = bit == int(format.getBitWidth()) - 1;
    bool endOfExponent =
        bit == int(format.getMantissaBits()) && format.getExponentBits() > 0;
    if (bit > 0 && (endOfSign || endOfExponent))
      text += ' ';
  }
  return text;
}

// The decimal of at most nine digits that is exactly `value`, if there is one.
static std::optional<std::string> formatShortDecimal(double value) {
  char text[64];
  for (int digits = 1; digits <= 9; ++digits) {
    std::snprintf(text, sizeof(text), "%.*g", digits, value);
    std::string decimal = text;
    if (decimal.size() > 11 || decimal.find('e') != std::string::npos ||
        std::strtod(text, nullptr) != value)
      continue;
    // So far `value` is the double nearest to the decimal. It is the decimal if
    // it is also a multiple of 2^-n, for n digits after the point.
    size_t point = decimal.find('.');
    int fraction =
        point == std::string::npos ? 0 : int(decimal.size() - point - 1);
    double scaled = std::ldexp(value, fraction);
    if (scaled == std::floor(scaled))
      return decimal;
  }
  return std::nullopt;
}

std::string test::formatValue(double value) {
  if (std::isnan(value))
    return "NaN";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";

  int exponent;
  double significand = 2 * std::frexp(value, &exponent);
  exponent = value == 0 ? 0 : exponent - 1;
  std::string power = "2^" + std::to_string(exponent);
  std::string sign = std::signbit(value) ? "-" : "";
  bool isPower = std::fabs(significand) == 1;
  if (isPower && exponent <= -4)
    return sign + power;
  if (std::optional<std::string> decimal = formatShortDecimal(value))
    return *decimal;
  if (isPower)
    return sign + power;

  // The neighbour of a short number: "464 + 2^-15".
  double anchor =
      std::ldexp(std::round(std::ldexp(value, 9 - exponent)), exponent - 9);
  double rest = value - anchor;
  std::optional<std::string> decimal = formatShortDecimal(anchor);
  if (decimal && 2 * std::fabs(std::frexp(rest, &exponent)) == 1)
    return *decimal + (rest < 0 ? " - 2^" : " + 2^") +
           std::to_string(exponent - 1);

  char text[64];
  std::snprintf(text, sizeof(text), "%.17g * ", significand);
  return text + power;
}

std::string test::formatValueAndCode(const Format &format, uint32_t code) {
  return formatValue(format.decode(code)) + " (" + formatCode(format, code) +
         ")";
}

//===----------------------------------------------------------------------===//
// Properties
//===----------------------------------------------------------------------===//

static Table makeParametersTable() {
  Table table({"name", "E", "M", "bias", "specials", "printed as", "infinity",
               "NaN", "negative zero"});
  for (const auto &[name, format] : Format::getAllNamed()) {
    std::string shape = "E" + std::to_string(format.getExponentBits()) + "M" +
                        std::to_string(format.getMantissaBits());
    std::string specials(stringifySpecials(format.getSpecials()));
    std::string bias = std::to_string(format.getBias());
    std::string infinity = "none", nan = "none", negativeZero = "none";
    if (format.hasInfinity()) {
      uint32_t code = format.getInfinityCode();
      infinity = formatCode(format, code) + ", " +
                 formatCode(format, code | format.getSignMask());
    }
    unsigned nanCount = 0;
    for (uint32_t code = 0; code < 2 * format.getSignMask(); ++code)
      nanCount += format.isNaN(code);
    if (nanCount > 0)
      nan = std::to_string(nanCount) +
            (nanCount == 1 ? " code, " : " codes, canonical ") +
            formatCode(format, format.getCanonicalNaNCode());
    if (format.hasNegativeZero())
      negativeZero = formatCode(format, format.getSignMask());
    table.addRow({std::string(name), std::to_string(format.getExponentBits()),
                  std::to_string(format.getMantissaBits()), bias, specials,
                  "`<" + shape + ", bias = " + bias + ", " + specials + ">`",
                  infinity, nan, negativeZero});
  }
  return table;
}

// The code of the smallest normal value; none for fixed point.
static std::string formatMinNormal(const Format &format) {
  if (format.getExponentBits() == 0)
    return "none";
  return formatValueAndCode(format, 1u << format.getMantissaBits());
}

static Table makeRangeTable() {
  Table table({"name", "largest finite", "smallest normal", "smallest positive",
               "overflow begins", "binades", "of them normal"});
  for (const auto &[name, format] : Format::getAllNamed()) {
    // Where the largest mantissa is odd, the midpoint itself rounds up.
    uint32_t max = format.getMaxFiniteCode();
    double midpoint = (format.getMaxFinite() + format.getOverflowStep()) / 2;
    bool midpointOverflows = format.roundMagnitude(midpoint) > max;
    int top = format.getMaxExponent();
    int binades = top - std::ilogb(format.getMinPositive()) + 1;
    int normalBinades =
        format.getExponentBits() == 0 ? 0 : top - format.getMinExponent() + 1;
    table.addRow(
        {std::string(name), formatValueAndCode(format, max),
         formatMinNormal(format), formatValueAndCode(format, 1),
         (midpointOverflows ? "at " : "above ") + formatValue(midpoint),
         std::to_string(binades), std::to_string(normalBinades)});
  }
  return table;
}

static Table makePrecisionTable() {
  Table table({"name", "finest spacing", "spacing above 1", "coarsest spacing",
               "distinct finite values", "largest relative error, normal"});
  for (const auto &[name, format] : Format::getAllNamed()) {
    uint32_t max = format.getMaxFiniteCode();
    double finest = std::numeric_limits<double>::infinity(), coarsest = 0;
    std::string aboveOne = "1 is out of range";
    for (uint32_t code = 0; code < max; ++code) {
      double spacing = format.decode(code + 1) - format.decode(code);
      finest = std::min(finest, spacing);
      coarsest = std::max(coarsest, spacing);
      if (format.decode(code) == 1)
        aboveOne = formatValue(spacing);
    }
    // Always one over an integer: the worst is halfway between a power of two
    // and its successor.
    double worst = 0;
    uint32_t firstNormal = 1u << format.getMantissaBits();
    for (uint32_t code = firstNormal; code < max; ++code) {
      double midpoint = (format.decode(code) + format.decode(code + 1)) / 2;
      worst = std::max(worst, (midpoint - format.decode(code)) / midpoint);
    }
    std::string relativeError = "none";
    if (format.getExponentBits() > 0)
      relativeError = "1/" + std::to_string(std::lround(1 / worst));
    table.addRow({std::string(name), formatValue(finest), aboveOne,
                  formatValue(coarsest), std::to_string(2 * max + 1),
                  relativeError});
  }
  return table;
}

// One code in every format that somebody calls by the same E and M.
static Table makeNamesakesTable(std::vector<std::string> names,
                                std::vector<uint32_t> codes) {
  std::vector<std::string> header{"code"};
  for (std::string &name : names)
    header.push_back(name);
  Table table(header);
  for (uint32_t code : codes) {
    std::vector<std::string> row{
        formatCode(makeNamedFormat(names.front()), code)};
    for (const std::string &name : names)
      row.push_back(formatValue(makeNamedFormat(name).decode(code)));
    table.addRow(row);
  }
  std::vector<std::string> ones{"code of 1"};
  for (const std::string &name : names) {
    Format format = makeNamedFormat(name);
    ones.push_back(formatCode(format, format.encode(1)));
  }
  table.addRow(ones);
  return table;
}

static Table makeSpecialInputsTable() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Table table({"name", "NaN", "-0", "-2^-100", "inf, saturate", "inf, infinity",
               "-inf, infinity"});
  for (const auto &[name, f] : Format::getAllNamed()) {
    const Format &format = f;
    auto code = [&](double value, Overflow overflow) {
      return formatCode(format, format.encode(value, overflow));
    };
    table.addRow(
        {std::string(name),
         code(std::numeric_limits<double>::quiet_NaN(), Overflow::Saturate),
         code(-0.0, Overflow::Saturate), code(-0x1p-100, Overflow::Saturate),
         code(infinity, Overflow::Saturate), code(infinity, Overflow::Infinity),
         code(-infinity, Overflow::Infinity)});
  }
  return table;
}

static Table makeOtherWidthsTable() {
  Table table({"known as", "E", "M", "bias", "specials", "bits",
               "largest finite", "smallest positive"});
  struct Row {
    const char *name;
    unsigned exponentBits, mantissaBits;
    int bias;
    Specials specials;
  };
  for (const Row &row : {Row{"OCP MX FP4 (E2M1)", 2, 1, 1, Specials::Finite},
                         Row{"OCP MX FP6 (E2M3)", 2, 3, 1, Specials::Finite},
                         Row{"OCP MX FP6 (E3M2)", 3, 2, 3, Specials::Finite},
                         Row{"IEEE half", 5, 10, 15, Specials::IEEE},
                         Row{"bfloat16", 8, 7, 127, Specials::IEEE}}) {
    Format format =
        makeFormat(row.exponentBits, row.mantissaBits, row.bias, row.specials);
    table.addRow({row.name, std::to_string(row.exponentBits),
                  std::to_string(row.mantissaBits), std::to_string(row.bias),
                  std::string(stringifySpecials(row.specials)),
                  std::to_string(format.getBitWidth()),
                  formatValueAndCode(format, format.getMaxFiniteCode()),
                  formatValueAndCode(format, 1)});
  }
  return table;
}

void test::addPropertyTables(std::map<std::string, std::string> &tables) {
  tables["parameters"] = makeParametersTable().str();
  tables["range"] = makeRangeTable().str();
  tables["precision"] = makePrecisionTable().str();
  tables["namesakes-e4m3"] =
      makeNamesakesTable(
          {"E4M3FN", "E4M3", "E4M3FNUZ", "E4M3B11FNUZ"},
          {0x01, 0x08, 0x38, 0x40, 0x77, 0x78, 0x79, 0x7E, 0x7F, 0x80})
          .str();
  tables["namesakes-e3m4"] =
      makeNamesakesTable({"E3M4", "E3M4IEEE"},
                         {0x01, 0x10, 0x30, 0x6F, 0x70, 0x71, 0x7F, 0x80})
          .str();
  tables["namesakes-e5m2"] =
      makeNamesakesTable({"E5M2", "E5M2FNUZ"},
                         {0x01, 0x04, 0x3C, 0x40, 0x7B, 0x7C, 0x7D, 0x7F, 0x80})
          .str();
  tables["special-inputs"] = makeSpecialInputsTable().str();
  tables["other-widths"] = makeOtherWidthsTable().str();
}

std::map<std::string, std::string> test::makeFormatTables() {
  std::map<std::string, std::string> tables;
  addPropertyTables(tables);
  addExampleTables(tables);
  return tables;
}
