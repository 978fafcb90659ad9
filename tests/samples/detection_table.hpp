// SPDX-License-Identifier: Apache-2.0
// What adversarial_detection must print of folders.
#pragma once

#include <opencv2/dnn_gm.hpp>

#include "samples/judged_by_counting.hpp"
#include "samples/sample_fixture.hpp"

namespace gm_test {

inline std::vector<cv::dnn_gm::Verdict> verdicts_of(cv::dnn_gm::OpenSetClassifier& classifier,
                                                    const fs::path& folder) {
  std::vector<cv::dnn_gm::Verdict> verdicts;
  for (const auto& entry : fs::directory_iterator(folder)) {
    verdicts.push_back(classifier.classify(cv::imread(entry.path().string())));
  }
  return verdicts;
}

inline std::vector<double> likelihoods_of(cv::dnn_gm::OpenSetClassifier& classifier,
                                          const fs::path& folder) {
  std::vector<double> found;
  for (const auto& v : verdicts_of(classifier, folder)) found.push_back(v.logLikelihood);
  return found;
}

/// @param folders  the clean one first
inline void check_detection_table(const Result& result, cv::dnn_gm::OpenSetClassifier& classifier,
                                  const std::vector<fs::path>& folders) {
  std::vector<double> clean_likelihoods, clean_posteriors;
  for (const fs::path& folder : folders) {
    std::vector<double> likelihoods, posteriors;
    double refused = 0;
    for (const auto& v : verdicts_of(classifier, folder)) {
      likelihoods.push_back(v.logLikelihood);
      posteriors.push_back(v.confidence);
      refused += !v.accepted;
    }
    const double count = double(likelihoods.size());
    std::vector<double> expected = {count, 100 * refused / count};
    if (folder == folders.front()) {
      clean_likelihoods = likelihoods;
      clean_posteriors = posteriors;
    } else {
      const std::vector<double> figures = {100 * counted_eer(clean_likelihoods, likelihoods),
                                           counted_auroc(clean_likelihoods, likelihoods),
                                           100 * counted_eer(clean_posteriors, posteriors),
                                           counted_auroc(clean_posteriors, posteriors)};
      expected.insert(expected.end(), figures.begin(), figures.end());
    }
    check_row(result.row(folder.filename().string(), expected.size()), expected,
              {0, 1, 2, 4, 2, 4});
  }
}

}  // namespace gm_test
