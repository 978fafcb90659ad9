// What is written about the images of a report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/metrics/score_table.hpp"

namespace gmtrain::report {

/// The name of a label; its number where there is none.
std::string class_name(const std::vector<std::string>& classes, int64_t label);

/// "image 7, labelled a, predicted b" of a row. Labels of foreign sets mean nothing: left out.
std::string caption_of(const ScoreTable& table, int64_t place,
                       const std::vector<std::string>& classes, bool foreign);

}  // namespace gmtrain::report
