# SPDX-License-Identifier: Apache-2.0
# gm_opencl_kernels(TARGET): the module's OpenCL sources as the header that OpenCV's own build would make
# of them, for a target outside of OpenCV's tree.
set(GM_OPENCL_TEMPLATE ${CMAKE_CURRENT_LIST_DIR}/opencl_kernels.hpp.in)
set(GM_OPENCL_SOURCE ${CMAKE_CURRENT_LIST_DIR}/dnn_gm/src/opencl/gm_head.cl)
function(gm_opencl_kernels target)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${GM_OPENCL_SOURCE})
  file(READ ${GM_OPENCL_SOURCE} GM_HEAD_CL)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}_opencl)
  configure_file(${GM_OPENCL_TEMPLATE} ${folder}/opencl_kernels_dnn_gm.hpp @ONLY)
  target_include_directories(${target} PRIVATE ${folder})
  target_compile_definitions(${target} PRIVATE HAVE_OPENCL)
endfunction()
