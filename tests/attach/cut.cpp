// SPDX-License-Identifier: Apache-2.0
// Where classifiers of every form are cut.
#include "core/onnx/cut.hpp"

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "attach/small_networks.hpp"
#include "core/onnx/cut_network.hpp"
#include "core/onnx/model_parts.hpp"
#include "gmattach/features.hpp"
#include "message_of.hpp"

namespace {

using namespace gmtrain;
using namespace gmattach::test;
namespace data = boost::unit_test::data;

struct Form {
  std::string name;
  int opset;
  std::string input, nodes;
  std::vector<Weight> weights;
  std::string tensor;  ///< where it is to be cut
  int64_t rank, dimension, classes;
  bool channels_last = false;
  std::string earlier = {};  ///< map
};

std::ostream& operator<<(std::ostream& out, const Form& form) {
  return out << form.name;
}

const std::string kPlanes = "float[N,3,8,8] x", kPixels = "float[N,8,8,3] x";
const Weight kConv{"w", {5, 3, 3, 3}};

const std::vector<Form> kForms = {
    {"PyTorch",
     11,
     kPlanes,
     "c = Conv <pads = [1,1,1,1]> (x, w) m = MaxPool <kernel_shape = [2,2], strides = [2,2]> (c)"
     "p = GlobalAveragePool (m) f = Flatten (p) y = Gemm <transB = 1> (f, v, b)",
     {kConv, {"v", {4, 5}}, {"b", {4}}},
     "p",
     4,
     5,
     4,
     false,
     "c"},
    {"two linear layers, dropout and softmax",
     9,
     kPlanes,
     "f = Flatten (x) h = Gemm (f, u) r = Relu (h) d = Dropout (r) s = Gemm (d, v)"
     "y = Softmax <axis = 1> (s)",
     {{"u", {192, 6}}, {"v", {6, 4}}},
     "r",
     2,
     6,
     4},
    {"TensorFlow",
     12,
     kPixels,
     "t = Transpose <perm = [0,3,1,2]> (x) c = Conv (t, w) l = Transpose <perm = [0,2,3,1]> (c)"
     "p = ReduceMean <axes = [1,2], keepdims = 0> (l) m = MatMul (p, v) a = Add (m, b)"
     "y = Softmax <axis = -1> (a)",
     {kConv, {"v", {5, 4}}, {"b", {4}}},
     "p",
     2,
     5,
     4},
    {"casts that do nothing",
     17,
     kPixels,
     "t = Transpose <perm = [0,3,1,2]> (x) c = Conv (t, w) l = Transpose <perm = [0,2,3,1]> (c)"
     "p = ReduceMean <axes = [1,2], keepdims = 0> (l) q = Cast <to = 1> (p) m = MatMul (q, v)"
     "n = Cast <to = 1> (m) a = Add (b, n) y = Softmax (a)",
     {kConv, {"v", {5, 4}}, {"b", {4}}},
     "p",
     2,
     5,
     4},
    {"SqueezeNet",
     13,
     kPlanes,
     "c = Conv (x, w) d = Dropout (c) k = Conv (d, v, b) r = Relu (k) p = GlobalAveragePool (r)"
     "y = Flatten (p)",
     {kConv, {"v", {4, 5, 1, 1}}, {"b", {4}}},
     "c",
     4,
     5,
     4},
    {"Keras' MobileNet",
     13,
     kPlanes,
     "axes = Constant <value = int64[2] {2, 3}> () c = Conv (x, w) p = GlobalAveragePool (c)"
     "k = Conv (p, v, b) s = Squeeze (k, axes) y = Softmax (s)",
     {kConv, {"v", {4, 5, 1, 1}}, {"b", {4}}},
     "p",
     4,
     5,
     4},
    {"one image in a reshape",
     14,
     "float[1,3,8,8] x",
     "c = Conv (x, w) p = GlobalAveragePool (c) s = Constant <value = int64[2] {1, -1}> ()"
     "f = Reshape (p, s) y = Gemm <transB = 1> (f, v)",
     {kConv, {"v", {4, 5}}},
     "p",
     4,
     5,
     4},
    {"a map that is flattened",
     17,
     kPlanes,
     "c = Conv (x, w) f = Flatten (c) y = Gemm <transB = 1> (f, v)",
     {kConv, {"v", {4, 180}}},
     "f",
     2,
     180,
     4},
    {"a padding that is worked out",
     17,
     kPlanes,
     "pad = Constant <value = int64[4] {1, 1, 2, 2}> () eight = Constant <value = int64[1] {4}> ()"
     "zeros = ConstantOfShape <value = int64[1] {0}> (eight) all = Concat <axis = 0> (pad, zeros)"
     "pairs = Constant <value = int64[2] {-1, 2}> () p2 = Reshape (all, pairs)"
     "last = Constant <value = int64[1] {-1}> ()"
     "end = Constant <value = int64[1] {-9223372036854775807}> ()"
     "axis = Constant <value = int64[1] {0}> () back = Slice (p2, last, end, axis, last)"
     "t = Transpose <perm = [1,0]> (back) list = Reshape (t, last) pads = Cast <to = 7> (list)"
     "x2 = Pad <mode = \"constant\"> (x, pads) c = Conv (x2, w) p = GlobalAveragePool (c)"
     "f = Flatten (p) y = Gemm <transB = 1> (f, v)",
     {kConv, {"v", {4, 5}}},
     "p",
     4,
     5,
     4},
    {"an input that nothing reads",
     13,
     kPlanes + ", float[1,3,1,1] z",
     "f = Flatten (x) y = Gemm <transB = 1> (f, v)",
     {{"v", {4, 192}}},
     "f",
     2,
     192,
     4},
    {"an old padding without a value",
     9,
     kPlanes,
     "x2 = Pad <pads = [0,0,0,0,0,0,1,1]> (x) c = Conv (x2, w) p = GlobalAveragePool (c)"
     "f = Flatten (p) y = Gemm <transB = 1> (f, v)",
     {kConv, {"v", {4, 5}}},
     "p",
     4,
     5,
     4},
    {"opset 18",
     18,
     kPlanes,
     "c = Conv (x, w) axes = Constant <value = int64[2] {2, 3}> ()"
     "p = ReduceMean <keepdims = 0> (c, axes) y = Gemm <transB = 1> (p, v)",
     {kConv, {"v", {4, 5}}},
     "p",
     2,
     5,
     4}};

Classifier classifier(const Form& form) {
  const auto model = network(form.opset, form.input, "float[N,4] y", form.nodes, form.weights);
  return classifier_of(model.SerializeAsString(), "small.onnx");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cutting)

BOOST_DATA_TEST_CASE(finds_the_features, data::make(kForms), form) {
  const Classifier small = classifier(form);
  const Cut cut = find_cut(small);
  BOOST_TEST(cut.tensor == form.tensor);
  BOOST_TEST(cut.rank == form.rank);
  BOOST_TEST(cut.dimension == form.dimension);
  BOOST_TEST(cut.classes == form.classes);
  BOOST_TEST(cut.channels_last == form.channels_last);
  BOOST_TEST(small.opset == form.opset);
  BOOST_TEST(find_earlier_map(small, cut).tensor == form.earlier);
}

/// The network that is left gives the scores of the whole one, by its last layer, in OpenCV.
BOOST_DATA_TEST_CASE(features_are_those_of_several_images, data::make(kForms), form) {
  const Classifier small = classifier(form);
  Cut cut = find_cut(small);
  cut.earlier = find_earlier_map(small, cut);
  gmattach::FeatureNetwork features(small, cut, {0.5, {1, 2, 3}, {4, 5, 6}});
  BOOST_TEST(features.takes_batches());
  BOOST_TEST(features.has_scores());
  const int sizes[] = {3, 3, 8, 8};
  cv::Mat images(4, sizes, CV_32F);
  cv::RNG random(2);
  random.fill(images, cv::RNG::UNIFORM, 0, 255);
  const auto output = features.run(images);
  BOOST_TEST(output.features.rows == 3);
  BOOST_TEST(output.features.cols == form.dimension + cut.earlier.channels);
  BOOST_TEST(output.scores.rows == 3);
  BOOST_TEST(output.scores.cols == form.classes);
}

struct Ending {
  std::string output, nodes, scores;
};
std::ostream& operator<<(std::ostream& out, const Ending& ending) {
  return out << ending.nodes;
}

const std::string kTail = "s = Gemm (f, v) ",
                  kFour = "four = Constant <value = int64[2] {-1, 4}> ()";
const std::vector<Ending> kEndings = {
    {"float[N,4] y", kTail + "y = Softmax (s)", "s"},
    {"float[N,4] y", kTail + kFour + "p = Softmax (s) y = Reshape (p, four)", "s"},
    {"float[N,4] y", kTail + "p = Softmax (s) q = Identity (p) y = Flatten (q)", "s"},
    {"float[N,4] y", kTail + kFour + "y = Reshape (s, four)", "y"},
    {"float[N,4,8,8] y", "y = Conv (x, w)", ""}};

/// A softmax of probabilities is no confidence, and what has no number for each class no score.
BOOST_DATA_TEST_CASE(scores_are_those_before_a_softmax, data::make(kEndings), ending) {
  const std::string nodes = "f = Flatten (x) " + ending.nodes;
  const auto model =
      network(13, kPlanes, ending.output, nodes, {{"v", {192, 4}}, {"w", {4, 3, 1, 1}}});
  const Cut cut = find_cut(classifier_of(model.SerializeAsString(), "small.onnx"));
  BOOST_TEST(cut.scores == ending.scores);
  BOOST_TEST(cut.classes == (ending.scores.empty() ? 0 : 4));
}

/// The first extent is how many images there are, which a network must not take from one.
BOOST_DATA_TEST_CASE(shapes_are_folded_but_for_the_number_of_images,
                     data::make(std::vector<int>{0, 1, -3, -4}), index) {
  const auto model =
      network(13, kPlanes, "float[N,4] y",
              "s = Shape (x) i = Constant <value = int64[1] {" + std::to_string(index) +
                  "}> () g = Gather (s, i) rest = Constant <value = int64[1] {-1}> ()"
                  "all = Concat <axis = 0> (" +
                  (index % 4 == 0 ? "g, rest" : "rest, g") +
                  ") f = Reshape (x, all) k = Flatten (x)"
                  "y = Gemm (k, v)",
              {{"v", {192, 4}}});
  const auto small = classifier_of(model.SerializeAsString(), "small.onnx");
  const auto& nodes = small.model.graph().node();
  const bool asks = std::any_of(nodes.begin(), nodes.end(),
                                [](const auto& node) { return node.op_type() == "Gather"; });
  BOOST_TEST(asks == (index % 4 == 0));
}

BOOST_AUTO_TEST_CASE(a_layer_that_is_given_overrides) {
  const Classifier small = classifier(kForms[0]);
  const Cut cut = find_cut(small, "m");
  BOOST_TEST(cut.tensor == "m");
  BOOST_TEST(cut.rank == 4);
  BOOST_TEST(cut.dimension == 5);
  BOOST_TEST(cut.classes == 4);
}

BOOST_AUTO_TEST_CASE(a_layer_that_is_not_there_is_told_with_what_is) {
  const std::string message =
      message_of<std::runtime_error>([] { find_cut(classifier(kForms[0]), "fc"); });
  BOOST_TEST(message == "no value and no node is called fc; the last ones are y, f, p, m, c");
}

BOOST_AUTO_TEST_CASE(a_graph_without_a_last_layer_is_told_with_what_was_met) {
  const auto model =
      network(13, kPlanes, "float[N,5,8,8] y",
              "c = Conv <pads = [1,1,1,1]> (x, w) s = Sigmoid (c) y = Softmax (s)", {kConv});
  const std::string message = message_of<std::runtime_error>(
      [&] { find_cut(classifier_of(model.SerializeAsString(), "small.onnx")); });
  BOOST_TEST(contains(message, "met Softmax y, Sigmoid s, Conv c"), message);
  BOOST_TEST(contains(message, "--layer"), message);
}

struct Refused {
  std::string name;
  int opset;
  std::string input, nodes, says;
};
std::ostream& operator<<(std::ostream& out, const Refused& refused) {
  return out << refused.name;
}

const std::string kLast = "f = Flatten (x) y = Gemm (f, v)";
const std::vector<Refused> kRefused = {
    {"an old opset", 8, kPlanes, kLast, "expected a model of opset 9 to 20, found 8"},
    {"a new opset", 21, kPlanes, kLast, "expected a model of opset 9 to 20, found 21"},
    {"two inputs", 13, kPlanes + ", float[N,3,8,8] z",
     "a = Add (x, z) f = Flatten (a) y = Gemm (f, v)", "expected one input, found x and z"},
    {"bytes", 13, "uint8[N,3,8,8] x", kLast, "expected an input of float32, found x of type UINT8"},
    {"no image", 13, "float[N,192] x", kLast, "expected images of four axes"},
    {"seven channels", 13, "float[N,7,8,8] x", kLast,
     "expected images of 1 or 3 channels, found 7"},
    {"any size", 13, "float[N,3,H,W] x", kLast, "say which (--size)"},
    {"another domain", 13, kPlanes, "f = com.microsoft.Fused (x) y = Gemm (f, v)",
     "expected operators of ONNX alone"},
    {"what opset 17 lacks", 18, kPlanes, "g = GroupNormalization (x, v, v) " + kLast,
     "export the model with opset 17"}};

BOOST_DATA_TEST_CASE(refuses, data::make(kRefused), refused) {
  const auto model =
      network(refused.opset, refused.input, "float[N,4] y", refused.nodes, {{"v", {192, 4}}});
  const std::string message = message_of<std::runtime_error>(
      [&] { classifier_of(model.SerializeAsString(), "small.onnx"); });
  BOOST_TEST(contains(message, "small.onnx: "), message);
  BOOST_TEST(contains(message, refused.says), message);
}

BOOST_AUTO_TEST_CASE(refuses_weights_in_another_file) {
  auto model = network(13, kPlanes, "float[N,4] y", kLast, {{"v", {192, 4}}});
  auto& tensor = *model.mutable_graph()->mutable_initializer(0);
  tensor.clear_raw_data();
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  auto& entry = *tensor.add_external_data();
  entry.set_key("location");
  entry.set_value("weights.bin");
  const std::string message = message_of<std::runtime_error>(
      [&] { classifier_of(model.SerializeAsString(), "small.onnx"); });
  BOOST_TEST(contains(message, "found v in weights.bin"), message);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_model) {
  const std::string message =
      message_of<std::runtime_error>([] { classifier_of("not a model", "small.onnx"); });
  BOOST_TEST(contains(message, "small.onnx: expected an ONNX model"), message);
}

BOOST_AUTO_TEST_SUITE_END()
