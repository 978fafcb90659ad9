// SPDX-License-Identifier: Apache-2.0
// Forms of the head, and which of them suits a network.
#pragma once

#include <opencv2/dnn_gm.hpp>
#include <string>
#include <utility>
#include <vector>

#include "gmattach/features.hpp"

namespace gmattach {

/// What is left open when a cv::dnn_gm::GaussianMixture is fitted. Features are always divided by
/// their length.
struct Form {
  bool background = false;  ///< whether the means of an earlier map count
  double relativity = 0;
  double temperature = 1;
};

/// "relativity 0.5, with a background"
std::string in_words(const Form& form);

/// Names of the classes of pictures.
std::vector<cv::String> labels_of(const Features& features,
                                  const std::vector<std::string>& classes);

/// What a form is chosen by. None of it was fitted to.
struct ChoiceData {
  Features held_out;
  /// Held-out pictures spoiled in several ways, with the name of each.
  std::vector<std::pair<std::string, Features>> spoiled;
  int64_t background_columns = 0;  ///< the last ones of all features are of an earlier map
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

/// The form of the largest mean_auroc(). Each is tried at the temperature of the likeliest
/// confidences of held-out pictures. Leaving out classes in turn would not do in the place of
/// spoiled pictures: the network was trained on all of them.
/// @param calibrate pictures that p-values are ranks among
/// @param classes names of the labels
/// @throws std::runtime_error naming a class that has no picture to fit to
ChosenForm choose_form(const Features& fit, const Features& calibrate, const ChoiceData& data,
                       const std::vector<std::string>& classes);

/// Parts of the pictures that are left out of a fit in turn, by cross_fit().
constexpr int kFolds = 10;

/// A mixture of this form, fitted to the pictures of both and calibrated by them too, each judged
/// by a fit without it (cross-conformal prediction).
cv::Ptr<cv::dnn_gm::GaussianMixture> cross_fit(const Form& form, const Features& fit,
                                               const Features& calibrate,
                                               int64_t background_columns,
                                               const std::vector<std::string>& classes);

/// Whether so few pictures are calibrated on that what is merely far is not refused: it has one of
/// them at least as strange beside itself, so that its p-value is 2 / (1 + calibrated).
bool is_few(int64_t calibrated, double accept_rate);

}  // namespace gmattach
