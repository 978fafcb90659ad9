// SPDX-License-Identifier: Apache-2.0
// The distances by each instruction set that the module is compiled for.
#include "dnn_gm/src/distances.hpp"

#include <boost/preprocessor.hpp>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <opencv2/core/utility.hpp>

#include "distances.simd_declarations.hpp"
#include "dnn_gm/test/test_gm_head_case.hpp"

using namespace opencv_test;

namespace cv::dnn_gm {
namespace cpu_baseline {
decltype(dnn_gm::squaredDistances) squaredDistances;
}
namespace opt_BASELINE = cpu_baseline;
}  // namespace cv::dnn_gm

namespace {

struct InstructionSet {
  const char* name;
  bool is_enabled;
  decltype(&cv::dnn_gm::squaredDistances) squared_distances;
};

/// In the order in which they are tried.
std::vector<InstructionSet> instruction_sets() {
#define CV_CPU_HAS_SUPPORT_BASELINE true
#define NAMED(mode) {#mode, CV_CPU_HAS_SUPPORT_##mode, &cv::dnn_gm::opt_##mode::squaredDistances},
#define INSTRUCTION_SET(r, data, mode) NAMED(mode)
  return {BOOST_PP_SEQ_FOR_EACH(INSTRUCTION_SET, ,
                                BOOST_PP_VARIADIC_TO_SEQ(CV_CPU_DISPATCH_MODES_ALL))};
#undef INSTRUCTION_SET
#undef NAMED
}

/// Features, means and scales; the scales are those that the mixture would have.
struct Case {
  Case(int N, int K, int D, Covariance covariance) {
    const HeadCase head = makeCase(N, K, D, covariance, Calibration::NONE);
    features = head.features;
    means = head.means();
    cv::exp(-0.5 * head.logVariances(), scales);
  }

  cv::Mat features, means, scales;
};

constexpr float kUntouched = -1;

cv::Mat distances(decltype(&cv::dnn_gm::squaredDistances) function, const Case& c,
                  const cv::Range& classes) {
  cv::Mat result(c.features.rows, c.means.rows, CV_32F, cv::Scalar(kUntouched));
  std::vector<int> which(classes.size());
  std::iota(which.begin(), which.end(), classes.start);
  for (int n = 0; n < result.rows; ++n)
    function(c.features.ptr<float>(n), c.means, c.scales, which.data(), classes.size(),
             result.ptr<float>(n) + classes.start);
  return result;
}

double in_float64(const Case& c, int n, int k) {
  double sum = 0;
  for (int i = 0; i < c.means.cols; ++i) {
    const double scale = c.scales.at<float>(c.scales.rows == 1 ? 0 : k, c.scales.cols == 1 ? 0 : i);
    const double z = (double(c.features.at<float>(n, i)) - double(c.means.at<float>(k, i))) * scale;
    sum += z * z;
  }
  return sum;
}

void check(const Case& c, const cv::Mat& result, const cv::Range& classes) {
  for (int n = 0; n < result.rows; ++n)
    for (int k = 0; k < result.cols; ++k) {
      const float distance = result.at<float>(n, k);
      if (k < classes.start || k >= classes.end) {
        BOOST_TEST(distance == kUntouched);
      } else {
        const double expected = in_float64(c, n, k);
        BOOST_TEST(std::abs(distance - expected) <= 1e-5 * std::max(1., expected));
      }
    }
}

bool is_same(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_INF) == 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(distances_by_instruction_set)

#if defined(__x86_64__) && defined(__GNUC__)
BOOST_AUTO_TEST_CASE(are_compiled_for_each_instruction_set) {
  std::vector<std::string> names;
  for (const InstructionSet& set : instruction_sets()) names.emplace_back(set.name);
  const std::vector<std::string> expected = {"AVX512_SKX", "AVX2", "BASELINE"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());
}
#endif

BOOST_AUTO_TEST_CASE(agree_with_float64_for_sizes_around_those_of_registers_and_blocks) {
  for (const InstructionSet& set : instruction_sets()) {
    BOOST_TEST_MESSAGE(set.name << (set.is_enabled ? "" : ": not on this processor"));
    if (!set.is_enabled) continue;
    for (const int D : {1, 3, 4, 7, 8, 15, 16, 17, 33, 100, 512})
      for (const int N : {1, 3, 4, 5, 9})
        for (const int K : {1, 2, 3, 4, 5, 11})
          for (const auto covariance :
               {Covariance::SHARED, Covariance::ISOTROPIC, Covariance::DIAGONAL})
            BOOST_TEST_CONTEXT(set.name << " D=" << D << " N=" << N << " K=" << K << " covariance "
                                        << int(covariance)) {
              const Case c(N, K, D, covariance);
              for (const auto& classes : {cv::Range(0, K), cv::Range(K / 3, K - K / 3)})
                check(c, distances(set.squared_distances, c, classes), classes);
            }
  }
}

BOOST_AUTO_TEST_CASE(are_not_numbers_where_the_features_are_not) {
  for (const InstructionSet& set : instruction_sets()) {
    if (!set.is_enabled) continue;
    for (const int column : {0, 15, 16, 32}) BOOST_TEST_CONTEXT(set.name << " column " << column) {
        Case c(5, 3, 33, Covariance::DIAGONAL);
        const cv::Range all(0, 3);
        const cv::Mat untouched = distances(set.squared_distances, c, all);
        c.features.at<float>(2, column) = quietNaN;
        const cv::Mat result = distances(set.squared_distances, c, all);
        for (int k = 0; k < 3; ++k) BOOST_TEST(std::isnan(result.at<float>(2, k)));
        for (const int n : {0, 1, 3, 4}) BOOST_TEST(is_same(result.row(n), untouched.row(n)));
      }
  }
}

BOOST_AUTO_TEST_CASE(are_those_of_the_first_set_that_is_enabled) {
  // Sums of so many terms in another order come out in other bits.
  const Case c(9, 11, 512, Covariance::DIAGONAL);
  const cv::Range all(0, 11);
  const auto check_dispatch = [&] {
    const cv::Mat dispatched = distances(cv::dnn_gm::squaredDistances, c, all);
    bool is_first = true;
    for (const InstructionSet& set : instruction_sets()) {
      if (!set.is_enabled) continue;
      BOOST_TEST_CONTEXT(set.name)
      BOOST_TEST(is_same(dispatched, distances(set.squared_distances, c, all)) == is_first);
      is_first = false;
    }
  };
  const bool was_optimized = cv::useOptimized();
  check_dispatch();
  cv::setUseOptimized(false);
  BOOST_TEST(is_same(distances(cv::dnn_gm::squaredDistances, c, all),
                     distances(cv::dnn_gm::cpu_baseline::squaredDistances, c, all)));
  check_dispatch();
  cv::setUseOptimized(was_optimized);
}

BOOST_AUTO_TEST_SUITE_END()
