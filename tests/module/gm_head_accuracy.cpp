#include <boost/test/unit_test.hpp>

#include "dnn_gm/src/mixture_math.hpp"
#include "module/run_head.hpp"

using namespace gm_test;

namespace {

void check_row(const HeadCase& head, const HeadOutputs& outputs, int n) {
  const Expected expected = reference(head, n);
  for (size_t k = 0; k < expected.prob.size(); ++k) {
    BOOST_TEST(std::abs(outputs.prob.at<float>(n, int(k)) - expected.prob[k]) < 2e-5);
  }
  const auto close = [](float got, double wanted) {
    return std::abs(got - wanted) <= 1e-5 * std::max(1., std::abs(wanted));
  };
  BOOST_TEST(close(outputs.log_likelihood.at<float>(n), expected.log_likelihood));
  BOOST_TEST(close(outputs.log_density.at<float>(n), expected.log_density));
  const float distance = outputs.distance.at<float>(n);
  BOOST_TEST(close(distance, expected.distance));
  BOOST_TEST(is_p_value(outputs.p_value.at<float>(n), head, expected));
  BOOST_TEST(outputs.predicted.at<float>(n) == float(expected.predicted));
}

void check_shape(const cv::Mat& output, int rows, int cols) {
  BOOST_TEST(output.type() == CV_32F);
  BOOST_TEST(output.dims == 2);
  BOOST_TEST(output.rows == rows);
  BOOST_TEST(output.cols == cols);
}

void check_case(const HeadCase& head, const HeadOutputs& outputs) {
  const int N = head.features.rows;
  check_shape(outputs.prob, N, head.means().rows);
  for (const cv::Mat* output : {&outputs.log_likelihood, &outputs.log_density, &outputs.distance,
                                &outputs.p_value, &outputs.predicted}) {
    check_shape(*output, N, 1);
  }
  for (int n = 0; n < N; ++n) check_row(head, outputs, n);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gm_head_accuracy)

BOOST_AUTO_TEST_CASE(agrees_with_float64_for_all_sizes_covariances_and_calibrations) {
  for (const int N : {1, 2, 15, 16, 17, 53})
    for (const int K : {1, 2, 3, 11, 101})
      for (const int D : {1, 2, 7, 15, 16, 17, 33, 100, 257})
        for (const auto covariance :
             {Covariance::kShared, Covariance::kIsotropic, Covariance::kDiagonal})
          for (const auto calibration : {Calibration::kNone, Calibration::kShared,
                                         Calibration::kPerClass, Calibration::kByDistance})
            BOOST_TEST_CONTEXT("N=" << N << " K=" << K << " D=" << D << " covariance "
                                    << int(covariance) << " calibration " << int(calibration)) {
              const HeadCase head = make_case(N, K, D, covariance, calibration);
              check_case(head, run(head));
            }
}

BOOST_AUTO_TEST_CASE(agrees_when_the_constants_come_as_inputs) {
  for (const auto covariance : {Covariance::kShared, Covariance::kIsotropic, Covariance::kDiagonal})
    for (const auto calibration : {Calibration::kNone, Calibration::kShared, Calibration::kPerClass,
                                   Calibration::kByDistance}) {
      const HeadCase head = make_case(19, 5, 21, covariance, calibration);
      const auto layer = cv::dnn_gm::GMHeadLayer::create(params_with({}));
      std::vector<cv::Mat> inputs = {head.features};
      inputs.insert(inputs.end(), head.constants.begin(), head.constants.end());

      std::vector<cv::dnn::MatShape> shapes, output_shapes, internal_shapes;
      for (const cv::Mat& input : inputs)
        shapes.emplace_back(input.size.p, input.size.p + input.dims);
      layer->getMemoryShapes(shapes, 0, output_shapes, internal_shapes);
      BOOST_TEST(internal_shapes.empty());
      std::vector<cv::Mat> outputs, internals;
      for (const auto& shape : output_shapes) outputs.emplace_back(shape, CV_32F);
      layer->forward(inputs, outputs, internals);
      check_case(head, HeadOutputs(outputs));
    }
}

BOOST_AUTO_TEST_CASE(equals_what_is_worked_out_by_hand) {
  // One class N(0,1): distance 4, log N(2; 0, 1) = -2 - log(2 pi) / 2. Of five distances one is 4
  // and one is larger: (1 + 2) / (1 + 5).
  const HeadCase one{matrix(1, 1, {2}),
                     {matrix(1, 1, {0}), matrix(1, 1, {0}), matrix(1, 1, {0}),
                      tables(1, 1, {0, 1, 2, 4, 9, kNaN})}};
  const HeadOutputs of_one = run(one);
  BOOST_TEST(of_one.prob.at<float>(0) == 1.F);
  BOOST_TEST(of_one.distance.at<float>(0) == 4.F);
  BOOST_TEST(of_one.log_likelihood.at<float>(0) == -2.918938533F);
  BOOST_TEST(of_one.log_density.at<float>(0) == -2.918938533F);
  BOOST_TEST(of_one.p_value.at<float>(0) == 0.5F);

  // Midway between two classes of the same variance 4 the posterior is the prior, 3 to 1.
  const HeadCase two{
      matrix(1, 2, {0, 0}),
      {matrix(2, 2, {2, 2, -2, -2}), matrix(1, 1, {std::log(4.F)}),
       matrix(2, 1, {std::log(0.75F), std::log(0.25F)}), tables(2, 1, {1, 3, 1, kNaN})}};
  const HeadOutputs of_two = run(two);
  const auto near = boost::test_tools::tolerance(1e-6F);
  BOOST_TEST(of_two.prob.at<float>(0, 0) == 0.75F, near);
  BOOST_TEST(of_two.prob.at<float>(0, 1) == 0.25F, near);
  BOOST_TEST(of_two.distance.at<float>(0) == 2.F, near);
  // -(2 + 2 log 4 + 2 log 2 pi) / 2
  BOOST_TEST(of_two.log_likelihood.at<float>(0) == -4.224171427F, near);
  BOOST_TEST(of_two.log_density.at<float>(0) == -4.224171427F, near);
  BOOST_TEST(of_two.p_value.at<float>(0) == 2.F / 3, near);
}

BOOST_AUTO_TEST_CASE(energy_and_doubt_are_ranked_and_joined) {
  // Two equal classes N(+-1, 1), x = 0.5: d = 0.25 and 2.25, offsets log 1/2 less the base log 1/2.
  // energy = -2 log(exp(-0.125) + exp(-1.125)) = -0.3765, doubt = -1.
  // Of four energies two are larger, of the doubts one: P_e = 3/5, P_d = 2/5,
  // nonconformity (5/3)^2.5 + 2.5^2 = 9.836, which one of the four reaches: (1 + 1) / (1 + 4).
  HeadCase head{
      matrix(1, 1, {0.5F}),
      {matrix(2, 1, {1, -1}), matrix(1, 1, {0}), matrix(2, 1, {std::log(0.5F), std::log(0.5F)}),
       tables(1, 3, {-2, -0.38F, -0.37F, 4, -5, -3, -1.01F, -0.99F, 2, 4, 9.8F, 10})}};
  const HeadOutputs outputs = run(head);
  BOOST_TEST(outputs.p_value.at<float>(0) == 0.4F);
  BOOST_TEST(outputs.predicted.at<float>(0) == 0.F);
  // The negative of x is of the other class, and as strange.
  head.features.at<float>(0) = -0.5F;
  const HeadOutputs mirrored = run(head);
  BOOST_TEST(mirrored.p_value.at<float>(0) == 0.4F);
  BOOST_TEST(mirrored.predicted.at<float>(0) == 1.F);
}

BOOST_AUTO_TEST_CASE(odds_too_small_for_any_exponential_are_ranked_too) {
  // d = 0 and 4e6: the doubt is -2e6, between the third and the fourth of the sample.
  const HeadCase head{
      matrix(1, 1, {0}),
      {matrix(2, 1, {0, 2000}), matrix(1, 1, {0}), matrix(2, 1, {std::log(0.5F), std::log(0.5F)}),
       tables(1, 3, {0, 0, 0, 0, -4e6F, -3e6F, -2.1e6F, -1.9e6F, 2, 4, 6, 8})}};
  // P_e = 1, P_d = 2/5: 1 + 6.25, which one reaches.
  BOOST_TEST(run(head).p_value.at<float>(0) == 0.4F);
}

BOOST_AUTO_TEST_CASE(the_p_value_never_rises_with_energy_or_doubt) {
  cv::RNG random(5);
  const cv::Mat calibration = random_calibration(random, 1, 3, 50, 10);
  const auto table = cv::dnn_gm::CalibrationTable{calibration.ptr<float>(), 3, 50, 50};
  const auto p = [&](float energy, float doubt) {
    return cv::dnn_gm::pValue(1, energy, doubt, table);
  };
  for (float energy = -1; energy < 45; energy += 0.5F)
    for (float doubt = -21; doubt < 1; doubt += 0.5F) {
      BOOST_TEST(p(energy + 0.5F, doubt) <= p(energy, doubt));
      BOOST_TEST(p(energy, doubt + 0.5F) <= p(energy, doubt));
    }
  BOOST_TEST(p(100, 1) == 1.F / 51);
}

BOOST_AUTO_TEST_CASE(an_offset_common_to_features_and_means_costs_no_digits) {
  // Thirty standard deviations away the expanded square would have lost the distances; multiples of
  // 1/64 make the sums exact in float32.
  HeadCase head = make_case(33, 9, 128, Covariance::kShared, Calibration::kNone);
  for (cv::Mat* values : {&head.features, &head.constants[0]}) {
    for (int row = 0; row < values->rows; ++row)
      for (int i = 0; i < values->cols; ++i)
        values->at<float>(row, i) = std::round(values->at<float>(row, i) * 64) / 64 + 1024;
  }
  check_case(head, run(head));
}

BOOST_AUTO_TEST_CASE(the_batch_may_change_between_calls) {
  const HeadCase large = make_case(53, 3, 17, Covariance::kDiagonal, Calibration::kPerClass);
  cv::dnn::Net net = net_with_head(large.constants);
  for (const int N : {1, 53, 7, 1}) {
    const HeadCase part{large.features.rowRange(0, N).clone(), large.constants};
    check_case(part, forward(net, part.features));
  }
}

BOOST_AUTO_TEST_CASE(does_not_depend_on_the_number_of_threads) {
  const HeadCase head = make_case(97, 11, 33, Covariance::kDiagonal, Calibration::kShared);
  const HeadOutputs together = run(head);
  const int threads = cv::getNumThreads();
  cv::setNumThreads(1);
  const HeadOutputs alone = run(head);
  cv::setNumThreads(threads);
  BOOST_TEST(cv::norm(alone.prob, together.prob, cv::NORM_INF) == 0);
  BOOST_TEST(cv::norm(alone.log_density, together.log_density, cv::NORM_INF) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
