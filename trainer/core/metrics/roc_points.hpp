#pragma once

#include <array>
#include <vector>

namespace gmtrain {

/// The ROC curve [fpr, tpr] for drawing: at most 201 points of roc_curve(), its ends among them,
/// at even steps of the sum of both rates, which grow along the curve.
/// @throws std::invalid_argument as roc_curve() does
std::vector<std::array<double, 2>> roc_points(const std::vector<double>& normal,
                                              const std::vector<double>& abnormal);

}  // namespace gmtrain
