// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/verification/options.hpp"

namespace gmtrain {
namespace {

void read_drawing(Section& section, VerificationOptions& options) {
  options.drawn.pairs = section.get<int64_t>(
      "pairs", 6000, "pairs to draw of the unseen classes, half of them genuine", at_least(2));
  options.drawn.folds = section.get<int64_t>("folds", 10, "parts of the pairs", at_least(2));
  options.drawn.seed = section.get<int64_t>("seed", 0, "chooses the pairs", at_least(0));
  options.all_images =
      section.get<std::string>("split", "test", "which images of the unseen classes",
                               one_of({"test", "all"})) == "all";
}

}  // namespace

VerificationOptions VerificationOptions::read(Recipe& recipe, const DataOptions& data) {
  VerificationOptions options{};
  options.asked = recipe.section("").has("verification");
  auto section = recipe.section("verification");
  options.scores = section.get<std::vector<std::string>>(
      "scores", {"cosine", "euclidean", "pca_mahalanobis", "within_mahalanobis"},
      "how alike two images are", one_of(Registry<PairScoreKind>::names()));
  if (options.scores.empty()) throw section.error("scores", "expected at least one, got none");
  options.fit.retained_variance = section.get<double>(
      "retained_variance", 0.99, "share of the variance of training features that PCA keeps",
      above(0) && at_most(1));
  options.false_accept_rates = section.get<std::vector<double>>(
      "false_accept_rates", {0.1, 0.01, 0.001}, "at which to give the share of genuine pairs",
      above(0) && at_most(1));
  options.pairs_file = section.get<std::string>(
      "pairs_file", "", "pairs in the form of LFW's pairs.txt, in data.root");
  options.people =
      section.get<std::string>("people", "", "folder of the folders of their images, in data.root");
  if (options.pairs_file.empty() != options.people.empty()) {
    const bool lone_file = options.people.empty();
    throw section.error(lone_file ? "people" : "pairs_file",
                        lone_file ? "expected a folder beside pairs_file, found nothing"
                                  : "expected a file beside people, found nothing");
  }
  if (options.are_listed()) return options;
  read_drawing(section, options);
  if (options.asked && data.unseen.empty()) {
    throw section.error("pairs_file",
                        "expected pairs_file and people, or data.unseen_classes to draw pairs of, "
                        "found neither");
  }
  return options;
}

}  // namespace gmtrain
