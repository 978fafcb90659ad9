#include "gmtrain/data/matrix.hpp"

namespace gmtrain {

cv::Mat to_matrix(const torch::Tensor& image) {
  const auto pixels = image.cpu().permute({1, 2, 0}).contiguous();
  return cv::Mat(static_cast<int>(pixels.size(0)), static_cast<int>(pixels.size(1)),
                 CV_8UC(static_cast<int>(pixels.size(2))), pixels.data_ptr())
      .clone();
}

}  // namespace gmtrain
