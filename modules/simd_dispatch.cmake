# SPDX-License-Identifier: Apache-2.0
# The module's arithmetic on the CPU for targets outside of OpenCV's tree. Each .simd.hpp is compiled once
# for each instruction set, as ocv_add_dispatched_file() does it in OpenCV's own build; which of them runs is
# decided by OpenCV's macros and cv::checkHardwareSupport(). Compilers and processors that are not named here
# have the baseline alone: SSE2 or NEON by what the compiler is told to make, else plain C++.
include(CheckCXXCompilerFlag)

set(GM_SIMD_SOURCES ${CMAKE_CURRENT_LIST_DIR}/dnn_gm/src)
set(GM_SIMD_FOLDER ${CMAKE_CURRENT_BINARY_DIR}/simd)
set(GM_SIMD_FILES distances products)

# What each set needs: options of the compiler, and of OpenCV's words CV_CPU_COMPILE_*.
set(GM_SIMD_AVX2_OPTIONS -mavx2 -mfma)
set(GM_SIMD_AVX2_WORDS AVX FMA3 AVX2)
set(GM_SIMD_AVX512_SKX_OPTIONS ${GM_SIMD_AVX2_OPTIONS} -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl)
set(GM_SIMD_AVX512_SKX_WORDS ${GM_SIMD_AVX2_WORDS} AVX_512F AVX512_COMMON AVX512_SKX)

set(GM_SIMD_SETS)
if(CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang|AppleClang)$" AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  foreach(each AVX2 AVX512_SKX)
    string(JOIN " " options ${GM_SIMD_${each}_OPTIONS})
    check_cxx_compiler_flag("${options}" GM_COMPILER_HAS_${each})
    if(GM_COMPILER_HAS_${each})
      list(APPEND GM_SIMD_SETS ${each})
    endif()
  endforeach()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # GCC 12 warns of what its own header leaves undefined on purpose.
  list(APPEND GM_SIMD_AVX512_SKX_OPTIONS -Wno-uninitialized -Wno-maybe-uninitialized)
endif()

# What OpenCV's build would make: its configuration, a source for each set, and their declarations.
set(config [[
#if defined(__SSE2__) || defined(_M_X64)
#define CV_CPU_COMPILE_SSE2 1
#define CV_CPU_BASELINE_COMPILE_SSE2 1
#endif
]])
set(modes BASELINE)
foreach(each ${GM_SIMD_SETS})
  string(APPEND config "#define CV_CPU_DISPATCH_COMPILE_${each} 1\n")
  set(modes "${each}, ${modes}")
endforeach()
file(CONFIGURE OUTPUT ${GM_SIMD_FOLDER}/cvconfig.h CONTENT "#define CV_ENABLE_INTRINSICS\n")
file(CONFIGURE OUTPUT ${GM_SIMD_FOLDER}/cv_cpu_config.h CONTENT "${config}")
foreach(file ${GM_SIMD_FILES})
  set(declarations "#define CV_CPU_OPTIMIZATION_DECLARATIONS_ONLY\n")
  foreach(each ${GM_SIMD_SETS})
    string(APPEND declarations "
#undef CV_CPU_OPTIMIZATION_NAMESPACE_BEGIN
#undef CV_CPU_OPTIMIZATION_NAMESPACE_END
#define CV_CPU_OPTIMIZATION_NAMESPACE_BEGIN namespace opt_${each} {
#define CV_CPU_OPTIMIZATION_NAMESPACE_END }
#include \"${GM_SIMD_SOURCES}/${file}.simd.hpp\"
")
    string(TOLOWER ${each} name)
    file(CONFIGURE OUTPUT ${GM_SIMD_FOLDER}/${file}.${name}.cpp CONTENT
         "#include \"${GM_SIMD_SOURCES}/${file}.simd.hpp\"\n")
  endforeach()
  string(APPEND declarations "\n#define CV_CPU_DISPATCH_MODES_ALL ${modes}\n")
  file(CONFIGURE OUTPUT ${GM_SIMD_FOLDER}/${file}.simd_declarations.hpp CONTENT "${declarations}")
endforeach()

# gm_compile_as_opencv(SOURCES...): sources of targets in this folder that use OpenCV's macros for dispatch, which its
# headers keep to sources of its own.
function(gm_compile_as_opencv)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_DEFINITIONS __OPENCV_BUILD
                                                 INCLUDE_DIRECTORIES ${GM_SIMD_FOLDER})
endfunction()

# gm_cpu_sources(TARGET): a mixture's parameters and its arithmetic on the CPU as sources of a target.
function(gm_cpu_sources target)
  foreach(file ${GM_SIMD_FILES})
    list(APPEND dispatched ${GM_SIMD_SOURCES}/${file}.dispatch.cpp)
    gm_compile_as_opencv(${GM_SIMD_SOURCES}/${file}.dispatch.cpp)
    foreach(each ${GM_SIMD_SETS})
      string(TOLOWER ${each} name)
      set(source ${GM_SIMD_FOLDER}/${file}.${name}.cpp)
      list(APPEND dispatched ${source})
      gm_compile_as_opencv(${source})
      list(TRANSFORM GM_SIMD_${each}_WORDS REPLACE "(.+)" "CV_CPU_COMPILE_\\1=1" OUTPUT_VARIABLE words)
      set_property(SOURCE ${source} APPEND PROPERTY COMPILE_DEFINITIONS CV_CPU_DISPATCH_MODE=${each} ${words})
      set_property(SOURCE ${source} PROPERTY COMPILE_OPTIONS ${GM_SIMD_${each}_OPTIONS})
    endforeach()
  endforeach()
  target_sources(${target} PRIVATE ${GM_SIMD_SOURCES}/constants.cpp ${GM_SIMD_SOURCES}/cpu_head.cpp
                                   ${dispatched})
endfunction()
