// SPDX-License-Identifier: Apache-2.0
#include "gmattach/forms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "core/metrics/detection.hpp"

namespace gmattach {
namespace {

using cv::dnn_gm::GaussianMixture;

constexpr double kRelativities[] = {0, 0.5, 0.75, 0.9, 0.95, 1};

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
  for (const auto& verdict : mixture.predict(features.values)) values.push_back(verdict.pValue);
  return values;
}

TriedForm try_form(const Form& form, GaussianMixture& mixture, const ChoiceData& data) {
  TriedForm tried;
  tried.form = form;
  std::vector<double> all, right, wrong;
  const auto verdicts = mixture.predict(data.held_out.values);
  for (int64_t i = 0; i < data.held_out.size(); ++i) {
    const bool is_right = verdicts[i].classId == data.held_out.files[i].label;
    all.push_back(verdicts[i].pValue);
    (is_right ? right : wrong).push_back(verdicts[i].pValue);
  }
  tried.error_percent =
      100 * static_cast<double>(wrong.size()) / static_cast<double>(all.size());
  for (const auto& [name, spoiled] : data.spoiled)
    tried.aurocs.emplace_back(name, gmtrain::auroc(all, p_values(mixture, spoiled)));
  if (!right.empty() && !wrong.empty())
    tried.aurocs.emplace_back("wrong", gmtrain::auroc(right, wrong));
  return tried;
}

}  // namespace

std::string in_words(const Form& form) {
  return fmt::format("features {}, relativity {:.3g}",
                     form.unit_length ? "divided by their length" : "as they are", form.relativity);
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

ChosenForm choose_form(const Features& fit, const ChoiceData& data,
                       const std::vector<std::string>& classes) {
  check_classes(fit, classes);
  ChosenForm chosen;
  chosen.why = "the largest mean AUROC of held-out pictures against the same spoiled, and of right "
               "against wrong ones";
  chosen.mixture = GaussianMixture::create();
  chosen.mixture->setUnitLength(chosen.form.unit_length);
  chosen.mixture->fit(fit.values, labels_of(fit, classes));
  chosen.mixture->calibrate(data.calibrate.values, labels_of(data.calibrate, classes));
  for (const double relativity : kRelativities) {
    chosen.mixture->setRelativity(relativity);
    chosen.tried.push_back(try_form({true, relativity}, *chosen.mixture, data));
  }
  const auto best = std::max_element(
      chosen.tried.begin(), chosen.tried.end(),
      [](const auto& a, const auto& b) { return a.mean_auroc() < b.mean_auroc(); });
  chosen.form = best->form;
  chosen.mixture->setRelativity(chosen.form.relativity);
  return chosen;
}

}  // namespace gmattach
