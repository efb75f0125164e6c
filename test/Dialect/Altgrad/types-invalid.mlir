// Every error of the type's parser and of its verifier, T1 to T4.
//
// RUN: altgrad-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{expected a named format (E0M7, E1M6, E3M4, E5M2, E7M0, E2M5, E6M1, E4M3FN, E4M3, E3M4IEEE, E4M3FNUZ, E5M2FNUZ, E4M3B11FNUZ), or a split with bias and specials, but got 'E3M3'}}
func.func private @unknown_name(!altgrad.fp8<E3M3>)

// -----

// A split alone names several formats, or as here none.
// expected-error @+1 {{or a split with bias and specials, but got 'E4M3FNU'}}
func.func private @misspelt_name(!altgrad.fp8<E4M3FNU>)

// -----

// Names are case-sensitive.
// expected-error @+1 {{but got 'e4m3'}}
func.func private @lower_case(!altgrad.fp8<e4m3>)

// -----

// expected-error @+1 {{expected a split of the form E<int>M<int> before bias and specials but got 'E4M3FN'}}
func.func private @name_with_parameters(!altgrad.fp8<E4M3FN, bias = 7, fn>)

// -----

// expected-error @+1 {{expected a split of the form E<int>M<int> before bias and specials but got 'M3E4'}}
func.func private @swapped(!altgrad.fp8<M3E4, bias = 7, fn>)

// -----

// expected-error @+1 {{expected a split of the form E<int>M<int> before bias and specials but got 'E99999999999M0'}}
func.func private @split_out_of_range(!altgrad.fp8<E99999999999M0, bias = 7, fn>)

// -----

// expected-error @+1 {{expected finite, ieee, fn or fnuz but got 'uz'}}
func.func private @unknown_specials(!altgrad.fp8<E4M3, bias = 7, uz>)

// -----

// Both bias and specials must be there: upstream's messages.
// expected-error @+1 {{expected ','}}
func.func private @no_specials(!altgrad.fp8<E4M3, bias = 7>)

// -----

// expected-error @+1 {{expected 'bias'}}
func.func private @no_bias(!altgrad.fp8<E4M3, fn>)

// -----

// expected-error @+1 {{expected '='}}
func.func private @no_equal_sign(!altgrad.fp8<E4M3, bias 7, fn>)

// -----

// expected-error @+1 {{expected integer value}}
func.func private @bias_is_no_integer(!altgrad.fp8<E4M3, bias = seven, fn>)

// -----

// expected-error @+1 {{integer value too large}}
func.func private @bias_out_of_int(!altgrad.fp8<E4M3, bias = 99999999999, fn>)

// -----

// expected-error @+1 {{expected '>'}}
func.func private @too_many_parameters(!altgrad.fp8<E4M3, bias = 7, fn, 3>)

// -----

// expected-error @+1 {{expected valid keyword}}
func.func private @empty(!altgrad.fp8<>)

// -----

// expected-error @+1 {{expected '<'}}
func.func private @bare(!altgrad.fp8)

// -----

// expected-error @+1 {{unknown  type `fp4` in dialect `altgrad`}}
func.func private @no_such_type(!altgrad.fp4<E2M1>)

// -----

// expected-error @+1 {{expected exponent and mantissa bits that add up to 7 but got E4M4}}
func.func private @fp8_t1(!altgrad.fp8<E4M4, bias = 7, fn>)

// -----

// expected-error @+1 {{expected exponent and mantissa bits that add up to 7 but got E4294967295M8}}
func.func private @fp8_t1_wraps(!altgrad.fp8<E4294967295M8, bias = 7, fn>)

// -----

// expected-error @+1 {{expected bias 0 for a format without exponent bits but got 1}}
func.func private @fp8_t2(!altgrad.fp8<E0M7, bias = 1, finite>)

// -----

// expected-error @+1 {{expected exponent bits for ieee specials, which reserve the top exponent, but got none}}
func.func private @fp8_t3(!altgrad.fp8<E0M7, bias = 0, ieee>)

// -----

// One more than the outermost bias of types.mlir: 2^-150.
// expected-error @+1 {{expected values within 2^-149 and 2^128, exact in f32, but bias 149 puts them outside}}
func.func private @fp8_t4_too_small(!altgrad.fp8<E5M2, bias = 149, ieee>)

// -----

// 1.75 * 2^128.
// expected-error @+1 {{but bias -98 puts them outside}}
func.func private @fp8_t4_too_large(!altgrad.fp8<E5M2, bias = -98, ieee>)

// -----

// expected-error @+1 {{but bias 2147483647 puts them outside}}
func.func private @fp8_t4_largest_int(!altgrad.fp8<E5M2, bias = 2147483647, ieee>)

// -----

// expected-error @+1 {{but bias -2147483648 puts them outside}}
func.func private @fp8_t4_smallest_int(!altgrad.fp8<E5M2, bias = -2147483648, ieee>)
