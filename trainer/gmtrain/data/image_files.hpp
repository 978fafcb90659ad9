// SPDX-License-Identifier: Apache-2.0
// A data set of image files, decoded when they are needed.
#pragma once

#include "core/images/image_folder.hpp"
#include "gmtrain/data/dataset.hpp"

namespace gmtrain {

/// The images in their order, all of one size: data.resize, or that of the first. One that is
/// missing or broken is reported once and left out, as far as data.max_corrupt allows.
/// @throws std::runtime_error where data.mean is neither for grey nor for colour images, and where
///                            all images are broken; naming the file, also from load(): for one
///                            broken image too many and one of another size
std::shared_ptr<Dataset> image_files(std::vector<ImageFile> files, const DataOptions& options);

}  // namespace gmtrain
