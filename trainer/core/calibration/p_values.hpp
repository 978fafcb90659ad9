// Between tables of scores and calibrations.
#pragma once

#include "core/calibration/calibration.hpp"
#include "core/metrics/score_table.hpp"

namespace gmtrain {

/// What a calibration ranks of each image of a table that has distances.
std::vector<CalibrationSample> samples_of(const ScoreTable& table);

/// [images], a p-value of each.
std::vector<double> p_values(const ScoreTable& table, const Calibration& calibration);

/// The posteriors of the predicted classes as float32, and risk_thresholds() of them.
std::vector<RiskThreshold> risk_thresholds(const std::vector<double>& risks,
                                           const ScoreTable& table);

}  // namespace gmtrain
