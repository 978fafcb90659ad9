// SPDX-License-Identifier: Apache-2.0
// Forms of the head, and which of them suits a network.
#pragma once

#include <opencv2/dnn_gm.hpp>
#include <string>
#include <utility>
#include <vector>

#include "gmattach/features.hpp"

namespace gmattach {

/// What is left open when a cv::dnn_gm::GaussianMixture is fitted.
struct Form {
  bool unit_length = true;
  double relativity = 0;
};

/// "features divided by their length, relativity 0.5"
std::string in_words(const Form& form);

/// Names of the classes of pictures.
std::vector<cv::String> labels_of(const Features& features,
                                  const std::vector<std::string>& classes);

/// What a form is chosen by. None of it was fitted to.
struct ChoiceData {
  Features held_out;
  /// Held-out pictures spoiled in several ways, with the name of each.
  std::vector<std::pair<std::string, Features>> spoiled;
  Features calibrate;
};

struct TriedForm {
  Form form;
  double error_percent = 0;  ///< of held-out pictures
  /// By the p-value: held-out pictures against each kind of spoiled ones, and those that are right
  /// against those that are wrong, if there are any. With names.
  std::vector<std::pair<std::string, double>> aurocs;

  double mean_auroc() const;
};

/// A fitted and calibrated mixture, and why it is of this form.
struct ChosenForm {
  cv::Ptr<cv::dnn_gm::GaussianMixture> mixture;
  Form form;
  std::vector<TriedForm> tried;
  std::string why;  ///< in words
};

/// Of the forms with features divided by their length that of the largest mean_auroc(). Leaving out
/// classes in turn would not do in their place: the network was trained on all of them.
/// @param classes names of the labels
/// @throws std::runtime_error naming a class that has no picture to fit to
ChosenForm choose_form(const Features& fit, const ChoiceData& data,
                       const std::vector<std::string>& classes);

}  // namespace gmattach
