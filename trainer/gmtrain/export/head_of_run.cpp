#include "gmtrain/export/head_of_run.hpp"

#include <stdexcept>

#include "gmtrain/data/preparation.hpp"

namespace gmtrain {
namespace {

std::vector<float> values_of(const torch::Tensor& tensor) {
  const auto values = tensor.to(torch::kFloat).contiguous();
  const float* data = values.const_data_ptr<float>();
  return {data, data + values.numel()};
}

}  // namespace

GmHead head_of_run(const TrainedRun& run, const Calibration* calibration) {
  const auto mixture = run.model->loss().mixture();
  if (!mixture) throw std::runtime_error("the run's loss has no Gaussian mixture to export");
  GmHead head;
  head.classes = mixture->means.size(0);
  head.dimension = mixture->means.size(1);
  head.means = values_of(mixture->means);
  head.log_variances = values_of(mixture->log_variances);
  head.log_variances_shape = {mixture->log_variances.size(0), mixture->log_variances.size(1)};
  head.log_priors = values_of(mixture->log_priors);
  if (calibration) {
    head.calibration = calibration->tables();
    head.calibration_shape = calibration->shape();
    head.calibrated_on = calibration->calibrated_on;
    head.pictures = calibration->pictures;
    for (const auto& [risk, confidence] : calibration->risks) {
      head.risks.push_back(static_cast<float>(risk));
      head.risk_confidences.push_back(confidence);
    }
  }
  head.labels = run.data.labels;
  head.accept_rate = static_cast<float>(run.calibration.accept_rate);
  head.preparation = preparation_of(run.data, run.whole);
  return head;
}

}  // namespace gmtrain
