# SPDX-License-Identifier: Apache-2.0
# gmattach: a head for networks that others trained. Needs no LibTorch.
find_package(Threads REQUIRED)
file(GLOB gmattach_sources CONFIGURE_DEPENDS gmattach/*.cpp)
list(FILTER gmattach_sources EXCLUDE REGEX "gmattach/main\\.cpp$")
add_library(gmattach_lib OBJECT ${gmattach_sources})
target_include_directories(gmattach_lib PRIVATE ${OpenCV_INCLUDE_DIRS})
set_source_files_properties(gmattach/written_model.cpp PROPERTIES COMPILE_DEFINITIONS GM_VERSION="${PROJECT_VERSION}")
target_link_libraries(gmattach_lib PUBLIC gmtrain_core onnx_proto
                                   PRIVATE gm_warnings fmt::fmt opencv_dnn opencv_imgproc Threads::Threads)

add_executable(gmattach gmattach/main.cpp)
target_link_libraries(gmattach PRIVATE gmattach_lib gmtrain_core CLI11::CLI11 fmt::fmt gm_warnings
                                       opencv_core)

file(RELATIVE_PATH to_libraries /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
set_target_properties(gmattach PROPERTIES INSTALL_RPATH "$ORIGIN/${to_libraries}")
install(TARGETS gmattach RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT attach)
