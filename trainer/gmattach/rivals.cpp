// SPDX-License-Identifier: Apache-2.0
#include "gmattach/rivals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "core/metrics/detection.hpp"
#include "core/metrics/refusals.hpp"
#include "core/metrics/score_table.hpp"
#include "core/report/page.hpp"

namespace gmattach {
namespace {

using json = nlohmann::ordered_json;
using Values = std::vector<double>;
using Labels = std::vector<int64_t>;

/// f(largest, log of the sum of exp(score - largest)) of each row.
template <class Function>
RivalScore of_each_row(Function function) {
  return [function](const RivalRows& rows) {
    Values values;
    for (int n = 0; n < rows.scores.rows; ++n) {
      const auto* row = rows.scores.ptr<float>(n);
      const auto* end = row + rows.scores.cols;
      const auto* largest = std::max_element(row, end);
      double others = 0;
      for (const auto* score = row; score < end; ++score)
        if (score != largest) others += std::exp(static_cast<double>(*score) - *largest);
      values.push_back(function(static_cast<double>(*largest), std::log1p(others)));
    }
    return values;
  };
}

/// The largest softmax (D. Hendrycks, K. Gimpel, 2017): its logarithm, which does not round to 1.
RivalScore max_softmax(const RivalRows& /*rows*/, const Labels& /*labels*/) {
  return of_each_row([](double /*largest*/, double above) { return -above; });
}

/// The log-sum-exp of the scores (W. Liu et al., 2020).
RivalScore energy(const RivalRows& /*rows*/, const Labels& /*labels*/) {
  return of_each_row([](double largest, double above) { return largest + above; });
}

/// Rows divided by their length; those of zeros stay.
cv::Mat of_unit_length(const cv::Mat& features) {
  cv::Mat divided = features.clone();
  for (int n = 0; n < divided.rows; ++n) {
    const double length = cv::norm(divided.row(n));
    if (length > 0) divided.row(n) /= length;
  }
  return divided;
}

/// A Gaussian for each class with one covariance for all.
class Gaussians {
 public:
  Gaussians(const cv::Mat& features, const Labels& labels) {
    cv::Mat x;
    features.convertTo(x, CV_64F);
    const auto classes = static_cast<int>(*std::max_element(labels.begin(), labels.end()) + 1);
    means_ = cv::Mat::zeros(classes, x.cols, CV_64F);
    std::vector<double> counts(classes, 0);
    for (int n = 0; n < x.rows; ++n) {
      const auto k = static_cast<int>(labels[n]);
      means_.row(k) += x.row(n);
      ++counts[k];
    }
    for (int k = 0; k < classes; ++k) means_.row(k) /= counts[k];
    for (int n = 0; n < x.rows; ++n) x.row(n) -= means_.row(static_cast<int>(labels[n]));
    cv::Mat covariance;
    cv::mulTransposed(x, covariance, true, cv::noArray(), 1. / x.rows);
    whitening_ = whitening(covariance);
    means_ = means_ * whitening_;
  }

  /// [n] squared Mahalanobis distances to the nearest class.
  Values nearest(const cv::Mat& features) const {
    cv::Mat x;
    features.convertTo(x, CV_64F);
    x = x * whitening_;
    Values distances;
    for (int n = 0; n < x.rows; ++n) {
      double least = std::numeric_limits<double>::infinity();
      for (int k = 0; k < means_.rows; ++k)
        least = std::min(least, cv::norm(x.row(n), means_.row(k), cv::NORM_L2SQR));
      distances.push_back(least);
    }
    return distances;
  }

 private:
  /// [D,R]: W with W W^T the pseudo-inverse. Features that are dead or depend on others make a
  /// covariance singular: float32 leaves such directions a variance of about 1e-14 of the largest.
  static cv::Mat whitening(const cv::Mat& covariance) {
    constexpr double kLeastVariance = 1e-10;  // of the largest
    cv::Mat values, u, axes;
    cv::SVD::compute(covariance, values, u, axes);
    int kept = 0;
    for (; kept < values.rows; ++kept) {
      const double value = values.at<double>(kept);
      if (value <= kLeastVariance * values.at<double>(0)) break;
      axes.row(kept) /= std::sqrt(value);
    }
    if (kept == 0) return cv::Mat::zeros(axes.cols, 1, CV_64F);  // all features are equal
    return axes.rowRange(0, kept).t();
  }

  cv::Mat means_, whitening_;
};

/// The distance to the nearest class, negative (K. Lee et al., 2018); relative: less that to one
/// Gaussian of all pictures (J. Ren et al., 2021). Of unit length: M. Mueller, M. Hein, 2025.
template <bool kRelative, bool kUnitLength>
RivalScore mahalanobis(const RivalRows& rows, const Labels& labels) {
  const auto prepared = [](const cv::Mat& x) { return kUnitLength ? of_unit_length(x) : x; };
  const cv::Mat features = prepared(rows.features);
  const auto classes = std::make_shared<Gaussians>(features, labels);
  const auto all =
      kRelative ? std::make_shared<Gaussians>(features, Labels(labels.size(), 0)) : nullptr;
  return [=](const RivalRows& asked) {
    const cv::Mat x = prepared(asked.features);
    Values values = classes->nearest(x);
    const Values background = all ? all->nearest(x) : Values(values.size(), 0);
    for (size_t n = 0; n < values.size(); ++n) values[n] = background[n] - values[n];
    return values;
  };
}

/// The distance to the 50th nearest picture fitted to, features of unit length (Y. Sun et al.,
/// 2022), k as OpenOOD has it.
RivalScore nearest_neighbours(const RivalRows& rows, const Labels& /*labels*/) {
  constexpr int kNeighbour = 50;
  constexpr int kMost = 20000;  // to look through, at even steps of all
  constexpr int kAtOnce = 256;  // rows of the table of cosines
  const int all = rows.features.rows, count = std::min(all, kMost);
  cv::Mat some;
  for (int n = 0; n < count; ++n)
    some.push_back(rows.features.row(static_cast<int>(int64_t{n} * all / count)));
  const cv::Mat bank = of_unit_length(some);
  return [=](const RivalRows& asked) {
    const cv::Mat x = of_unit_length(asked.features);
    const int place = std::min(kNeighbour, count) - 1;
    std::vector<int> order(count);
    Values values;
    for (int first = 0; first < x.rows; first += kAtOnce) {
      cv::Mat cosines;
      cv::gemm(x.rowRange(first, std::min(first + kAtOnce, x.rows)), bank, 1, cv::noArray(), 0,
               cosines, cv::GEMM_2_T);
      for (int n = 0; n < cosines.rows; ++n) {
        const auto* row = cosines.ptr<float>(n);
        std::iota(order.begin(), order.end(), 0);
        std::nth_element(order.begin(), order.begin() + place, order.end(), [&](int a, int b) {
          return row[a] > row[b] || (row[a] == row[b] && a < b);
        });
        // From the difference: 2 - 2 cos cancels for near ones.
        values.push_back(-cv::norm(x.row(first + n), bank.row(order[place])));
      }
    }
    return values;
  };
}

/// A score of some pictures and what its rank among calibration pictures is.
struct Scored {
  Values values, p_values;

  Scored where(const std::vector<char>& chosen, char which) const {
    Scored part;
    for (size_t n = 0; n < chosen.size(); ++n) {
      if (chosen[n] != which) continue;
      part.values.push_back(values[n]);
      part.p_values.push_back(p_values[n]);
    }
    return part;
  }
};

json told_apart(const Scored& normal, const Scored& abnormal) {
  json figures{{"auroc", gmtrain::auroc(normal.values, abnormal.values)}};
  gmtrain::add_accepted(figures, abnormal.p_values);
  return figures;
}

/// 1 for each picture whose class the network's own last layer gets right; empty if not known.
std::vector<char> right_by_own(const Features& test, const Labels& folder_of_class) {
  std::vector<char> right;
  if (folder_of_class.empty() || test.own_class.empty()) return right;
  for (int64_t n = 0; n < test.size(); ++n)
    right.push_back(folder_of_class.at(test.own_class[n]) == test.files[n].label ? 1 : 0);
  return right;
}

/// Of one score what it says of all sets, under its name.
/// @param sets the test pictures, then the outliers
void add_score(const std::string& name, const std::vector<Scored>& sets,
               const std::vector<Judged>& outliers, const std::vector<char>& right, json& figures) {
  const Scored& test = sets[0];
  gmtrain::add_false_rejects(figures["refused"][name], test.p_values);
  for (size_t i = 0; i < outliers.size(); ++i)
    figures["outliers"][outliers[i].name][name] = told_apart(test, sets[1 + i]);
  const Scored wrong = test.where(right, 0), others = test.where(right, 1);
  if (!wrong.values.empty() && !others.values.empty())
    figures["own_mistakes"][name] = told_apart(others, wrong);
}

std::string shares(const json& score, const char* what) {
  const auto percent = [&](const char* rate) {
    return 100 * score.at(std::string(what) + rate).get<double>();
  };
  return fmt::format("{:.1f} / {:.1f}", percent("0.01"), percent("0.05"));
}

}  // namespace

const std::vector<Rival>& rivals() {
  static const std::vector<Rival> all{
      {"MSP", true, max_softmax},
      {"energy", true, energy},
      {"MDS", false, mahalanobis<false, false>},
      {"RMDS", false, mahalanobis<true, false>},
      {"MDS++", false, mahalanobis<false, true>},
      {"RMDS++", false, mahalanobis<true, true>},
      {"kNN", false, nearest_neighbours},
  };
  return all;
}

json rival_figures(const Features& fit, const Features& calibrate, const Judged& test,
                   const std::vector<Judged>& outliers, int64_t columns,
                   const Labels& folder_of_class) {
  const auto rows_of = [&](const Features& features) -> RivalRows {
    return {features.values.colRange(0, static_cast<int>(columns)), features.scores};
  };
  const auto right = right_by_own(test.features, folder_of_class);
  json figures{
      {"refused", json::object()}, {"outliers", json::object()}, {"own_mistakes", nullptr}};
  std::vector<Scored> sets{{test.p_values(), test.p_values()}};
  for (const Judged& set : outliers) sets.push_back({set.p_values(), set.p_values()});
  add_score("p_value", sets, outliers, right, figures);

  Labels labels;
  for (const auto& file : fit.files) labels.push_back(file.label);
  for (const Rival& rival : rivals()) {
    if (rival.of_scores && test.features.scores.empty()) continue;
    const RivalScore score = rival.fit(rows_of(fit), labels);
    Values calibration = score(rows_of(calibrate));
    std::sort(calibration.begin(), calibration.end());
    sets.clear();
    const auto add = [&](const Judged& set) {
      Scored scored{score(rows_of(set.features)), {}};
      for (const double value : scored.values)
        scored.p_values.push_back(gmtrain::rank_p_value(calibration, value));
      sets.push_back(std::move(scored));
    };
    add(test);
    for (const Judged& set : outliers) add(set);
    add_score(rival.name, sets, outliers, right, figures);
  }
  return figures;
}

std::string rivals_html(const json& figures) {
  if (figures.is_null()) return "";
  using gmtrain::report::Table;
  Table areas{"AUROC by the p-value and by scores of others",
              {"test pictures against"},
              {},
              "Of the same features; of the network's own scores where they are known."};
  Table accepted{"Accepted at the rates 1 % and 5 %, in %",
                 {"pictures"},
                 {},
                 "Each score's rank among the calibration pictures as a p-value."};
  const json& refused = figures.at("refused");
  accepted.rows.push_back({"test pictures, refused"});
  for (const auto& [score, of_test] : refused.items()) {
    areas.columns.push_back(score);
    accepted.columns.push_back(score);
    accepted.rows.back().push_back(shares(of_test, "false_reject_at_"));
  }
  const auto add = [&](const std::string& name, const json& set) {
    areas.rows.push_back({name});
    accepted.rows.push_back({name});
    for (const auto& [score, told] : set.items()) {
      areas.rows.back().push_back(fmt::format("{:.4f}", told.at("auroc").get<double>()));
      accepted.rows.back().push_back(shares(told, "accepted_at_"));
    }
  };
  for (const auto& [name, set] : figures.at("outliers").items()) add(name, set);
  if (!figures.at("own_mistakes").is_null())
    add("mistakes of the network's own last layer", figures.at("own_mistakes"));
  return to_html(areas) + to_html(accepted);
}

}  // namespace gmattach
