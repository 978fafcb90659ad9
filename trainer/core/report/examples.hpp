// Which images a report shows.
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

}  // namespace gmtrain::report
