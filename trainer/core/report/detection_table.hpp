// What the paper has no figures of: how well clean images are told from others, by every score.
#pragma once

#include <vector>

#include "core/report/run_group.hpp"
#include "core/report/table.hpp"

namespace gmtrain::report {

/// For each data set and width of the features, one table of classification (error, AURC, ECE and
/// the error under each attack), and one for each attacked or foreign set: equal error rates, AUROC
/// and FPR at 95 % TPR by likelihood, what is accepted where 1 % and 5 % of clean images are not,
/// EER by posterior, AUROC by the other scores; experiments as rows. 2-D features are made to be
/// looked at and have none.
/// @throws std::runtime_error as RunGroup::estimate()
std::vector<Table> compared_detection_tables(const std::vector<RunGroup>& groups);

}  // namespace gmtrain::report
