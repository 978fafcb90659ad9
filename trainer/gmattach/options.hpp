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
  bool rivals = false;  ///< measure scores of others beside the p-value

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

// Values of the command line that CLI11 has no form of.
/// All throw std::invalid_argument saying what was expected and what was got.

/// "224x160": width and height, each from 1 to 65535.
std::pair<int64_t, int64_t> parse_size(const std::string& text);

/// "0.5" or "1/255".
double parse_number(const std::string& text);

/// Numbers with commas between.
std::vector<double> parse_numbers(const std::string& text);

/// A number above 0 and below 1.
double parse_share(const std::string& text);

/// "NAME=FOLDER"; without NAME= that of the folder.
OutlierFolder parse_outliers(const std::string& text);

/// "cats" of cats/ and of pictures/cats.
std::string name_of(const std::filesystem::path& folder);

}  // namespace gmattach
