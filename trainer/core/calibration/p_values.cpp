#include "core/calibration/p_values.hpp"

namespace gmtrain {

std::vector<CalibrationSample> samples_of(const ScoreTable& table) {
  std::vector<CalibrationSample> samples;
  for (size_t i = 0; i < table.distance.size(); ++i) {
    samples.push_back({table.predicted[i], to_float32(table.distance[i]),
                       to_float32(table.energy[i]), to_float32(table.doubt[i])});
  }
  return samples;
}

std::vector<double> p_values(const ScoreTable& table, const Calibration& calibration) {
  std::vector<double> values;
  for (const auto& sample : samples_of(table)) values.push_back(calibration.p_value(sample));
  return values;
}

std::vector<RiskThreshold> risk_thresholds(const std::vector<double>& risks,
                                           const ScoreTable& table) {
  return risk_thresholds(risks, {table.posterior.begin(), table.posterior.end()}, table.correct());
}

}  // namespace gmtrain
