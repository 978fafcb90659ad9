// Results beside the paper's figures.
#pragma once

#include <string>
#include <vector>

#include "core/report/run_group.hpp"
#include "core/report/table.hpp"

namespace gmtrain::report {

/// Every table of the paper that at least one run belongs to. For each of its columns there are
/// two, ours ("0.42 ± 0.01 (3 seeds)") and the paper's; kMissing stands where nothing was run or
/// the paper says nothing. Where several experiments belong to one cell, each has a row with its
/// recipe in the label. The note says what was trained.
/// @throws std::runtime_error as RunGroup::estimate()
std::vector<Table> tables_against_paper(const std::vector<RunGroup>& groups);

/// The same for a single run, without the rows that it has nothing in. Empty for a run of which the
/// paper says nothing, or whose file does not say what was trained.
/// @throws std::runtime_error as RunGroup::estimate()
std::vector<Table> run_against_paper(const RunResult& run);

/// The titles of the paper's tables that no run belongs to.
std::vector<std::string> tables_not_run(const std::vector<RunGroup>& groups);

}  // namespace gmtrain::report
