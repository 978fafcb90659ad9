// SPDX-License-Identifier: Apache-2.0
// The models in data/models.
#pragma once

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/files/atomic_file.hpp"

const std::filesystem::path kModels = GM_SOURCE_FOLDER "/data/models";

struct Published {
  std::string name;      ///< of the model's files, and of the data set it classifies
  std::string outliers;  ///< the foreign data set that evaluation has

  std::filesystem::path file(const std::string& extension) const {
    return kModels / (name + extension);
  }

  /// What `gmtrain evaluate` wrote of it.
  nlohmann::ordered_json evaluation() const {
    return nlohmann::ordered_json::parse(gmtrain::read_file(file(".json")));
  }

  /// The figures that it has of the foreign data set.
  static nlohmann::ordered_json foreign(const nlohmann::ordered_json& evaluation) {
    BOOST_TEST_REQUIRE(evaluation.at("ood").size() == 1U);
    return evaluation.at("ood").front();
  }
};

const std::vector<Published> kPublished = {{"mnist", "fashion-mnist"}, {"fashion-mnist", "mnist"}};
