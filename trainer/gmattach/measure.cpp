// SPDX-License-Identifier: Apache-2.0
#include "gmattach/measure.hpp"

#include <utility>

#include "core/metrics/detection.hpp"
#include "core/metrics/refusals.hpp"

namespace gmattach {
namespace {

using json = nlohmann::ordered_json;

double share(int64_t part, int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// Two lists of p-values and, where the network says them, of its own confidences.
struct Compared {
  std::vector<double> p_values, own;

  void add(const Judged& set, int64_t i) {
    p_values.push_back(set.verdicts[i].pValue);
    if (!set.features.own_confidence.empty()) own.push_back(set.features.own_confidence[i]);
  }
};

Compared all_of(const Judged& set) {
  Compared values;
  for (int64_t i = 0; i < set.features.size(); ++i) values.add(set, i);
  return values;
}

json told_apart(const Compared& normal, const Compared& abnormal) {
  json figures{{"images", abnormal.p_values.size()},
               {"auroc", gmtrain::auroc(normal.p_values, abnormal.p_values)},
               {"auroc_of_own_confidence", nullptr}};
  if (!normal.own.empty() && !abnormal.own.empty())
    figures["auroc_of_own_confidence"] = gmtrain::auroc(normal.own, abnormal.own);
  gmtrain::add_accepted(figures, abnormal.p_values);
  return figures;
}

bool is_right(const Judged& set, int64_t i) {
  return set.verdicts[i].classId == set.features.files[i].label;
}

}  // namespace

std::vector<cv::dnn_gm::Verdict> verdicts_on(const Features& features,
                                             cv::dnn_gm::GaussianMixture& mixture) {
  return mixture.predict(features.values.colRange(0, mixture.getFeatureCount()));
}

std::vector<double> Judged::p_values() const {
  std::vector<double> values;
  for (const auto& verdict : verdicts) values.push_back(verdict.pValue);
  return values;
}

Judged judge(std::string name, Features features, cv::dnn_gm::GaussianMixture& mixture) {
  auto verdicts = verdicts_on(features, mixture);
  return {std::move(name), std::move(features), std::move(verdicts)};
}

json test_figures(const Judged& test, const std::vector<int64_t>& folder_of_class) {
  const int64_t images = test.features.size();
  int64_t right = 0, own_right = 0, agree = 0;
  const bool has_own = !folder_of_class.empty() && !test.features.own_class.empty();
  for (int64_t i = 0; i < images; ++i) {
    right += is_right(test, i) ? 1 : 0;
    if (!has_own) continue;
    const int64_t own = folder_of_class.at(test.features.own_class[i]);
    own_right += own == test.features.files[i].label ? 1 : 0;
    agree += own == test.verdicts[i].classId ? 1 : 0;
  }
  json figures{{"images", images},
               {"accuracy", share(right, images)},
               {"own_accuracy", has_own ? json(share(own_right, images)) : json()},
               {"agreement", has_own ? json(share(agree, images)) : json()}};
  gmtrain::add_false_rejects(figures, test.p_values());
  return figures;
}

json outlier_figures(const Judged& test, const Judged& outliers) {
  json figures = told_apart(all_of(test), all_of(outliers));
  figures["broken"] = outliers.features.broken;
  return figures;
}

json mistake_figures(const Judged& test) {
  Compared right, wrong;
  for (int64_t i = 0; i < test.features.size(); ++i)
    (is_right(test, i) ? right : wrong).add(test, i);
  if (right.p_values.empty() || wrong.p_values.empty()) return nullptr;
  return told_apart(right, wrong);
}

}  // namespace gmattach
