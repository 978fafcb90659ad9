// Projected gradient ascent, which all attacks of many steps share.
#pragma once

#include "gmtrain/attacks/ball.hpp"
#include "gmtrain/attacks/gradient.hpp"

namespace gmtrain {

/// Walks uphill from a start within the balls, and remembers for each image the best point it came
/// by, over as many walks as are asked for.
class Search {
 public:
  Search(Model& model, const Ball& ball, double epsilon, const PgdOptions& options)
      : model_(model), ball_(ball), options_(options), epsilon_(epsilon) {}

  /// @param start where the walk begins; points of `ball`
  /// @param objective what steps raise
  /// @param merit features [N,D] float64 -> [N] float64: which of the points is the best
  void walk(const torch::Tensor& start, const Objective& objective, const Objective& merit);

  /// The best points so far.
  const torch::Tensor& best() const { return best_; }

 private:
  void remember(const torch::Tensor& images, const torch::Tensor& merit);

  Model& model_;
  const Ball& ball_;
  const PgdOptions& options_;
  double epsilon_;
  torch::Tensor best_, best_merit_;
};

/// The classes that each image is not of, those with the largest posteriors first: [N,K-1].
/// @throws c10::Error where there is one class alone
torch::Tensor wrong_classes(Model& model, const torch::Tensor& images, const torch::Tensor& labels);

/// [N], a merit for Search::walk: `merit` where the class is wrong; below it where the class is
/// right, and the higher the less the right class is believed in.
torch::Tensor merit_if_wrong(Model& model, const torch::Tensor& features,
                             const torch::Tensor& labels,
                             const std::function<torch::Tensor(const Scores&)>& merit);

/// Where walk number `attempt` begins: a random point or the center, as the recipe says.
torch::Tensor start_of(const Ball& ball, const PgdOptions& options, const Batch& batch,
                       int64_t attempt);

}  // namespace gmtrain
