// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/classifier.hpp"

#include <fmt/format.h>
#include <onnx/shape_inference/implementation.h>

#include <limits>
#include <stdexcept>

#include "core/files/input_file.hpp"
#include "core/onnx/fold_shapes.hpp"
#include "core/onnx/graph_view.hpp"
#include "core/onnx/model_checks.hpp"
#include "core/onnx/opset.hpp"

namespace gmtrain {
namespace {

void check_model_file(const onnx::ModelProto& model) {
  const int64_t opset = opset_of(model);
  if (model.graph().node_size() == 0 || model.graph().output_size() == 0)
    throw std::runtime_error("expected an ONNX model, found no graph in it");
  if (opset < kOldestOpset || opset > kNewestOpset)
    throw std::runtime_error(
        fmt::format("expected a model of opset {} to {}, found {}: export it with opset 17",
                    kOldestOpset, kNewestOpset, opset));
  if (model.functions_size() > 0)
    throw std::runtime_error(
        fmt::format("expected no functions in the model, found {}: export it without "
                    "(onnx.inliner.inline_local_functions in Python)",
                    model.functions(0).name()));
  check_graph(model.graph());
}

bool is_channels(int64_t size) {
  return size == 1 || size == 3;
}

/// The one input of the graph that is not a weight. Some that tf2onnx writes nothing reads.
const onnx::ValueInfoProto& only_input(const onnx::GraphProto& graph) {
  const onnx::ValueInfoProto* found = nullptr;
  const GraphView view(graph);
  for (const auto& input : graph.input()) {
    if (view.constant(input.name()) != nullptr || view.readers(input.name()).empty()) continue;
    if (found != nullptr)
      throw std::runtime_error(
          fmt::format("expected one input, found {} and {}", found->name(), input.name()));
    found = &input;
  }
  if (found == nullptr) throw std::runtime_error("expected an input, found none");
  return *found;
}

ImageInput image_input(const onnx::GraphProto& graph) {
  const onnx::ValueInfoProto& value = only_input(graph);
  const auto& type = value.type().tensor_type();
  if (type.elem_type() != onnx::TensorProto::FLOAT)
    throw std::runtime_error(
        fmt::format("expected an input of float32, found {} of type {}", value.name(),
                    onnx::TensorProto::DataType_Name(
                        static_cast<onnx::TensorProto::DataType>(type.elem_type()))));
  if (!type.has_shape() || type.shape().dim_size() != 4)
    throw std::runtime_error(fmt::format("expected images of four axes, found the input {} of {}",
                                         value.name(), type.shape().dim_size()));
  ImageInput input{value.name()};
  input.channels_last = !is_channels(extent_of(value, 1)) && is_channels(extent_of(value, 3));
  const int first = input.channels_last ? 1 : 2;
  input.channels = extent_of(value, input.channels_last ? 3 : 1);
  input.height = extent_of(value, first);
  input.width = extent_of(value, first + 1);
  if (input.channels == 0) input.channels = 3;
  if (!is_channels(input.channels))
    throw std::runtime_error(
        fmt::format("expected images of 1 or 3 channels, found {}", input.channels));
  return input;
}

void fix_size(ImageInput& input, int64_t height, int64_t width) {
  const bool other = (input.height > 0 && height > 0 && input.height != height) ||
                     (input.width > 0 && width > 0 && input.width != width);
  if (other)
    throw std::runtime_error(fmt::format("the network takes images of {}x{} pixels, not {}x{}",
                                         input.width, input.height, width, height));
  if (input.height == 0) input.height = height;
  if (input.width == 0) input.width = width;
  if (input.height <= 0 || input.width <= 0)
    throw std::runtime_error("the network takes images of any size: say which (--size)");
  // What a file claims costs nothing, and a picture of that size does.
  constexpr int64_t kMostPixels = 4096 * 4096;
  if (input.height > kMostPixels / input.width)
    throw std::runtime_error(fmt::format("expected images of at most {} pixels, found {}x{}",
                                         kMostPixels, input.width, input.height));
}

/// Shapes of all values for one image.
void infer_shapes(onnx::ModelProto& model, const ImageInput& input) {
  auto& graph = *model.mutable_graph();
  const auto [name, last, channels, height, width] = input;
  const std::vector<int64_t> extents = last ? std::vector<int64_t>{1, height, width, channels}
                                            : std::vector<int64_t>{1, channels, height, width};
  for (auto& value : *graph.mutable_input()) {
    if (value.name() != name) continue;
    auto& shape = *value.mutable_type()->mutable_tensor_type()->mutable_shape();
    for (int axis = 0; axis < 4; ++axis) shape.mutable_dim(axis)->set_dim_value(extents[axis]);
  }
  // Those that the file has may name a batch of its own.
  graph.clear_value_info();
  for (auto& value : *graph.mutable_output())
    value.mutable_type()->mutable_tensor_type()->clear_shape();
  try {
    constexpr bool kCheckTypes = false, kPropagateData = true;
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                       {kCheckTypes, 0, kPropagateData});
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string("ONNX cannot infer its shapes: ") + error.what());
  }
}

}  // namespace

Classifier classifier_of(const std::string& bytes, const std::string& name, int64_t height,
                         int64_t width) {
  try {
    Classifier classifier;
    if (!classifier.model.ParseFromString(bytes))
      throw std::runtime_error("expected an ONNX model, found something else");
    check_model_file(classifier.model);
    classifier.opset = opset_of(classifier.model);
    classifier.input = image_input(classifier.model.graph());
    fix_size(classifier.input, height, width);
    lower_to_opset_17(classifier.model);
    check_nodes(classifier.model);
    infer_shapes(classifier.model, classifier.input);
    fold_shapes(*classifier.model.mutable_graph());
    infer_shapes(classifier.model, classifier.input);  // paddings may be known now
    return classifier;
  } catch (const std::exception& error) {
    throw std::runtime_error(name + ": " + on_one_line(error.what()));
  }
}

Classifier read_classifier(const std::filesystem::path& file, int64_t height, int64_t width) {
  constexpr size_t kMostBytes = std::numeric_limits<int32_t>::max();  // as much as protobuf reads
  return classifier_of(read_file(file, kMostBytes), file.string(), height, width);
}

}  // namespace gmtrain
