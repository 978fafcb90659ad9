#pragma once

#include <string>

#include "core/report/chart.hpp"

namespace gmtrain::report {

struct NamedChart {
  std::string name;  ///< of its files, without ending
  Chart chart;
};

}  // namespace gmtrain::report
