//===- FormatTables.h - The tables of docs/Formats.md -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The documentation of the formats is full of numbers, and numbers in prose go
// stale. Each table of docs/Formats.md therefore stands between two markers
//
//     <!-- begin generated: <name> -->
//     <!-- end generated: <name> -->
//
// and is made here, from the library. FormatDocsTest compares the two.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_UNITTESTS_SUPPORT_FORMATTABLES_H
#define ALTGRAD_UNITTESTS_SUPPORT_FORMATTABLES_H

#include "altgrad/Support/Format.h"

#include <map>
#include <string>
#include <vector>

namespace altgrad::test {

/// A Markdown table with its columns aligned.
class Table {
public:
  explicit Table(std::vector<std::string> header) { addRow(std::move(header)); }
  void addRow(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  std::string str() const;

private:
  std::vector<std::vector<std::string>> rows;
};

/// "0x7E", with as many digits as the width of the format needs.
std::string formatCode(const Format &format, uint32_t code);
/// "0 1111 110": the fields of the code; an empty field is left out.
std::string formatBits(const Format &format, uint32_t code);
/// The value exactly: a short decimal, or a small number times a power of two.
std::string formatValue(double value);
/// "448 (0x7E)".
std::string formatValueAndCode(const Format &format, uint32_t code);

/// What formats are: parameters, limits, precision, special values.
void addPropertyTables(std::map<std::string, std::string> &tables);
/// What formats do: rounding, overflow, disputed readings, impossible formats.
void addExampleTables(std::map<std::string, std::string> &tables);

/// All tables by the name in their markers.
std::map<std::string, std::string> makeFormatTables();

} // namespace altgrad::test

#endif // ALTGRAD_UNITTESTS_SUPPORT_FORMATTABLES_H
