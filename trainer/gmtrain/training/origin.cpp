// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/origin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "core/files/sha256.hpp"

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;

/// Tables of calibration and evaluation may change after training, and so may where data are.
json settings_of_training(const Recipe& recipe) {
  const json all = recipe.settings();
  json settings;
  for (const char* table : {"data", "network", "loss", "train", "optimizer"}) {
    settings[table] = all.at(table);
  }
  for (const char* key : {"root", "workers", "max_corrupt", "outliers"}) {
    settings.at("data").erase(key);
  }
  return settings;
}

/// "data/held_out" as people write it.
std::string dotted(std::string pointer) {
  pointer.erase(0, 1);
  std::replace(pointer.begin(), pointer.end(), '/', '.');
  return pointer;
}

std::string value_at(const json& settings, const json::json_pointer& where) {
  return settings.contains(where) ? settings.at(where).dump() : "nothing";
}

std::string fingerprint(const Dataset& whole) {
  const auto& labels = whole.labels();
  return sha256(whole.fingerprint() + sha256({reinterpret_cast<const char*>(labels.data()),
                                              labels.size() * sizeof labels[0]}));
}

}  // namespace

Origin origin_of(const Recipe& recipe, const Dataset& whole) {
  return {settings_of_training(recipe), fingerprint(whole)};
}

void expect_same_settings(const Origin& trained, const Recipe& now, const std::string& file) {
  const json settings = settings_of_training(now);
  for (const json& either : {trained.settings, settings}) {
    const json flat = either.flatten();
    for (const auto& [pointer, unused] : flat.items()) {
      const json::json_pointer where(pointer);
      const auto expected = value_at(trained.settings, where), found = value_at(settings, where);
      if (expected == found) continue;
      throw std::runtime_error(
          fmt::format("{}: {}: expected {}, which training began with, found {}", file,
                      dotted(pointer), expected, found));
    }
  }
}

void expect_same_training_set(const Origin& trained, const Dataset& whole,
                              const std::string& folder) {
  if (fingerprint(whole) == trained.training_set) return;
  throw std::runtime_error(fmt::format(
      "{}: expected the training images that the run was trained on, found others, or in another "
      "order: what was held out of them is not known any more",
      folder));
}

}  // namespace gmtrain
