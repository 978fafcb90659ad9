// SPDX-License-Identifier: Apache-2.0
// What is put between a network's features and its head, as OpenCV computes it.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <opencv2/dnn_gm.hpp>

#include "attach/small_networks.hpp"
#include "core/onnx/attach.hpp"
#include "core/onnx/cut_network.hpp"

using namespace gmtrain;
using namespace gmattach::test;

namespace {

/// Two classes of features of which the first two are divided by their length.
std::string model() {
  const auto whole = network(13, "float[N,1,1,3] x", "float[N,2] y",
                             "f = Flatten (x) r = Relu (f) y = Gemm (r, v)", {{"v", {3, 2}}});
  const Classifier classifier = classifier_of(whole.SerializeAsString(), "small.onnx");
  GmHead head;
  head.classes = 2;
  head.dimension = 3;
  head.means = {0, 0, 0, 0, 1, 0};
  head.log_variances = {0};
  head.log_priors = {std::log(0.5F), std::log(0.5F)};
  head.labels = {"zero", "one"};
  head.preparation.inputSize = head.preparation.resizeSize = {3, 1};
  head.preparation.channelOrder = "GRAY";
  const FeaturePath path{2, {0, 0, 10}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  return attached_bytes(cut_network(classifier, find_cut(classifier), {}), path, head);
}

double distance(float a, float b, float c) {
  const std::string bytes = model();
  const auto head =
      cv::dnn_gm::OpenSetClassifier::create(std::vector<uchar>(bytes.begin(), bytes.end()));
  // The class of mean 0 is the nearer one of these, so that the distance is the squared length.
  const cv::Mat image = (cv::Mat_<float>(1, 3) << a, b, c);
  return head->classify(image).distance;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(unit_length)

BOOST_AUTO_TEST_CASE(first_columns_are_divided_by_their_length) {
  BOOST_TEST(distance(40, 3, 12) == 1 + 4, boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(small_features_are_too) {
  BOOST_TEST(distance(1e-6F, 0, 10) == 1, boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(what_has_no_length_stays_0) {
  BOOST_TEST(distance(0, 0, 13) == 9, boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_SUITE_END()
