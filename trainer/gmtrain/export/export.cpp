// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/export/export.hpp"

#include <stdexcept>

#include "gmtrain/data/preparation.hpp"
#include "gmtrain/losses/affine.hpp"
#include "gmtrain/model.hpp"

namespace gmtrain {

void export_onnx(torch::nn::Module& network, const FeaturesFunction& features,
                 const std::array<int64_t, 3>& input_shape, const GmHead& head,
                 const std::filesystem::path& file, const ModelInfo& info) {
  write_onnx(trace_network(network, features, input_shape), head, file, info);
}

void export_onnx(Model& model, const std::array<int64_t, 3>& input_shape, const GmHead& head,
                 const std::filesystem::path& file, const ModelInfo& info) {
  const auto features = [&](const torch::Tensor& images) { return model.features(images); };
  export_onnx(model, features, input_shape, head, file, info);
}

void export_classifier(Model& model, const std::array<int64_t, 3>& input_shape,
                       const std::filesystem::path& file) {
  const auto* loss = dynamic_cast<const AffineLoss*>(&model.loss());
  if (!loss) throw std::runtime_error("the run's loss has no affinities of the classes to export");
  const auto scores = [&](const torch::Tensor& images) {
    return loss->affinities(model.features(images));
  };
  NetworkGraph graph = trace_network(model, scores, input_shape);
  for (GraphNode& node : graph.nodes)
    if (node.output == graph.output) node.output = "scores";  // the trace calls it features
  graph.output = "scores";
  write_classifier(graph, file);
}

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
