# What `cmake --install` puts where, and the package find_package(Altgrad) finds.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

include(CMakePackageConfigHelpers)

set(altgrad_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Altgrad")
get_property(altgrad_libraries GLOBAL PROPERTY ALTGRAD_LIBRARIES)

# Altgrad::Altgrad: everything, for programs that include altgrad/InitAll.h.
add_library(Altgrad INTERFACE)
target_link_libraries(Altgrad INTERFACE ${altgrad_libraries})

install(TARGETS Altgrad ${altgrad_libraries} EXPORT AltgradTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT AltgradTargets NAMESPACE Altgrad::
  DESTINATION "${altgrad_package_dir}")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/altgrad"
                  "${PROJECT_BINARY_DIR}/include/altgrad"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc"
                 PATTERN "CMakeFiles" EXCLUDE)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/AltgradConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/AltgradConfig.cmake"
  INSTALL_DESTINATION "${altgrad_package_dir}"
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/AltgradConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/AltgradConfig.cmake"
              "${PROJECT_BINARY_DIR}/AltgradConfigVersion.cmake"
  DESTINATION "${altgrad_package_dir}")
