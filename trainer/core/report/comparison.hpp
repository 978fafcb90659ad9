// Everything that is set side by side of several runs: as a page, and as a part of a document.
#pragma once

#include <string>
#include <vector>

#include "core/report/comparison_charts.hpp"
#include "core/report/kept_pictures.hpp"
#include "core/report/run_group.hpp"
#include "core/report/table.hpp"

namespace gmtrain::report {

struct Comparison {
  std::vector<Table> paper;      ///< results beside the paper's
  std::vector<Table> detection;  ///< what the paper has no figures of
  std::vector<Table> pairs;      ///< verification
  std::vector<NamedChart> charts;
  std::vector<std::string> remarks;  ///< how to read the figures; which tables nothing was run of
};

/// @throws std::runtime_error as its parts do
Comparison compare(const std::vector<RunGroup>& groups);

/// One HTML page that needs no other file.
/// @param feature_spaces Fig. 1, whose points are in no result
std::string comparison_page(const Comparison& comparison,
                            const std::vector<KeptPicture>& feature_spaces = {});

/// Tables in Markdown and, with a folder, the charts.
/// @param figures path from the document to the folder that holds <name>.svg of each chart, with a
///                slash at its end; empty leaves the charts out
std::string comparison_markdown(const Comparison& comparison, const std::string& figures);

}  // namespace gmtrain::report
