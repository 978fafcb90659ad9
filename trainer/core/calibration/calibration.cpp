#include "core/calibration/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/files/atomic_file.hpp"

namespace gmtrain {
namespace {

using Rows = std::vector<std::vector<float>>;

/// The rows side by side, the shorter ones padded.
Calibration pack(Rows rows, std::string calibrated_on) {
  Calibration result;
  result.calibrated_on = std::move(calibrated_on);
  result.rows = static_cast<int64_t>(rows.size());
  for (const auto& row : rows) {
    result.columns = std::max(result.columns, static_cast<int64_t>(row.size()));
    result.count += static_cast<int64_t>(row.size());
  }
  for (auto& row : rows) {
    row.resize(result.columns, std::numeric_limits<float>::quiet_NaN());
    result.distances.insert(result.distances.end(), row.begin(), row.end());
  }
  return result;
}

bool is_distance(double value) {
  return std::isfinite(value) && value >= 0;
}

}  // namespace

Calibration Calibration::build(Kind kind, int64_t classes, const std::vector<int64_t>& predicted,
                               const std::vector<double>& distances, std::string calibrated_on) {
  if (predicted.size() != distances.size()) {
    throw std::invalid_argument(fmt::format("calibration: {} classes for {} distances",
                                            predicted.size(), distances.size()));
  }
  Rows rows(kind == Kind::shared ? 1 : classes);
  for (size_t i = 0; i < distances.size(); ++i) {
    if (!is_distance(static_cast<float>(distances[i])) || predicted[i] < 0 ||
        predicted[i] >= classes) {
      throw std::invalid_argument(
          fmt::format("calibration: image {} has distance {} to class {}: expected a finite, "
                      "non-negative distance and a class below {}",
                      i, distances[i], predicted[i], classes));
    }
    rows[kind == Kind::shared ? 0 : predicted[i]].push_back(static_cast<float>(distances[i]));
  }
  for (auto& row : rows) std::sort(row.begin(), row.end());
  return pack(std::move(rows), std::move(calibrated_on));
}

double Calibration::p_value(double distance, int64_t predicted) const {
  if (rows > 1 && (predicted < 0 || predicted >= rows)) {
    throw std::invalid_argument(
        fmt::format("calibration: expected a class from 0 to {}, found {}", rows - 1, predicted));
  }
  const auto row = distances.begin() + (rows > 1 ? predicted : 0) * columns;
  const auto end = std::find_if(row, row + columns, [](float d) { return std::isnan(d); });
  // Not lower_bound: no distance is at least NaN, which must come out as the smallest p-value.
  const auto first = std::partition_point(
      row, end, [d = static_cast<float>(distance)](float other) { return !(other >= d); });
  return (1.0 + static_cast<double>(end - first)) / (1.0 + static_cast<double>(end - row));
}

void Calibration::save(const std::filesystem::path& file) const {
  nlohmann::ordered_json json{{"calibrated_on", calibrated_on},
                              {"distances", nlohmann::ordered_json::array()}};
  for (int64_t r = 0; r < rows; ++r) {
    auto row = nlohmann::ordered_json::array();
    for (int64_t c = 0; c < columns; ++c) {
      const float distance = distances[r * columns + c];
      if (!std::isnan(distance)) row.push_back(distance);
    }
    json["distances"].emplace_back(std::move(row));
  }
  write_file(file, json.dump() + "\n");
}

Calibration Calibration::load(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& what) {
    return std::runtime_error(fmt::format("{}: {}", file.string(), what));
  };
  if (!std::filesystem::is_regular_file(file)) {
    throw fail("no such file (gmtrain calibrate makes it)");
  }
  Rows rows;
  std::string calibrated_on;
  try {
    const auto json = nlohmann::json::parse(read_file(file));
    calibrated_on = json.at("calibrated_on").get<std::string>();
    rows = json.at("distances").get<Rows>();
  } catch (const nlohmann::json::exception& error) {
    throw fail(fmt::format("expected calibrated_on and rows of distances: {}", error.what()));
  }
  if (rows.empty()) throw fail("expected at least one row of distances");
  for (const auto& row : rows) {
    if (!std::all_of(row.begin(), row.end(), is_distance)) {
      throw fail("expected distances to be finite and at least 0");
    }
    if (!std::is_sorted(row.begin(), row.end()))
      throw fail("expected distances in ascending order");
  }
  return pack(std::move(rows), std::move(calibrated_on));
}

}  // namespace gmtrain
