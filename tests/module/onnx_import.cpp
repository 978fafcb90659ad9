#include <boost/test/unit_test.hpp>

#include "module/onnx_model.hpp"
#include "module/run_head.hpp"

using namespace gm_test;

namespace {

const std::vector<cv::String> kOutputs = {"prob",     "log_likelihood", "log_density",
                                          "distance", "p_value",        "class"};

/// GMHead alone on the graph input `features`.
std::vector<uchar> model_of(const HeadCase& head) {
  OnnxModel model;
  model.add_input("features", {0, head.means().cols});
  model.add_head(head.constants);
  return model.bytes();
}

cv::dnn::Net read(const std::vector<uchar>& bytes) {
  cv::dnn_gm::registerLayers();
  return cv::dnn::readNetFromONNX(bytes);
}

HeadOutputs forward_by_name(cv::dnn::Net& net, const cv::Mat& features) {
  net.setInput(features);
  std::vector<cv::Mat> outputs;
  net.forward(outputs, kOutputs);
  return HeadOutputs(outputs);
}

void check_equal(const HeadOutputs& got, const HeadOutputs& expected) {
  const auto equal = [](const cv::Mat& a, const cv::Mat& b) {
    return a.size == b.size && cv::norm(a, b, cv::NORM_INF) == 0;
  };
  BOOST_TEST(equal(got.prob, expected.prob));
  BOOST_TEST(equal(got.log_likelihood, expected.log_likelihood));
  BOOST_TEST(equal(got.log_density, expected.log_density));
  BOOST_TEST(equal(got.distance, expected.distance));
  BOOST_TEST(equal(got.p_value, expected.p_value));
  BOOST_TEST(equal(got.predicted, expected.predicted));
}

bool says(const cv::Exception& error, const std::string& part) {
  return std::string(error.what()).find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(onnx_import)

BOOST_AUTO_TEST_CASE(a_file_gives_what_the_layer_gives_at_any_batch) {
  for (const auto covariance : {Covariance::kShared, Covariance::kIsotropic, Covariance::kDiagonal})
    for (const auto calibration : {Calibration::kNone, Calibration::kShared, Calibration::kPerClass,
                                   Calibration::kByDistance})
      for (const int K : {1, 4})
        for (const int D : {1, 13})
          BOOST_TEST_CONTEXT("K=" << K << " D=" << D << " covariance " << int(covariance)
                                  << " calibration " << int(calibration)) {
            const HeadCase head = make_case(37, K, D, covariance, calibration);
            cv::dnn::Net net = read(model_of(head));
            for (const int N : {37, 1, 8}) {
              const HeadCase part{head.features.rowRange(0, N).clone(), head.constants};
              check_equal(forward_by_name(net, part.features), run(part));
            }
          }
}

BOOST_AUTO_TEST_CASE(an_empty_or_absent_calibration_loads) {
  const HeadCase head = make_case(3, 4, 5, Covariance::kDiagonal, Calibration::kNone);
  HeadCase empty = head;
  empty.constants.push_back(cv::Mat());
  HeadCase all_nan = head;
  all_nan.constants.push_back(tables(1, 3, {kNaN, kNaN, kNaN}));
  for (const HeadCase& encoding : {head, empty, all_nan}) {
    cv::dnn::Net net = read(model_of(encoding));
    check_equal(forward_by_name(net, head.features), run(head));
  }
}

BOOST_AUTO_TEST_CASE(a_bad_file_is_refused_when_it_is_read) {
  HeadCase head = make_case(3, 4, 5, Covariance::kDiagonal, Calibration::kShared);
  const auto refused = [&](const std::vector<uchar>& bytes, const std::string& part) {
    BOOST_CHECK_EXCEPTION(read(bytes), cv::Exception,
                          [&](const cv::Exception& error) { return says(error, part); });
  };
  HeadCase narrow = head;
  narrow.constants[1] = cv::Mat::zeros(4, 4, CV_32F);
  refused(model_of(narrow), "GMHead: log_variances must be [K,D]=[4,5], [K,1]=[4,1] or [1,1]");

  HeadCase unsorted = head;
  unsorted.constants[3] = tables(1, 1, {2, 1});
  refused(model_of(unsorted), "GMHead: calibration must ascend within a line");

  OnnxModel wide;
  wide.add_input("features", {0, 6});
  wide.add_head(head.constants);
  refused(wide.bytes(), "GMHead: features must be [N,D] with D=5 as in means, got [");

  OnnxModel alone;
  alone.add_input("features", {0, 5});
  onnx::NodeProto& node = alone.add_head(head.constants);
  node.mutable_input()->DeleteSubrange(1, 4);
  refused(alone.bytes(), "GMHead: missing inputs: expected features, means, log_variances");

  OnnxModel dynamic_means;
  dynamic_means.add_input("features", {0, 5});
  dynamic_means.add_input("means", {4, 5});
  dynamic_means.add_head(head.constants);
  dynamic_means.graph.mutable_initializer()->DeleteSubrange(0, 1);
  refused(dynamic_means.bytes(), "GMHead: ");
}

BOOST_AUTO_TEST_SUITE_END()
