// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/data/preparation.hpp"

#include "gmtrain/data/dataset.hpp"

namespace gmtrain {
namespace {

cv::Size to_cv(ImageSize size) {
  return {static_cast<int>(size.width), static_cast<int>(size.height)};
}

}  // namespace

cv::dnn_gm::ImagePreparation preparation_of(const DataOptions& options, const ImageShape& whole) {
  cv::dnn_gm::ImagePreparation how;
  how.inputSize = to_cv(network_input(options, whole));
  how.resizeSize = to_cv({whole[1], whole[2]});
  how.resizeMode = options.resize_mode;
  how.interpolation = options.interpolation;
  how.fill = static_cast<int>(options.fill);
  how.channelOrder = whole[0] == 1 ? "GRAY" : "BGR";
  return how;
}

cv::Mat to_matrix(const torch::Tensor& image) {
  const auto pixels = image.cpu().permute({1, 2, 0}).contiguous();
  return cv::Mat(static_cast<int>(pixels.size(0)), static_cast<int>(pixels.size(1)),
                 CV_8UC(static_cast<int>(pixels.size(2))), pixels.data_ptr())
      .clone();
}

}  // namespace gmtrain
