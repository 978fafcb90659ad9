// SPDX-License-Identifier: Apache-2.0
#include "core/faces/align_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "core/files/atomic_file.hpp"
#include "core/images/decode.hpp"
#include "core/images/encode.hpp"
#include "core/images/image_folder.hpp"
#include "core/logging/log.hpp"

namespace gmtrain {
namespace {

namespace fs = std::filesystem;

/// The aligned face. @throws ImageError if there is none
cv::Mat aligned_image(const fs::path& folder, const std::string& name, int side,
                      const FindPoints& find_points) {
  const std::string file = (folder / name).string();
  const cv::Mat image = read_image(file);
  const auto points = find_points(name, image);
  if (!points) throw ImageError(fmt::format("{}: no face is known in it", file));
  try {
    return align_face(image, *points, side);
  } catch (const std::invalid_argument& error) {
    throw ImageError(fmt::format("{}: {}", file, error.what()));
  }
}

/// One channel of an image without colour, which is all that formats of grey images hold.
cv::Mat without_needless_channels(const cv::Mat& image) {
  std::vector<cv::Mat> channels;
  cv::split(image, channels);
  const auto is_first = [&](const cv::Mat& channel) {
    return cv::norm(channel, channels[0], cv::NORM_INF) == 0;
  };
  return std::all_of(channels.begin(), channels.end(), is_first) ? channels[0] : image;
}

}  // namespace

AlignedCount align_folder(const fs::path& images, const fs::path& out, int side,
                          const FindPoints& find_points) {
  if (fs::exists(out)) {
    throw std::runtime_error(fmt::format("{} exists: name a folder to make", out.string()));
  }
  AlignedCount count;
  write_folder(out, [&](const fs::path& unfinished) {
    for (const std::string& name : find_images(images)) {
      try {
        const cv::Mat aligned = aligned_image(images, name, side, find_points);
        const fs::path file = unfinished / name;
        fs::create_directories(file.parent_path());
        write_image(file, without_needless_channels(aligned));
        ++count.aligned;
      } catch (const ImageError& error) {
        log_warning(fmt::format("{}: left out", error.what()));
        ++count.skipped;
      }
    }
    if (count.aligned == 0) {
      throw std::runtime_error(
          fmt::format("{}: expected images of faces, found none to align in {}", images.string(),
                      count.skipped));
    }
  });
  return count;
}

}  // namespace gmtrain
