// The files of core/report/assets, which are part of the program.
#pragma once

#include <map>
#include <string_view>

namespace gmtrain::report {

/// All of them by name, as text without zeros.
const std::map<std::string_view, std::string_view>& assets();

/// The text of a file, such as page.css. @throws std::out_of_range naming what is not there
std::string_view asset(std::string_view name);

}  // namespace gmtrain::report
