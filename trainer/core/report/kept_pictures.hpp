// Pictures of runs that are kept beside results, since results do not have what they show.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/report/run_group.hpp"

namespace gmtrain::report {

struct KeptPicture {
  std::string caption, svg;
};

/// Fig. 1: fig1-<recipe>-embedding-clean.svg and fig1-<recipe>-likelihood-map.svg of the
/// experiments with 2-D features, as the pages of their runs have drawn them; those that are in the
/// folder.
/// @throws std::runtime_error naming a file that is no SVG
std::vector<KeptPicture> kept_feature_spaces(const std::vector<RunGroup>& groups,
                                             const std::filesystem::path& folder);

}  // namespace gmtrain::report
