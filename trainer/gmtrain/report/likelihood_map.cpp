#include "gmtrain/report/likelihood_map.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <limits>

namespace gmtrain {
namespace {

constexpr int64_t kSide = 240;

/// From the least to the largest coordinate of all points, and a little more.
std::array<double, 2> span(const std::vector<report::Embedding>& sets, size_t axis) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const report::Embedding& set : sets) {
    for (const auto& point : set.points) {
      low = std::min(low, point[axis]);
      high = std::max(high, point[axis]);
    }
  }
  const double room = high > low ? 0.05 * (high - low) : 1;
  return {low - room, high + room};
}

}  // namespace

std::optional<report::HeatMap> likelihood_map(const Loss& loss,
                                              const std::vector<report::Embedding>& sets) {
  const bool has_points = std::any_of(
      sets.begin(), sets.end(), [](const report::Embedding& set) { return !set.points.empty(); });
  if (!has_points || !loss.has_distances()) return std::nullopt;
  report::HeatMap map{span(sets, 0), span(sets, 1), {}};
  const auto x = torch::linspace(map.x_range[0], map.x_range[1], kSide, torch::kDouble);
  const auto y = torch::linspace(map.y_range[1], map.y_range[0], kSide, torch::kDouble);
  const auto grid = torch::meshgrid({y, x}, "ij");
  torch::NoGradGuard no_grad;
  const auto points = torch::stack({grid[1].flatten(), grid[0].flatten()}, 1);
  const auto scores = loss.score(points.to(torch::kFloat));
  const auto likelihood = scores.log_likelihood.exp().to(torch::kDouble).cpu().contiguous();
  map.values =
      cv::Mat(static_cast<int>(kSide), static_cast<int>(kSide), CV_64F, likelihood.data_ptr())
          .clone();
  return map;
}

}  // namespace gmtrain
