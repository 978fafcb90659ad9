// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/report/inputs.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <stdexcept>

#include "core/report/run_charts.hpp"
#include "gmtrain/attacks/ball.hpp"
#include "gmtrain/data/preparation.hpp"
#include "gmtrain/evaluation/image_set.hpp"

namespace gmtrain {
namespace {

constexpr int64_t kMapSide = 240;

class SetReader {
 public:
  explicit SetReader(TrainedRun& run)
      : run_(run),
        calibration_(calibration_for_attacks(run)),
        sets_(foreign_images(run, Measured::test)) {
    sets_.push_back(clean_images(run, Measured::test));
  }

  std::vector<cv::Mat> read(const std::string& set, const std::vector<int64_t>& images) const {
    if (images.empty()) return {};
    for (const ImageSet& known : sets_) {
      if (known.name != set) continue;
      check(set, images, *known.dataset);
      const Batch batch = known.dataset->load(images);
      return in_order(images, batch, batch.images);
    }
    for (const auto& [name, attack] : run_.evaluation.attacks) {
      if (name != set) continue;
      check(set, images, *sets_.back().dataset);
      const Batch batch = sets_.back().dataset->load(images);
      if (batch.indices.empty()) return std::vector<cv::Mat>(images.size());
      const auto attacked =
          attack->run(*run_.model, batch, calibration_ ? &*calibration_ : nullptr);
      return in_order(images, batch, to_pixels(attacked, batch.images));
    }
    throw std::runtime_error(
        fmt::format("{}: the recipe names no set {}: run gmtrain evaluate again",
                    run_.folder.scores().string(), set));
  }

 private:
  void check(const std::string& set, const std::vector<int64_t>& images,
             const Dataset& dataset) const {
    for (const int64_t image : images) {
      if (image >= 0 && image < dataset.size()) continue;
      throw std::runtime_error(
          fmt::format("{}: expected images of {} below {}, found {}: run gmtrain evaluate again",
                      run_.folder.scores().string(), set, dataset.size(), image));
    }
  }

  /// Broken images are not in the batch; their matrices stay empty.
  static std::vector<cv::Mat> in_order(const std::vector<int64_t>& images, const Batch& batch,
                                       const torch::Tensor& pixels) {
    std::vector<cv::Mat> found(images.size());
    for (size_t row = 0; row < batch.indices.size(); ++row) {
      const auto place = std::find(images.begin(), images.end(), batch.indices[row]);
      found.at(place - images.begin()) = to_matrix(pixels[static_cast<int64_t>(row)]);
    }
    return found;
  }

  TrainedRun& run_;
  std::optional<Calibration> calibration_;
  std::vector<ImageSet> sets_;  ///< the clean one last
};

}  // namespace

std::optional<report::HeatMap> likelihood_map(const Loss& loss,
                                              const std::vector<report::Embedding>& sets) {
  const auto plane = report::plane_of(sets);
  if (!plane || !loss.has_distances()) return std::nullopt;
  report::HeatMap map{plane->at(0), plane->at(1), {}};
  const auto x = torch::linspace(map.x_range[0], map.x_range[1], kMapSide, torch::kDouble);
  const auto y = torch::linspace(map.y_range[1], map.y_range[0], kMapSide, torch::kDouble);
  const auto grid = torch::meshgrid({y, x}, "ij");
  torch::NoGradGuard no_grad;
  const auto points = torch::stack({grid[1].flatten(), grid[0].flatten()}, 1);
  const auto scores = loss.score(points.to(torch::kFloat));
  const auto likelihood = scores.log_likelihood.exp().to(torch::kDouble).cpu().contiguous();
  map.values =
      cv::Mat(static_cast<int>(kMapSide), static_cast<int>(kMapSide), CV_64F, likelihood.data_ptr())
          .clone();
  return map;
}

report::Pixels pixels_of(TrainedRun& run) {
  return [reader = SetReader(run)](const std::string& set, const std::vector<int64_t>& images) {
    return reader.read(set, images);
  };
}

}  // namespace gmtrain
