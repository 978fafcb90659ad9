#include "core/metrics/roc_points.hpp"

#include <cmath>

#include "core/metrics/detection.hpp"

namespace gmtrain {

std::vector<std::array<double, 2>> roc_points(const std::vector<double>& normal,
                                              const std::vector<double>& abnormal) {
  constexpr double kSteps = 200;  // of the sum of both rates, from 0 to 2
  const auto curve = roc_curve(normal, abnormal);
  std::vector<std::array<double, 2>> points;
  double next = 0;
  for (size_t i = 0; i < curve.size(); ++i) {
    const double step = (curve[i].false_positive_rate + curve[i].true_positive_rate) * kSteps / 2;
    const bool last = i + 1 == curve.size();
    if (!last && step < next) continue;
    points.push_back({curve[i].false_positive_rate, curve[i].true_positive_rate});
    next = std::floor(step) + 1;
  }
  return points;
}

}  // namespace gmtrain
