// SPDX-License-Identifier: Apache-2.0
#include "gmattach/forms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <tuple>

#include "core/metrics/detection.hpp"
#include "gmattach/measure.hpp"

namespace gmattach {
namespace {

using cv::dnn_gm::GaussianMixture;

constexpr double kRelativities[] = {0, 0.5, 0.75, 0.9, 0.95, 1};
constexpr double kBackgroundWeight = 5;
constexpr double kTemperatures[] = {0.5, 0.7, 1, 1.4, 2, 2.8, 4, 5.6, 8};

void check_classes(const Features& fit, const std::vector<std::string>& classes) {
  std::set<int64_t> present;
  for (const auto& file : fit.files) present.insert(file.label);
  for (size_t k = 0; k < classes.size(); ++k)
    if (present.count(static_cast<int64_t>(k)) == 0)
      throw std::runtime_error(
          fmt::format("expected a picture of class {} to fit to, found none", classes[k]));
}

std::vector<double> p_values(GaussianMixture& mixture, const Features& features) {
  std::vector<double> values;
  for (const auto& verdict : verdicts_on(features, mixture)) values.push_back(verdict.pValue);
  return values;
}

TriedForm try_form(const Form& form, GaussianMixture& mixture, const ChoiceData& data) {
  TriedForm tried;
  tried.form = form;
  std::vector<double> all, right, wrong;
  const auto verdicts = verdicts_on(data.held_out, mixture);
  for (int64_t i = 0; i < data.held_out.size(); ++i) {
    const bool is_right = verdicts[i].classId == data.held_out.files[i].label;
    all.push_back(verdicts[i].pValue);
    (is_right ? right : wrong).push_back(verdicts[i].pValue);
  }
  tried.error_percent = 100 * static_cast<double>(wrong.size()) / static_cast<double>(all.size());
  for (const auto& [name, spoiled] : data.spoiled)
    tried.aurocs.emplace_back(name, gmtrain::auroc(all, p_values(mixture, spoiled)));
  if (!right.empty() && !wrong.empty())
    tried.aurocs.emplace_back("wrong", gmtrain::auroc(right, wrong));
  return tried;
}

cv::Ptr<GaussianMixture> new_mixture(bool background, int64_t columns) {
  auto mixture = GaussianMixture::create();
  mixture->setUnitLength(true);
  if (background) mixture->setBackground(static_cast<int>(columns), kBackgroundWeight);
  return mixture;
}

/// The columns that a mixture is fitted to.
cv::Mat used(const Features& features, bool background, int64_t columns) {
  return features.values.colRange(
      0, features.values.cols - (background ? 0 : static_cast<int>(columns)));
}

/// Mean of -log p over held-out pictures, p the confidence in a class that is right, or what it
/// leaves for the others in one that is wrong.
double log_loss(GaussianMixture& mixture, const Features& held_out) {
  constexpr double kLeast = 1e-7;  // float32 rounds confidences to 1
  double sum = 0;
  const auto verdicts = verdicts_on(held_out, mixture);
  for (size_t i = 0; i < verdicts.size(); ++i) {
    const double confidence = verdicts[i].confidence;
    const bool is_right = verdicts[i].classId == held_out.files[i].label;
    sum -= std::log(std::max(kLeast, is_right ? confidence : 1 - confidence));
  }
  return sum / static_cast<double>(verdicts.size());
}

/// That of the likeliest confidences of held-out pictures. It does not depend on the relativity:
/// posteriors do not.
double likeliest_temperature(GaussianMixture& mixture, const Features& held_out) {
  double best = 1, least = std::numeric_limits<double>::infinity();
  for (const double temperature : kTemperatures) {
    mixture.setTemperature(temperature);
    const double loss = log_loss(mixture, held_out);
    if (loss < least) std::tie(best, least) = std::pair(temperature, loss);
  }
  return best;
}

}  // namespace

std::string in_words(const Form& form) {
  return fmt::format("relativity {:.3g}, {} background", form.relativity,
                     form.background ? "with a" : "without");
}

std::vector<cv::String> labels_of(const Features& features,
                                  const std::vector<std::string>& classes) {
  std::vector<cv::String> labels;
  for (const auto& file : features.files) labels.push_back(classes.at(file.label));
  return labels;
}

double TriedForm::mean_auroc() const {
  double sum = 0;
  for (const auto& [name, auroc] : aurocs) sum += auroc;
  return aurocs.empty() ? 0 : sum / static_cast<double>(aurocs.size());
}

ChosenForm choose_form(const Features& fit, const Features& calibrate, const ChoiceData& data,
                       const std::vector<std::string>& classes) {
  check_classes(fit, classes);
  double best = 0;
  ChosenForm chosen;
  chosen.why =
      "the largest mean AUROC of held-out pictures against the same spoiled, and of right "
      "against wrong ones";
  for (const bool background : {true, false}) {
    const int64_t columns = data.background_columns;
    if (background && columns == 0) continue;
    const auto mixture = new_mixture(background, columns);
    mixture->fit(used(fit, background, columns), labels_of(fit, classes));
    // Before the calibration, since p-values count doubt, which depends on it.
    const double temperature = likeliest_temperature(*mixture, data.held_out);
    mixture->setTemperature(temperature);
    mixture->calibrate(used(calibrate, background, columns), labels_of(calibrate, classes));
    for (const double relativity : kRelativities) {
      mixture->setRelativity(relativity);
      chosen.tried.push_back(try_form({background, relativity, temperature}, *mixture, data));
      if (chosen.mixture && chosen.tried.back().mean_auroc() <= best) continue;
      best = chosen.tried.back().mean_auroc();
      chosen.form = chosen.tried.back().form;
      chosen.mixture = mixture;
    }
  }
  chosen.mixture->setRelativity(chosen.form.relativity);
  return chosen;
}

cv::Ptr<GaussianMixture> cross_fit(const Form& form, const Features& fit, const Features& calibrate,
                                   int64_t background_columns,
                                   const std::vector<std::string>& classes) {
  cv::Mat values;
  cv::vconcat(used(fit, form.background, background_columns),
              used(calibrate, form.background, background_columns), values);
  auto labels = labels_of(fit, classes);
  for (const cv::String& label : labels_of(calibrate, classes)) labels.push_back(label);
  const auto mixture = new_mixture(form.background, background_columns);
  // Before the fit: its calibration is for features that are judged so.
  mixture->setRelativity(form.relativity);
  mixture->setTemperature(form.temperature);
  mixture->fit(values, labels, kFolds);
  return mixture;
}

bool is_few(int64_t calibrated, double accept_rate) {
  return static_cast<double>(1 + calibrated) * (1 - accept_rate) < 2 - 1e-9;
}

}  // namespace gmattach
