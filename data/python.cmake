# SPDX-License-Identifier: Apache-2.0
# A private virtual environment inside the build folder: nothing is installed into the system.
#
#   gm_python_require(FILE)       installs the packages that FILE lists, while CMake configures
#   gm_python_target(NAME FILE)   the same as a build target, for packages that only tests need
#
# FILE is in pip's format, every package pinned and with its hashes, its dependencies listed too.
# Each FILE is installed once; when it changes, again. GM_PYTHON is the environment's interpreter.
find_program(GM_HOST_PYTHON NAMES python3 DOC "Python that makes the virtual environment" REQUIRED)
set(GM_PYTHON_ENV ${CMAKE_BINARY_DIR}/python CACHE PATH "Virtual environment that is made")
set(GM_PYTHON ${GM_PYTHON_ENV}/bin/python)
set(GM_PIP_INSTALL ${GM_PYTHON} -m pip install --quiet --disable-pip-version-check
                   --no-input --no-deps --require-hashes --only-binary :all: -r)

function(gm_python_make_environment)
  if(EXISTS ${GM_PYTHON_ENV}/ready)
    return()
  endif()
  execute_process(COMMAND ${GM_HOST_PYTHON} -c "import sys; print('%d.%d' % sys.version_info[:2])"
                  OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT version MATCHES "^3\\.1[0-3]$")
    message(FATAL_ERROR "${GM_HOST_PYTHON} is Python '${version}', but the pinned packages are for "
                        "3.10 to 3.13: name another one with -DGM_HOST_PYTHON=...")
  endif()
  execute_process(COMMAND ${GM_HOST_PYTHON} -m venv --clear ${GM_PYTHON_ENV} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${GM_HOST_PYTHON} -m venv failed: on Debian, install python3-venv")
  endif()
  file(TOUCH ${GM_PYTHON_ENV}/ready)
endfunction()

# Where it is noted that the packages of `requirements`, as it is now, are installed.
function(gm_python_stamp requirements result)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${requirements})
  file(SHA256 ${requirements} hash)
  set(${result} ${GM_PYTHON_ENV}/installed-${hash} PARENT_SCOPE)
endfunction()

function(gm_python_require requirements)
  gm_python_make_environment()
  gm_python_stamp(${requirements} stamp)
  if(EXISTS ${stamp})
    return()
  endif()
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${requirements})
  message(STATUS "Installing the Python packages of ${name}")
  execute_process(COMMAND ${GM_PIP_INSTALL} ${requirements} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "pip could not install the packages of ${name}")
  endif()
  file(TOUCH ${stamp})
endfunction()

function(gm_python_target target requirements)
  gm_python_make_environment()
  gm_python_stamp(${requirements} stamp)
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${requirements})
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${GM_PIP_INSTALL} ${requirements}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    COMMENT "Installing the Python packages of ${name}" VERBATIM)
  add_custom_target(${target} ALL DEPENDS ${stamp})
endfunction()
