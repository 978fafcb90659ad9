#pragma once

#include <torch/types.h>

#include <opencv2/core.hpp>

namespace gmtrain {

/// A copy of an image for OpenCV. @param image [C,H,W] uint8
cv::Mat to_matrix(const torch::Tensor& image);

}  // namespace gmtrain
