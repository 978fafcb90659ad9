// SPDX-License-Identifier: Apache-2.0
#include <onnx/onnx_pb.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <map>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "core/onnx/writer.hpp"
#include "core/onnx_small_model.hpp"
#include "temporary_folder.hpp"

namespace gmtrain::test {
namespace {

onnx::ModelProto parsed(const std::string& bytes) {
  onnx::ModelProto model;
  BOOST_REQUIRE(model.ParseFromString(bytes));
  return model;
}

const std::vector<std::string> kOutputs = {"prob",     "log_likelihood", "log_density",
                                           "distance", "p_value",        "class"};

template <typename Strings>
std::vector<std::string> list(const Strings& strings) {
  return {strings.begin(), strings.end()};
}

/// "N,2": the symbolic axes by name.
std::string shape_of(const onnx::ValueInfoProto& value) {
  std::string text;
  for (const auto& axis : value.type().tensor_type().shape().dim())
    text += (text.empty() ? "" : ",") +
            (axis.has_dim_param() ? axis.dim_param() : std::to_string(axis.dim_value()));
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(onnx_writer)

BOOST_AUTO_TEST_CASE(the_file_is_what_the_specification_says) {
  const auto model =
      parsed(onnx_bytes(small_graph(), small_head(),
                        {"maker", "1.2", "a small model", {{"recipe", "x"}, {"epochs", "4"}}}));
  BOOST_TEST(model.ir_version() == 8);
  BOOST_TEST(model.opset_import(0).domain() == "");
  BOOST_TEST(model.opset_import(0).version() == 17);
  BOOST_TEST(model.opset_import(1).domain() == "dnn_gm");
  BOOST_TEST(model.opset_import(1).version() == 1);
  BOOST_TEST(model.producer_name() == "maker");
  BOOST_TEST(parsed(onnx_bytes(small_graph(), small_head())).producer_name() == "gmtrain");
  BOOST_TEST(model.producer_version() == "1.2");
  BOOST_TEST(model.doc_string() == "a small model");
  BOOST_TEST(model.metadata_props(1).key() == "recipe");

  const auto& graph = model.graph();
  BOOST_TEST(graph.input_size() == 1);
  BOOST_TEST(graph.input(0).name() == "image");
  BOOST_TEST(shape_of(graph.input(0)) == "N,1,2,3");
  BOOST_REQUIRE_EQUAL(graph.output_size(), 6);
  for (int i = 0; i < 6; ++i) {
    BOOST_TEST(graph.output(i).name() == kOutputs[static_cast<size_t>(i)]);
    BOOST_TEST(shape_of(graph.output(i)) == (i == 0 ? "N,2" : "N,1"));
  }
}

BOOST_AUTO_TEST_CASE(the_head_survives_the_trip) {
  const GmHead head = small_head();
  const auto model = parsed(onnx_bytes(small_graph(), head));
  const auto& graph = model.graph();
  const auto& node = graph.node(graph.node_size() - 1);
  BOOST_TEST(node.domain() == "dnn_gm");
  BOOST_TEST(node.op_type() == "GMHead");
  const std::vector<std::string> inputs = {"features", "means", "log_variances", "log_priors",
                                           "calibration"};
  BOOST_TEST(list(node.input()) == inputs, boost::test_tools::per_element());
  BOOST_TEST(list(node.output()) == kOutputs, boost::test_tools::per_element());

  std::map<std::string, onnx::AttributeProto> attributes;
  for (const auto& attribute : node.attribute()) attributes[attribute.name()] = attribute;
  BOOST_TEST(attributes.size() == 18U);
  BOOST_TEST(attributes["labels"].s() == "cat\na dog");
  BOOST_TEST(attributes["accept_rate"].f() == 0.95F);
  BOOST_TEST(attributes["input_height"].i() == 2);
  BOOST_TEST(attributes["input_width"].i() == 3);
  BOOST_TEST(attributes["input_channels"].i() == 1);
  BOOST_TEST(attributes["channel_order"].s() == "GRAY");
  BOOST_TEST(attributes["resize_height"].i() == 2);
  BOOST_TEST(attributes["resize_width"].i() == 4);
  BOOST_TEST(attributes["resize_mode"].s() == "crop_center");
  BOOST_TEST(attributes["interpolation"].s() == "area");
  BOOST_TEST(attributes["fill"].i() == 0);
  BOOST_TEST(attributes["calibrated_on"].s() == "5 held-out images");
  const auto numbers = [&](const std::string& name, const std::vector<float>& wanted) {
    const auto& attribute = attributes[name];
    std::vector<float> found(attribute.floats().begin(), attribute.floats().end());
    found.insert(found.end(), attribute.ints().begin(), attribute.ints().end());
    BOOST_TEST(found == wanted, boost::test_tools::per_element());
  };
  numbers("picture_heights", {20, 30});
  numbers("picture_widths", {40, 40});
  numbers("pixel_means", {10, 20});
  numbers("pixel_deviations", {5, 60});
  numbers("risks", {0.01F, 0.05F});
  numbers("risk_confidences", {1, 0.75F});

  std::map<std::string, onnx::TensorProto> constants;
  for (const auto& constant : graph.initializer()) constants[constant.name()] = constant;
  const auto holds = [&](const std::string& name, const std::vector<int64_t>& shape,
                         const std::vector<float>& values) {
    const auto& constant = constants[name];
    BOOST_TEST(constant.data_type() == onnx::TensorProto::FLOAT);
    BOOST_TEST(std::vector<int64_t>(constant.dims().begin(), constant.dims().end()) == shape,
               boost::test_tools::per_element());
    const std::string& raw = constant.raw_data();
    BOOST_REQUIRE_EQUAL(raw.size(), values.size() * sizeof(float));
    BOOST_TEST(std::memcmp(raw.data(), values.data(), raw.size()) == 0);
  };
  holds("means", {2, 6}, head.means);
  holds("log_variances", {2, 1}, head.log_variances);
  holds("log_priors", {2}, head.log_priors);
  holds("calibration", {2, 3, 3}, head.calibration);
  holds("scale", {1}, {0.5F});
}

BOOST_AUTO_TEST_CASE(the_function_stands_for_the_node) {
  const auto model = parsed(onnx_bytes(small_graph(), small_head()));
  BOOST_REQUIRE_EQUAL(model.functions_size(), 1);
  const auto& function = model.functions(0);
  const auto& node = model.graph().node(model.graph().node_size() - 1);
  BOOST_TEST(function.domain() == node.domain());
  BOOST_TEST(function.name() == node.op_type());
  BOOST_TEST(function.input_size() == node.input_size());
  BOOST_TEST(list(function.output()) == kOutputs, boost::test_tools::per_element());
  std::vector<std::string> given;
  for (const auto& attribute : node.attribute()) given.push_back(attribute.name());
  BOOST_TEST(list(function.attribute()) == given, boost::test_tools::per_element());
  for (const auto& inner : function.node()) BOOST_TEST(inner.domain() == "");
}

BOOST_AUTO_TEST_CASE(an_uncalibrated_head_has_no_calibration_columns) {
  GmHead head = small_head();
  head.calibration.clear();
  head.calibration_shape = {1, 1, 0};
  const auto model = parsed(onnx_bytes(small_graph(), head));
  for (const auto& constant : model.graph().initializer()) {
    if (constant.name() != "calibration") continue;
    BOOST_TEST(constant.dims(1) == 1);
    BOOST_TEST(constant.dims(2) == 0);
    return;
  }
  BOOST_TEST(false, "no constant named calibration");
}

BOOST_AUTO_TEST_CASE(the_same_model_gives_the_same_bytes) {
  const ModelInfo info{"maker", "1", "text", {{"b", "2"}, {"a", "1"}}};
  BOOST_TEST((onnx_bytes(small_graph(), small_head(), info) ==
              onnx_bytes(small_graph(), small_head(), info)));
}

BOOST_AUTO_TEST_CASE(a_head_that_does_not_fit_the_network_is_refused) {
  NetworkGraph narrow = small_graph();
  narrow.output_dimension = 5;
  BOOST_CHECK_EXCEPTION(onnx_bytes(narrow, small_head()), std::invalid_argument,
                        says("makes 5 features, GMHead expects 6"));
  NetworkGraph tall = small_graph();
  tall.input_shape = {1, 3, 2};
  BOOST_CHECK_EXCEPTION(onnx_bytes(tall, small_head()), std::invalid_argument,
                        says("takes images [1,3,2], GMHead says [1,2,3]"));
  NetworkGraph clash = small_graph();
  clash.constants["means"] = {{1}, std::vector<float>{1}};
  BOOST_CHECK_EXCEPTION(onnx_bytes(clash, small_head()), std::invalid_argument, says("means"));
}

BOOST_AUTO_TEST_CASE(an_invalid_graph_is_refused) {
  const auto refuses = [](const NetworkGraph& graph, const std::string& reason) {
    BOOST_CHECK_EXCEPTION(onnx_bytes(graph, small_head()), std::runtime_error, says(reason));
  };
  NetworkGraph unknown = small_graph();
  unknown.nodes[0].op = "Multiply";
  refuses(unknown, "Multiply");
  NetworkGraph dangling = small_graph();
  dangling.nodes[0].inputs[0] = "picture";
  refuses(dangling, "picture");
  NetworkGraph lying = small_graph();  // its features are in truth [N,6]
  lying.output_dimension = 3;
  GmHead head = small_head();
  head.dimension = 3;
  head.means.resize(6);
  BOOST_CHECK_THROW(onnx_bytes(lying, head), std::runtime_error);
  NetworkGraph short_constant = small_graph();
  short_constant.constants["scale"].shape = {2};
  BOOST_CHECK_EXCEPTION(onnx_bytes(short_constant, small_head()), std::invalid_argument,
                        says("constant scale has 1 values"));
}

BOOST_AUTO_TEST_CASE(a_file_appears_whole_or_not_at_all) {
  const TemporaryFolder folder;
  write_onnx(small_graph(), small_head(), folder / "model.onnx");
  BOOST_TEST((read_file(folder / "model.onnx") == onnx_bytes(small_graph(), small_head())));

  NetworkGraph invalid = small_graph();
  invalid.nodes[0].op = "Multiply";
  BOOST_CHECK_THROW(write_onnx(invalid, small_head(), folder / "other.onnx"), std::runtime_error);
  BOOST_TEST(folder.names().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gmtrain::test
