//===- Diagnostics.cpp - Diagnostics of MLIR as llvm::Error ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/raw_ostream.h"

using namespace altgrad;
using namespace mlir;

/// Prints one line: the place as compilers print it, severity, message.
static void printDiagnostic(llvm::raw_ostream &os,
                            const Diagnostic &diagnostic) {
  // An op that came from several (fusion, inlining) is reported at the first
  // place in a file that made it.
  if (auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
    os << place.getFilename().getValue() << ':' << place.getLine() << ':'
       << place.getColumn() << ": ";
  os << (diagnostic.getSeverity() == DiagnosticSeverity::Note ? "note: "
                                                              : "error: ")
     << diagnostic << '\n';
}

ErrorCollector::ErrorCollector(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return failure();
        llvm::raw_string_ostream os(text);
        printDiagnostic(os, diagnostic);
        for (const Diagnostic &note : diagnostic.getNotes())
          printDiagnostic(os, note);
        return success();
      }) {}

llvm::Error ErrorCollector::takeError(const llvm::Twine &fallback) {
  std::string message = std::move(text);
  text.clear();
  while (!message.empty() && message.back() == '\n')
    message.pop_back();
  if (message.empty())
    message = fallback.str();
  return llvm::createStringError(message);
}
