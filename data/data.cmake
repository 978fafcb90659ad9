# SPDX-License-Identifier: Apache-2.0
# The target `data` fetches data sets into GM_DATA_ROOT, once.
gm_python_require(${CMAKE_CURRENT_LIST_DIR}/requirements.txt)
set(GM_DATA_ROOT ${CMAKE_BINARY_DIR}/data CACHE PATH "Where data sets are fetched to")
add_custom_target(data)

# gm_data_set(NAME FILES...): target data-NAME for a data set that data/fetch.py knows, and the files that
# it is made of.
function(gm_data_set name)
  set(folder ${PROJECT_SOURCE_DIR}/data)
  file(GLOB scripts CONFIGURE_DEPENDS ${folder}/*.py ${folder}/datasets/*.py)
  list(TRANSFORM ARGN PREPEND ${GM_DATA_ROOT}/${name}/ OUTPUT_VARIABLE files)
  add_custom_command(OUTPUT ${files}
    COMMAND ${GM_PYTHON} -B ${folder}/fetch.py ${GM_DATA_ROOT} ${name}
    DEPENDS ${scripts} COMMENT "Fetching ${name}" VERBATIM)
  add_custom_target(data-${name} DEPENDS ${files})
endfunction()

set(idx_files train-images-idx3-ubyte train-labels-idx1-ubyte
              t10k-images-idx3-ubyte t10k-labels-idx1-ubyte)
gm_data_set(mnist ${idx_files})
gm_data_set(fashion-mnist ${idx_files})
add_dependencies(data data-mnist data-fashion-mnist)

# From archives in the folder that the environment's GM_ARCHIVES names.
gm_data_set(cifar10-jpeg .verified)
gm_data_set(orl .verified)
