// SPDX-License-Identifier: Apache-2.0
#include "core/calibration/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "dnn_gm/src/calibration_table.hpp"

namespace gmtrain {
namespace {

void check(const std::vector<CalibrationSample>& samples, int64_t classes) {
  for (size_t i = 0; i < samples.size(); ++i) {
    const auto& [predicted, distance, energy, doubt] = samples[i];
    if (distance >= 0 && !cv::dnn_gm::isSaturated(distance) && std::isfinite(energy) &&
        std::isfinite(doubt) && predicted >= 0 && predicted < classes) {
      continue;
    }
    throw std::invalid_argument(
        fmt::format("calibration: image {} has distance {}, energy {} and doubt {} to class {}: "
                    "expected finite numbers, a distance of at least 0 and a class below {}",
                    i, distance, energy, doubt, predicted, classes));
  }
}

std::vector<int64_t> images_of_classes(const std::vector<CalibrationSample>& samples,
                                       int64_t classes) {
  std::vector<int64_t> counts(classes);
  for (const auto& sample : samples) ++counts[sample.predicted];
  return counts;
}

/// Which classes are pooled: those with too few samples, and the next smallest until the pool has
/// enough.
std::vector<bool> pooled(const std::vector<int64_t>& counts, int64_t enough) {
  std::vector<int64_t> ascending(counts.size());
  std::iota(ascending.begin(), ascending.end(), 0);
  std::stable_sort(ascending.begin(), ascending.end(),
                   [&](int64_t a, int64_t b) { return counts[a] < counts[b]; });
  std::vector<bool> in_pool(counts.size());
  int64_t images = 0;
  for (size_t i = 0; i < ascending.size(); ++i) {
    const int64_t k = ascending[i];
    if (counts[k] >= enough && (i == 0 || images >= enough)) break;
    in_pool[k] = true;
    images += counts[k];
  }
  return in_pool;
}

/// @return the group of each class, the pool first; empty if there is one group alone
std::vector<int64_t> groups_of(const Calibration::Options& options,
                               const std::vector<int64_t>& counts) {
  if (options.kind == Calibration::Kind::shared) return {};
  const auto in_pool = pooled(counts, options.class_images);
  const bool has_pool = std::find(in_pool.begin(), in_pool.end(), true) != in_pool.end();
  int64_t groups = has_pool ? 1 : 0;
  std::vector<int64_t> group_of_class;
  for (const bool is_pooled : in_pool) group_of_class.push_back(is_pooled ? 0 : groups++);
  return groups > 1 ? group_of_class : std::vector<int64_t>();
}

std::vector<float> column(const std::vector<CalibrationSample>& samples,
                          float CalibrationSample::*value) {
  std::vector<float> values;
  for (const auto& sample : samples) values.push_back(sample.*value);
  return values;
}

CalibrationGroup group_of(Calibration::By by, const std::vector<CalibrationSample>& samples) {
  CalibrationGroup group{static_cast<int64_t>(samples.size()), {}};
  if (by == Calibration::By::distance) {
    group.values = column(samples, &CalibrationSample::distance);
    std::sort(group.values.begin(), group.values.end());
    return group;
  }
  group.values = cv::dnn_gm::calibrationTable(column(samples, &CalibrationSample::energy),
                                              column(samples, &CalibrationSample::doubt));
  return group;
}

}  // namespace

Calibration Calibration::build(const Options& options, int64_t classes,
                               const std::vector<CalibrationSample>& samples,
                               std::string calibrated_on) {
  check(samples, classes);
  Calibration result;
  result.group_of_class = groups_of(options, images_of_classes(samples, classes));
  const auto& group_of_class = result.group_of_class;
  const auto count = group_of_class.empty()
                         ? 1
                         : *std::max_element(group_of_class.begin(), group_of_class.end()) + 1;
  std::vector<std::vector<CalibrationSample>> parts(count);
  for (const auto& sample : samples) {
    parts[group_of_class.empty() ? 0 : group_of_class[sample.predicted]].push_back(sample);
  }
  result.by = options.by;
  for (const auto& part : parts) result.groups.push_back(group_of(options.by, part));
  result.calibrated_on = std::move(calibrated_on);
  return result;
}

const CalibrationGroup& Calibration::group(int64_t predicted) const {
  if (group_of_class.empty()) return groups.at(0);
  if (predicted < 0 || predicted >= static_cast<int64_t>(group_of_class.size())) {
    throw std::invalid_argument(fmt::format("calibration: expected a class from 0 to {}, found {}",
                                            group_of_class.size() - 1, predicted));
  }
  return groups[group_of_class[predicted]];
}

std::vector<int64_t> Calibration::classes_of(int64_t group) const {
  std::vector<int64_t> classes;
  for (size_t k = 0; k < group_of_class.size(); ++k) {
    if (group_of_class[k] == group) classes.push_back(static_cast<int64_t>(k));
  }
  return classes;
}

int64_t Calibration::count() const {
  return std::accumulate(groups.begin(), groups.end(), int64_t{0},
                         [](int64_t sum, const auto& group) { return sum + group.size; });
}

double Calibration::p_value(const CalibrationSample& sample) const {
  const CalibrationGroup& own = group(sample.predicted);
  const auto n = static_cast<int>(own.size);
  return cv::dnn_gm::pValue(sample.distance, sample.energy, sample.doubt,
                            {own.values.data(), static_cast<int>(lines()), n, n});
}

std::array<int64_t, 3> Calibration::shape() const {
  int64_t largest = 0;
  for (const auto& group : groups) largest = std::max(largest, group.size);
  const auto rows = group_of_class.empty() ? 1 : static_cast<int64_t>(group_of_class.size());
  return {rows, lines(), largest};
}

std::vector<float> Calibration::tables() const {
  const auto [R, L, Q] = shape();
  std::vector<float> values(R * L * Q, std::numeric_limits<float>::quiet_NaN());
  for (int64_t r = 0; r < R; ++r) {
    const CalibrationGroup& own = group(r);
    for (int64_t line = 0; line < L; ++line) {
      const auto begin = own.values.begin() + line * own.size;
      std::copy(begin, begin + own.size, values.begin() + (r * L + line) * Q);
    }
  }
  return values;
}

int64_t default_class_images(double accept_rate) {
  // 1 - 0.99 is a little more than 0.01 in floating point, and 10 of 0.01 are 1000.
  return accept_rate < 1 ? static_cast<int64_t>(std::ceil(10 / (1 - accept_rate) - 1e-6)) : 1;
}

float to_float32(double value) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (std::abs(value) > kLargest) {
    return std::copysign(std::numeric_limits<float>::infinity(),
                         static_cast<float>(value > 0) - 0.5F);
  }
  return static_cast<float>(value);
}

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
