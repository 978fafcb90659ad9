// SPDX-License-Identifier: Apache-2.0
// MNIST's file format, uncompressed: a big-endian header and bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace gmtrain {

struct IdxImages {
  int64_t count = 0, height = 0, width = 0;
  std::vector<uint8_t> pixels;  ///< [count,height,width]
};

/// Both throw std::runtime_error naming the file and what was expected where it is missing, has
/// another header, or is longer or shorter than its header says.
IdxImages read_idx_images(const std::filesystem::path& file);
std::vector<uint8_t> read_idx_labels(const std::filesystem::path& file);

/// By write_file. std::invalid_argument where the pixels do not fill the shape.
void write_idx_images(const std::filesystem::path& file, const IdxImages& images);
void write_idx_labels(const std::filesystem::path& file, const std::vector<uint8_t>& labels);

}  // namespace gmtrain
