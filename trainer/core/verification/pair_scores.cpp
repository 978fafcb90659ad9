#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/verification/pair_score.hpp"

namespace gmtrain {
namespace {

const std::vector<std::pair<std::string, PairScoreFactory>>& registry() {
  static const std::vector<std::pair<std::string, PairScoreFactory>> known{
      {"cosine", make_cosine},
      {"euclidean", make_euclidean},
      {"pca_mahalanobis", make_pca_mahalanobis},
      {"within_mahalanobis", make_within_mahalanobis}};
  return known;
}

}  // namespace

bool is_fitted(const std::string& name) {
  return name != "cosine" && name != "euclidean";
}

std::vector<std::string> pair_score_names() {
  std::vector<std::string> names;
  for (const auto& [name, make] : registry()) names.push_back(name);
  return names;
}

std::unique_ptr<PairScore> fit_pair_score(const std::string& name, const TrainingTable& training,
                                          const PairScoreOptions& options) {
  const auto entry = std::find_if(registry().begin(), registry().end(),
                                  [&](const auto& known) { return known.first == name; });
  if (entry == registry().end()) {
    throw std::invalid_argument(fmt::format("no score of pairs is called {}", name));
  }
  return entry->second(training, options);
}

}  // namespace gmtrain
