# SPDX-License-Identifier: Apache-2.0
# The trainer itself, on LibTorch. Included by trainer/CMakeLists.txt, whose folder paths are relative to.
include(cmake/LibTorch.cmake)

# lgm: the loss as LibTorch operators, a library of its own, which registers them when it is loaded.
file(GLOB lgm_sources CONFIGURE_DEPENDS gmtrain/ops/*.cpp)
add_library(lgm SHARED ${lgm_sources})
# The formulas and CUDA tiles that the GM head and the loss have in common are in the module.
target_include_directories(lgm PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/modules)
# LibTorch's include folder carries an fmt newer than the library that gmtrain_core links: beside it
# fmt is used as headers only. Its inline namespace keeps the two apart.
target_compile_definitions(lgm PUBLIC FMT_HEADER_ONLY=1)
target_link_libraries(lgm PUBLIC gm::torch PRIVATE gm_warnings)
# ATen's parallel_for() is a template, which is serial where it is compiled without OpenMP. Public, since
# the precompiled header has to be compiled alike. Flags alone: the library is the one that LibTorch brings.
find_package(OpenMP REQUIRED COMPONENTS CXX)
target_compile_options(lgm PUBLIC $<$<COMPILE_LANGUAGE:CXX>:${OpenMP_CXX_FLAGS}>)
target_link_options(lgm PUBLIC $<$<LINK_LANGUAGE:CXX>:${OpenMP_CXX_FLAGS}>)
# No lgm_EXPORTS: the precompiled header is shared with the libraries and tests that use lgm.
set_target_properties(lgm PROPERTIES DEFINE_SYMBOL "")
target_precompile_headers(lgm PRIVATE gmtrain/precompiled.hpp)

# lgm_cuda: the same operators on CUDA, loaded where they are wanted.
if(GM_CUDA)
  file(GLOB lgm_cuda_sources CONFIGURE_DEPENDS gmtrain/ops/cuda/*.cpp gmtrain/ops/cuda/*.cu)
  add_library(lgm_cuda SHARED ${lgm_cuda_sources})
  target_link_libraries(lgm_cuda PUBLIC lgm gm::torch_cuda PRIVATE gm_warnings CUDA::cudart)
  target_link_options(lgm_cuda PRIVATE -Wl,--no-as-needed) # loads libtorch_cuda, and what it registers
  set_target_properties(lgm_cuda PROPERTIES DEFINE_SYMBOL "" CUDA_STANDARD 17)
endif()

# gmtrain: networks, losses, training and whatever else works on tensors.
file(GLOB_RECURSE gmtrain_sources CONFIGURE_DEPENDS gmtrain/*.cpp)
list(FILTER gmtrain_sources EXCLUDE REGEX "gmtrain/(main\\.cpp|ops/.*)$")
add_library(gmtrain_lib OBJECT ${gmtrain_sources})
target_include_directories(gmtrain_lib PRIVATE ${OpenCV_INCLUDE_DIRS})
target_link_libraries(gmtrain_lib PUBLIC lgm gmtrain_core
                                  PRIVATE gm_warnings opencv_core opencv_imgproc opencv_imgcodecs
                                          ${CMAKE_DL_LIBS})
target_precompile_headers(gmtrain_lib REUSE_FROM lgm)
# What a file takes of LibTorch's templates is compiled anew for each: of many at once only once.
set_target_properties(gmtrain_lib PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
if(TARGET lgm_cuda)
  set_source_files_properties(gmtrain/device.cpp PROPERTIES COMPILE_DEFINITIONS GM_CUDA)
  add_dependencies(gmtrain_lib lgm_cuda)
endif()

add_executable(gmtrain gmtrain/main.cpp)
target_link_libraries(gmtrain PRIVATE gmtrain_lib gmtrain_core CLI11::CLI11 gm_warnings)

# What sets results of reproduced runs beside the paper's.
gm_python_target(reproduce_python ${CMAKE_CURRENT_SOURCE_DIR}/reproduce/requirements.txt)

# Installed, a script of its name finds LibTorch, which is not installed with it.
include(GNUInstallDirs)
set(program_folder ${CMAKE_INSTALL_LIBEXECDIR}/dnn_gm)
file(RELATIVE_PATH to_libraries /${program_folder} /${CMAKE_INSTALL_LIBDIR})
set_target_properties(gmtrain lgm PROPERTIES INSTALL_RPATH "$ORIGIN/${to_libraries};$ORIGIN")
install(TARGETS gmtrain RUNTIME DESTINATION ${program_folder} COMPONENT trainer)
install(TARGETS lgm LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT trainer)
if(TARGET lgm_cuda)
  set_target_properties(lgm_cuda PROPERTIES INSTALL_RPATH "$ORIGIN")
  install(TARGETS lgm_cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT trainer)
endif()
file(RELATIVE_PATH to_program /${CMAKE_INSTALL_BINDIR} /${program_folder})
configure_file(cmake/gmtrain.sh.in gmtrain.sh @ONLY)
install(PROGRAMS ${CMAKE_CURRENT_BINARY_DIR}/gmtrain.sh DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME gmtrain
        COMPONENT trainer)
install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/dnn_gm COMPONENT trainer)
