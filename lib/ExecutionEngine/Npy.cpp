//===- Npy.cpp - Reading and writing NumPy's .npy files -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The header is a Python dictionary literal. numpy.save writes it in one fixed
// way, but other writers differ in order, quotes and blanks, so it is parsed as
// the literal it is: the three keys of the format, each exactly once.
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/Npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <limits>

using namespace altgrad;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static_assert(llvm::endianness::native == llvm::endianness::little,
              "array files are read and written as little-endian memory");

static constexpr StringRef kMagic("\x93NUMPY", 6);

namespace {
struct TypeInfo {
  NpyType type;
  StringRef name;
  unsigned size;
};
} // namespace

static constexpr TypeInfo kTypes[] = {
    {NpyType::F16, "<f2", 2},   {NpyType::F32, "<f4", 4},
    {NpyType::F64, "<f8", 8},   {NpyType::BF16, "<V2", 2},
    {NpyType::Code8, "|V1", 1}, {NpyType::Bool, "|b1", 1},
    {NpyType::I8, "|i1", 1},    {NpyType::U8, "|u1", 1},
    {NpyType::I16, "<i2", 2},   {NpyType::U16, "<u2", 2},
    {NpyType::I32, "<i4", 4},   {NpyType::U32, "<u4", 4},
    {NpyType::I64, "<i8", 8},   {NpyType::U64, "<u8", 8},
};

static const TypeInfo &getInfo(NpyType type) {
  return *llvm::find_if(
      kTypes, [&](const TypeInfo &info) { return info.type == type; });
}

unsigned altgrad::getNpyTypeSize(NpyType type) { return getInfo(type).size; }
StringRef altgrad::getNpyTypeName(NpyType type) { return getInfo(type).name; }

static std::optional<NpyType> symbolizeType(StringRef name) {
  for (const TypeInfo &info : kTypes) {
    if (name == info.name)
      return info.type;
    // A single byte has no order; some writers name one all the same. Bytes
    // that NumPy knows nothing of are in no order either once it read them.
    bool hasNoOrder = info.size == 1 || info.type == NpyType::BF16;
    if (hasNoOrder && name.size() == 3 && StringRef("<>=|").contains(name[0]) &&
        name.drop_front() == info.name.drop_front() && name != ">V2")
      return info.type;
  }
  // The float8_e5m2 of ml_dtypes, which numpy.load itself does not accept.
  if (name == "<f1")
    return NpyType::Code8;
  return std::nullopt;
}

/// `text` in quotes; a damaged file may hold any byte.
static std::string quote(StringRef text) {
  std::string quoted;
  llvm::raw_string_ostream os(quoted);
  os << '\'';
  llvm::printEscapedString(text, os);
  os << '\'';
  return quoted;
}

/// The number of bytes in an array, or nothing if it does not fit in memory.
static std::optional<size_t> countBytes(NpyType type, ArrayRef<int64_t> shape) {
  int64_t count = getNpyTypeSize(type);
  // A zero anywhere makes the array empty, however large the others are.
  if (llvm::is_contained(shape, 0))
    return 0;
  for (int64_t size : shape)
    if (llvm::MulOverflow(count, size, count))
      return std::nullopt;
  return static_cast<size_t>(count);
}

NpyArray::NpyArray(NpyType type, ArrayRef<int64_t> shape)
    : type(type), shape(shape), storage(getNumBytes() / 8 + 1) {}

int64_t NpyArray::getNumElements() const {
  int64_t count = 1;
  if (llvm::is_contained(shape, 0))
    return 0;
  for (int64_t size : shape)
    count *= size;
  return count;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// What a header says, read from the dictionary literal.
class HeaderParser {
public:
  HeaderParser(StringRef text, StringRef name) : rest(text), name(name) {}

  Error parse();

  std::string typeName;
  bool fortranOrder = false;
  llvm::SmallVector<int64_t, 4> shape;

private:
  Error fail(const Twine &message) const {
    return llvm::createStringError(name + ": " + message);
  }
  Error expected(const Twine &what) const {
    StringRef found = rest.take_front(16);
    return fail("malformed header: expected " + what + " but got " +
                (found.empty() ? "its end" : quote(found)));
  }
  bool consume(char c) {
    rest = rest.ltrim(" \t\n");
    if (!rest.starts_with(StringRef(&c, 1)))
      return false;
    rest = rest.drop_front();
    return true;
  }
  Error parseString(std::string &value);
  Error parseShape();

  StringRef rest;
  StringRef name;
};
} // namespace

Error HeaderParser::parseString(std::string &value) {
  rest = rest.ltrim(" \t\n");
  if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
    return expected("a string");
  size_t end = rest.find(rest[0], 1);
  if (end == StringRef::npos)
    return expected("a closed string");
  value = rest.slice(1, end).str();
  rest = rest.drop_front(end + 1);
  return Error::success();
}

Error HeaderParser::parseShape() {
  if (!consume('('))
    return expected("a tuple");
  while (!consume(')')) {
    rest = rest.ltrim(" \t\n");
    StringRef digits = rest.take_while(llvm::isDigit);
    int64_t size;
    if (digits.empty() || digits.getAsInteger(10, size))
      return expected("a dimension");
    rest = rest.drop_front(digits.size());
    shape.push_back(size);
    if (consume(')'))
      break;
    if (!consume(','))
      return expected("',' or ')'");
  }
  return Error::success();
}

Error HeaderParser::parse() {
  bool hasType = false, hasOrder = false, hasShape = false;
  if (!consume('{'))
    return expected("a dictionary");
  while (!consume('}')) {
    std::string key;
    if (Error error = parseString(key))
      return error;
    bool *seen = llvm::StringSwitch<bool *>(key)
                     .Case("descr", &hasType)
                     .Case("fortran_order", &hasOrder)
                     .Case("shape", &hasShape)
                     .Default(nullptr);
    if (!seen || *seen)
      return fail("malformed header: " + Twine(seen ? "repeated" : "unknown") +
                  " key " + quote(key));
    *seen = true;
    if (!consume(':'))
      return expected("':'");
    if (seen == &hasShape) {
      if (Error error = parseShape())
        return error;
    } else if (seen == &hasOrder) {
      rest = rest.ltrim(" \t\n");
      fortranOrder = rest.consume_front("True");
      if (!fortranOrder && !rest.consume_front("False"))
        return expected("'True' or 'False'");
    } else {
      rest = rest.ltrim(" \t\n");
      if (rest.starts_with("["))
        return fail("expected an array of numbers but got one of records");
      if (Error error = parseString(typeName))
        return error;
    }
    if (!consume(',') && !rest.ltrim(" \t\n").starts_with("}"))
      return expected("',' or '}'");
  }
  if (!hasType || !hasOrder || !hasShape)
    return fail("malformed header: expected the keys 'descr', "
                "'fortran_order' and 'shape'");
  if (!rest.trim(" \t\n").empty())
    return expected("its end");
  return Error::success();
}

Expected<NpyArray> NpyArray::parse(StringRef bytes, StringRef name) {
  auto fail = [&](const Twine &message) {
    return llvm::createStringError(name + ": " + message);
  };
  if (!bytes.consume_front(kMagic))
    return fail("not an .npy file");
  if (bytes.size() < 2)
    return fail("the file ends within its header");
  unsigned version = static_cast<uint8_t>(bytes[0]);
  if (version < 1 || version > 3)
    return fail("expected format version 1, 2 or 3 but got " + Twine(version));
  bytes = bytes.drop_front(2);

  // The length of the header: two bytes in version 1, four later.
  size_t lengthSize = version == 1 ? 2 : 4;
  if (bytes.size() < lengthSize)
    return fail("the file ends within its header");
  size_t length = version == 1 ? llvm::support::endian::read16le(bytes.data())
                               : llvm::support::endian::read32le(bytes.data());
  bytes = bytes.drop_front(lengthSize);
  if (bytes.size() < length)
    return fail("the file ends within its header");
  HeaderParser header(bytes.take_front(length), name);
  if (Error error = header.parse())
    return std::move(error);
  bytes = bytes.drop_front(length);

  std::optional<NpyType> type = symbolizeType(header.typeName);
  if (!type)
    return fail(
        "expected element type " +
        llvm::join(
            llvm::map_range(kTypes, [](const TypeInfo &i) { return i.name; }),
            ", ") +
        " but got " + quote(header.typeName));
  // Where at most one dimension is not 1 both orders are the same.
  if (header.fortranOrder &&
      llvm::count_if(header.shape, [](int64_t size) { return size != 1; }) > 1)
    return fail("expected an array in C order but got Fortran order");
  std::optional<size_t> expected = countBytes(*type, header.shape);
  if (!expected || *expected != bytes.size())
    return fail("expected " +
                (expected ? Twine(*expected) : Twine("more than 2^63")) +
                " bytes of elements but got " + Twine(bytes.size()));

  NpyArray array(*type, header.shape);
  if (!bytes.empty())
    std::memcpy(array.getData(), bytes.data(), bytes.size());
  return array;
}

Expected<NpyArray> NpyArray::read(StringRef path) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                  /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError(buffer.getError(),
                                   path + ": " + buffer.getError().message());
  return parse((*buffer)->getBuffer(), path);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

std::string NpyArray::serialize() const {
  std::string header;
  llvm::raw_string_ostream os(header);
  os << "{'descr': '" << getNpyTypeName(type)
     << "', 'fortran_order': False, 'shape': (";
  llvm::interleaveComma(shape, os);
  // A tuple of one element needs its comma.
  os << (shape.size() == 1 ? ",), }" : "), }");
  // The elements start at a multiple of 64; the header ends with a newline.
  size_t used = kMagic.size() + 2 + 2 + header.size() + 1;
  os.indent(static_cast<unsigned>(llvm::alignTo(used, 64) - used)) << '\n';

  std::string bytes = kMagic.str();
  bytes += {'\1', '\0'};
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(static_cast<const char *>(getData()), getNumBytes());
  return bytes;
}

Error NpyArray::write(StringRef path) const {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (!error) {
    os << serialize();
    os.close();
    error = os.error();
    os.clear_error();
  }
  if (error)
    return llvm::createStringError(error, path + ": " + error.message());
  return Error::success();
}
