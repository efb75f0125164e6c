//===- PtxLexer.cpp - The words of a PTX module ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PtxLexer.h"

#include <cctype>
#include <cstdlib>
#include <cstring>

using namespace altgrad::emulator;

static bool isWordStart(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$' ||
         c == '%' || c == '.';
}
static bool isWordPart(char c) {
  return isWordStart(c) || std::isdigit(static_cast<unsigned char>(c));
}
static bool isDigit(char c) {
  return std::isdigit(static_cast<unsigned char>(c));
}

/// Reads a number at `position` and moves behind it (PTX ISA 4.5).
static bool readNumber(std::string_view text, size_t &position, Token &token) {
  size_t start = position;
  auto digits = [&](unsigned base) {
    uint64_t value = 0;
    size_t first = position;
    for (; position < text.size(); ++position) {
      char c = std::tolower(static_cast<unsigned char>(text[position]));
      unsigned digit = isDigit(c)             ? c - '0'
                       : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                              : 99;
      if (digit >= base)
        break;
      value = value * base + digit;
    }
    token.value = value;
    return position != first;
  };
  char second = start + 1 < text.size() ? text[start + 1] : '\0';
  token.kind = Token::Kind::Integer;
  bool valid = true;
  if (text[start] == '0' && std::strchr("xXbBfFdD", second) && second) {
    position += 2;
    switch (std::tolower(second)) {
    case 'x':
      valid = digits(16);
      break;
    case 'b':
      valid = digits(2);
      break;
    case 'f':
      token.kind = Token::Kind::Float32;
      valid = digits(16) && position - start == 10;
      break;
    case 'd':
      token.kind = Token::Kind::Float64;
      valid = digits(16) && position - start == 18;
      break;
    default:
      break;
    }
  } else {
    size_t end = position;
    while (end < text.size() && isDigit(text[end]))
      ++end;
    if (end < text.size() &&
        (text[end] == '.' || text[end] == 'e' || text[end] == 'E')) {
      std::string copy(text.substr(start, 64));
      char *after = nullptr;
      double value = std::strtod(copy.c_str(), &after);
      position += after - copy.c_str();
      token.kind = Token::Kind::Float64;
      std::memcpy(&token.value, &value, sizeof(value));
    } else {
      valid = digits(text[start] == '0' ? 8 : 10);
    }
  }
  if (token.kind == Token::Kind::Integer && position < text.size() &&
      text[position] == 'U')
    ++position;
  return valid && (position == text.size() || !isWordPart(text[position]));
}

std::vector<Token> altgrad::emulator::tokenize(std::string_view text,
                                               Diagnostic &diagnostic) {
  std::vector<Token> tokens;
  unsigned line = 1;
  size_t position = 0;
  while (position < text.size()) {
    char c = text[position];
    if (c == '\n') {
      ++line;
      ++position;
      continue;
    }
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++position;
      continue;
    }
    if (text.substr(position, 2) == "//") {
      position = std::min(text.find('\n', position), text.size());
      continue;
    }
    if (text.substr(position, 2) == "/*") {
      size_t end = text.find("*/", position + 2);
      if (end == std::string_view::npos) {
        diagnostic.report(line, "unterminated comment");
        break;
      }
      for (; position < end + 2; ++position)
        line += text[position] == '\n';
      continue;
    }
    Token token;
    token.line = line;
    size_t start = position;
    if (isDigit(c)) {
      if (!readNumber(text, position, token)) {
        diagnostic.report(line, "malformed number");
        break;
      }
    } else if (c == '"') {
      token.kind = Token::Kind::String;
      position = text.find('"', position + 1);
      if (position == std::string_view::npos) {
        diagnostic.report(line, "unterminated string");
        break;
      }
      ++position;
    } else if (isWordStart(c)) {
      token.kind = Token::Kind::Word;
      while (position < text.size()) {
        if (isWordPart(text[position]))
          ++position;
        else if (text.substr(position, 2) == "::")
          position += 2;
        else
          break;
      }
    } else {
      token.kind = Token::Kind::Punctuation;
      ++position;
    }
    token.text = text.substr(start, position - start);
    tokens.push_back(token);
  }
  Token end;
  end.line = line;
  tokens.push_back(end);
  return tokens;
}
