//===- DivisionTest.cpp - Quotients without a division --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// altgrad-expand-division against the division that it replaces: every number
// of f16 divided by every other, and the same for bf16.
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "gtest/gtest.h"

using namespace altgrad;
using namespace altgrad::test;

static const char *const kF16 = R"mlir(
#element = affine_map<(i) -> (i)>
#one = affine_map<(i) -> ()>
func.func @divide(%x: tensor<65536xf16>, %s: f16) -> tensor<65536xf16> {
  %to = tensor.empty() : tensor<65536xf16>
  %y = linalg.generic {indexing_maps = [#element, #one, #element],
                       iterator_types = ["parallel"]}
      ins(%x, %s : tensor<65536xf16>, f16) outs(%to : tensor<65536xf16>) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %q = arith.divf %a, %b : f16
    linalg.yield %q : f16
  } -> tensor<65536xf16>
  return %y : tensor<65536xf16>
}
)mlir";

static const char *const kBF16 = R"mlir(
#element = affine_map<(i) -> (i)>
#one = affine_map<(i) -> ()>
func.func @divide(%x: tensor<65536xbf16>, %s: bf16) -> tensor<65536xbf16> {
  %to = tensor.empty() : tensor<65536xbf16>
  %y = linalg.generic {indexing_maps = [#element, #one, #element],
                       iterator_types = ["parallel"]}
      ins(%x, %s : tensor<65536xbf16>, bf16) outs(%to : tensor<65536xbf16>) {
  ^bb0(%a: bf16, %b: bf16, %o: bf16):
    %wide = arith.extf %a : bf16 to f32
    %scale = arith.extf %b : bf16 to f32
    %q = arith.divf %wide, %scale : f32
    %r = arith.truncf %q : f32 to bf16
    linalg.yield %r : bf16
  } -> tensor<65536xbf16>
  return %y : tensor<65536xbf16>
}
)mlir";

static void check(const char *text, Element element) {
  Variant likeGPU;
  likeGPU.arithmetic = "sm_90";
  auto expected = Program::compile(text);
  auto actual = Program::compile(text, likeGPU);
  ASSERT_TRUE(expected && actual);
  Array dividends = Array::allBits(element);
  Array divisor = Array::scalar(element, 0);
  for (unsigned bits = 0; bits < 1u << 16; ++bits) {
    divisor.setBits(0, bits);
    ASSERT_TRUE(isSame(actual->callForOne("divide", {dividends, divisor}),
                       expected->callForOne("divide", {dividends, divisor}),
                       dividends))
        << "divisor " << divisor[0];
  }
}

TEST(Division, OfF16) { check(kF16, Element::F16); }

TEST(Division, OfBF16) { check(kBF16, Element::BF16); }
