//===- AltgradTypes.cpp - The 8-bit float type ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parsing, printing and verification of `!altgrad.fp8`.
//
//===----------------------------------------------------------------------===//

#include "altgrad/Dialect/Altgrad/IR/Altgrad.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace altgrad;

#define GET_TYPEDEF_CLASSES
#include "altgrad/Dialect/Altgrad/IR/AltgradTypes.cpp.inc"

void AltgradDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "altgrad/Dialect/Altgrad/IR/AltgradTypes.cpp.inc"
      >();
}

static StringRef toStringRef(std::string_view view) {
  return StringRef(view.data(), view.size());
}

/// Reads "E<digits>M<digits>" and nothing else.
static bool parseSplit(StringRef word, unsigned &exponentBits,
                       unsigned &mantissaBits) {
  return word.consume_front("E") && !word.consumeInteger(10, exponentBits) &&
         word.consume_front("M") && !word.consumeInteger(10, mantissaBits) &&
         word.empty();
}

static std::string listNames() {
  return llvm::join(llvm::map_range(Format::getAllNamed(),
                                    [](const Format::Named &named) {
                                      return std::string(named.name);
                                    }),
                    ", ");
}

Type FP8Type::parse(AsmParser &parser) {
  StringRef name;
  SMLoc loc;
  if (parser.parseLess() || parser.getCurrentLocation(&loc) ||
      parser.parseKeyword(&name))
    return {};

  if (succeeded(parser.parseOptionalGreater())) {
    std::optional<Format> format =
        Format::getNamed(std::string_view(name.data(), name.size()));
    if (format)
      return FP8Type::get(parser.getContext(), *format);
    parser.emitError(loc, "expected a named format (")
        << listNames() << "), or a split with bias and specials, but got '"
        << name << "'";
    return {};
  }

  unsigned exponentBits = 0, mantissaBits = 0;
  if (!parseSplit(name, exponentBits, mantissaBits)) {
    parser.emitError(loc, "expected a split of the form E<int>M<int> before "
                          "bias and specials but got '")
        << name << "'";
    return {};
  }
  int bias = 0;
  StringRef word;
  SMLoc specialsLoc;
  if (parser.parseComma() || parser.parseKeyword("bias") ||
      parser.parseEqual() || parser.parseInteger(bias) || parser.parseComma() ||
      parser.getCurrentLocation(&specialsLoc) || parser.parseKeyword(&word))
    return {};
  std::optional<Specials> specials =
      symbolizeSpecials(std::string_view(word.data(), word.size()));
  if (!specials) {
    parser.emitError(specialsLoc, "expected finite, ieee, fn or fnuz but got '")
        << word << "'";
    return {};
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<FP8Type>(loc, parser.getContext(), exponentBits,
                                    mantissaBits, bias, *specials);
}

void FP8Type::print(AsmPrinter &printer) const {
  printer << "<";
  printFormat(getFormat(), printer.getStream());
  printer << ">";
}

LogicalResult FP8Type::verify(function_ref<InFlightDiagnostic()> emitError,
                              unsigned exponentBits, unsigned mantissaBits,
                              int bias, Specials specials) {
  // T1.
  if (uint64_t(exponentBits) + mantissaBits != kBitWidth - 1)
    return emitError() << "expected exponent and mantissa bits that add up to "
                       << kBitWidth - 1 << " but got E" << exponentBits << "M"
                       << mantissaBits;
  // T2, T3, T4: whatever no format can be.
  std::string error;
  if (!Format::get(exponentBits, mantissaBits, bias, specials, &error))
    return emitError() << error;
  return success();
}

Format FP8Type::getFormat() const {
  std::optional<Format> format = Format::get(
      getExponentBits(), getMantissaBits(), getBias(), getSpecials());
  assert(format && "the verifier lets no other parameters pass");
  return *format;
}

void altgrad::printFormat(const Format &format, raw_ostream &os) {
  os << "E" << format.getExponentBits() << "M" << format.getMantissaBits()
     << ", bias = " << format.getBias() << ", "
     << toStringRef(stringifySpecials(format.getSpecials()));
}

FP8Type altgrad::parseFormat(MLIRContext *context, StringRef text,
                             std::string &error) {
  context->getOrLoadDialect<AltgradDialect>();
  std::string source = ("!altgrad.fp8<" + text + ">").str();
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (error.empty())
      error = diagnostic.str();
    return success();
  });
  auto type = dyn_cast_or_null<FP8Type>(parseType(source, context));
  if (!type && error.empty())
    error = "expected a format but got '" + text.str() + "'";
  return type;
}
