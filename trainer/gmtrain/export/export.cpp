#include "gmtrain/export/export.hpp"

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

}  // namespace gmtrain
