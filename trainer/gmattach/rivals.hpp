// SPDX-License-Identifier: Apache-2.0
// Scores from the literature, on the same features and scores of the network, to compare the
// p-value with.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "gmattach/features.hpp"
#include "gmattach/measure.hpp"

namespace gmattach {

/// What a score may look at, a row for each picture.
struct RivalRows {
  cv::Mat features;  ///< [n,D] CV_32F, at the cut, without those of an earlier map
  cv::Mat scores;    ///< [n,K] CV_32F, of the network's own last layer; empty if not known
};

/// For each row a number, larger for pictures that are more like those fitted to.
using RivalScore = std::function<std::vector<double>(const RivalRows& rows)>;

struct Rival {
  std::string name;
  bool of_scores;  ///< whether it needs the network's own
  /// @param labels of the rows, each from 0 on
  RivalScore (*fit)(const RivalRows& rows, const std::vector<int64_t>& labels);
};

/// All of them. Another one is another line of the list.
const std::vector<Rival>& rivals();

/// For each set of outliers, and for the test pictures whose class the network's own last layer
/// gets wrong against those that it gets right, what outlier_figures() says of the p-value: by the
/// p-value and by each rival. Accepted is by a conformal p-value, each score's rank among those of
/// the calibration pictures. Under "refused": the shares of test pictures.
/// @param calibrate alone, where the head is calibrated by pictures fitted to as well
/// @param columns how many columns are features at the cut
/// @param folder_of_class as test_figures() has it
nlohmann::ordered_json rival_figures(const Features& fit, const Features& calibrate,
                                     const Judged& test, const std::vector<Judged>& outliers,
                                     int64_t columns, const std::vector<int64_t>& folder_of_class);

/// Their tables; empty where there are no figures.
std::string rivals_html(const nlohmann::ordered_json& figures);

}  // namespace gmattach
