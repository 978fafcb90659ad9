// SPDX-License-Identifier: Apache-2.0
#include "gmattach/written_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/calibration/risk.hpp"
#include "core/images/decode.hpp"
#include "core/onnx/attach.hpp"

namespace gmattach {
namespace {

const std::vector<double> kRisks{0.001, 0.002, 0.005, 0.01, 0.02, 0.05};

std::vector<float> floats(const cv::Mat& matrix) {
  if (matrix.empty()) return {};
  const cv::Mat values = matrix.isContinuous() ? matrix : matrix.clone();
  return {values.ptr<float>(), values.ptr<float>() + values.total()};
}

void add_risks(cv::dnn_gm::GaussianMixture& mixture, const Features& held_out,
               gmtrain::GmHead& head) {
  const auto verdicts = verdicts_on(held_out, mixture);
  std::vector<float> confidence;
  std::vector<bool> correct;
  for (size_t i = 0; i < verdicts.size(); ++i) {
    confidence.push_back(verdicts[i].confidence);
    correct.push_back(verdicts[i].classId == held_out.files[i].label);
  }
  for (const auto& [risk, threshold] : gmtrain::risk_thresholds(kRisks, confidence, correct)) {
    head.risks.push_back(static_cast<float>(risk));
    head.risk_confidences.push_back(threshold);
  }
}

gmtrain::GmHead head_of(const cv::dnn_gm::MixtureHead& mixture) {
  gmtrain::GmHead head;
  head.classes = mixture.means.rows;
  head.dimension = mixture.means.cols;
  head.means = floats(mixture.means);
  head.log_variances = floats(mixture.logVariances);
  head.log_variances_shape = {mixture.logVariances.rows, mixture.logVariances.cols};
  head.log_priors = floats(mixture.logPriors);
  head.calibration = floats(mixture.calibration);
  if (!mixture.calibration.empty()) {
    const auto* sizes = mixture.calibration.size.p;
    head.calibration_shape = {sizes[0], sizes[1], sizes[2]};
  }
  return head;
}

/// @throws std::runtime_error naming the picture where two verdicts differ by more than rounding
void check_verdict(const cv::dnn_gm::Verdict& got, const cv::dnn_gm::Verdict& wanted,
                   int64_t calibrated, const std::string& path) {
  constexpr float kConfidence = 1e-3F, kDensity = 1e-3F;
  const auto check = [&](bool same, const char* what, const auto& says, const auto& measured) {
    if (!same)
      throw std::runtime_error(fmt::format(
          "{}: the model says {} {}, expected {} as it was measured", path, what, says, measured));
  };
  // Two classes that are about equally probable may change places.
  const bool tie = got.confidence < 0.5F + kConfidence && wanted.confidence < 0.5F + kConfidence;
  check(tie || got.classId == wanted.classId, "class", got.label, wanted.label);
  check(std::abs(got.confidence - wanted.confidence) <= kConfidence, "confidence", got.confidence,
        wanted.confidence);
  check(std::abs(got.logDensity - wanted.logDensity) <=
            kDensity * std::max(1.F, std::abs(wanted.logDensity)),
        "log p(x) =", got.logDensity, wanted.logDensity);
  // A rank in energy and one in doubt.
  check(std::abs(got.pValue - wanted.pValue) <= 2.001F / static_cast<float>(1 + calibrated),
        "p-value", got.pValue, wanted.pValue);
}

}  // namespace

std::string model_with_head(const onnx::ModelProto& network, cv::dnn_gm::GaussianMixture& mixture,
                            const CalibratedOn& calibrated,
                            const cv::dnn_gm::ImagePreparation& preparation,
                            const std::vector<std::string>& classes, const Options& options) {
  const auto fitted = mixture.getHead();
  gmtrain::GmHead head = head_of(fitted);
  head.labels = classes;
  head.accept_rate = static_cast<float>(options.accept_rate);
  head.preparation = preparation;
  head.calibrated_on = calibrated.words;
  head.pictures = calibrated.pictures;
  if (calibrated.held_out != nullptr) add_risks(mixture, *calibrated.held_out, head);
  const gmtrain::FeaturePath path{fitted.scaledColumns, floats(fitted.centre), floats(fitted.map)};
  gmtrain::ModelInfo info;
  info.producer = "gmattach";
  info.producer_version = GM_VERSION;
  info.description =
      fmt::format("{} with a head for open-set classification", options.model.filename().string());
  return gmtrain::attached_bytes(network, path, head, info);
}

void check_written(const std::string& bytes, const Judged& test, int64_t calibrated) {
  constexpr int64_t kPictures = 8;
  const auto classifier =
      cv::dnn_gm::OpenSetClassifier::create(std::vector<uchar>(bytes.begin(), bytes.end()));
  const int64_t images = test.features.size(), count = std::min(images, kPictures);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t place = i * images / count;
    const std::string& path = test.features.files[place].path;
    check_verdict(classifier->classify(gmtrain::read_image(path)), test.verdicts[place], calibrated,
                  path);
  }
}

}  // namespace gmattach
