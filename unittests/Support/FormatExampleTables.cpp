//===- FormatExampleTables.cpp - Tables of what formats do ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Worked examples for docs/Formats.md. Only the inputs are chosen here; each
// result, message and verdict is asked of the library.
//
//===----------------------------------------------------------------------===//

#include "FormatTables.h"

#include "FormatTestUtils.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <utility>

using namespace altgrad;
using namespace altgrad::test;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

namespace {
struct Example {
  const char *format;
  double value;
};
} // namespace

// One rounding: the input, its neighbours on the grid, and which one it became.
static Table makeRoundingTable(const std::vector<Example> &examples) {
  Table table({"format", "x", "neighbours", "x is", "code", "s e m", "value"});
  for (const Example &example : examples) {
    Format format = makeNamedFormat(example.format);
    double magnitude = std::fabs(example.value);
    uint32_t below = 0;
    while (below < format.getMaxFiniteCode() &&
           format.decode(below + 1) <= magnitude)
      ++below;
    bool isMax = below == format.getMaxFiniteCode();
    double low = format.decode(below);
    double high = isMax ? format.getOverflowStep() : format.decode(below + 1);

    std::string verdict = "a value of the format";
    if (magnitude > high)
      verdict = "past the step";
    else if (magnitude != low)
      verdict = magnitude == (low + high) / 2  ? "a tie"
                : magnitude < (low + high) / 2 ? "nearer to the first"
                                               : "nearer to the second";
    std::string neighbours =
        formatValue(low) + " (" + formatCode(format, below) + "), " +
        formatValue(high) +
        (isMax ? " (the step)" : " (" + formatCode(format, below + 1) + ")");
    uint32_t code = format.encode(example.value);
    table.addRow({example.format, formatValue(example.value), neighbours,
                  verdict, formatCode(format, code), formatBits(format, code),
                  formatValue(format.decode(code))});
  }
  return table;
}

static std::string formatF32Bits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  char text[16];
  std::snprintf(text, sizeof(text), "0x%08X", bits);
  return text;
}

static Table makeOverflowTable() {
  Table table({"format", "x", "f32 bits of x", "saturate", "infinity"});
  const Example examples[] = {
      {"E4M3FN", 448},       {"E4M3FN", 460},
      {"E4M3FN", 464},       {"E4M3FN", std::nextafter(464.0f, 465.0f)},
      {"E4M3FN", 480},       {"E4M3FN", -480},
      {"E4M3FN", kInfinity}, {"E5M2", std::nextafter(61440.0f, 0.0f)},
      {"E5M2", 61440},       {"E5M2", -61440},
      {"E4M3FNUZ", 248},     {"E3M4", 1000},
      {"E3M4", -kInfinity}};
  for (const Example &example : examples) {
    Format format = makeNamedFormat(example.format);
    table.addRow(
        {example.format, formatValue(example.value),
         formatF32Bits(float(example.value)),
         formatValueAndCode(format,
                            format.encode(example.value, Overflow::Saturate)),
         formatValueAndCode(format,
                            format.encode(example.value, Overflow::Infinity))});
  }
  return table;
}

// f64 inputs that a detour through f32 would round to another code.
static Table makeDoubleRoundingTable() {
  Table table({"format", "x (f64)", "encode(x)", "encode(f32(x)), wrong"});
  const Example examples[] = {{"E4M3FN", 0x1.1000000000001p0},
                              {"E4M3FN", 0x1.2FFFFFFFFFFFFp0},
                              {"E5M2", 0x1.DFFFFFFFFFFFFp15},
                              {"E7M0", 0x1.8000000000001p0}};
  for (const Example &example : examples) {
    Format format = makeNamedFormat(example.format);
    table.addRow(
        {example.format, formatValue(example.value),
         formatValueAndCode(format,
                            format.encode(example.value, Overflow::Infinity)),
         formatValueAndCode(
             format, format.encode(float(example.value), Overflow::Infinity))});
  }
  return table;
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

namespace {
struct Parameters {
  unsigned exponentBits, mantissaBits;
  int bias;
  Specials specials;
};
} // namespace

static std::string formatParameters(const Parameters &parameters) {
  return "E" + std::to_string(parameters.exponentBits) + "M" +
         std::to_string(parameters.mantissaBits) +
         ", bias = " + std::to_string(parameters.bias) + ", " +
         std::string(stringifySpecials(parameters.specials));
}

// The disputed shapes under both readings.
static Table makeReadingsTable() {
  Table table({"type", "name here", "largest finite"});
  for (const Parameters &parameters : {Parameters{1, 6, 0, Specials::Finite},
                                       {1, 6, 0, Specials::IEEE},
                                       {7, 0, 63, Specials::Finite},
                                       {7, 0, 63, Specials::IEEE},
                                       {3, 4, 1, Specials::Finite},
                                       {3, 4, 1, Specials::IEEE},
                                       {3, 4, 3, Specials::IEEE},
                                       {4, 3, 7, Specials::IEEE},
                                       {4, 3, 8, Specials::FNUZ}}) {
    Format format = makeFormat(parameters.exponentBits, parameters.mantissaBits,
                               parameters.bias, parameters.specials);
    std::string name(format.getName());
    table.addRow({"`!altgrad.fp8<" + formatParameters(parameters) + ">`",
                  name.empty() ? "none" : name,
                  formatValueAndCode(format, format.getMaxFiniteCode())});
  }
  return table;
}

static Table makeImpossibleTable() {
  Table table({"parameters", "message"});
  for (const Parameters &parameters : {Parameters{0, 7, 1, Specials::Finite},
                                       {0, 7, 0, Specials::IEEE},
                                       {0, 0, 0, Specials::Finite},
                                       {1, 0, 0, Specials::FN},
                                       {4, 3, 148, Specials::Finite},
                                       {4, 3, -113, Specials::Finite},
                                       {9, 0, 255, Specials::Finite},
                                       {8, 8, 127, Specials::IEEE}}) {
    std::string error = "this format exists";
    Format::get(parameters.exponentBits, parameters.mantissaBits,
                parameters.bias, parameters.specials, &error);
    table.addRow({"`" + formatParameters(parameters) + "`", error});
  }
  return table;
}

// For each shape of 8 bits and each kind of specials, the biases that exist.
static Table makeBiasesTable() {
  Table table({"shape", "finite", "ieee", "fn", "fnuz"});
  for (unsigned exponentBits = 0; exponentBits <= 7; ++exponentBits) {
    unsigned mantissaBits = 7 - exponentBits;
    std::vector<std::string> row{"E" + std::to_string(exponentBits) + "M" +
                                 std::to_string(mantissaBits)};
    for (Specials specials :
         {Specials::Finite, Specials::IEEE, Specials::FN, Specials::FNUZ}) {
      std::vector<int> accepted;
      for (int bias = -400; bias <= 400; ++bias)
        if (Format::get(exponentBits, mantissaBits, bias, specials))
          accepted.push_back(bias);
      if (accepted.empty())
        row.push_back("none");
      else if (accepted.size() == 1)
        row.push_back(std::to_string(accepted.front()));
      else
        row.push_back(std::to_string(accepted.front()) + " to " +
                      std::to_string(accepted.back()));
    }
    table.addRow(row);
  }
  return table;
}

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

static float roundToF32(double value) { return static_cast<float>(value); }

// What becomes of a small scale in each element type. f16 and bf16 are formats
// of the same family, so the library itself answers for them.
static Table makeScaleTable() {
  Format half = makeFormat(5, 10, 15, Specials::IEEE);
  Format bfloat = makeFormat(8, 7, 127, Specials::IEEE);
  Table table({"element type", "smallest positive", "1e-10 becomes",
               "1e-5 becomes", "largest finite"});
  auto decimal = [](double value) {
    char text[40];
    std::snprintf(text, sizeof(text), "%.6g", value);
    return std::string(text);
  };
  for (const auto &[name, format] :
       {std::pair<const char *, Format>{"f16", half}, {"bf16", bfloat}})
    table.addRow({name, formatValue(format.getMinPositive()),
                  decimal(format.round(1e-10)), decimal(format.round(1e-5)),
                  formatValue(format.getMaxFinite())});
  table.addRow({"f32", formatValue(std::numeric_limits<float>::denorm_min()),
                decimal(roundToF32(1e-10)), decimal(roundToF32(1e-5)),
                "(2 - 2^-23) * 2^127"});
  table.addRow({"f64", formatValue(std::numeric_limits<double>::denorm_min()),
                decimal(1e-10), decimal(1e-5), "(2 - 2^-52) * 2^1023"});
  return table;
}

void test::addExampleTables(std::map<std::string, std::string> &tables) {
  tables["rounding"] = makeRoundingTable({{"E4M3FN", 1.0},
                                          {"E4M3FN", 1.0625},
                                          {"E4M3FN", 1.1875},
                                          {"E4M3FN", 1.203125},
                                          {"E4M3FN", 1.9375},
                                          {"E4M3FN", 0x1p-10},
                                          {"E4M3FN", -0x1.8p-10},
                                          {"E4M3FN", 0x1.Ep-7},
                                          {"E5M2", 1.125},
                                          {"E5M2", 1.375},
                                          {"E3M4", 0x1.8p-5}})
                           .str();
  tables["edge-cases"] = makeRoundingTable({{"E0M7", 0.5},
                                            {"E0M7", 0x1.8p-7},
                                            {"E0M7", 1.0},
                                            {"E0M7", -1.0},
                                            {"E1M6", 1.0},
                                            {"E1M6", 2.0},
                                            {"E1M6", 2.015625},
                                            {"E1M6", 2.046875},
                                            {"E1M6", 5.0},
                                            {"E7M0", 1.0},
                                            {"E7M0", 1.5},
                                            {"E7M0", 3.0},
                                            {"E7M0", 3.25},
                                            {"E7M0", 0x1p-63},
                                            {"E7M0", -0x1.2p-63},
                                            {"E7M0", 0x1.8p64}})
                             .str();
  tables["overflow"] = makeOverflowTable().str();
  tables["double-rounding"] = makeDoubleRoundingTable().str();
  tables["readings"] = makeReadingsTable().str();
  tables["impossible"] = makeImpossibleTable().str();
  tables["biases"] = makeBiasesTable().str();
  tables["scales"] = makeScaleTable().str();
}
