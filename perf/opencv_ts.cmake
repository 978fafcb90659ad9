# OpenCV's test and perf framework for an installed OpenCV, which comes without it: compiled from the
# sources of the same version. Defines gm_opencv_ts.
set(GM_OPENCV_SOURCE "" CACHE PATH "OpenCV's source tree, of the version that is installed")
if(NOT GM_OPENCV_SOURCE)
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/data/opencv/sources.sh ${OpenCV_VERSION}
                  OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "The sources of OpenCV ${OpenCV_VERSION} cannot be fetched: "
                        "name a folder that has them with -DGM_OPENCV_SOURCE=...")
  endif()
  set(ts_root ${folder}/opencv/modules/ts)
else()
  set(ts_root ${GM_OPENCV_SOURCE}/modules/ts)
endif()
if(NOT EXISTS ${ts_root}/src/ts_perf.cpp)
  message(FATAL_ERROR "${ts_root} has no sources of OpenCV's ts")
endif()

find_package(OpenCV 4.6 REQUIRED COMPONENTS core imgproc imgcodecs videoio highgui dnn)
# OpenCV's own build writes these.
set(generated ${CMAKE_CURRENT_BINARY_DIR}/opencv_ts)
file(WRITE ${generated}/cvconfig.h "")
file(WRITE ${generated}/cv_cpu_config.h "")
file(WRITE ${generated}/opencv_tests_config.hpp "")
file(GLOB ts_sources ${ts_root}/src/*.cpp)
add_library(gm_opencv_ts STATIC EXCLUDE_FROM_ALL ${ts_sources})
target_include_directories(gm_opencv_ts SYSTEM PUBLIC ${ts_root}/include ${OpenCV_INCLUDE_DIRS}
                                                      ${generated}
                           PRIVATE ${ts_root}/../core/include) # for private.hpp
target_compile_definitions(gm_opencv_ts PUBLIC __OPENCV_TESTS=1)
target_compile_definitions(gm_opencv_ts PRIVATE __OPENCV_BUILD=1)
target_compile_options(gm_opencv_ts PRIVATE -w)
target_link_libraries(gm_opencv_ts PUBLIC ${OpenCV_LIBS})
