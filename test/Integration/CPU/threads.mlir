// The body of sizes.mlir with its loops split over OpenMP threads.
//
// REQUIRES: openmp
// RUN: altgrad-opt %S/sizes.mlir --altgrad-cpu-pipeline=threads=2 \
// RUN:   | mlir-runner -O2 -e main -entry-point-result=void \
// RUN:     -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils,%libomp \
// RUN:   | FileCheck %S/sizes.mlir
// More threads than a small tensor has elements.
// RUN: altgrad-opt %S/sizes.mlir --altgrad-cpu-pipeline='threads=5 vector-width=128' \
// RUN:   | mlir-runner -O2 -e main -entry-point-result=void \
// RUN:     -shared-libs=%mlir_runner_utils,%mlir_c_runner_utils,%libomp \
// RUN:   | FileCheck %S/sizes.mlir
