// SPDX-License-Identifier: Apache-2.0
// The binary files of CIFAR-10 and CIFAR-100.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace gmtrain {

constexpr int64_t kCifarSide = 32;

struct CifarImages {
  std::vector<uint8_t> pixels;  ///< [count,3,32,32], channels blue, green, red
  std::vector<uint8_t> labels;  ///< of CIFAR-100 the fine ones
};

/// Appends the images of a file to `images`. An image is its labels, then its red, green and blue
/// pixels.
/// @param label_bytes of an image: 1 in CIFAR-10; 2 in CIFAR-100, coarse and fine
/// @throws std::runtime_error naming the file where it is missing, empty, or ends within an image
void read_cifar(const std::filesystem::path& file, int64_t label_bytes, CifarImages& images);

}  // namespace gmtrain
