// SPDX-License-Identifier: Apache-2.0
// Writes heads of many classes as ONNX files, for heads.py to time: onnx_heads FOLDER
// <K>-<D>-<variances>.onnx is what gmtrain exports. <K>-<D>-<variances>-lean.onnx is the leanest
// graph of standard operators: one product, a softmax, a log-sum and an arg max; its p-value is of
// the distance alone, and nothing is worked out again from differences.
// <K>-<D>-<variances>-product.onnx is that product by itself.
#include <fmt/format.h>
#include <onnx/defs/parser.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/files/atomic_file.hpp"
#include "core/onnx/model_parts.hpp"
#include "core/onnx/writer.hpp"

namespace {

using namespace gmtrain;

std::vector<float> numbers(int64_t count, std::mt19937& random, float low, float high) {
  std::uniform_real_distribution<float> any(low, high);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = any(random);
  return values;
}

GmHead head_of(int64_t classes, int64_t dimension, bool diagonal) {
  constexpr int64_t kSamples = 5000;
  std::mt19937 random(1);
  GmHead head;
  head.classes = classes;
  head.dimension = dimension;
  head.means = numbers(classes * dimension, random, -1, 1);
  head.log_variances = {0};
  if (diagonal) {
    head.log_variances = numbers(classes * dimension, random, -1, 0);
    head.log_variances_shape = {classes, dimension};
  }
  head.log_priors.assign(static_cast<size_t>(classes), -std::log(static_cast<float>(classes)));
  const auto width = static_cast<float>(dimension);
  for (const auto& [low, high] : {std::pair(0.F, width), {-30.F, 0.F}, {2.F, 100.F}}) {
    auto line = numbers(kSamples, random, low, high);
    std::sort(line.begin(), line.end());
    head.calibration.insert(head.calibration.end(), line.begin(), line.end());
  }
  head.calibration_shape = {1, 3, kSamples};
  for (int64_t k = 0; k < classes; ++k) head.labels.push_back(std::to_string(k));
  head.preparation.inputSize = head.preparation.resizeSize = {static_cast<int>(dimension), 1};
  head.preparation.channelOrder = "GRAY";
  return head;
}

constexpr const char* kLean = R"(
<ir_version: 8, opset_import: ["" : 17]>
lean (float[N,1,1,D] image) => (float[N,K] prob, float[N,1] log_likelihood, float[N,1] log_density,
  float[N,1] distance, float[N,1] p_value, float[N,1] class) {
  features = Flatten <axis = 1> (image)
  squares = SQUARES
  augmented = Concat <axis = 1> (features, squares)
  joint = Gemm <transB = 1> (augmented, weights, biases)
  prob = Softmax <axis = 1> (joint)
  log_density = ReduceLogSumExp <axes = [1], keepdims = 1> (joint)
  predicted = ArgMax <axis = 1, keepdims = 1> (joint)
  class = Cast <to = 1> (predicted)
  highest = GatherElements <axis = 1> (joint, predicted)
  prior = Gather <axis = 0> (log_priors, predicted)
  log_likelihood = Sub (highest, prior)
  normaliser = Gather <axis = 0> (normalisers, predicted)
  half_distance = Sub (log_likelihood, normaliser)
  minus_two = Constant <value_float = -2.0> ()
  distance = Mul (half_distance, minus_two)
  as_far = GreaterOrEqual (ranked, distance)
  flags = Cast <to = 1> (as_far)
  axis = Constant <value = int64[1] {1}> ()
  count = ReduceSum <keepdims = 1> (flags, axis)
  share = Constant <value_float = 0.0002> ()
  p_value = Mul (count, share)
}
)";

constexpr const char* kProduct = R"(
<ir_version: 8, opset_import: ["" : 17]>
product (float[N,W] factors) => (float[N,K] joint) {
  joint = Gemm <transB = 1> (factors, weights, biases)
}
)";

/// @return the leanest graph and its product by itself
std::pair<std::string, std::string> lean_models(const GmHead& head) {
  const int64_t K = head.classes, D = head.dimension, form = head.log_variances_shape[1];
  std::string text = kLean;
  const auto put = [&](const std::string& word, const std::string& value) {
    for (size_t at; (at = text.find(word)) != std::string::npos;)
      text.replace(at, word.size(), value);
  };
  put("SQUARES", form > 1 ? "Mul (features, features)"
                          : "ReduceSumSquare <axes = [1], keepdims = 1> (features)");
  put("1,1,D]", fmt::format("1,1,{}]", D));
  put("[N,K]", fmt::format("[N,{}]", K));
  onnx::ModelProto model, product;
  for (auto& [made, of] : {std::pair(&model, text.c_str()), {&product, kProduct}}) {
    const auto status = onnx::OnnxParser::Parse(*made, of);
    if (!status.IsOK()) throw std::logic_error(status.ErrorMessage());
  }

  std::vector<float> weights, biases, normalisers;
  for (int64_t k = 0; k < K; ++k) {
    double log_det = 0, norm = 0;
    std::vector<float> squares(static_cast<size_t>(form));
    for (int64_t i = 0; i < D; ++i) {
      const double log_variance = form > 1 ? head.log_variances[k * D + i] : head.log_variances[0];
      const double mean = head.means[k * D + i], precision = std::exp(-log_variance);
      log_det += log_variance;
      norm += mean * mean * precision;
      weights.push_back(static_cast<float>(mean * precision));
      squares[form > 1 ? i : 0] = static_cast<float>(-0.5 * precision);
    }
    weights.insert(weights.end(), squares.begin(), squares.end());
    const double normaliser = -0.5 * (log_det + static_cast<double>(D) * std::log(2 * M_PI));
    normalisers.push_back(static_cast<float>(normaliser));
    biases.push_back(static_cast<float>(normaliser + head.log_priors[k] - 0.5 * norm));
  }
  for (auto* made : {&model, &product}) {
    add_constant(*made->mutable_graph(), "weights", {{K, D + form}, weights});
    add_constant(*made->mutable_graph(), "biases", {{K}, biases});
  }
  auto& graph = *model.mutable_graph();
  add_constant(graph, "normalisers", {{K}, normalisers});
  add_constant(graph, "log_priors", {{K}, head.log_priors});
  const int64_t samples = head.calibration_shape[2];
  const std::vector<float> ranked(head.calibration.begin(), head.calibration.begin() + samples);
  add_constant(graph, "ranked", {{1, samples}, ranked});
  return {to_bytes(model), to_bytes(product)};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  for (const auto& [classes, dimension] :
       {std::pair<int64_t, int64_t>{10575, 512}, {1000, 2048}, {100, 512}, {10, 100}}) {
    for (const bool diagonal : {false, true}) {
      NetworkGraph graph;
      graph.input_shape = {1, 1, dimension};
      graph.output = "features";
      graph.output_dimension = dimension;
      graph.nodes = {
          {"Flatten", "flattening", {graph.input}, graph.output, {{"axis", int64_t{1}}}}};
      const GmHead head = head_of(classes, dimension, diagonal);
      const auto file = fmt::format("{}/{}-{}-{}", argv[1], classes, dimension,
                                    diagonal ? "diagonal" : "identity");
      write_onnx(graph, head, file + ".onnx");
      const auto [lean, product] = lean_models(head);
      write_file(file + "-lean.onnx", lean);
      write_file(file + "-product.onnx", product);
    }
  }
}
