// GMHead on OpenCV's CUDA backend, as far as this OpenCV and this machine have it: the module built
// in the tree of an OpenCV with CUDA, and a GPU. GM_EXPECT_CUDA=1 makes both a demand.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>

#include "module/targets.hpp"

using namespace gm_test;

namespace {

bool expected_here() {
  return std::getenv("GM_EXPECT_CUDA") != nullptr;
}

bool names_cuda(const cv::Exception& error) {
  return std::string(error.what()).find("CUDA") != std::string::npos;
}

bool has_gpu() {
  return has_target(cv::dnn::DNN_BACKEND_CUDA, cv::dnn::DNN_TARGET_CUDA);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cuda_backend)

BOOST_AUTO_TEST_CASE(is_offered_where_the_module_was_built_with_it) {
  const HeadCase head = make_case(1, 3, 2, Covariance::kShared, Calibration::kNone);
  const auto with_blobs = cv::dnn_gm::GMHeadLayer::create(params_with(head.constants));
  const auto without = cv::dnn_gm::GMHeadLayer::create(params_with({}));
  const bool offered = with_blobs->supportBackend(cv::dnn::DNN_BACKEND_CUDA);
  std::cout << "dnn_gm " << (offered ? "has" : "has not") << " the CUDA backend, OpenCV "
            << CV_VERSION << ", a GPU " << (has_gpu() ? "is" : "is not") << " there\n";
  BOOST_TEST(offered == (GM_MODULE_HAS_CUDA != 0));
  BOOST_TEST(!without->supportBackend(cv::dnn::DNN_BACKEND_CUDA));
  BOOST_TEST(with_blobs->supportBackend(cv::dnn::DNN_BACKEND_OPENCV));
  BOOST_TEST((!expected_here() || (offered && has_gpu())));
}

// As far as one gets without a GPU: the constants are put on the device first, and there CUDA
// itself refuses. With one the tests below are the proof.
BOOST_AUTO_TEST_CASE(a_node_is_made_or_the_missing_gpu_is_named) {
  const HeadCase head = make_case(1, 3, 2, Covariance::kShared, Calibration::kNone);
  const auto layer = cv::dnn_gm::GMHeadLayer::create(params_with(head.constants));
  if (!layer->supportBackend(cv::dnn::DNN_BACKEND_CUDA) || has_gpu()) return;
  BOOST_CHECK_EXCEPTION(layer->initCUDA(nullptr, {}, {}), cv::Exception, names_cuda);
}

BOOST_AUTO_TEST_CASE(a_net_without_a_gpu) {
  if (has_gpu()) return;
  const HeadCase head = make_case(5, 7, 33, Covariance::kDiagonal, Calibration::kShared);
  const auto run_on_cuda = [&] {
    return run_on(cv::dnn::DNN_BACKEND_CUDA, cv::dnn::DNN_TARGET_CUDA, head);
  };
  if (GM_MODULE_HAS_CUDA) {
    BOOST_CHECK_EXCEPTION(run_on_cuda(), cv::Exception, names_cuda);  // OpenCV wants a device
  } else {
    check_outputs(run_on_cuda(), run(head), 1e-6);  // OpenCV turns to the CPU
  }
}

// Small enough to be run under a tool that watches every access.
BOOST_AUTO_TEST_CASE(one_net) {
  BOOST_TEST_REQUIRE((has_gpu() || !expected_here()));
  if (!has_gpu()) return;
  const HeadCase head = make_case(70, 130, 33, Covariance::kDiagonal, Calibration::kPerClass);
  const auto outputs = run_on(cv::dnn::DNN_BACKEND_CUDA, cv::dnn::DNN_TARGET_CUDA, head);
  check_outputs(outputs, run(head), 1e-5);
  check_p_values(head, outputs);
}

BOOST_AUTO_TEST_CASE(agrees_with_the_cpu_in_float32) {
  if (has_gpu()) {
    check_against_cpu(cv::dnn::DNN_BACKEND_CUDA, cv::dnn::DNN_TARGET_CUDA, 1e-5);
  }
}

BOOST_AUTO_TEST_CASE(agrees_with_the_cpu_in_float16) {
  if (has_target(cv::dnn::DNN_BACKEND_CUDA, cv::dnn::DNN_TARGET_CUDA_FP16)) {
    // Features are rounded to 11 bits on their way in, and the outputs on theirs.
    check_against_cpu(cv::dnn::DNN_BACKEND_CUDA, cv::dnn::DNN_TARGET_CUDA_FP16, 1e-2, true);
  }
}

BOOST_AUTO_TEST_SUITE_END()
