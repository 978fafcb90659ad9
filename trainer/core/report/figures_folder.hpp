#pragma once

#include <filesystem>
#include <vector>

#include "core/report/named_chart.hpp"

namespace gmtrain::report {

/// Writes NAME.svg and NAME.png for each chart into `folder`, which appears when it is complete, in
/// the place of what was there; on failure it is as it was.
/// @throws std::runtime_error and std::filesystem::filesystem_error naming what cannot be written
void write_figures(const std::filesystem::path& folder, const std::vector<NamedChart>& charts);

}  // namespace gmtrain::report
