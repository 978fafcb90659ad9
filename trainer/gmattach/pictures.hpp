// SPDX-License-Identifier: Apache-2.0
// Pictures for a network: as they come, and spoiled.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/images/window.hpp"

namespace gmattach {

struct PictureBatch {
  std::vector<int64_t> places;            ///< in the list of files, ascending
  std::vector<gmtrain::ImageSize> sizes;  ///< of the pictures as they came
  cv::Mat images;                         ///< [N,C,H,W] CV_32F, pixels 0..255; N may be 0
  std::vector<std::string> broken;        ///< a message for each that could not be read
};

/// Pictures in batches, read by threads while the network works on the batch before. At most two
/// batches are in memory.
class PictureBatches {
 public:
  PictureBatches(std::vector<std::string> files, cv::dnn_gm::ImagePreparation how, int64_t batch,
                 int64_t workers);
  PictureBatches(PictureBatches&&) = delete;  // threads hold on to it
  PictureBatches& operator=(PictureBatches&&) = delete;

  /// The next batch, without pictures that cannot be read; nothing after the last.
  std::optional<PictureBatch> next();

 private:
  PictureBatch read(size_t first, size_t last) const;
  void read_ahead();

  std::vector<std::string> files_;
  cv::dnn_gm::ImagePreparation how_;
  size_t batch_, workers_, at_ = 0;
  std::future<PictureBatch> ahead_;
};

/// A way to spoil a picture.
struct Spoiling {
  std::string name;
  /// @param image prepared, [C,H,W] CV_32F, pixels 0..255
  /// @param number of the picture, on which alone what is random depends
  std::function<void(cv::Mat& image, uint64_t number)> change;
};

/// Patches of a quarter and of an eighth of the side exchanged at random, pixels exchanged,
/// Gaussian noise of deviation 80, Gaussian blur of an eighth of the side, inversion.
///
/// How well a head tells such pictures goes with how well it tells real strangers, which nobody has
/// when a head is fitted.
const std::vector<Spoiling>& spoilings();

}  // namespace gmattach
