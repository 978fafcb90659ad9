// SPDX-License-Identifier: Apache-2.0
// How well a score tells normal inputs from abnormal ones. Scores are larger for normal inputs; an
// input is accepted when its score is at least the threshold.
#pragma once

#include <array>
#include <optional>
#include <vector>

namespace gmtrain {

/// One threshold of a detector.
struct RocPoint {
  double threshold;
  double true_positive_rate;   ///< share of normal inputs accepted
  double false_positive_rate;  ///< share of abnormal inputs accepted
};

/// From accepting none (threshold +inf) to accepting all, one point for each distinct score.
/// All functions here throw std::invalid_argument, naming themselves, for an empty list or a NaN;
/// infinite scores are ordered as numbers are.
std::vector<RocPoint> roc_curve(const std::vector<double>& normal,
                                const std::vector<double>& abnormal);

/// Area under the ROC curve: the probability that a normal input scores higher than an abnormal
/// one, ties counted half (Mann-Whitney). In [0,1].
double auroc(const std::vector<double>& normal, const std::vector<double>& abnormal);

/// Equal error rate, in [0,1]: where the share of normal inputs rejected equals the share of
/// abnormal ones accepted. Where no threshold makes them equal, it is read off the straight line
/// between the two neighbouring points of roc_curve (not of its convex hull), where they cross.
double eer(const std::vector<double>& normal, const std::vector<double>& abnormal);

/// Share of abnormal inputs accepted at the highest threshold that accepts at least `tpr`, 0 < tpr
/// <= 1, of the normal ones.
double fpr_at_tpr(const std::vector<double>& normal, const std::vector<double>& abnormal,
                  double tpr);

/// Area under the precision-recall curve as average precision, sum over distinct thresholds of
/// (R_i - R_{i-1}) P_i, with normal inputs as the positives. Depends on how many there are of each.
double aupr_in(const std::vector<double>& normal, const std::vector<double>& abnormal);

/// The same with abnormal inputs as the positives, found by low scores.
double aupr_out(const std::vector<double>& normal, const std::vector<double>& abnormal);

/// The ROC curve [fpr, tpr] for drawing: at most 201 points of roc_curve(), its ends among them,
/// at even steps of the sum of both rates, which grow along the curve.
/// @throws std::invalid_argument as roc_curve() does
std::vector<std::array<double, 2>> roc_points(const std::vector<double>& normal,
                                              const std::vector<double>& abnormal);

/// TAR at FAR: the largest share of genuine pairs that a threshold accepts while it accepts at most
/// a share `false_accept_rate` of the impostor pairs. Nothing where the impostors are fewer than
/// 1 / false_accept_rate: to accept none of them says nothing about so small a rate.
/// @param genuine,impostor scores, larger for pairs that are more alike
/// @throws std::invalid_argument for an empty list, a NaN, and a rate not in (0,1]
std::optional<double> true_accept_rate(const std::vector<double>& genuine,
                                       const std::vector<double>& impostor,
                                       double false_accept_rate);

}  // namespace gmtrain
