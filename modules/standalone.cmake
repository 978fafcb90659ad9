# SPDX-License-Identifier: Apache-2.0
# The module dnn_gm as a library of its own, against an installed OpenCV.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# gm_standard_of_opencv(TARGET): OpenCV 4 compiles its modules as C++11.
function(gm_standard_of_opencv target)
  if(OpenCV_VERSION VERSION_LESS 5)
    set_target_properties(${target} PROPERTIES CXX_STANDARD 11)
  endif()
endfunction()

set(module ${CMAKE_CURRENT_LIST_DIR}/dnn_gm)
file(GLOB sources CONFIGURE_DEPENDS ${module}/src/*.cpp)
add_library(opencv_dnn_gm SHARED ${sources})
gm_cpu_sources(opencv_dnn_gm)
gm_opencl_kernels(opencv_dnn_gm)
set_target_properties(opencv_dnn_gm PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
gm_standard_of_opencv(opencv_dnn_gm)
target_compile_definitions(opencv_dnn_gm PRIVATE CVAPI_EXPORTS)
target_include_directories(opencv_dnn_gm PUBLIC $<BUILD_INTERFACE:${module}/include>
                                                $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_include_directories(opencv_dnn_gm SYSTEM PUBLIC $<BUILD_INTERFACE:${OpenCV_INCLUDE_DIRS}>)
target_link_libraries(opencv_dnn_gm
  PUBLIC opencv_core opencv_dnn
  PRIVATE opencv_imgproc opencv_imgcodecs $<BUILD_INTERFACE:gm_warnings>)

# Installed, it is found by CMake and by pkg-config; the component `module` has all of it.
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/opencv_dnn_gm)
install(TARGETS opencv_dnn_gm EXPORT opencv_dnn_gm
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT module)
install(DIRECTORY ${module}/include/opencv2 DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT module)
install(FILES ${module}/misc/python/dnn_gm_layer.py DESTINATION ${CMAKE_INSTALL_DATADIR}/dnn_gm/python
        COMPONENT module)
install(EXPORT opencv_dnn_gm FILE opencv_dnn_gmTargets.cmake DESTINATION ${package} COMPONENT module)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/opencv_dnn_gmConfig.cmake.in
                              ${CMAKE_CURRENT_BINARY_DIR}/opencv_dnn_gmConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/opencv_dnn_gmConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/dnn_gm.pc.in ${CMAKE_CURRENT_BINARY_DIR}/dnn_gm.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/opencv_dnn_gmConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/opencv_dnn_gmConfigVersion.cmake
        DESTINATION ${package} COMPONENT module)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/dnn_gm.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT module)

# `cpack` makes a Debian package of it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME libopencv-dnn-gm)
set(CPACK_PACKAGE_CONTACT "the developers of dnn_gm <dnn_gm@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL module)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_MODULE_PACKAGE_NAME ${CPACK_PACKAGE_NAME})
set(CPACK_DEBIAN_MODULE_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_MODULE_PACKAGE_DEPENDS "libopencv-dev (>= ${OpenCV_VERSION_MAJOR}.${OpenCV_VERSION_MINOR})")
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
include(CPack)
