# SPDX-License-Identifier: Apache-2.0
# Makes files part of a program. gm_embed(SOURCE FOLDER): a C++ source with every file of the folder as
# text, made anew when one of them changes; core/report/page.hpp reads it.
function(gm_embed source folder)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${source} "-DFILES=${files}"
            -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_files.cmake
    DEPENDS ${files} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_files.cmake
    COMMENT "Embedding ${folder}" VERBATIM)
endfunction()
