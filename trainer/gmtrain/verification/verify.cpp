// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/verification/verify.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "core/faces/pairs.hpp"
#include "core/logging/log.hpp"
#include "core/verification/figures.hpp"
#include "core/verification/pair_score.hpp"
#include "gmtrain/data/derived.hpp"
#include "gmtrain/evaluation/image_set.hpp"

namespace gmtrain {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

ImageSet images_of(const std::vector<ImagePair>& pairs, std::shared_ptr<Dataset> dataset) {
  std::set<int64_t> used;
  for (const ImagePair& pair : pairs) used.insert({pair.first, pair.second});
  return {"pairs", std::move(dataset), {used.begin(), used.end()}};
}

TestedPairs listed(const VerificationOptions& options, const DataOptions& data) {
  const fs::path people = fs::path(data.root) / options.people;
  if (!fs::is_directory(people)) {
    throw std::runtime_error(
        fmt::format("verification.people: expected a folder of people's folders, found none in {}",
                    people.string()));
  }
  auto read = read_pairs(fs::path(data.root) / options.pairs_file, people);
  std::vector<ImageFile> files;
  for (const fs::path& image : read.images) files.push_back({image.string(), 0});
  auto dataset = open_files(data, people.string(), std::move(files));
  auto images = images_of(read.pairs, std::move(dataset));
  return {std::move(images),
          std::move(read.pairs),
          {{"pairs_file", options.pairs_file}, {"people", options.people}}};
}

TestedPairs drawn(const VerificationOptions& options, const DataOptions& data) {
  std::vector<std::shared_ptr<Dataset>> parts{open_unseen(data, Split::test)};
  if (options.all_images) parts.push_back(open_unseen(data, Split::train));
  auto dataset = joined(std::move(parts));
  auto drawn = draw_pairs(dataset->labels(), options.drawn);
  const auto count = static_cast<int64_t>(drawn.pairs.size());
  if (count < options.drawn.pairs) {
    log_warning(
        fmt::format("verification.pairs: drew {} of {}, as many in each fold as one can have",
                    count, options.drawn.pairs));
  }
  json facts{{"unseen_classes", json::array()},
             {"split", options.all_images ? "all" : "test"},
             {"drawn_with_seed", options.drawn.seed},
             {"identities_disjoint", drawn.identities_disjoint}};
  for (const int64_t k : data.unseen) facts["unseen_classes"].push_back(data.all_labels[k]);
  auto images = images_of(drawn.pairs, std::move(dataset));
  return {std::move(images), std::move(drawn.pairs), std::move(facts)};
}

}  // namespace

TestedPairs tested_pairs(const VerificationOptions& options, const DataOptions& data) {
  if (options.are_listed()) return listed(options, data);
  if (!data.unseen.empty()) return drawn(options, data);
  throw std::runtime_error(
      "the recipe has no pairs to verify: expected data.unseen_classes, or verification.pairs_file "
      "and verification.people");
}

namespace {

struct ImageFeatures {
  FeatureTable table;                    ///< [N,D] in the order of the set
  std::vector<int64_t> indices, labels;  ///< N, in the set's data set
};

/// Of the images as they are, by the model in evaluation mode. Those that are broken are left out.
ImageFeatures image_features(Model& model, const ImageSet& images) {
  torch::NoGradGuard no_grad;
  model.eval();
  ImageFeatures all;
  all.table.dimension = model.network().dimension();
  for_each_batch(images, images.name, [&](const Batch& batch) {
    const auto features = model.features(batch.images).cpu().contiguous();
    const auto* values = features.const_data_ptr<float>();
    all.table.values.insert(all.table.values.end(), values, values + features.numel());
    for (const int64_t i : batch.indices) {
      all.indices.push_back(i);
      all.labels.push_back(images.dataset->labels()[i]);
    }
  });
  return all;
}

/// The pairs by the rows of their images' features, without those of images that were left out.
std::vector<ImagePair> by_rows(const std::vector<ImagePair>& pairs,
                               const std::vector<int64_t>& images) {
  std::unordered_map<int64_t, int64_t> rows;
  for (const int64_t image : images) rows.emplace(image, static_cast<int64_t>(rows.size()));
  std::vector<ImagePair> kept;
  for (const ImagePair& pair : pairs) {
    const auto first = rows.find(pair.first), second = rows.find(pair.second);
    if (first == rows.end() || second == rows.end()) continue;
    kept.push_back({first->second, second->second, pair.same, pair.fold});
  }
  return kept;
}

std::set<int64_t> folds_of(const std::vector<ImagePair>& pairs) {
  std::set<int64_t> folds;
  for (const ImagePair& pair : pairs) folds.insert(pair.fold);
  return folds;
}

json facts_of(const TrainedRun& run) {
  json facts = run.facts;
  facts["units"] = {{"percent", json::array({"accuracy", "standard_error", "eer"})},
                    {"fraction", json::array({"auroc", "tar_at_far", "roc", "retained_variance"})},
                    {"score", json::array({"threshold"})}};
  return facts;
}

/// How many images, and so how many pairs, could not be tested.
json left_out(const TestedPairs& tested, size_t images, size_t pairs) {
  const size_t lost_images = tested.images.indices.size() - images,
               lost_pairs = tested.pairs.size() - pairs;
  if (lost_images > 0) {
    log_warning(fmt::format("{} of {} images are missing or broken: {} of {} pairs left out",
                            lost_images, tested.images.size(), lost_pairs, tested.pairs.size()));
  }
  return {{"images", lost_images}, {"pairs", lost_pairs}};
}

std::string summary(const std::string& name, const json& figures) {
  std::string text =
      fmt::format("{}: accuracy {:.2f} ± {:.2f} %, EER {:.2f} %, AUROC {:.4f}", name,
                  figures["accuracy"].get<double>(), figures["standard_error"].get<double>(),
                  figures["eer"].get<double>(), figures["auroc"].get<double>());
  for (const auto& [rate, accepted] : figures["tar_at_far"].items()) {
    if (!accepted.is_null())
      text += fmt::format(", TAR {:.4f} at FAR {}", accepted.get<double>(), rate);
  }
  return text;
}

}  // namespace

json verify(TrainedRun& run) {
  const VerificationOptions& options = run.verification;
  const TestedPairs tested = tested_pairs(options, run.data);
  const ImageFeatures images = image_features(*run.model, tested.images);
  const auto pairs = by_rows(tested.pairs, images.indices);
  const json lost = left_out(tested, images.indices.size(), pairs.size());
  const auto folds = folds_of(tested.pairs).size(), left = folds_of(pairs).size();
  if (left < folds) {
    throw std::runtime_error(
        fmt::format("expected pairs in each of {} folds, found some in {}: too many images are "
                    "missing or broken",
                    folds, left));
  }
  ImageFeatures trained;
  if (std::any_of(options.scores.begin(), options.scores.end(), [](const std::string& name) {
        return Registry<PairScoreKind>::at(name).is_fitted;
      }))
    trained = image_features(*run.model, training_images(run));
  const TrainingTable training{std::move(trained.table), std::move(trained.labels)};

  json figures = facts_of(run);
  figures["source"] = tested.facts;
  figures["pairs"] = pair_figures(pairs);
  figures["left_out"] = lost;
  figures["training_images"] = training.features.count();
  figures["retained_variance"] = options.fit.retained_variance;
  for (const std::string& name : options.scores) {
    const auto score = fit_pair_score(name, training, options.fit);
    const json& of_score = figures["scores"][name] =
        score_figures(score->score(images.table, pairs), pairs, options.false_accept_rates);
    log_info(summary(name, of_score));
  }
  return figures;
}

}  // namespace gmtrain
