# SPDX-License-Identifier: Apache-2.0
# OpenCV's test and perf framework for an installed OpenCV, which comes without it: compiled from the
# sources of the same version.
set(GM_OPENCV_SOURCE "" CACHE PATH "OpenCV's source tree, of the version that is installed")

# gm_find_opencv_ts(): Defines gm_opencv_ts; without the sources it warns and does not. With GM_EXPECT_TS in the
# environment that is an error.
function(gm_find_opencv_ts)
  if(TARGET gm_opencv_ts)
    return()
  endif()
  set(source ${GM_OPENCV_SOURCE})
  if(NOT source)
    execute_process(COMMAND ${PROJECT_SOURCE_DIR}/data/opencv/sources.sh ${OpenCV_VERSION}
                    OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
    if(failed)
      set(severity WARNING)
      if(DEFINED ENV{GM_EXPECT_TS})
        set(severity FATAL_ERROR)
      endif()
      message(${severity} "The sources of OpenCV ${OpenCV_VERSION} cannot be fetched, and its ts is needed for "
                      "the module's tests: name a folder that has them with -DGM_OPENCV_SOURCE=...")
      return()
    endif()
    set(source ${folder}/opencv)
  endif()
  set(ts_root ${source}/modules/ts)
  if(NOT EXISTS ${ts_root}/src/ts_perf.cpp)
    message(FATAL_ERROR "${ts_root} has no sources of OpenCV's ts")
  endif()

  find_package(OpenCV 4.6 REQUIRED COMPONENTS core imgproc imgcodecs videoio highgui dnn)
  # OpenCV's own build writes these.
  set(generated ${PROJECT_BINARY_DIR}/opencv_ts)
  foreach(header cvconfig.h cv_cpu_config.h opencv_tests_config.hpp)
    file(CONFIGURE OUTPUT ${generated}/${header} CONTENT "")
  endforeach()
  file(GLOB ts_sources ${ts_root}/src/*.cpp)
  add_library(gm_opencv_ts STATIC EXCLUDE_FROM_ALL ${ts_sources})
  gm_standard_of_opencv(gm_opencv_ts)
  target_include_directories(gm_opencv_ts SYSTEM PUBLIC ${ts_root}/include ${OpenCV_INCLUDE_DIRS}
                                                        ${generated}
                             PRIVATE ${ts_root}/../core/include) # for private.hpp
  target_compile_definitions(gm_opencv_ts PUBLIC __OPENCV_TESTS=1)
  target_compile_definitions(gm_opencv_ts PRIVATE __OPENCV_BUILD=1)
  target_compile_options(gm_opencv_ts PRIVATE -w)
  target_link_libraries(gm_opencv_ts PUBLIC ${OpenCV_LIBS})
endfunction()

# gm_add_ts_program(NAME FOLDER): the sources in FOLDER of the module with ts, as OpenCV's build makes
# opencv_test_dnn_gm and opencv_perf_dnn_gm of them in its tree.
function(gm_add_ts_program name folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/modules/dnn_gm/${folder}/*.cpp)
  add_executable(${name} ${sources})
  gm_standard_of_opencv(${name})
  target_link_libraries(${name} PRIVATE gm_opencv_ts opencv_dnn_gm gm_warnings)
endfunction()
