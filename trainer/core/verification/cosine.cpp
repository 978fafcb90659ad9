// SPDX-License-Identifier: Apache-2.0
// x·y / (|x| |y|); 0 where a feature vector is 0, which has no direction.
#include <opencv2/core.hpp>

#include "core/verification/linear_map.hpp"

namespace gmtrain {
namespace {

class Cosine final : public PairScore {
 public:
  std::vector<double> score(const FeatureTable& images,
                            const std::vector<ImagePair>& pairs) const override {
    const cv::Mat features = to_matrix(images);
    std::vector<double> scores;
    for (const ImagePair& pair : pairs) {
      const cv::Mat x = features.row(static_cast<int>(pair.first)),
                    y = features.row(static_cast<int>(pair.second));
      const double xx = cv::norm(x), yy = cv::norm(y);
      scores.push_back(xx == 0 || yy == 0 ? 0 : x.dot(y) / xx / yy);
    }
    return scores;
  }
};

std::unique_ptr<PairScore> make_cosine(const TrainingTable& /*training*/,
                                       const PairScoreOptions& /*options*/) {
  return std::make_unique<Cosine>();
}

const Registered<PairScoreKind> registered_cosine("cosine", {make_cosine, false});

}  // namespace
}  // namespace gmtrain
