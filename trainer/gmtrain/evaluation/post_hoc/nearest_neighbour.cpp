// SPDX-License-Identifier: Apache-2.0
// The negative distance to the k-th nearest training feature, features brought to length 1 (Sun et
// al., ICML 2022), k = 50.
#include <algorithm>

#include "gmtrain/evaluation/post_hoc/post_hoc.hpp"

namespace gmtrain {
namespace {

using torch::Tensor;

constexpr int64_t kNeighbours = 50;
constexpr int64_t kRows = 128;  ///< of the table of cosines that is in memory at once

/// All-zero features stay so.
Tensor normalised(const Tensor& features) {
  return features / features.norm(2, 1, true).clamp_min(1e-12);
}

class NearestNeighbour final : public PostHocScore {
 public:
  explicit NearestNeighbour(const TrainingFeatures& training)
      : training_(normalised(training.features)) {}

  Tensor score(const Tensor& features, const Scores& /*scores*/) const override {
    const Tensor queries = normalised(features);
    const int64_t k = std::min(kNeighbours, training_.size(0));
    std::vector<Tensor> distances;
    for (const Tensor& rows : queries.split(kRows)) {
      // On the sphere |a - b|^2 = 2 - 2 a.b, which orders neighbours but cancels for near ones: the
      // distance itself is taken from differences.
      const Tensor cosines = rows.mm(training_.t());
      const Tensor kth = std::get<1>(cosines.topk(k, 1, true, true)).select(1, k - 1);
      const Tensor neighbours = training_.index_select(0, kth);
      distances.push_back((rows.to(torch::kDouble) - neighbours.to(torch::kDouble)).norm(2, 1));
    }
    return -torch::cat(distances);
  }

 private:
  Tensor training_;  ///< [N,D] float32
};

std::unique_ptr<PostHocScore> make_nearest_neighbour(const TrainingFeatures& training) {
  return std::make_unique<NearestNeighbour>(training);
}

const Registered<PostHocFactory> registered_nearest_neighbour("nearest_neighbour",
                                                              make_nearest_neighbour);

}  // namespace
}  // namespace gmtrain
