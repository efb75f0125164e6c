//===- ConstantArithmetic.cpp - Arithmetic of the folders -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstantArithmetic.h"

using namespace altgrad;
using llvm::APFloat;

APFloat altgrad::convertConstant(APFloat value,
                                 const llvm::fltSemantics &semantics) {
  bool losesInfo = false;
  value.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return value;
}

double altgrad::constantToDouble(const APFloat &value) {
  return convertConstant(value, APFloat::IEEEdouble()).convertToDouble();
}

Format::Code altgrad::encodeConstant(const APFloat &x, const APFloat &scale,
                                     const Format &format, Overflow overflow) {
  APFloat quotient = x;
  quotient.divide(scale, APFloat::rmNearestTiesToEven);
  return format.encode(constantToDouble(quotient), overflow);
}

APFloat altgrad::decodeConstant(Format::Code code, const APFloat &scale,
                                const Format &format) {
  const llvm::fltSemantics &semantics = scale.getSemantics();
  // The lowering forms the product of 16-bit types in f32, where it is exact.
  const llvm::fltSemantics &wide = APFloat::getSizeInBits(semantics) == 64
                                       ? APFloat::IEEEdouble()
                                       : APFloat::IEEEsingle();
  APFloat product = convertConstant(APFloat(format.decode(code)), wide);
  product.multiply(convertConstant(scale, wide), APFloat::rmNearestTiesToEven);
  return convertConstant(product, semantics);
}
