// Files that OpenSetClassifier must look at before OpenCV does, and graphs that take one image
// only.
#include <boost/test/unit_test.hpp>
#include <opencv2/dnn_gm.hpp>

#include "message_of.hpp"
#include "module/image_model.hpp"
#include "temporary_folder.hpp"

using namespace gm_test;
using cv::dnn_gm::OpenSetClassifier;

namespace {

std::string refusal(const std::vector<uchar>& bytes) {
  return message_of<cv::Exception>([&] { OpenSetClassifier::create(bytes); });
}

void refused(const ImageModel& model, const std::string& part) {
  const std::string message = refusal(model.bytes());
  BOOST_TEST(contains(message, part), message);
}

cv::Mat random_image(int seed) {
  cv::Mat image(kHeight, kWidth, CV_8UC1);
  cv::RNG(seed).fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

/// A length-delimited field of protobuf's wire format.
std::string field(int number, const std::string& value) {
  std::string bytes(1, static_cast<char>(number << 3 | 2));
  for (size_t length = value.size(); bytes.size() < 2 || length > 0; length >>= 7) {
    bytes += static_cast<char>((length & 127) | (length > 127 ? 128 : 0));
  }
  return bytes + value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model_files)

BOOST_AUTO_TEST_CASE(weights_in_another_file_are_named) {
  ImageModel initializer(1, nineteen_distances());
  initializer.graph.mutable_initializer(0)->set_data_location(onnx::TensorProto::EXTERNAL);
  refused(initializer, "the values of " + initializer.graph.initializer(0).name() +
                           " are in another file (external data)");

  ImageModel constant(1, nineteen_distances());
  auto& value = *constant.add_node("Constant", {}, {"unused"}).add_attribute();
  value.set_name("value");
  value.mutable_t()->set_data_location(onnx::TensorProto::EXTERNAL);
  refused(constant, "external data");
}

BOOST_AUTO_TEST_CASE(an_opset_that_opencv_may_not_know_is_named) {
  ImageModel unknown(1, nineteen_distances());
  unknown.add_node("NoSuchOperator", {"image"}, {"unused"});
  const std::string message = refusal(unknown.bytes());
  BOOST_TEST(contains(message, "cannot read the model"), message);
  BOOST_TEST(!contains(message, "opset"), message);
  unknown.model.mutable_opset_import(0)->set_version(18);
  refused(unknown, "cannot read the model of opset 18");
}

BOOST_AUTO_TEST_CASE(the_outputs_are_those_of_the_one_head) {
  ImageModel two(1, nineteen_distances());
  onnx::NodeProto second = two.head();
  for (auto& output : *second.mutable_output()) output += "_2";
  *two.graph.add_node() = second;
  refused(two, "the model has 2 GMHead layers: expected one");

  // Of another node under the name of one of the head's, of whatever shape.
  for (int i = 0; i < 6; ++i) {
    ImageModel other(1, nineteen_distances());
    const std::string name = other.head().output(i);
    other.head().set_output(i, "own");
    other.add_node("Relu", {i == 0 ? "features" : "own"}, {name});
    refused(other, "the model's output " + name + " is not that of its GMHead");
  }
}

BOOST_AUTO_TEST_CASE(damaged_files_are_refused_with_a_line) {
  const auto whole = ImageModel(1, nineteen_distances()).bytes();
  for (size_t size = 0; size < whole.size(); size += 13) {
    const std::vector<uchar> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    BOOST_TEST(!refusal(cut).empty(), size);
  }
  const TemporaryFolder folder;
  const std::string file = (folder / "notes.onnx").string();
  std::ofstream(file) << "these are notes";
  BOOST_TEST(contains(message_of<cv::Exception>([&] { OpenSetClassifier::create(file); }),
                      file + ": OpenSetClassifier: the model is not an ONNX file"));

  // Graphs within graphs: a node's (1) attribute (5) holds one (6).
  std::string graph;
  for (int depth = 0; depth < 2000; ++depth) graph = field(1, field(5, field(6, graph)));
  const std::string model = field(7, graph);
  BOOST_TEST(contains(refusal({model.begin(), model.end()}), "damaged"));
}

// As PyTorch exports view(1, -1), and any shape that was traced with one image.
BOOST_AUTO_TEST_CASE(a_graph_of_one_image_is_given_one_at_a_time) {
  ImageModel fixed(1, nineteen_distances());
  onnx::NodeProto& flatten = *fixed.graph.mutable_node(1);
  BOOST_TEST_REQUIRE(flatten.op_type() == "Flatten");
  flatten.set_op_type("Reshape");
  flatten.add_input("shape");
  auto& shape = *fixed.graph.add_initializer();
  shape.set_name("shape");
  shape.set_data_type(onnx::TensorProto::INT64);
  shape.add_dims(2);
  shape.add_int64_data(1);
  shape.add_int64_data(-1);

  const auto one_by_one = OpenSetClassifier::create(fixed.bytes());
  const auto at_once = OpenSetClassifier::create(ImageModel(1, nineteen_distances()).bytes());
  const std::vector<cv::Mat> images = {random_image(1), random_image(2), random_image(3)};
  const auto found = one_by_one->classifyBatch(images), wanted = at_once->classifyBatch(images);
  BOOST_TEST_REQUIRE(found.size() == wanted.size());
  for (size_t i = 0; i < found.size(); ++i) {
    BOOST_TEST(found[i].classId == wanted[i].classId);
    BOOST_TEST(found[i].distance == wanted[i].distance, boost::test_tools::tolerance(1e-5F));
    BOOST_TEST(found[i].pValue == wanted[i].pValue);
  }
  cv::Mat features, of_batch;
  one_by_one->features(images, features);
  at_once->features(images, of_batch);
  BOOST_TEST_REQUIRE(features.size() == of_batch.size());
  BOOST_TEST(cv::norm(features, of_batch, cv::NORM_INF) < 1e-5);
}

BOOST_AUTO_TEST_SUITE_END()
