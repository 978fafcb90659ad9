// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/scorer.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace gmtrain {
namespace {

using torch::Tensor;

template <typename T>
void append(std::vector<T>& to, const Tensor& from) {
  const auto values = from.cpu().contiguous();
  const T* data = values.const_data_ptr<T>();
  to.insert(to.end(), data, data + values.numel());
}

Scores on_cpu(const Scores& scores) {
  const auto moved = [](const Tensor& tensor) { return tensor.defined() ? tensor.cpu() : tensor; };
  return {moved(scores.predicted),      moved(scores.log_posterior), moved(scores.log_error),
          moved(scores.log_likelihood), moved(scores.log_density),   moved(scores.distance),
          moved(scores.energy),         moved(scores.doubt)};
}

/// What a broken network or loss says would be counted like any other prediction.
void refuse_nan(const Tensor& values, const char* name, const Batch& batch,
                const std::string& set) {
  const Tensor broken = values.isnan().any(1);
  if (!broken.any().item<bool>()) return;
  throw std::runtime_error(fmt::format("{} image {}: expected {}, got NaN", set,
                                       batch.indices[broken.nonzero()[0].item<int64_t>()], name));
}

}  // namespace

Scorer::Scorer(Model& model, PostHocScores post_hoc)
    : model_(model), post_hoc_(std::move(post_hoc)) {
  model_.eval();
}

ScoreTable Scorer::score(const ImageSet& images) const {
  return score(images, images.name, [](const Batch& batch) { return batch.images; });
}

ScoreTable Scorer::score(const ImageSet& images, const NamedAttack& attack,
                         const Calibration* calibration) const {
  return score(images, attack.name,
               [&](const Batch& batch) { return attack.attack->run(model_, batch, calibration); });
}

ScoreTable Scorer::score(const ImageSet& images, const std::string& name,
                         const Transform& pixels) const {
  ScoreTable table;
  table.set = name;
  for_each_batch(images, name, [&](const Batch& batch) {
    const Tensor transformed = pixels(batch);
    torch::NoGradGuard no_grad;
    add(table, model_.features(transformed), batch);
  });
  return table;
}

void Scorer::add(ScoreTable& table, const Batch& batch) const {
  torch::NoGradGuard no_grad;
  add(table, model_.features(batch.images), batch);
}

void Scorer::add(ScoreTable& table, const Tensor& features, const Batch& batch) const {
  const Scores scores = on_cpu(model_.loss().score(features));
  refuse_nan(features, "features", batch, table.set);
  refuse_nan(scores.log_posterior, "posteriors", batch, table.set);
  table.image.insert(table.image.end(), batch.indices.begin(), batch.indices.end());
  append(table.label, batch.labels);
  append(table.predicted, scores.predicted);
  append(table.score("log_likelihood"), scores.log_likelihood);
  if (model_.loss().mixture()) append(table.score("log_density"), scores.log_density);
  append(table.posterior, scores.log_posterior.amax(1).exp());
  if (scores.distance.defined()) {
    append(table.distance, scores.distance);
    append(table.energy, scores.energy);
    append(table.doubt, scores.doubt);
  }
  append(table.score("neg_log_error"), -scores.log_error);
  const Tensor on_host = features.cpu();
  for (const auto& [name, post_hoc] : post_hoc_) {
    append(table.score(name), post_hoc->score(on_host, scores));
  }
  if (features.size(1) == 2) {
    const Tensor points = on_host.to(torch::kDouble).contiguous();
    const auto* point = points.const_data_ptr<double>();
    for (int64_t i = 0; i < points.size(0); ++i) {
      table.features.push_back({point[2 * i], point[2 * i + 1]});
    }
  }
}

TrainingFeatures features_of(Model& model, const ImageSet& images, int64_t classes) {
  torch::NoGradGuard no_grad;
  model.eval();
  std::vector<Tensor> features, labels;
  for_each_batch(images, images.name, [&](const Batch& batch) {
    features.push_back(model.features(batch.images).cpu());
    labels.push_back(batch.labels);
  });
  return {torch::cat(features), torch::cat(labels), classes};
}

}  // namespace gmtrain
