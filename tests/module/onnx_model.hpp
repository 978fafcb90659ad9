// Small ONNX models that end in GMHead.
#pragma once

#include <onnx/onnx_pb.h>

#include <fstream>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace gm_test {

/// Builds a model node by node; everything about it may be changed through `graph`.
struct OnnxModel {
  onnx::ModelProto model;
  onnx::GraphProto& graph = *model.mutable_graph();

  OnnxModel() {
    model.set_ir_version(8);
    add_opset("", 17);
    add_opset("dnn_gm", 1);
    graph.set_name("test");
  }
  OnnxModel(const OnnxModel&) = delete;
  OnnxModel& operator=(const OnnxModel&) = delete;

  /// Sizes of 0 stand for the dynamic batch N.
  void add_input(const std::string& name, const std::vector<int>& sizes) {
    describe(*graph.add_input(), name, sizes);
  }

  void add_output(const std::string& name, const std::vector<int>& sizes) {
    describe(*graph.add_output(), name, sizes);
  }

  void add_constant(const std::string& name, const std::vector<int>& sizes, const cv::Mat& values) {
    onnx::TensorProto& tensor = *graph.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    for (int size : sizes) tensor.add_dims(size);
    if (!values.empty()) {
      tensor.set_raw_data(values.data, values.total() * sizeof(float));
    }
  }

  onnx::NodeProto& add_node(const std::string& type, const std::vector<std::string>& inputs,
                            const std::vector<std::string>& outputs) {
    onnx::NodeProto& node = *graph.add_node();
    node.set_op_type(type);
    node.set_name(type + "_" + outputs[0]);
    for (const std::string& input : inputs) node.add_input(input);
    for (const std::string& output : outputs) node.add_output(output);
    return node;
  }

  /// GMHead on `features` with these constants, its six outputs being the graph's.
  onnx::NodeProto& add_head(const std::vector<cv::Mat>& constants) {
    const char* const names[] = {"means", "log_variances", "log_priors", "calibration"};
    const std::vector<std::string> outputs = {"prob",     "log_likelihood", "log_density",
                                              "distance", "p_value",        "class"};
    std::vector<std::string> inputs = {"features"};
    for (size_t i = 0; i < constants.size(); ++i) {
      inputs.push_back(names[i]);
      add_constant(names[i], sizes_of(constants[i], i == 2), constants[i]);
    }
    onnx::NodeProto& node = add_node("GMHead", inputs, outputs);
    node.set_domain("dnn_gm");
    for (const std::string& output : outputs) {
      add_output(output, {0, output == "prob" ? constants[0].rows : 1});
    }
    return node;
  }

  std::vector<uchar> bytes() const {
    const std::string text = model.SerializeAsString();
    return std::vector<uchar>(text.begin(), text.end());
  }

  void write(const std::string& path) const {
    std::ofstream file(path, std::ios::binary);
    if (!model.SerializeToOstream(&file)) throw std::runtime_error("cannot write " + path);
  }

 private:
  void add_opset(const std::string& domain, int version) {
    auto& opset = *model.add_opset_import();
    opset.set_domain(domain);
    opset.set_version(version);
  }

  static void describe(onnx::ValueInfoProto& value, const std::string& name,
                       const std::vector<int>& sizes) {
    value.set_name(name);
    auto& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    for (int size : sizes) {
      auto& dim = *tensor.mutable_shape()->add_dim();
      if (size == 0) {
        dim.set_dim_param("N");
      } else {
        dim.set_dim_value(size);
      }
    }
  }

  static std::vector<int> sizes_of(const cv::Mat& m, bool vector) {
    if (m.empty()) return {1, 1, 0};
    return vector ? std::vector<int>{m.rows} : std::vector<int>(m.size.p, m.size.p + m.dims);
  }
};

inline void set_attribute(onnx::NodeProto& node, const std::string& name, int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

inline void set_attribute(onnx::NodeProto& node, const std::string& name, float value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

inline void set_attribute(onnx::NodeProto& node, const std::string& name, const char* value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(value);
}

inline void set_attribute(onnx::NodeProto& node, const std::string& name,
                          const std::vector<int64_t>& values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (int64_t value : values) attribute.add_ints(value);
}

inline void set_attribute(onnx::NodeProto& node, const std::string& name,
                          const std::vector<float>& values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOATS);
  for (float value : values) attribute.add_floats(value);
}

inline void remove_attribute(onnx::NodeProto& node, const std::string& name) {
  for (int i = 0; i < node.attribute_size(); ++i) {
    if (node.attribute(i).name() == name) {
      node.mutable_attribute()->DeleteSubrange(i, 1);
      return;
    }
  }
  throw std::runtime_error("no attribute " + name);
}

}  // namespace gm_test
