#pragma once

#include <string>
#include <vector>

#include "core/report/chart.hpp"

namespace gmtrain::report {

struct NamedChart {
  std::string name;  ///< of its files, without ending
  Chart chart;
};

/// A <figure> for each, with the name as its id; empty without charts.
std::string to_html(const std::vector<NamedChart>& charts);

}  // namespace gmtrain::report
