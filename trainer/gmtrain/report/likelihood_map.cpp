#include "gmtrain/report/likelihood_map.hpp"

#include <torch/torch.h>

#include "core/report/run_charts.hpp"

namespace gmtrain {
namespace {

constexpr int64_t kSide = 240;

}  // namespace

std::optional<report::HeatMap> likelihood_map(const Loss& loss,
                                              const std::vector<report::Embedding>& sets) {
  const auto plane = report::plane_of(sets);
  if (!plane || !loss.has_distances()) return std::nullopt;
  report::HeatMap map{plane->at(0), plane->at(1), {}};
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
