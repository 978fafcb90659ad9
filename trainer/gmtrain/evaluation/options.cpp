// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/options.hpp"

#include <algorithm>
#include <stdexcept>

#include "gmtrain/data/dataset.hpp"
#include "gmtrain/evaluation/post_hoc/post_hoc.hpp"

namespace gmtrain {

EvaluationOptions EvaluationOptions::read(Recipe& recipe, const DataOptions& data) {
  EvaluationOptions options;
  auto section = recipe.section("evaluation");
  const auto pgd = PgdOptions::read(recipe.section("evaluation.pgd"));
  const auto names = section.get<std::vector<std::string>>(
      "attacks", {"fgsm_0.1", "fgsm_0.2", "fgsm_0.3", "targeted_fgsm_0.3"},
      "to measure and to write images of, each with its bound");
  try {
    for (const std::string& name : names) {
      if (std::count(names.begin(), names.end(), name) > 1) {
        throw std::invalid_argument("expected each attack once, got more of " + name);
      }
      for (const std::string& outliers : data.outliers) {
        if (set_name(outliers) == name) {
          throw std::invalid_argument("expected names that no data.outliers has, got " + name);
        }
      }
      options.attacks.push_back(make_attack(name, pgd));
    }
  } catch (const std::invalid_argument& error) {
    throw section.error("attacks", error.what());
  }
  options.strong_attack_images = section.get<int64_t>(
      "strong_attack_images", 1000,
      "images that attacks of many steps are run on, the first of the set", at_least(1));
  options.post_hoc = section.get<std::vector<std::string>>(
      "post_hoc",
      {"max_softmax", "energy_score", "mahalanobis", "relative_mahalanobis", "nearest_neighbour"},
      "detection scores to compare with", one_of(Registry<PostHocFactory>::names()));
  options.crops =
      section.get<int64_t>("crops", 1, "10: clean images are also classified by ten crops together",
                           {"1 or 10", [](double crops) { return crops == 1 || crops == 10; }, {}});
  if (options.crops == 10 && data.crop == 0) {
    throw section.error("crops",
                        "expected data.crop, the side of the crops, with evaluation.crops "
                        "= 10, got data.crop = 0");
  }
  return options;
}

}  // namespace gmtrain
