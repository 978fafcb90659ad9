// SPDX-License-Identifier: Apache-2.0
// What a fitted head does on pictures that had no part in it.
#pragma once

#include <nlohmann/json.hpp>
#include <opencv2/dnn_gm.hpp>
#include <string>
#include <vector>

#include "gmattach/features.hpp"

namespace gmattach {

/// What a mixture says of the features that it was fitted to, which may lack those of an earlier
/// map.
std::vector<cv::dnn_gm::Verdict> verdicts_on(const Features& features,
                                             cv::dnn_gm::GaussianMixture& mixture);

/// A set of pictures with what the head says of them.
struct Judged {
  std::string name;
  Features features;
  std::vector<cv::dnn_gm::Verdict> verdicts;

  std::vector<double> p_values() const;
};

Judged judge(std::string name, Features features, cv::dnn_gm::GaussianMixture& mixture);

/// Shares of right classes, of the head and of the network's own last layer, how often both agree,
/// and the shares refused. What the own layer lacks is null.
/// @param folder_of_class for each class of the network the label it stands for, -1 if none; empty
///                        if that is not known
nlohmann::ordered_json test_figures(const Judged& test,
                                    const std::vector<int64_t>& folder_of_class);

/// How outliers are told from the test pictures: AUROC by the p-value, and by the largest softmax
/// of the network's own scores; shares accepted; how many pictures could not be read.
nlohmann::ordered_json outlier_figures(const Judged& test, const Judged& outliers);

/// The same for test pictures that the head gives a wrong class, against the others; null if all or
/// none are wrong.
nlohmann::ordered_json mistake_figures(const Judged& test);

/// The page that says how well a head does.
/// @param figures what is saved as JSON
/// @param classes names of the labels
std::string attach_page(const nlohmann::ordered_json& figures, const Judged& test,
                        const std::vector<Judged>& outliers,
                        const std::vector<std::string>& classes);

}  // namespace gmattach
