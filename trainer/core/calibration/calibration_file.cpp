// SPDX-License-Identifier: Apache-2.0
// A calibration as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/calibration/calibration.hpp"
#include "core/files/atomic_file.hpp"
#include "core/files/json_text.hpp"

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;

/// What a form asks of the file is thrown as this; load() adds the file's name.
struct Unexpected : std::runtime_error {
  using std::runtime_error::runtime_error;
};

const std::vector<const char*>& line_names(Calibration::By by) {
  static const std::vector<const char*> distance{"distances"},
      both{"energies", "doubts", "nonconformities"};
  return by == Calibration::By::distance ? distance : both;
}

json to_json(const PictureRanges& pictures) {
  return {{"heights", pictures.heights},
          {"widths", pictures.widths},
          {"means", pictures.means},
          {"deviations", pictures.deviations}};
}

/// nlohmann's own get() takes 0.5 and true for whole numbers.
int64_t whole_number(const json& value) {
  if (!value.is_number_integer())
    throw Unexpected("expected a whole number, found " + value.dump());
  return value.get<int64_t>();
}

PictureRanges pictures_of(const json& values) {
  PictureRanges pictures;
  for (size_t end : {0, 1}) {
    pictures.heights[end] = whole_number(values.at("heights").at(end));
    pictures.widths[end] = whole_number(values.at("widths").at(end));
  }
  values.at("means").get_to(pictures.means);
  values.at("deviations").get_to(pictures.deviations);
  return pictures;
}

CalibrationGroup group_of(const json& lines, Calibration::By by) {
  CalibrationGroup group;
  for (const char* name : line_names(by)) {
    const auto line = lines.at(name).get<std::vector<float>>();
    if (!std::all_of(line.begin(), line.end(), [](float value) { return std::isfinite(value); })) {
      throw Unexpected(fmt::format("expected {} to be finite", name));
    }
    if (!std::is_sorted(line.begin(), line.end())) {
      throw Unexpected(fmt::format("expected {} in ascending order", name));
    }
    if (!group.values.empty() && static_cast<int64_t>(line.size()) != group.size) {
      throw Unexpected(fmt::format("expected as many {} as {} in a group, found {} and {}", name,
                                   line_names(by)[0], line.size(), group.size));
    }
    group.size = static_cast<int64_t>(line.size());
    group.values.insert(group.values.end(), line.begin(), line.end());
  }
  return group;
}

std::vector<RiskThreshold> risks_of(const json& values) {
  std::vector<RiskThreshold> risks;
  double last = 0;
  for (const json& value : values) {
    const RiskThreshold risk{value.at("risk").get<double>(), value.at("confidence").get<float>()};
    if (!(risk.risk > last && risk.risk <= 1 && risk.confidence >= 0 && risk.confidence <= 1)) {
      throw Unexpected("expected risks that ascend within (0,1], each with a confidence in [0,1]");
    }
    last = risk.risk;
    risks.push_back(risk);
  }
  return risks;
}

/// A model file, which has them all, has less than 2 GiB.
constexpr int64_t kMostNumbers = int64_t{1} << 29;

/// @param classes of the network
Calibration calibration_of(const json& file, int64_t classes) {
  Calibration calibration;
  if (file.contains("groups") && !file.contains("weights")) {
    throw Unexpected("made by an earlier version: run gmtrain calibrate again");
  }
  file.at("weights").get_to(calibration.weights);
  file.at("calibrated_on").get_to(calibration.calibrated_on);
  const auto& groups = file.at("groups");
  if (!groups.is_array() || groups.empty()) throw Unexpected("expected at least one group");
  calibration.by = groups[0].contains("distances") ? Calibration::By::distance
                                                   : Calibration::By::energy_and_doubt;
  for (const json& group : groups) calibration.groups.push_back(group_of(group, calibration.by));
  for (const json& group : file.at("group_of_class"))
    calibration.group_of_class.push_back(whole_number(group));
  const auto count = static_cast<int64_t>(calibration.groups.size());
  if (calibration.group_of_class.empty() && count > 1) {
    throw Unexpected(fmt::format("expected the class of each of {} groups", count));
  }
  const auto rows = static_cast<int64_t>(calibration.group_of_class.size());
  if (rows != 0 && rows != classes) {
    throw Unexpected(fmt::format(
        "expected a group for each of the network's {} classes, found {}: run gmtrain calibrate "
        "again",
        classes, rows));
  }
  for (const int64_t group : calibration.group_of_class) {
    if (group < 0 || group >= count) {
      throw Unexpected(fmt::format("expected groups from 0 to {}, found {}", count - 1, group));
    }
  }
  calibration.risks = risks_of(file.at("risks"));
  const json& pictures = file.at("pictures");
  if (!pictures.is_null()) calibration.pictures = pictures_of(pictures);
  const auto [R, L, Q] = calibration.shape();
  if (R * L * Q > kMostNumbers) {
    throw Unexpected(fmt::format("expected tables of at most {} numbers, found {} x {} x {}",
                                 kMostNumbers, R, L, Q));
  }
  return calibration;
}

}  // namespace

void Calibration::save(const std::filesystem::path& file) const {
  json written{
      {"calibrated_on", calibrated_on},   {"weights", weights},
      {"risks", json::array()},           {"pictures", pictures ? to_json(*pictures) : json()},
      {"group_of_class", group_of_class}, {"groups", json::array()}};
  for (const auto& [risk, confidence] : risks) {
    written["risks"].push_back({{"risk", risk}, {"confidence", confidence}});
  }
  for (const CalibrationGroup& group : groups) {
    json lines;
    auto line = group.values.begin();
    for (const char* name : line_names(by)) {
      lines[name] = std::vector<float>(line, line + group.size);
      line += group.size;
    }
    written["groups"].push_back(std::move(lines));
  }
  write_file(file, written.dump() + "\n");
}

Calibration Calibration::load(const std::filesystem::path& file, int64_t classes) {
  const auto fail = [&](const std::string& what) {
    return std::runtime_error(fmt::format("{}: {}", file.string(), what));
  };
  if (!std::filesystem::exists(file)) {
    throw fail("no such file (gmtrain calibrate makes it)");
  }
  try {
    return calibration_of(read_json(file), classes);
  } catch (const Unexpected& error) {
    throw fail(error.what());
  } catch (const json::exception& error) {
    throw fail(fmt::format("expected what gmtrain calibrate writes: {}", error.what()));
  }
}

}  // namespace gmtrain
