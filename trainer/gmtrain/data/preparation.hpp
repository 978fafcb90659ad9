// SPDX-License-Identifier: Apache-2.0
// Between pictures, as OpenCV has them, and what a network takes.
#pragma once

#include <torch/types.h>

#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>

#include "gmtrain/data/options.hpp"
#include "gmtrain/networks/network.hpp"

namespace gmtrain {

/// The whole preparation of a picture for the network, as an application has to do it.
/// open_dataset() gives what prepareImage() makes of the pictures by it.
/// @param whole shape of the images before data.crop cuts them, as open_whole_images() gives them
cv::dnn_gm::ImagePreparation preparation_of(const DataOptions& options, const ImageShape& whole);

/// A copy of an image for OpenCV. @param image [C,H,W] uint8
cv::Mat to_matrix(const torch::Tensor& image);

}  // namespace gmtrain
