// SPDX-License-Identifier: Apache-2.0
// Aligns the faces of a whole folder of images.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/faces/align.hpp"

namespace gmtrain {

/// The face's points in an image, if they are known. The image is blue, green, red.
using FindPoints =
    std::function<std::optional<FacePoints>(const std::string& path, const cv::Mat& image)>;

struct AlignedCount {
  int64_t aligned = 0, skipped = 0;
};

/// Writes each image below `images`, aligned to side x side, under its own name to `out`, which
/// appears when it is complete. An image that is broken or has no points is reported with its path
/// and left out.
/// @throws std::runtime_error naming `out` if it exists, and `images` if nothing there is aligned
AlignedCount align_folder(const std::filesystem::path& images, const std::filesystem::path& out,
                          int side, const FindPoints& find_points);

}  // namespace gmtrain
