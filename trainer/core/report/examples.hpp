// SPDX-License-Identifier: Apache-2.0
// Which images a report shows, what is written about them, and the part of the page with the most
// and the least likely ones.
#pragma once

#include <cstdint>
#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "core/metrics/score_table.hpp"

namespace gmtrain::report {

/// The images of a set by their numbers in the data set, 8 bits, one or three (blue, green, red)
/// channels; an empty matrix for one that cannot be read.
using Pixels =
    std::function<std::vector<cv::Mat>(const std::string& set, const std::vector<int64_t>& images)>;

/// At most `count` places in the table, at even ranks of its likelihood, in ascending order of it.
std::vector<int64_t> example_places(const ScoreTable& table, size_t count);

/// The least and the most likely images of a class.
struct Extremes {
  int64_t label;
  std::vector<int64_t> least, most;  ///< places in the table, the most extreme first
};

/// At most `count` of each for the labels 0 ... `classes` - 1; no image is in both lists.
std::vector<Extremes> extremes_of(const ScoreTable& clean, int64_t classes, size_t count);

/// An image as an <img> source. It is brought to at most 64 pixels a side, so that a page with
/// hundreds stays small.
std::string thumbnail_uri(const cv::Mat& image);

/// The name of a label; its number where there is none.
std::string class_name(const std::vector<std::string>& classes, int64_t label);

/// "image 7, labelled a, predicted b" of a row. Labels of foreign sets mean nothing: left out.
std::string caption_of(const ScoreTable& table, int64_t place,
                       const std::vector<std::string>& classes, bool foreign);

/// The most and the least likely clean images of each class, of the first 20 classes where there
/// are more.
/// @param classes names of the labels
std::string extremes_html(const ScoreTable& clean, const std::vector<std::string>& classes,
                          const Pixels& pixels);

}  // namespace gmtrain::report
