// SPDX-License-Identifier: Apache-2.0
#include "core/calibration/risk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace gmtrain {
namespace {

constexpr double kError = 0.05;  ///< 1 - the confidence of the statement

/// What a threshold rests on.
struct Candidate {
  float confidence;
  int64_t above, wrong;  ///< images with more confidence; how many of these have the wrong class
};

/// One for each confidence that occurs, the highest first.
std::vector<Candidate> candidates_of(const std::vector<float>& confidence,
                                     const std::vector<bool>& correct) {
  std::vector<size_t> order(confidence.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return confidence[a] > confidence[b]; });
  std::vector<Candidate> candidates;
  int64_t above = 0, wrong = 0;
  for (const size_t i : order) {
    if (candidates.empty() || confidence[i] < candidates.back().confidence) {
      candidates.push_back({confidence[i], above, wrong});
    }
    ++above;
    wrong += correct[i] ? 0 : 1;
  }
  return candidates;
}

/// Whether the Clopper-Pearson upper bound at 1 - error is at most the risk: whether so few wrong
/// images would be as unlikely as that if the risk were what it is allowed to be.
bool shows(const Candidate& candidate, double risk, double error) {
  if (candidate.wrong == candidate.above) return risk == 1;
  using namespace boost::math::policies;
  using InDouble = policy<promote_double<false>>;
  const boost::math::binomial_distribution<double, InDouble> wrong(
      static_cast<double>(candidate.above), risk);
  return boost::math::cdf(wrong, static_cast<double>(candidate.wrong)) <= error;
}

/// The least number of images that show the risk if all are right.
double least_images(double risk, double error) {
  return std::max(1.0, std::ceil(std::log(error) / std::log1p(-risk) - 1e-9));
}

/// How many sequences there are: as many as have an image to begin with.
int64_t sequences(double risk, double images) {
  int64_t count = 1;
  while (std::ldexp(least_images(risk, kError / static_cast<double>(count + 1)),
                    static_cast<int>(count)) < images) {
    ++count;
  }
  return count;
}

float threshold(const std::vector<Candidate>& candidates, double risk, int64_t images) {
  const int64_t count = sequences(risk, static_cast<double>(images));
  const double error = kError / static_cast<double>(count), least = least_images(risk, error);
  float best = 1;
  for (int64_t i = 0; i < count; ++i) {
    auto next = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) {
      return static_cast<double>(c.above) >= std::ldexp(least, static_cast<int>(i));
    });
    for (; next != candidates.end() && shows(*next, risk, error); ++next) {
      best = std::min(best, next->confidence);
    }
  }
  return best;
}

}  // namespace

std::vector<RiskThreshold> risk_thresholds(const std::vector<double>& risks,
                                           const std::vector<float>& confidence,
                                           const std::vector<bool>& correct) {
  if (confidence.size() != correct.size()) {
    throw std::invalid_argument(
        fmt::format("risk: {} confidences for {} verdicts", confidence.size(), correct.size()));
  }
  for (const float value : confidence) {
    if (!(value >= 0 && value <= 1)) {
      throw std::invalid_argument(
          fmt::format("risk: expected confidences from 0 to 1, found {}", value));
    }
  }
  const auto candidates = candidates_of(confidence, correct);
  std::vector<RiskThreshold> thresholds;
  double before = 0;
  for (const double risk : risks) {
    if (!(risk > before && risk <= 1)) {
      throw std::invalid_argument(
          fmt::format("risk: expected risks that ascend within (0,1], found {}", risk));
    }
    before = risk;
    thresholds.push_back(
        {risk, threshold(candidates, risk, static_cast<int64_t>(confidence.size()))});
  }
  return thresholds;
}

}  // namespace gmtrain
