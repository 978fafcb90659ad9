# SPDX-License-Identifier: Apache-2.0
# Run as a script: writes SOURCE, which holds FILES as text.
set(text "#include \"core/report/page.hpp\"\n\nnamespace gmtrain::report {\n\n")
string(APPEND text "const std::map<std::string_view, std::string_view>& assets() {\n")
string(APPEND text "  static const std::map<std::string_view, std::string_view> files{\n")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  file(READ ${file} content)
  string(APPEND text "{\"${name}\", R\"gm_asset(${content})gm_asset\"},\n")
endforeach()
string(APPEND text "  };\n  return files;\n}\n\n}  // namespace gmtrain::report\n")
file(WRITE ${SOURCE} "${text}")
