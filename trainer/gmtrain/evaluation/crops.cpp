// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/crops.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "core/metrics/classification.hpp"
#include "gmtrain/data/derived.hpp"

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;
using torch::Tensor;

constexpr int64_t kTop = 5;

/// Where the true class of each image stands among the classes.
void add_ranks(const Tensor& posteriors, const Batch& batch, const std::string& set,
               std::vector<int64_t>& ranks) {
  const int64_t classes = posteriors.size(1);
  const auto* row = posteriors.const_data_ptr<double>();
  for (size_t i = 0; i < batch.indices.size(); ++i, row += classes) {
    try {
      ranks.push_back(rank_of_label({row, row + classes},
                                    batch.labels[static_cast<int64_t>(i)].item<int64_t>()));
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(fmt::format("{} image {}, posterior of its crops: {}", set,
                                           batch.indices[i], error.what()));
    }
  }
}

json error_figures(const std::vector<int64_t>& ranks, int64_t classes) {
  json figures{{"error", top_error_percent(ranks, 1)}};
  if (classes > kTop) figures["top_5_error"] = top_error_percent(ranks, kTop);
  return figures;
}

}  // namespace

CropPosteriors crop_posteriors(Model& model, const Tensor& images, ImageSize crop) {
  torch::NoGradGuard no_grad;
  const auto windows = ten_windows({images.size(2), images.size(3)}, crop);
  Tensor one, sum;
  for (const Window& window : windows) {
    const auto cut =
        cut_windows(images, std::vector<Window>(static_cast<size_t>(images.size(0)), window), crop);
    const Tensor posterior = model.loss().score(model.features(cut)).log_posterior;
    // Summed as logarithms, since the fifth class of a sure classifier has a posterior of 0.
    sum = sum.defined() ? torch::logaddexp(sum, posterior) : posterior;
    if (!one.defined()) one = posterior;  // the first window is the middle
  }
  const Tensor ten = sum - std::log(static_cast<double>(windows.size()));
  return {one.cpu().contiguous(), ten.cpu().contiguous()};
}

json crop_figures(Model& model, const ImageSet& whole, ImageSize crop,
                  const std::function<void(const Batch&)>& middle) {
  std::vector<int64_t> one, ten;
  int64_t classes = 0;
  for_each_batch(whole, whole.name + ", ten crops", [&](const Batch& batch) {
    const auto posteriors = crop_posteriors(model, batch.images, crop);
    classes = posteriors.one.size(1);
    add_ranks(posteriors.one, batch, whole.name, one);
    add_ranks(posteriors.ten, batch, whole.name, ten);
    if (!middle) return;
    const auto window = centre_window({batch.images.size(2), batch.images.size(3)}, crop);
    const std::vector<Window> windows(batch.indices.size(), window);
    middle({cut_windows(batch.images, windows, crop), batch.labels, batch.indices, batch.sizes});
  });
  json figures{{"one_crop", error_figures(one, classes)},
               {"ten_crop", error_figures(ten, classes)}};
  figures["ten_crop"]["images"] = ten.size();
  return figures;
}

}  // namespace gmtrain
