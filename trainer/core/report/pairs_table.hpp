// How well pairs of images are verified (doc/verification.md), side by side.
#pragma once

#include <vector>

#include "core/report/run_group.hpp"
#include "core/report/table.hpp"

namespace gmtrain::report {

/// For each data set and width of the features above 2 a table, of those runs whose figures have
/// `verification`: accuracy and its standard error, equal error rate, AUROC and true accept rates;
/// a row for each score of each experiment.
/// @throws std::runtime_error as RunGroup::estimate()
std::vector<Table> pairs_tables(const std::vector<RunGroup>& groups);

}  // namespace gmtrain::report
