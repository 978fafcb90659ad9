#include "gmtrain/report/pixels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "gmtrain/attacks/ball.hpp"
#include "gmtrain/data/matrix.hpp"
#include "gmtrain/evaluation/image_set.hpp"

namespace gmtrain {
namespace {

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
      const Batch batch = known.dataset->load(images);
      return in_order(images, batch, batch.images);
    }
    for (const auto& [name, attack] : run_.evaluation.attacks) {
      if (name != set) continue;
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

report::Pixels pixels_of(TrainedRun& run) {
  return [reader = SetReader(run)](const std::string& set, const std::vector<int64_t>& images) {
    return reader.read(set, images);
  };
}

}  // namespace gmtrain
