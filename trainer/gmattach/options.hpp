// SPDX-License-Identifier: Apache-2.0
// What gmattach is asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/onnx/cut_network.hpp"

namespace gmattach {

/// A folder of pictures that are of no class, and what it is called.
struct OutlierFolder {
  std::string name;
  std::filesystem::path folder;
};

struct Options {
  std::filesystem::path model;     ///< the classifier, ONNX
  std::filesystem::path images;    ///< class folders
  std::filesystem::path test;      ///< class folders to measure on; empty: a part of the held-out
  std::filesystem::path out;       ///< the file to write
  std::filesystem::path features;  ///< write the network up to its features instead
  std::filesystem::path labels;    ///< names of the network's own classes, one a line
  std::vector<OutlierFolder> outliers;

  std::string layer;              ///< where to cut; empty: found
  int64_t height = 0, width = 0;  ///< of the network's images; 0: as the file says
  gmtrain::PixelScaling pixels;   ///< in the order of the network's channels
  std::string channel_order = "RGB";
  int64_t resize_height = 0, resize_width = 0;  ///< 0: the network's own size
  std::string resize_mode = "crop_center";
  std::string interpolation = "area";
  int64_t fill = 0;

  int64_t fit_images = 1000;  ///< of each class at most
  double held_out = 0.2;      ///< share of each class's images
  int64_t seed = 0;
  double accept_rate = 0.99;
  int64_t batch = 16, workers = 2;
};

}  // namespace gmattach
