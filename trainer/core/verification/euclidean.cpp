// SPDX-License-Identifier: Apache-2.0
// -|x - y|.
#include "core/verification/linear_map.hpp"

namespace gmtrain {
namespace {

class Euclidean final : public PairScore {
 public:
  std::vector<double> score(const FeatureTable& images,
                            const std::vector<ImagePair>& pairs) const override {
    return negative_distances(to_matrix(images), pairs);
  }
};

std::unique_ptr<PairScore> make_euclidean(const TrainingTable& /*training*/,
                                          const PairScoreOptions& /*options*/) {
  return std::make_unique<Euclidean>();
}

const Registered<PairScoreKind> registered_euclidean("euclidean", {make_euclidean, false});

}  // namespace
}  // namespace gmtrain
