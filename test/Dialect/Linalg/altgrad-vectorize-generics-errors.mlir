// The options that make no sense.
//
// RUN: not altgrad-opt %s --altgrad-vectorize-generics=vector-width=32 2>&1 | FileCheck %s --check-prefix=SMALL
// RUN: not altgrad-opt %s --altgrad-vectorize-generics=vector-width=384 2>&1 | FileCheck %s --check-prefix=ODD
// RUN: not altgrad-opt %s --altgrad-vectorize-generics=vector-width=0 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not altgrad-opt %s --altgrad-vectorize-generics=threads=0 2>&1 | FileCheck %s --check-prefix=THREADS

// SMALL: error: altgrad-vectorize-generics expected a vector-width that is a power of two of at least 64 bits but got 32
// ODD: error: altgrad-vectorize-generics expected a vector-width that is a power of two of at least 64 bits but got 384
// ZERO: error: altgrad-vectorize-generics expected a vector-width that is a power of two of at least 64 bits but got 0
// THREADS: error: altgrad-vectorize-generics expected at least 1 of threads but got 0
func.func @anything() {
  return
}
