// SPDX-License-Identifier: Apache-2.0
#include "core/verification/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "core/metrics/detection.hpp"
#include "core/verification/cross_validation.hpp"

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;

json fold_figures(const CrossValidation& validation) {
  json list = json::array();
  for (const FoldResult& fold : validation.folds) {
    list.push_back({{"accuracy", 100 * fold.accuracy}, {"threshold", fold.threshold}});
  }
  return list;
}

json rate_figures(const std::vector<double>& genuine, const std::vector<double>& impostor,
                  const std::vector<double>& false_accept_rates) {
  json figures = json::object();
  for (const double rate : false_accept_rates) {
    const auto accepted = true_accept_rate(genuine, impostor, rate);
    figures[fmt::format("{}", rate)] = accepted ? json(*accepted) : json(nullptr);
  }
  return figures;
}

}  // namespace

json score_figures(const std::vector<double>& scores, const std::vector<ImagePair>& pairs,
                   const std::vector<double>& false_accept_rates) {
  const CrossValidation validation = cross_validate(scores, pairs);
  std::vector<double> genuine, impostor;
  for (size_t i = 0; i < pairs.size(); ++i)
    (pairs[i].same ? genuine : impostor).push_back(scores[i]);
  return {{"accuracy", 100 * validation.accuracy},
          {"standard_error", 100 * validation.standard_error},
          {"eer", 100 * eer(genuine, impostor)},
          {"auroc", auroc(genuine, impostor)},
          {"tar_at_far", rate_figures(genuine, impostor, false_accept_rates)},
          {"folds", fold_figures(validation)},
          {"roc", roc_points(genuine, impostor)}};
}

json pair_figures(const std::vector<ImagePair>& pairs) {
  int64_t genuine = 0, folds = 0;
  std::set<int64_t> images;
  for (const ImagePair& pair : pairs) {
    genuine += pair.same;
    folds = std::max(folds, pair.fold + 1);
    images.insert({pair.first, pair.second});
  }
  return {{"genuine", genuine},
          {"impostor", static_cast<int64_t>(pairs.size()) - genuine},
          {"images", images.size()},
          {"folds", folds}};
}

}  // namespace gmtrain
