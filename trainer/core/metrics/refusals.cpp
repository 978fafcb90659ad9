// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/refusals.hpp"

#include <algorithm>
#include <string>

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;

/// @param classes of each image
json by_class(const ScoreTable& clean, const std::vector<int64_t>& classes,
              const std::vector<std::string>& labels) {
  std::vector<std::vector<double>> p_values(labels.size());
  for (int64_t i = 0; i < clean.size(); ++i) {
    p_values.at(classes[i]).push_back(clean.accepted_up_to[i]);
  }
  json list = json::array();
  for (size_t k = 0; k < labels.size(); ++k) {
    json figures{{"class", labels[k]}, {"images", p_values[k].size()}};
    add_false_rejects(figures, p_values[k]);
    list.push_back(std::move(figures));
  }
  return list;
}

}  // namespace

int64_t accepted_at(const std::vector<double>& p_values, double rate) {
  return std::count_if(p_values.begin(), p_values.end(), [&](double p_value) {
    return static_cast<float>(p_value) >= static_cast<float>(rate);
  });
}

void add_false_rejects(json& figures, const std::vector<double>& p_values) {
  const auto images = static_cast<int64_t>(p_values.size());
  for (const auto& [rate, name] : kFalseRejectRates) {
    const int64_t refused = images - accepted_at(p_values, rate);
    figures[std::string("false_reject_at_") + name] =
        images > 0 ? json(static_cast<double>(refused) / static_cast<double>(images)) : json();
  }
}

void add_accepted(json& figures, const std::vector<double>& p_values, const std::string& key) {
  for (const auto& [rate, name] : kFalseRejectRates)
    figures[key + name] =
        static_cast<double>(accepted_at(p_values, rate)) / static_cast<double>(p_values.size());
}

json refusal_figures(const ScoreTable& clean, const std::vector<std::string>& labels) {
  json figures;
  add_false_rejects(figures, clean.accepted_up_to);
  figures["images"] = clean.size();
  figures["by_predicted_class"] = by_class(clean, clean.predicted, labels);
  figures["by_true_class"] = by_class(clean, clean.label, labels);
  return figures;
}

json risk_figures(const ScoreTable& clean, const std::vector<RiskThreshold>& thresholds) {
  json list = json::array();
  const auto correct = clean.correct();
  for (const auto& [risk, confidence] : thresholds) {
    int64_t accepted = 0, wrong = 0;
    for (int64_t i = 0; i < clean.size(); ++i) {
      if (!(static_cast<float>(clean.posterior[i]) > confidence)) continue;
      ++accepted;
      wrong += correct[i] ? 0 : 1;
    }
    list.push_back(
        {{"risk", risk},
         {"confidence", confidence},
         {"coverage", static_cast<double>(accepted) / static_cast<double>(clean.size())},
         {"measured_risk",
          accepted > 0 ? json(static_cast<double>(wrong) / static_cast<double>(accepted)) : json()},
         {"wrong", wrong},
         {"accepted", accepted},
         {"images", clean.size()}});
  }
  return list;
}

}  // namespace gmtrain
