//===- AltgradAttributes.td - Policies of the operations ---*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rounding, overflow, NaN and gradient policies. They are attributes of each
// operation, never global state, so that two policies can meet in one function.
//
//===----------------------------------------------------------------------===//

#ifndef ALTGRAD_ATTRIBUTES_TD
#define ALTGRAD_ATTRIBUTES_TD

include "altgrad/Dialect/Altgrad/IR/AltgradBase.td"
include "mlir/IR/EnumAttr.td"

class Altgrad_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::altgrad";
  let genSpecializedAttr = 0;
}

class Altgrad_EnumAttr<EnumAttrInfo info, string mnemonic>
    : EnumAttr<Altgrad_Dialect, info, mnemonic>;

def Altgrad_Rounding : Altgrad_Enum<"Rounding", "how a value between two codes rounds", [
  I32EnumAttrCase<"NearestEven", 0, "nearest_even">
]>;
def Altgrad_RoundingAttr : Altgrad_EnumAttr<Altgrad_Rounding, "rounding">;

def Altgrad_OverflowPolicy : Altgrad_Enum<"OverflowPolicy",
    "what becomes of a value past the largest finite one", [
  I32EnumAttrCase<"Saturate", 0, "saturate">,
  I32EnumAttrCase<"Infinity", 1, "infinity">
]>;
def Altgrad_OverflowPolicyAttr
    : Altgrad_EnumAttr<Altgrad_OverflowPolicy, "overflow">;

def Altgrad_NaNPolicy : Altgrad_Enum<"NaNPolicy", "what amax does with NaN", [
  I32EnumAttrCase<"Propagate", 0, "propagate">,
  I32EnumAttrCase<"Ignore", 1, "ignore">
]>;
def Altgrad_NaNPolicyAttr : Altgrad_EnumAttr<Altgrad_NaNPolicy, "nan">;

def Altgrad_STEKind : Altgrad_Enum<"STEKind",
    "straight-through estimator for the gradient of x", [
  I32EnumAttrCase<"Identity", 0, "identity">,
  I32EnumAttrCase<"Clipped", 1, "clipped">
]>;
def Altgrad_STEKindAttr : Altgrad_EnumAttr<Altgrad_STEKind, "ste">;

def Altgrad_ScaleGrad : Altgrad_Enum<"ScaleGrad", "gradient of the scale", [
  I32EnumAttrCase<"None", 0, "none">,
  I32EnumAttrCase<"LSQ", 1, "lsq">
]>;
def Altgrad_ScaleGradAttr : Altgrad_EnumAttr<Altgrad_ScaleGrad, "scale_grad">;

def Altgrad_HistoryAlgorithm : Altgrad_Enum<"HistoryAlgorithm",
    "how a history becomes one amax", [
  I32EnumAttrCase<"Max", 0, "max">,
  I32EnumAttrCase<"MostRecent", 1, "most_recent">
]>;
def Altgrad_HistoryAlgorithmAttr
    : Altgrad_EnumAttr<Altgrad_HistoryAlgorithm, "algorithm">;

def Altgrad_PowerOfTwo : Altgrad_Enum<"PowerOfTwo",
    "how a scale becomes a power of two", [
  I32EnumAttrCase<"None", 0, "none">,
  I32EnumAttrCase<"Ceil", 1, "ceil">,
  I32EnumAttrCase<"Floor", 2, "floor">
]>;
def Altgrad_PowerOfTwoAttr : Altgrad_EnumAttr<Altgrad_PowerOfTwo, "power_of_two">;

#endif // ALTGRAD_ATTRIBUTES_TD
