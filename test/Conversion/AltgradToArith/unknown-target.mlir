// A name that LLVM does not know for x86-64 is refused before anything is
// converted, by each pass that takes one and by the pipeline. There is no place
// in the program to blame, and no output.
//
// RUN: not altgrad-opt %s --convert-altgrad-to-arith=target=z80 2> %t.error | count 0
// RUN: FileCheck %s --check-prefix=ARITH < %t.error
// RUN: not altgrad-opt %s --altgrad-set-cpu-target=target=x86-64-v5 2> %t.error | count 0
// RUN: FileCheck %s --check-prefix=SET < %t.error
// RUN: not altgrad-opt %s --altgrad-cpu-pipeline=target=pentium 2> %t.error | count 0
// RUN: FileCheck %s --check-prefix=PIPELINE < %t.error
// RUN: not altgrad-opt %s --convert-altgrad-to-arith=target= 2> %t.error | count 0
// RUN: FileCheck %s --check-prefix=EMPTY < %t.error

// ARITH: {{^}}<unknown>:0: error: convert-altgrad-to-arith expected as target generic, native or LLVM's name of an x86-64 processor or an NVIDIA chip but got 'z80'
// SET: {{^}}<unknown>:0: error: altgrad-set-cpu-target expected as target generic, native or LLVM's name of an x86-64 processor but got 'x86-64-v5'
// A processor of 32 bits.
// PIPELINE: {{^}}<unknown>:0: error: convert-altgrad-to-arith expected as target generic, native or LLVM's name of an x86-64 processor or an NVIDIA chip but got 'pentium'
// EMPTY: expected as target generic, native or LLVM's name of an x86-64 processor or an NVIDIA chip but got ''
func.func @anything() {
  return
}
