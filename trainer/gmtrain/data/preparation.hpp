// How pictures become what a network takes.
#pragma once

#include <opencv2/dnn_gm.hpp>

#include "gmtrain/data/options.hpp"
#include "gmtrain/networks/network.hpp"

namespace gmtrain {

/// The whole preparation of a picture for the network, as an application has to do it.
/// open_dataset() gives what prepareImage() makes of the pictures by it.
/// @param whole shape of the images before data.crop cuts them, as open_whole_images() gives them
cv::dnn_gm::ImagePreparation preparation_of(const DataOptions& options, const ImageShape& whole);

}  // namespace gmtrain
