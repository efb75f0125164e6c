//===- Work.cpp - What is measured ----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "common/Work.h"

using namespace altgrad::bench;

std::string_view altgrad::bench::getName(Op op) {
  switch (op) {
  case Op::Quantize:
    return "quantize";
  case Op::Dequantize:
    return "dequantize";
  case Op::FakeQuantize:
    return "fake_quantize";
  case Op::Amax:
    return "amax";
  case Op::Stall:
    return "stall";
  case Op::QuantizeAmax:
    return "quantize_amax";
  case Op::FakeQuantizeAmax:
    return "fake_quantize_amax";
  case Op::StallUpdate:
    return "stall_update";
  }
  return "";
}

std::string_view altgrad::bench::getName(Element element) {
  switch (element) {
  case Element::F32:
    return "f32";
  case Element::BF16:
    return "bf16";
  case Element::F16:
    return "f16";
  }
  return "";
}
