// The networks of the paper's experiments: sizes that others have published, and the same features
// in OpenCV as in LibTorch.
#include "gmtrain/networks/network.hpp"

#include <boost/test/unit_test.hpp>

#include "gmtrain/export/export.hpp"
#include "temporary_folder.hpp"
#include "trainer/export_heads.hpp"
#include "trainer/from_table.hpp"
#include "trainer/opencv_agreement.hpp"

namespace gmtrain::test {
namespace {

std::shared_ptr<Network> make(const std::string& table, const ImageShape& input) {
  return from_table("network", table,
                    [&](Section section) { return make_network(section, input); });
}

int64_t parameters(const Network& network) {
  int64_t count = 0;
  for (const auto& parameter : network.parameters()) count += parameter.numel();
  return count;
}

/// As after some training: batch norm's statistics are the images', not 0 and 1.
void warm_up(Network& network, const torch::Tensor& images) {
  torch::NoGradGuard no_grad;
  network.train();
  for (int i = 0; i < 5; ++i) network.forward(images);
  network.eval();
}

void check_in_opencv(Network& network, const ImageShape& shape) {
  const TemporaryFolder folder;
  torch::manual_seed(5);
  const auto images = torch::rand({8, shape[0], shape[1], shape[2]}) * 2 - 1;
  warm_up(network, images);
  torch::Tensor features;
  {
    torch::NoGradGuard no_grad;
    features = network.forward(images);
  }
  BOOST_TEST(features.sizes() == (torch::IntArrayRef{8, network.dimension()}));
  BOOST_TEST(features.std(0).mean().item<double>() > 1e-3);
  const GmHead head =
      random_head({"", 10, Covariance::diagonal, CalibrationKind::shared, 1}, features, shape);
  export_onnx(
      network, [&](const torch::Tensor& input) { return network.forward(input); }, shape, head,
      folder / "model.onnx");
  check_opencv(folder / "model.onnx", images, reference_outputs(head, features));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(networks)

// 0.27, 0.85 and 1.7 million with the layer of 64 x 10 + 10 that ends a classifier of ten classes
// (He et al., Table 6).
BOOST_AUTO_TEST_CASE(residual_networks_have_their_published_sizes) {
  const ImageShape cifar{3, 32, 32};
  BOOST_TEST(parameters(*make("name = \"resnet_cifar\"\ndepth = 20", cifar)) + 650 == 269722);
  BOOST_TEST(parameters(*make("name = \"resnet_cifar\"\ndepth = 56", cifar)) + 650 == 853018);
  BOOST_TEST(parameters(*make("name = \"resnet_cifar\"\ndepth = 110", cifar)) + 650 == 1727962);
}

BOOST_AUTO_TEST_CASE(vgg13_has_13_convolutions) {
  int64_t convolutions = 0;
  for (const auto& parameter : make("name = \"vgg13\"", {3, 32, 32})->parameters()) {
    convolutions += parameter.dim() == 4;
  }
  BOOST_TEST(convolutions == 13);
}

BOOST_AUTO_TEST_CASE(a_depth_that_is_none_is_named) {
  BOOST_CHECK_THROW(make("name = \"resnet_cifar\"\ndepth = 21", {3, 32, 32}), RecipeError);
}

BOOST_AUTO_TEST_CASE(opencv_computes_the_same_features) {
  for (const auto& [table, shape] : std::vector<std::pair<std::string, ImageShape>>{
           {"name = \"conv6\"\nwidths = [4, 8]\nfeatures = 2\nrelu_features = false", {1, 28, 28}},
           {"name = \"resnet_cifar\"\ndepth = 20", {3, 32, 32}},
           {"name = \"vgg13\"\nwidths = [8, 16, 24]", {3, 32, 32}}}) {
    BOOST_TEST_CONTEXT(table) {
      torch::manual_seed(4);
      check_in_opencv(*make(table, shape), shape);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gmtrain::test
