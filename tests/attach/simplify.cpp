// SPDX-License-Identifier: Apache-2.0
// What OpenCV 4.6 needs otherwise computes the same.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <ostream>

#include "attach/small_networks.hpp"
#include "core/onnx/cut.hpp"
#include "core/onnx/cut_network.hpp"
#include "core/onnx/model_parts.hpp"
#include "gmattach/features.hpp"

namespace {

using namespace gmtrain;
using namespace gmattach::test;
namespace data = boost::unit_test::data;

const std::string kPlanes = "float[N,3,8,8] x";

struct Clipped {
  int opset;
  std::string clip;
  float low, high;
};
std::ostream& operator<<(std::ostream& out, const Clipped& clipped) {
  return out << "opset " << clipped.opset << ", " << clipped.low << " to " << clipped.high;
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();
const std::vector<Clipped> kClipped = {
    {9, "Clip <min = 0.0, max = 6.0> (f)", 0, 6}, {13, "Clip (f, lo, hi)", 0, 6},
    {13, "Clip (f, lo, hi)", -20.5, 99},          {13, "Clip (f, lo)", 0, kInfinity},
    {13, "Clip (f, lo, hi)", 0, kInfinity},       {13, "Clip (f, lo, hi)", -kInfinity, kInfinity}};

/// Images of noise, and what a network's features of them are.
struct Computed {
  cv::Mat images, features;

  Computed(const Classifier& small, const Cut& cut) {
    const int sizes[] = {2, 3, 8, 8};
    images.create(4, sizes, CV_32F);
    cv::RNG random(2);
    random.fill(images, cv::RNG::UNIFORM, 0, 255);
    features = gmattach::FeatureNetwork(small, cut, {1, {100}, {1}}).run(images).features;
  }

  float pixel(int image, int64_t place) const { return images.ptr<float>(image)[place] - 100; }
};

struct Product {
  std::string attributes, inputs;
  bool transposed;
  double alpha, beta;
};
std::ostream& operator<<(std::ostream& out, const Product& product) {
  return out << "Gemm " << product.attributes << product.inputs;
}

const std::vector<Product> kProducts = {
    {"", "(f, u, b)", false, 1, 1},
    {"<alpha = 0.25>", "(f, u)", false, 0.25, 0},
    {"<alpha = 0.25, beta = 2.0>", "(f, u, b)", false, 0.25, 2},
    {"<alpha = 0.25, beta = 0.0>", "(f, u, b)", false, 0.25, 0},
    {"<transB = 1, alpha = 0.25, beta = 2.0>", "(f, t, b)", true, 0.25, 2}};

/// Numbers that are worked out of whole ones.
struct Number {
  std::string nodes;
  float value;
};
std::ostream& operator<<(std::ostream& out, const Number& number) {
  return out << number.nodes;
}

const std::vector<Number> kNumbers = {
    {"s = Shape (x) h = Gather (s, two) r = Cast <to = 1> (h)", 8},
    {"a = Cast <to = 1> (seven) c = Cast <to = 1> (two) r = Div (a, c)", 3.5}};

}  // namespace

BOOST_AUTO_TEST_SUITE(simplifying)

/// What is folded of whole numbers does not swallow the Cast that makes floats of them.
BOOST_DATA_TEST_CASE(whole_numbers_become_floats, data::make(kNumbers), number) {
  auto model =
      network(13, kPlanes, "float[N,4] y",
              number.nodes + " f = Flatten (x) m = Mul (f, r) y = Gemm <transB = 1> (m, v)",
              {{"v", {4, 192}}});
  for (const auto& [name, value] : {std::pair("two", 2), std::pair("seven", 7)})
    add_constant(*model.mutable_graph(), name, {{}, std::vector<int64_t>{value}});
  const Classifier small = classifier_of(model.SerializeAsString(), "small.onnx");
  const Computed computed(small, find_cut(small));
  BOOST_REQUIRE(computed.features.total() == computed.images.total());
  for (int n = 0; n < 2; ++n)
    for (int d = 0; d < 192; ++d)
      BOOST_TEST(std::abs(computed.features.at<float>(n, d) - number.value * computed.pixel(n, d)) <
                 1e-3);
}

/// OpenCV 4.6 does not take the axes of a Squeeze as an input, whatever the number of images.
BOOST_DATA_TEST_CASE(squeezes, data::make({true, false}), any_batch) {
  auto model = network(13, kPlanes, "float[N,4] y",
                       "c = Conv (x, w) p = GlobalAveragePool (c) q = Squeeze (p, pixels) "
                       "h = Gemm <transB = 1> (q, u) r = Relu (h) y = Gemm <transB = 1> (r, v)",
                       {{"w", {5, 3, 3, 3}}, {"u", {6, 5}}, {"v", {4, 6}}});
  add_constant(*model.mutable_graph(), "pixels", {{2}, std::vector<int64_t>{2, 3}});
  const Classifier small = classifier_of(model.SerializeAsString(), "small.onnx");
  CutOptions options;
  options.any_batch = any_batch;
  const auto cut = cut_network(small, find_cut(small), options);
  for (const auto& node : cut.graph().node()) BOOST_TEST(node.op_type() != "Squeeze");
}

/// OpenCV 4.6 does not take the bounds of a Clip as exporters write them.
BOOST_DATA_TEST_CASE(clips, data::make(kClipped), clipped) {
  auto model = network(clipped.opset, kPlanes, "float[N,4] y",
                       "f = Flatten (x) c = " + clipped.clip + " y = Gemm <transB = 1> (c, v)",
                       {{"v", {4, 192}}});
  for (const auto& [name, bound] : {std::pair("lo", clipped.low), std::pair("hi", clipped.high)})
    add_constant(*model.mutable_graph(), name, {{}, std::vector<float>{bound}});
  const Classifier small = classifier_of(model.SerializeAsString(), "small.onnx");
  const Computed computed(small, find_cut(small));
  BOOST_REQUIRE(computed.features.total() == computed.images.total());
  float worst = 0;
  for (int n = 0; n < 2; ++n)
    for (int d = 0; d < 192; ++d) {
      const float expected = std::min(std::max(computed.pixel(n, d), clipped.low), clipped.high);
      worst = std::max(worst, std::abs(computed.features.at<float>(n, d) - expected));
    }
  BOOST_TEST(worst < 1e-4F);
}

/// OpenCV 4.6 takes weights as transposed, and leaves out factors.
BOOST_DATA_TEST_CASE(products, data::make(kProducts), product) {
  const auto model = network(13, kPlanes, "float[N,4] y",
                             "f = Flatten (x) g = Gemm " + product.attributes + product.inputs +
                                 " y = Gemm <transB = 1> (g, v)",
                             {{"u", {192, 5}}, {"t", {5, 192}}, {"b", {5}}, {"v", {4, 5}}});
  const Classifier small = classifier_of(model.SerializeAsString(), "small.onnx");
  const Computed computed(small, find_cut(small));
  BOOST_REQUIRE(computed.features.cols == 5);
  const auto weights = some_values({192, 5}), bias = some_values({5});
  for (int n = 0; n < 2; ++n)
    for (int k = 0; k < 5; ++k) {
      double sum = 0;
      for (int d = 0; d < 192; ++d)
        sum += computed.pixel(n, d) * weights[product.transposed ? k * 192 + d : d * 5 + k];
      const double expected = product.alpha * sum + product.beta * bias[k];
      BOOST_TEST(std::abs(computed.features.at<float>(n, k) - expected) < 1e-3);
    }
}

BOOST_AUTO_TEST_SUITE_END()
