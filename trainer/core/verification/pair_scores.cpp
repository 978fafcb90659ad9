#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "core/verification/pair_score.hpp"

namespace gmtrain {
namespace {

struct Entry {
  std::string name;
  PairScoreFactory make;
  bool fitted;
};

const std::vector<Entry>& registry() {
  static const std::vector<Entry> known{{"cosine", make_cosine, false},
                                        {"euclidean", make_euclidean, false},
                                        {"pca_mahalanobis", make_pca_mahalanobis, true},
                                        {"within_mahalanobis", make_within_mahalanobis, true}};
  return known;
}

const Entry& find(const std::string& name) {
  const auto entry = std::find_if(registry().begin(), registry().end(),
                                  [&](const Entry& known) { return known.name == name; });
  if (entry == registry().end()) {
    throw std::invalid_argument(
        fmt::format("expected one of {}, found {}", fmt::join(pair_score_names(), ", "), name));
  }
  return *entry;
}

}  // namespace

bool is_fitted(const std::string& name) {
  return find(name).fitted;
}

std::vector<std::string> pair_score_names() {
  std::vector<std::string> names;
  for (const Entry& entry : registry()) names.push_back(entry.name);
  return names;
}

std::unique_ptr<PairScore> fit_pair_score(const std::string& name, const TrainingTable& training,
                                          const PairScoreOptions& options) {
  return find(name).make(training, options);
}

}  // namespace gmtrain
