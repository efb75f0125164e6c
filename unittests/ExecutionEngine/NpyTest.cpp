//===- NpyTest.cpp - Tests of the .npy reader and writer ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "altgrad/ExecutionEngine/Npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

#include <random>

using namespace altgrad;
using llvm::ArrayRef;
using llvm::StringRef;

/// The message of an error, or "" for success.
static std::string message(llvm::Error error) {
  return llvm::toString(std::move(error));
}

static std::string parseError(StringRef bytes) {
  llvm::Expected<NpyArray> array = NpyArray::parse(bytes, "a.npy");
  return array ? "" : message(array.takeError());
}

/// A file of version 1 with this header and these elements.
static std::string makeFile(StringRef header, StringRef elements) {
  std::string bytes("\x93NUMPY\1\0", 8);
  bytes += static_cast<char>(header.size());
  bytes += '\0';
  return bytes + header.str() + elements.str();
}

/// What numpy.save wrote for `numpy.array([[1, -2, 3]], dtype=numpy.int8)`.
static std::string makeNumPyFile() {
  std::string header = "{'descr': '|i1', 'fortran_order': False, "
                       "'shape': (1, 3), }";
  header.resize(117, ' ');
  return makeFile(header + "\n", StringRef("\x01\xfe\x03", 3));
}

TEST(Npy, ReadsWhatNumPyWrites) {
  llvm::Expected<NpyArray> array = NpyArray::parse(makeNumPyFile(), "a.npy");
  ASSERT_TRUE(bool(array)) << message(array.takeError());
  EXPECT_EQ(array->getType(), NpyType::I8);
  EXPECT_EQ(array->getShape(), ArrayRef<int64_t>({1, 3}));
  ASSERT_TRUE(array->getElements<int8_t>().has_value());
  EXPECT_EQ(ArrayRef<int8_t>(*array->getElements<int8_t>()),
            ArrayRef<int8_t>({1, -2, 3}));
  EXPECT_FALSE(array->getElements<uint8_t>().has_value());
}

// ml_dtypes' types, as numpy.save names them ('<V1' for most 8-bit floats,
// '<f1' for float8_e5m2) and as arrays that numpy.load read are named ('|V2').
TEST(Npy, ReadsWhatNumPyMakesOfOtherTypes) {
  const std::pair<const char *, NpyType> kCases[] = {
      {"<V2", NpyType::BF16},  {"|V2", NpyType::BF16},  {"<V1", NpyType::Code8},
      {"|V1", NpyType::Code8}, {"<f1", NpyType::Code8}, {"|b1", NpyType::Bool},
      {"<u2", NpyType::U16}};
  for (auto [name, type] : kCases) {
    unsigned size = getNpyTypeSize(type);
    std::string header = std::string("{'descr': '") + name +
                         "', 'fortran_order': False, 'shape': (1,), }";
    llvm::Expected<NpyArray> array =
        NpyArray::parse(makeFile(header, StringRef("\1\2", size)), "a.npy");
    ASSERT_TRUE(bool(array)) << message(array.takeError());
    EXPECT_EQ(array->getType(), type) << name;
    EXPECT_EQ(std::memcmp(array->getData(), "\1\2", size), 0);
  }
  // The bytes of these are in another order.
  for (const char *name : {">V2", ">u2"})
    EXPECT_NE(parseError(makeFile(std::string("{'descr': '") + name +
                                      "', 'fortran_order': False, "
                                      "'shape': (1,), }",
                                  StringRef("\1\2", 2))),
              "");
}

TEST(Npy, WritesWhatNumPyWrites) {
  NpyArray array(NpyType::I8, {1, 3});
  llvm::copy(ArrayRef<int8_t>({1, -2, 3}),
             array.getElements<int8_t>()->begin());
  EXPECT_EQ(array.serialize(), makeNumPyFile());
}

TEST(Npy, RoundTripsEachTypeAndRank) {
  const std::vector<int64_t> kShapes[] = {{}, {5}, {2, 3, 4}, {3, 0}};
  for (NpyType type : {NpyType::F16, NpyType::F32, NpyType::F64, NpyType::I8,
                       NpyType::U8, NpyType::I32, NpyType::I64}) {
    for (const std::vector<int64_t> &shape : kShapes) {
      NpyArray array(type, shape);
      auto *bytes = static_cast<uint8_t *>(array.getData());
      for (size_t i = 0; i < array.getNumBytes(); ++i)
        bytes[i] = static_cast<uint8_t>(37 * i + 11);
      std::string file = array.serialize();
      EXPECT_EQ((file.size() - array.getNumBytes()) % 64, 0u);
      llvm::Expected<NpyArray> again = NpyArray::parse(file, "a.npy");
      ASSERT_TRUE(bool(again)) << message(again.takeError());
      EXPECT_EQ(again->getType(), type);
      EXPECT_EQ(again->getShape(), ArrayRef<int64_t>(shape));
      EXPECT_EQ(again->serialize(), file);
    }
  }
}

TEST(Npy, ReadsOtherWritersHeaders) {
  for (StringRef header : {
           "{\"shape\": (3,), \"fortran_order\": False, \"descr\": \"|u1\"}",
           "{'descr':'<u1','fortran_order':False,'shape':(3)}",
           "{ 'descr' : '=u1' , 'fortran_order' : False , 'shape' : (3 , ) , "
           "} ",
           // With one dimension both orders are the same.
           "{'descr': '|u1', 'fortran_order': True, 'shape': (1, 3), }",
       })
    EXPECT_EQ(parseError(makeFile(header, "abc")), "") << header.str();

  // Version 2 has a longer length field.
  std::string header = "{'descr': '|u1', 'fortran_order': False, "
                       "'shape': (3,), }\n";
  std::string bytes("\x93NUMPY\2\0", 8);
  bytes += static_cast<char>(header.size());
  bytes.append(3, '\0');
  EXPECT_EQ(parseError(bytes + header + "abc"), "");
}

TEST(Npy, SaysWhatIsWrong) {
  auto withHeader = [](StringRef header) {
    return parseError(makeFile(header, "abc"));
  };
  EXPECT_EQ(parseError(""), "a.npy: not an .npy file");
  EXPECT_EQ(parseError("PK\3\4"), "a.npy: not an .npy file");
  EXPECT_EQ(parseError(StringRef("\x93NUMPY\4\0\0\0", 10)),
            "a.npy: expected format version 1, 2 or 3 but got 4");
  EXPECT_EQ(parseError(StringRef("\x93NUMPY\1\0\x10\0{", 11)),
            "a.npy: the file ends within its header");
  EXPECT_EQ(withHeader("{'descr': '>f4', 'fortran_order': False, "
                       "'shape': (3,), }"),
            "a.npy: expected element type <f2, <f4, <f8, <V2, |V1, |b1, |i1, "
            "|u1, <i2, <u2, <i4, <u4, <i8, <u8 "
            "but got '>f4'");
  EXPECT_EQ(withHeader("{'descr': [('x', '<f4')], 'fortran_order': False, "
                       "'shape': (3,), }"),
            "a.npy: expected an array of numbers but got one of records");
  EXPECT_EQ(withHeader("{'descr': '|u1', 'fortran_order': True, "
                       "'shape': (3, 2), }"),
            "a.npy: expected an array in C order but got Fortran order");
  EXPECT_EQ(withHeader("{'descr': '<f4', 'fortran_order': False, "
                       "'shape': (2,), }"),
            "a.npy: expected 8 bytes of elements but got 3");
  EXPECT_EQ(withHeader("{'descr': '|u1', 'fortran_order': False, "
                       "'shape': (2,), }"),
            "a.npy: expected 2 bytes of elements but got 3");
  EXPECT_EQ(withHeader("{'descr': '|u1', 'fortran_order': False, "
                       "'shape': (4294967296, 4294967296), }"),
            "a.npy: expected more than 2^63 bytes of elements but got 3");
  EXPECT_EQ(withHeader("{'descr': '|u1', 'fortran_order': False}"),
            "a.npy: malformed header: expected the keys 'descr', "
            "'fortran_order' and 'shape'");
  EXPECT_EQ(withHeader("{'descr': '|u1', 'descr': '|u1'}"),
            "a.npy: malformed header: repeated key 'descr'");
  EXPECT_EQ(withHeader("{'order': '|u1'}"),
            "a.npy: malformed header: unknown key 'order'");
  EXPECT_EQ(withHeader("{'shape': (-3,)}"),
            "a.npy: malformed header: expected a dimension but got '-3,)}'");
  EXPECT_EQ(withHeader("{'shape': (3"),
            "a.npy: malformed header: expected ',' or ')' but got its end");
  EXPECT_EQ(withHeader("{'fortran_order': 0}"),
            "a.npy: malformed header: expected 'True' or 'False' but got '0}'");
  EXPECT_EQ(withHeader("{'descr': '|u1"),
            "a.npy: malformed header: expected a closed string but got "
            "''|u1'");
}

// A damaged file is an error or an array that is consistent, never a crash;
// AddressSanitizer watches.
TEST(Npy, SurvivesEveryCutAndManyMutations) {
  std::string file = makeNumPyFile();
  for (size_t length = 0; length < file.size(); ++length)
    EXPECT_NE(parseError(StringRef(file).take_front(length)), "") << length;

  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string mutated = file;
    for (unsigned i = 0, e = 1 + random() % 3; i < e; ++i)
      mutated[random() % mutated.size()] = static_cast<char>(random());
    llvm::Expected<NpyArray> array = NpyArray::parse(mutated, "a.npy");
    if (!array) {
      EXPECT_NE(message(array.takeError()), "");
      continue;
    }
    EXPECT_EQ(array->getNumBytes(), 3u);
  }
}

TEST(Npy, ReadsAndWritesFiles) {
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("altgrad-npy", folder));
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, "x.npy");

  NpyArray array(NpyType::F32, {2, 2});
  llvm::copy(ArrayRef<float>({1.0f, -0.0f, 3.5f, 0x1p-149f}),
             array.getElements<float>()->begin());
  EXPECT_EQ(message(array.write(path)), "");
  llvm::Expected<NpyArray> again = NpyArray::read(path);
  ASSERT_TRUE(bool(again)) << message(again.takeError());
  EXPECT_EQ(again->serialize(), array.serialize());

  EXPECT_FALSE(llvm::sys::fs::remove_directories(folder));
  EXPECT_EQ(message(NpyArray::read(path).takeError()),
            (path + ": No such file or directory").str());
  EXPECT_EQ(message(array.write(path)),
            (path + ": No such file or directory").str());
}
