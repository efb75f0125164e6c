# How altgrad's own targets are made: one place for flags, includes and links.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# MLIR and LLVM come as one shared library each. Naming upstream's static
# components instead (MLIRIR, ...) would link a second copy of MLIR into every
# tool and break the plugin, which must share the type ids of its host.
set(ALTGRAD_MLIR_LIBS MLIR LLVM)

# Flags and include directories shared by everything that is compiled here.
add_library(altgrad_build_flags INTERFACE)
target_compile_options(altgrad_build_flags INTERFACE
  -Wall -Wextra -Wno-unused-parameter -fvisibility-inlines-hidden)
if(ALTGRAD_WARNINGS_AS_ERRORS)
  target_compile_options(altgrad_build_flags INTERFACE -Werror)
endif()
if(NOT LLVM_ENABLE_RTTI)
  target_compile_options(altgrad_build_flags INTERFACE -fno-rtti)
endif()
if(ALTGRAD_SANITIZERS)
  # No -fsanitize=vptr: LLVM's own objects, built without it, trip over it.
  target_compile_options(altgrad_build_flags INTERFACE
    -fsanitize=${ALTGRAD_SANITIZERS} -fno-sanitize=vptr
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(altgrad_build_flags INTERFACE
    -fsanitize=${ALTGRAD_SANITIZERS} -fno-sanitize=vptr)
endif()
target_include_directories(altgrad_build_flags INTERFACE
  "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include")
# System includes: warnings in upstream headers are not ours to fix.
target_include_directories(altgrad_build_flags SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
separate_arguments(altgrad_llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_definitions(altgrad_build_flags INTERFACE
  ${altgrad_llvm_definitions})

# altgrad_add_library(name sources... [DEPENDS targets...] [LINK_LIBS libs...]
#                     [NO_MLIR])
# A static, position-independent library that is installed and exported.
function(altgrad_add_library name)
  cmake_parse_arguments(ARG "NO_MLIR" "" "DEPENDS;LINK_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:altgrad_build_flags>)
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS})
  if(NOT ARG_NO_MLIR)
    target_link_libraries(${name} PUBLIC ${ALTGRAD_MLIR_LIBS})
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY ALTGRAD_LIBRARIES ${name})
endfunction()

# altgrad_add_tool(name sources... [LINK_LIBS libs...] [NO_INSTALL])
# A program in build/bin; installed, unless it says otherwise.
function(altgrad_add_tool name)
  cmake_parse_arguments(ARG "NO_INSTALL" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE altgrad_build_flags ${ARG_LINK_LIBS}
                                        ${ALTGRAD_MLIR_LIBS})
  if(NOT ARG_NO_INSTALL)
    install(TARGETS ${name} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
endfunction()

# altgrad_add_unittest(name sources... [LINK_LIBS libs...])
# A GoogleTest program; its name ends in "Tests", which is how lit finds it.
function(altgrad_add_unittest name)
  cmake_parse_arguments(ARG "NO_INSTALL" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE altgrad_build_flags ${ARG_LINK_LIBS}
                                        GTest::gtest GTest::gtest_main)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  add_dependencies(AltgradUnitTests ${name})
endfunction()

# altgrad_tablegen(target td (generator output)...)
# Runs mlir-tblgen on `td` once per pair and gathers the outputs in `target`.
function(altgrad_tablegen target td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(pairs ${ARGN})
  while(pairs)
    list(POP_FRONT pairs output)
    list(POP_FRONT pairs flags)
    separate_arguments(flags)
    mlir_tablegen(${output} ${flags})
  endwhile()
  add_public_tablegen_target(${target})
endfunction()
