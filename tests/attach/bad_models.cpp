// SPDX-License-Identifier: Apache-2.0
// Classifiers that are damaged, or claim what is not so.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <cstring>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "attach/small_networks.hpp"
#include "bad_file.hpp"
#include "core/onnx/classifier.hpp"
#include "core/onnx/cut.hpp"
#include "gmattach/attach_command.hpp"
#include "gmattach/features.hpp"

namespace {

using namespace gmattach::test;
using namespace gmtrain::test;
namespace data = boost::unit_test::data;
using std::string;
using Table = std::vector<BadFile>;
using Model = onnx::ModelProto;

/// Pictures to attach to, which are not looked at where the classifier is refused.
const fs::path& pictures() {
  static const TemporaryFolder folder;
  if (folder.names().empty()) {
    for (const char* name : {"a", "b"}) {
      fs::create_directory(folder / name);
      for (int i = 0; i < 10; ++i)
        cv::imwrite((folder / name / (std::to_string(i) + ".png")).string(),
                    cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(20 * i)));
    }
  }
  return folder.path();
}

void attach_to(const fs::path& file) {
  gmattach::Options options;
  options.model = file;
  options.images = pictures();
  options.out = file.parent_path() / "out.onnx";
  gmattach::attach(options);
}

const string kLayers =
    "c = Conv <pads = [1,1,1,1], kernel_shape = [3,3]> (x, w, a) r = Relu (c)"
    "p = GlobalAveragePool (r) f = Flatten (p) y = Gemm <transB = 1> (f, v, b)";

Model classifier(const string& input = "float[N,3,8,8] x", const string& layers = kLayers,
                 int opset = 13) {
  return network(opset, input, "float[N,4] y", layers,
                 {{"w", {5, 3, 3, 3}}, {"a", {5}}, {"v", {4, 5}}, {"b", {4}}});
}

/// The classifier, changed.
template <class Change>
string changed(Change change) {
  Model model = classifier();
  change(model);
  return model.SerializeAsString();
}

string of_layers(const string& layers) {
  return classifier("float[N,3,8,8] x", layers).SerializeAsString();
}
string of_input(const string& input) {
  return classifier(input).SerializeAsString();
}

onnx::TensorProto& tensor(Model& model, const string& name) {
  for (auto& each : *model.mutable_graph()->mutable_initializer())
    if (each.name() == name) return each;
  throw std::logic_error("no tensor " + name);
}

/// The tensor of this name has these extents, and no values but those that it had.
string of_extents(const string& name, const std::vector<int64_t>& extents) {
  return changed([&](Model& model) {
    tensor(model, name).clear_dims();
    for (const int64_t extent : extents) tensor(model, name).add_dims(extent);
  });
}

/// The same, with as many values as the extents say.
string of_shape(const string& name, const std::vector<int64_t>& shape) {
  return changed([&](Model& model) {
    onnx::GraphProto made;
    gmtrain::add_constant(made, name, {shape, some_values(shape)});
    tensor(model, name) = made.initializer(0);
  });
}

string of_value(const string& name, float value) {
  return changed([&](Model& model) {
    std::memcpy(tensor(model, name).mutable_raw_data()->data(), &value, sizeof(value));
  });
}

onnx::NodeProto& node(Model& model, int number) {
  return *model.mutable_graph()->mutable_node(number);
}

Made foreign_heads(int count) {
  return changed([=](Model& model) {
    for (int i = 0; i < count; ++i) {
      auto& head = *model.mutable_graph()->add_node();
      head.set_op_type("GMHead");
      head.set_domain("dnn_gm");
      head.set_name("head");
      head.add_input("y");
      head.add_output("prob" + std::to_string(i));
    }
  });
}

const string kGood = classifier().SerializeAsString();
const float kNaN = std::numeric_limits<float>::quiet_NaN();
const float kInfinite = std::numeric_limits<float>::infinity();

const Table kFiles{
    {"empty", attach_to, "", "expected an ONNX model, found no graph in it"},
    {"text", attach_to, "a model that knows all", "expected an ONNX model, found something else"},
    {"zeros", attach_to, string(100, '\0'), "expected an ONNX model, found something else"},
    {"half of it", attach_to, cut(kGood, kGood.size() / 2),
     "expected an ONNX model, found something else"},
    {"all but a byte", attach_to, cut(kGood, kGood.size() - 1),
     "expected an ONNX model, found something else"},
    {"a byte too many", attach_to, kGood + "x", "expected an ONNX model, found something else"},
    {"graphs in graphs, without end", attach_to, repeated("\x3a\xff\xff\x07", 500),
     "expected an ONNX model, found something else"},
    {"opset 8", attach_to, classifier("float[N,3,8,8] x", kLayers, 8).SerializeAsString(),
     "expected a model of opset 9 to 20, found 8"},
    {"opset 21", attach_to, classifier("float[N,3,8,8] x", kLayers, 21).SerializeAsString(),
     "expected a model of opset 9 to 20, found 21"},
    {"no opset", attach_to, changed([](Model& model) { model.clear_opset_import(); }), "found 0"},
    {"no nodes", attach_to, changed([](Model& model) { model.mutable_graph()->clear_node(); }),
     "found no graph in it"},
    {"no outputs", attach_to, changed([](Model& model) { model.mutable_graph()->clear_output(); }),
     "found no graph in it"},
    {"no input", attach_to, changed([](Model& model) { model.mutable_graph()->clear_input(); }),
     "found Conv c before what makes its input x"},
    {"a function", attach_to, changed([](Model& model) { model.add_functions()->set_name("f"); }),
     "expected no functions in the model, found f"},
    {"a head", attach_to, foreign_heads(1),
     "expected operators of ONNX alone, found GMHead head of dnn_gm"},
    {"two heads", attach_to, foreign_heads(2),
     "expected operators of ONNX alone, found GMHead head of dnn_gm"}};

const Table kInputs{
    {"of float64", attach_to, of_input("double[N,3,8,8] x"),
     "expected an input of float32, found x of type DOUBLE"},
    {"of three axes", attach_to, of_input("float[3,8,8] x"),
     "expected images of four axes, found the input x of 3"},
    {"of five channels", attach_to, of_input("float[N,5,8,8] x"),
     "expected images of 1 or 3 channels, found 5"},
    {"of any size", attach_to, of_input("float[N,3,H,W] x"), "say which (--size)"},
    {"of size 0", attach_to, of_input("float[N,3,0,8] x"), "say which (--size)"},
    {"of 30 000 x 30 000 pixels", attach_to, of_input("float[N,3,30000,30000] x"),
     "expected images of at most 16777216 pixels, found 30000x30000"},
    {"of 2^62 pixels", attach_to, of_input("float[N,3,4611686018427387904,4] x"),
     "expected images of at most 16777216 pixels"},
    {"two", attach_to,
     classifier("float[N,3,8,8] x, float[4] z", with(kLayers, "Relu (c)", "Add (c, z)"))
         .SerializeAsString(),
     "expected one input, found x and z"}};

const Table kTensors{
    {"cut", attach_to,
     changed([](Model& model) { tensor(model, "v").mutable_raw_data()->resize(79); }),
     "expected 20 values of the tensor v [4,5], found a part of one"},
    {"a value too few", attach_to,
     changed([](Model& model) { tensor(model, "v").mutable_raw_data()->resize(76); }),
     "expected 20 values of the tensor v [4,5], found 19"},
    {"a value too many", attach_to,
     changed([](Model& model) { tensor(model, "v").mutable_raw_data()->resize(84); }), "found 21"},
    {"values in two fields", attach_to,
     changed([](Model& model) { tensor(model, "v").add_float_data(1); }), "found 21"},
    {"none", attach_to, changed([](Model& model) { tensor(model, "v").clear_raw_data(); }),
     "expected 20 values of the tensor v [4,5], found 0"},
    {"of float64", attach_to,
     changed([](Model& model) { tensor(model, "v").set_data_type(onnx::TensorProto::DOUBLE); }),
     "expected 20 values of the tensor v [4,5], found 10"},
    {"of int32", attach_to,
     changed([](Model& model) { tensor(model, "v").set_data_type(onnx::TensorProto::INT32); }),
     "file: "},
    {"of no type", attach_to, changed([](Model& model) { tensor(model, "v").set_data_type(99); }),
     "expected 20 values of the tensor v [4,5], found 80"},
    {"in another file", attach_to, changed([](Model& model) {
       tensor(model, "v").set_data_location(onnx::TensorProto::EXTERNAL);
     }),
     "expected the weights in the file itself"},
    {"2^40 values claimed", attach_to, of_extents("v", {4, int64_t{1} << 40}),
     "expected 4398046511104 values of the tensor v"},
    {"2^80 values claimed", attach_to, of_extents("v", {int64_t{1} << 40, int64_t{1} << 40}),
     "values of the tensor v [1099511627776,1099511627776], found 20"},
    {"less than none", attach_to, of_extents("v", {-4, -5}),
     "expected extents of at least 0, found [-4,-5] of the tensor v"},
    {"NaN", attach_to, of_value("v", kNaN), "expected numbers, found NaN in the tensor v"},
    {"infinite", attach_to, of_value("w", kInfinite),
     "the network makes features of noise that are not finite"},
    {"K = 0", attach_to, of_shape("v", {0, 5}),
     "Gemm y: expected weights of at least one value, found [0,5]"},
    {"D = 0", attach_to, of_shape("v", {4, 0}),
     "expected weights of at least one value, found [4,0]"},
    {"another D", attach_to, of_shape("v", {4, 6}), "file: "},
    {"a convolution of nothing", attach_to, of_shape("w", {5, 3, 0, 3}),
     "Conv c: expected weights of at least one value, found [5,3,0,3]"},
    {"a convolution of two axes", attach_to, of_shape("w", {5, 3}),
     "Conv c: expected weights of three axes or more, found [5,3]"},
    {"a convolution of another kernel", attach_to, of_shape("w", {5, 3, 2, 2}),
     "Conv c: expected a kernel_shape as its weights have it, found [3,3]"},
    {"a bias of another length", attach_to, of_shape("a", {4}),
     "Conv c: expected a bias for each output channel, found [4]"}};

const Table kNodes{
    {"no groups", attach_to, of_layers(with(kLayers, "pads", "group = 0, pads")),
     "Conv c: expected a number of groups that divides its weights' first extent"},
    {"groups that do not divide", attach_to, of_layers(with(kLayers, "pads", "group = 2, pads")),
     "Conv c: expected a number of groups"},
    {"strides of 0", attach_to, of_layers(with(kLayers, "pads", "strides = [0,0], pads")),
     "Conv c: expected strides of at least 1, found [0,0]"},
    {"dilations below 0", attach_to, of_layers(with(kLayers, "pads", "dilations = [-1,1], pads")),
     "Conv c: expected dilations of at least 1"},
    {"strides beyond 32 bits", attach_to,
     of_layers(with(kLayers, "pads", "strides = [1,4294967297], pads")),
     "Conv c: expected strides of at least 1"},
    {"pooling of no pixels", attach_to,
     of_layers(with(kLayers, "GlobalAveragePool", "AveragePool <kernel_shape = [0,0]>")),
     "expected kernel_shape of at least 1"},
    {"pooling without its attribute", attach_to,
     of_layers(with(kLayers, "GlobalAveragePool", "MaxPool")), "kernel_shape"},
    {"batch norm of another length", attach_to,
     of_layers(with(kLayers, "r = Relu (c)", "r = BatchNormalization (c, a, a, a, b)")),
     "expected scale, bias, mean and variance of one length, found [4]"},
    {"an operator that is none", attach_to, of_layers(with(kLayers, "Relu", "Rely")),
     "Rely r: expected an operator of opset"},
    {"an attribute of another type", attach_to,
     of_layers(with(kLayers, "transB = 1", "transB = 1.5")),
     "Gemm y: expected another type of the attribute transB"},
    {"an input too few", attach_to, of_layers(with(kLayers, "(f, v, b)", "(f)")),
     "Gemm y: expected at least 2 inputs"},
    {"an input that nothing makes", attach_to, of_layers(with(kLayers, "Relu (c)", "Relu (e)")),
     "found Relu r before what makes its input e"},
    {"itself as input", attach_to, of_layers(with(kLayers, "Relu (c)", "Relu (r)")),
     "found Relu r before what makes its input r"},
    {"a value made twice", attach_to, of_layers(with(kLayers, "y = ", "c = Identity (r) y = ")),
     "expected each value to be made once, found c again"},
    {"an input made again", attach_to, of_layers(with(kLayers, "y = ", "x = Identity (r) y = ")),
     "expected each value to be made once, found x again"},
    {"no output of a node", attach_to, changed([](Model& model) { node(model, 1).clear_output(); }),
     "expected an output of each node, found none of Relu"},
    {"in another order", attach_to,
     changed([](Model& model) { std::swap(node(model, 0), node(model, 1)); }),
     "expected nodes in the order of execution"},
    {"nothing to cut before", attach_to, of_layers("y = Flatten (x)"),
     "expected a Gemm, a MatMul or a 1x1 Conv"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_models)

BOOST_DATA_TEST_CASE(files, data::make(kFiles)) {
  check_refusal(sample);
}
BOOST_DATA_TEST_CASE(inputs, data::make(kInputs)) {
  check_refusal(sample);
}
BOOST_DATA_TEST_CASE(tensors, data::make(kTensors)) {
  check_refusal(sample);
}
BOOST_DATA_TEST_CASE(nodes, data::make(kNodes)) {
  check_refusal(sample);
}

/// An attribute of a later opset, and a constant that nobody takes.
BOOST_AUTO_TEST_CASE(what_only_looks_odd_is_read) {
  const auto unused = changed([](Model& model) {
    onnx::GraphProto made;
    gmtrain::add_constant(made, "unused", {{1}, std::vector<float>{kNaN}});
    *model.mutable_graph()->add_initializer() = made.initializer(0);
  });
  for (const string& bytes : {of_layers(with(kLayers, "Relu", "Relu <slope = 1>")), unused}) {
    const auto read = gmtrain::classifier_of(bytes, "file");
    BOOST_TEST(gmtrain::find_cut(read, "").dimension == 5);
  }
}

/// Whatever bit is flipped, the file is read or refused by one line.
BOOST_AUTO_TEST_CASE(flipped_bits) {
  constexpr size_t kStep = 41;
  for (size_t bit = 0; bit < 8 * kGood.size(); bit += kStep) {
    string bytes = kGood;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
    try {
      const auto classifier = gmtrain::classifier_of(bytes, "file");
      gmattach::FeatureNetwork(classifier, gmtrain::find_cut(classifier, ""), {});
    } catch (const std::exception& error) {
      BOOST_TEST(!contains(error.what(), "\n"), "bit " << bit << ": " << error.what());
    }
  }
}

// By calling itself for each node, or twice for each, a program would not come to an end.
BOOST_AUTO_TEST_CASE(long_graphs_are_read) {
  const MemoryLimit limit;
  const string gemm = "y = Gemm <transB = 1> (f, v, b)";
  Model model = classifier("float[N,3,8,8] x", with(kLayers, gemm, ""));
  auto& nodes = *model.mutable_graph()->mutable_node();
  string features = "f", bias = "b";
  for (int i = 0; i < 20000; ++i) {
    const string passed = "f" + std::to_string(i);
    gmtrain::add_node(nodes, "Identity", {features}, passed);
    features = passed;
  }
  for (int i = 0; i < 64; ++i) {
    const string sum = "b" + std::to_string(i);
    gmtrain::add_node(nodes, "Add", {bias, bias}, sum);
    bias = sum;
  }
  gmtrain::add_node(nodes, "Gemm", {features, "v", bias}, "y", {{"transB", int64_t{1}}});
  const auto read = gmtrain::classifier_of(model.SerializeAsString(), "file");
  BOOST_TEST(gmtrain::find_cut(read, "").dimension == 5);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_classes_are_read) {
  const MemoryLimit limit;
  Model model = classifier();
  for (const auto& [name, shape] : {Weight{"v", {100000, 5}}, Weight{"b", {100000}}}) {
    onnx::GraphProto made;
    gmtrain::add_constant(made, name, {shape, some_values(shape)});
    tensor(model, name) = made.initializer(0);
  }
  model.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  const auto read = gmtrain::classifier_of(model.SerializeAsString(), "file");
  BOOST_TEST(gmtrain::find_cut(read, "").classes == 100000);
}

BOOST_AUTO_TEST_SUITE_END()
