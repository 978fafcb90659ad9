#include "gmtrain/evaluation/post_hoc/post_hoc.hpp"

namespace gmtrain {
namespace {

const std::vector<std::pair<std::string, PostHocFactory>>& registry() {
  static const std::vector<std::pair<std::string, PostHocFactory>> known{
      {"max_softmax", make_max_softmax},
      {"energy", make_energy},
      {"mahalanobis", make_mahalanobis},
      {"relative_mahalanobis", make_relative_mahalanobis},
      {"nearest_neighbour", make_nearest_neighbour}};
  return known;
}

}  // namespace

std::vector<std::string> post_hoc_names() {
  std::vector<std::string> names;
  for (const auto& [name, make] : registry()) names.push_back(name);
  return names;
}

PostHocScores fit_post_hoc(const std::vector<std::string>& names,
                           const TrainingFeatures& training) {
  PostHocScores fitted;
  for (const std::string& wanted : names) {
    for (const auto& [name, make] : registry()) {
      if (name == wanted) fitted.emplace_back(name, make(training));
    }
  }
  return fitted;
}

}  // namespace gmtrain
