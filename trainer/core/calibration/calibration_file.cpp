// SPDX-License-Identifier: Apache-2.0
// A calibration as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/calibration/calibration.hpp"
#include "core/files/atomic_file.hpp"

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

PictureRanges pictures_of(const json& values) {
  PictureRanges pictures;
  values.at("heights").get_to(pictures.heights);
  values.at("widths").get_to(pictures.widths);
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

Calibration calibration_of(const json& file) {
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
  file.at("group_of_class").get_to(calibration.group_of_class);
  const auto count = static_cast<int64_t>(calibration.groups.size());
  if (calibration.group_of_class.empty() && count > 1) {
    throw Unexpected(fmt::format("expected the class of each of {} groups", count));
  }
  for (const int64_t group : calibration.group_of_class) {
    if (group < 0 || group >= count) {
      throw Unexpected(fmt::format("expected groups from 0 to {}, found {}", count - 1, group));
    }
  }
  for (const json& risk : file.at("risks")) {
    calibration.risks.push_back(
        {risk.at("risk").get<double>(), risk.at("confidence").get<float>()});
  }
  const json& pictures = file.at("pictures");
  if (!pictures.is_null()) calibration.pictures = pictures_of(pictures);
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

Calibration Calibration::load(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& what) {
    return std::runtime_error(fmt::format("{}: {}", file.string(), what));
  };
  if (!std::filesystem::is_regular_file(file)) {
    throw fail("no such file (gmtrain calibrate makes it)");
  }
  try {
    return calibration_of(json::parse(read_file(file)));
  } catch (const Unexpected& error) {
    throw fail(error.what());
  } catch (const json::exception& error) {
    throw fail(fmt::format("expected what gmtrain calibrate writes: {}", error.what()));
  }
}

}  // namespace gmtrain
