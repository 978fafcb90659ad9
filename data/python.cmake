# A private virtual environment inside the build folder: nothing is installed into the system.
#
#   gm_python_require(FILE)   installs the pinned, hash-checked packages that FILE lists, once
#
# GM_PYTHON is the environment's interpreter.
find_program(GM_HOST_PYTHON NAMES python3 DOC "Python that makes the virtual environment" REQUIRED)
set(GM_PYTHON_ENV ${CMAKE_BINARY_DIR}/python)
set(GM_PYTHON ${GM_PYTHON_ENV}/bin/python)

function(gm_python_require requirements)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${requirements})
  if(NOT EXISTS ${GM_PYTHON_ENV}/ready)
    execute_process(COMMAND ${GM_HOST_PYTHON} -m venv ${GM_PYTHON_ENV} RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "${GM_HOST_PYTHON} -m venv failed: install python3-venv")
    endif()
    file(TOUCH ${GM_PYTHON_ENV}/ready)
  endif()
  file(SHA256 ${requirements} hash)
  if(EXISTS ${GM_PYTHON_ENV}/installed-${hash})
    return()
  endif()
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${requirements})
  message(STATUS "Installing the Python packages of ${name}")
  execute_process(
    COMMAND ${GM_PYTHON} -m pip install --quiet --disable-pip-version-check --no-deps
            --require-hashes --only-binary :all: -r ${requirements}
    RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "pip could not install the packages of ${name}")
  endif()
  file(TOUCH ${GM_PYTHON_ENV}/installed-${hash})
endfunction()
