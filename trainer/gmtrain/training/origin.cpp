// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/origin.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "core/files/input_file.hpp"
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
  // A file may be moved, but not be another one.
  json& network = settings.at("network");
  if (network.contains("file")) {
    network["file"] = sha256(read_file(network["file"].get<std::string>()));
  }
  return settings;
}

}  // namespace

Origin origin_of(const Recipe& recipe, const Dataset& whole) {
  return {settings_of_training(recipe), fingerprint_of(whole)};
}

void expect_same_settings(const Origin& trained, const Recipe& now, const std::string& file) {
  const json settings = settings_of_training(now);
  // What training did not know, a setting of a later gmtrain, it did not have.
  for (const auto& [table, values] : trained.settings.items()) {
    for (const auto& [key, expected] : values.items()) {
      const json found = settings.value(table, json::object()).value(key, json());
      if (found == expected) continue;
      throw std::runtime_error(
          fmt::format("{}: {}.{}: expected {}, which training began with, found {}", file, table,
                      key, expected.dump(), found.dump()));
    }
  }
}

std::string fingerprint_of(const Dataset& whole) {
  const auto& labels = whole.labels();
  return sha256(whole.fingerprint() + sha256({reinterpret_cast<const char*>(labels.data()),
                                              labels.size() * sizeof labels[0]}));
}

void expect_same_training_set(const Origin& trained, const std::string& fingerprint,
                              const std::string& folder) {
  if (fingerprint == trained.training_set) return;
  throw std::runtime_error(fmt::format(
      "{}: expected the training images that the run was trained on, found others, or in another "
      "order: what was held out of them is not known any more",
      folder));
}

}  // namespace gmtrain
