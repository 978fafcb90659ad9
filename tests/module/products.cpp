// SPDX-License-Identifier: Apache-2.0
// The products of many classes by each instruction set that the module is compiled for.
#include "dnn_gm/src/products.hpp"

#include <boost/preprocessor.hpp>
#include <boost/test/unit_test.hpp>
#include <cfloat>
#include <cmath>
#include <numeric>

#include "products.simd_declarations.hpp"

namespace cv::dnn_gm {
namespace cpu_baseline {
float packRow(const float*, const float*, int, float*, float*);
void multiplyPanel(const float*, int, const float*, int, int, float*, size_t);
decltype(dnn_gm::exponentiate) exponentiate;
decltype(dnn_gm::findAtLeast) findAtLeast;
}  // namespace cpu_baseline
namespace opt_BASELINE = cpu_baseline;
}  // namespace cv::dnn_gm

namespace {

using cv::dnn_gm::JointProducts;

struct InstructionSet {
  const char* name;
  bool is_enabled;
  decltype(&cv::dnn_gm::cpu_baseline::packRow) pack_row;
  decltype(&cv::dnn_gm::cpu_baseline::multiplyPanel) multiply_panel;
  decltype(&cv::dnn_gm::cpu_baseline::exponentiate) exponentiate;
  decltype(&cv::dnn_gm::cpu_baseline::findAtLeast) find_at_least;
};

/// Those that this processor has.
std::vector<InstructionSet> instruction_sets() {
#define CV_CPU_HAS_SUPPORT_BASELINE true
#define SET(mode) cv::dnn_gm::opt_##mode
#define NAMED(mode)           \
  {#mode,                     \
   CV_CPU_HAS_SUPPORT_##mode, \
   &SET(mode)::packRow,       \
   &SET(mode)::multiplyPanel, \
   &SET(mode)::exponentiate,  \
   &SET(mode)::findAtLeast},
#define INSTRUCTION_SET(r, data, mode) NAMED(mode)
  std::vector<InstructionSet> all = {BOOST_PP_SEQ_FOR_EACH(
      INSTRUCTION_SET, , BOOST_PP_VARIADIC_TO_SEQ(CV_CPU_DISPATCH_MODES_ALL))};
#undef INSTRUCTION_SET
#undef NAMED
#undef SET
  all.erase(std::remove_if(all.begin(), all.end(), [](const auto& set) { return !set.is_enabled; }),
            all.end());
  return all;
}

std::vector<float> numbers(size_t count, double low, double high) {
  cv::RNG random(count + 1);
  std::vector<float> values(count);
  for (float& value : values) value = float(random.uniform(low, high));
  return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(products_by_instruction_set)

BOOST_AUTO_TEST_CASE(agree_with_float64_for_sizes_around_those_of_tiles_and_blocks) {
  constexpr int kTileRows = JointProducts::tileRows, kTileDepth = JointProducts::tileDepth;
  for (const InstructionSet& set : instruction_sets())
    for (const int rows : {1, 2, 3, 4, 7, 8, 9, 63, 64})
      for (const int classes : {1, 15, 16, 17, 32, 33, 47, 48})
        for (const int depth : {1, 16, 17, 176, 177, 353})
          BOOST_TEST_CONTEXT(set.name << " rows=" << rows << " classes=" << classes
                                      << " depth=" << depth) {
            const size_t padded = cv::alignSize(depth, kTileDepth);
            const int width = int(cv::alignSize(classes, JointProducts::panelStep));
            const auto x = numbers(size_t(rows) * depth, -1, 1);
            const auto panel = numbers(size_t(width) * (depth + 1), -1, 1);
            std::vector<float> tiles(cv::alignSize(size_t(rows), kTileRows) * padded);
            for (int n = 0; n < rows; ++n)
              for (int d = 0; d < depth; ++d)
                tiles[n / kTileRows * kTileRows * padded + d / kTileDepth * kTileRows * kTileDepth +
                      n % kTileRows * kTileDepth + d % kTileDepth] = x[n * depth + d];
            constexpr float kUntouched = 1e9F;
            const int step = classes + 3;
            std::vector<float> out(size_t(rows) * step, kUntouched);
            set.multiply_panel(tiles.data(), rows, panel.data(), depth, classes, out.data(), step);
            double worst = 0;
            for (int n = 0; n < rows; ++n)
              for (int k = 0; k < step; ++k) {
                double expected = k < classes ? panel[k] : kUntouched;
                for (int d = 0; d < depth && k < classes; ++d)
                  expected += double(x[n * depth + d]) * panel[(d + 1) * width + k];
                worst = std::max(worst, std::abs(out[n * step + k] - expected));
              }
            BOOST_TEST(worst < 2e-5);
          }
}

BOOST_AUTO_TEST_CASE(pack_rows_as_tiles) {
  for (const InstructionSet& set : instruction_sets())
    for (const int D : {1, 5, 15, 16, 17, 31, 100}) BOOST_TEST_CONTEXT(set.name << " D=" << D) {
        const size_t padded = cv::alignSize(D, JointProducts::tileDepth);
        const auto x = numbers(D, -1, 1);
        auto centre = numbers(D, -2, 1);
        centre.resize(padded);
        std::vector<float> tile(padded * JointProducts::tileRows), squares = tile;
        const float sum = set.pack_row(x.data(), centre.data(), D, tile.data(), squares.data());
        double expected = 0;
        for (int d = 0; d < D; ++d) {
          const float centred = x[d] - centre[d];
          const size_t at =
              d / JointProducts::tileDepth * JointProducts::tileDepth * JointProducts::tileRows +
              d % JointProducts::tileDepth;
          BOOST_TEST(tile[at] == centred);
          BOOST_TEST(squares[at] == centred * centred);
          expected += double(centred) * centred;
        }
        BOOST_TEST(std::abs(sum - expected) <= 1e-6 * expected);
      }
}

BOOST_AUTO_TEST_CASE(exponentials_are_those_of_the_second_largest) {
  for (const InstructionSet& set : instruction_sets())
    for (const int K : {2, 15, 16, 17, 33, 500})
      for (const double span : {1., 50., 1000.})
        for (const bool tied : {false, true})
          BOOST_TEST_CONTEXT(set.name << " K=" << K << " span " << span << " tied " << tied) {
            auto values = numbers(K, -span, 0);
            if (tied)
              values[0] = values[K - 1] = 0.25F;  // the largest value, in two registers or one
            auto sorted = values, row = values;
            std::sort(sorted.rbegin(), sorted.rend());
            const auto runners = set.exponentiate(row.data(), K);
            BOOST_TEST(runners.second == sorted[1]);
            double sum = -1;
            for (int k = 0; k < K; ++k) {
              const double expected = std::exp(double(std::min(values[k] - sorted[1], 0.F)));
              BOOST_TEST(std::abs(row[k] - expected) <= 3e-7 * expected + FLT_MIN);
              sum += expected;
            }
            BOOST_TEST(std::abs(runners.sum - sum) <= 1e-6 * sum);
          }
}

BOOST_AUTO_TEST_CASE(what_is_at_least_a_threshold_is_found_in_order) {
  for (const InstructionSet& set : instruction_sets())
    for (const int K : {1, 15, 16, 17, 100}) BOOST_TEST_CONTEXT(set.name << " K=" << K) {
        auto values = numbers(K, 0, 1);
        values[K - 1] = 0.5F;
        std::vector<int> found(K), expected;
        found.resize(set.find_at_least(values.data(), K, 0.5F, found.data()));
        for (int k = 0; k < K; ++k)
          if (values[k] >= 0.5F) expected.push_back(k);
        BOOST_TEST(found == expected, boost::test_tools::per_element());
      }
}

BOOST_AUTO_TEST_SUITE_END()
