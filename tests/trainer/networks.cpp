// SPDX-License-Identifier: Apache-2.0
// The networks of the paper's experiments: sizes that others have published, and the same features
// in OpenCV, and by onnx_agreement.py in onnxruntime, as in LibTorch.
#include "gmtrain/networks/network.hpp"

#include <boost/test/unit_test.hpp>

#include "gmtrain/export/export.hpp"
#include "temporary_folder.hpp"
#include "trainer/agreement_case.hpp"
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

int64_t convolutions(const Network& network) {
  int64_t count = 0;
  for (const auto& parameter : network.parameters()) count += parameter.dim() == 4;
  return count;
}

/// As after some training: batch norm's statistics are the images', not 0 and 1.
void warm_up(Network& network, const torch::Tensor& images) {
  torch::NoGradGuard no_grad;
  network.train();
  for (int i = 0; i < 5; ++i) network.forward(images);
  network.eval();
}

/// Compares OpenCV, and leaves in the folder what onnx_agreement.py can run.
void check_agreement(Network& network, const ImageShape& shape, int64_t count,
                     const std::filesystem::path& folder) {
  torch::manual_seed(5);
  const auto images = torch::rand({count, shape[0], shape[1], shape[2]}) * 2 - 1;
  warm_up(network, images);
  torch::Tensor features;
  {
    torch::NoGradGuard no_grad;
    features = network.forward(images);
  }
  BOOST_TEST(features.sizes() == (torch::IntArrayRef{count, network.dimension()}));
  BOOST_TEST(features.std(0).mean().item<double>() > 1e-3);
  const GmHead head =
      random_head({"", 10, Variances::diagonal, CalibrationKind::shared, 1}, features, shape);
  export_onnx(
      network, [&](const torch::Tensor& input) { return network.forward(input); }, shape, head,
      folder / "model.onnx");
  const HeadOutputs expected = reference_outputs(head, features);
  write_agreement_case(folder, images, expected);
  check_opencv(folder / "model.onnx", images, expected);
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

// 25 557 032 and 44 549 160 with the layer of 2048 x 1000 + 1000 that ends a classifier of 1000
// classes.
BOOST_AUTO_TEST_CASE(bottleneck_networks_have_their_published_sizes) {
  const ImageShape imagenet{3, 224, 224};
  BOOST_TEST(parameters(*make("name = \"resnet\"\ndepth = 50", imagenet)) + 2049000 == 25557032);
  const auto resnet101 = make("name = \"resnet\"", imagenet);
  BOOST_TEST(parameters(*resnet101) + 2049000 == 44549160);
  BOOST_TEST(resnet101->dimension() == 2048);
}

BOOST_AUTO_TEST_CASE(networks_have_the_convolutions_that_name_them) {
  BOOST_TEST(convolutions(*make("name = \"vgg13\"", {3, 32, 32})) == 13);
  BOOST_TEST(convolutions(*make("name = \"face27\"", {3, 120, 120})) == 27);
  // Of the 101 layers one is the classifier's; four convolutions stand in shortcuts.
  BOOST_TEST(convolutions(*make("name = \"resnet\"\nwidth = 4", {3, 224, 224})) == 100 + 4);
}

BOOST_AUTO_TEST_CASE(face27_gives_512_features_of_120x120_images) {
  const auto network = make("name = \"face27\"", {3, 120, 120});
  torch::NoGradGuard no_grad;
  BOOST_TEST(network->forward(torch::rand({1, 3, 120, 120})).sizes() ==
             (torch::IntArrayRef{1, 512}));
}

BOOST_AUTO_TEST_CASE(options_that_fit_no_network_are_named) {
  BOOST_CHECK_THROW(make("name = \"resnet_cifar\"\ndepth = 21", {3, 32, 32}), RecipeError);
  BOOST_CHECK_THROW(make("name = \"resnet\"\ndepth = 20", {3, 224, 224}), RecipeError);
  BOOST_CHECK_THROW(make("name = \"face27\"\nwidths = [8]", {3, 120, 120}), RecipeError);
}

BOOST_AUTO_TEST_CASE(exported_networks_compute_the_same_features) {
  const struct {
    std::string name, options;
    ImageShape shape;
  } cases[] = {{"conv6", "widths = [4, 8]\nfeatures = 2\nrelu_features = false", {1, 28, 28}},
               {"resnet_cifar", "depth = 20", {3, 32, 32}},
               {"vgg13", "widths = [8, 16, 24]", {3, 32, 32}},
               {"resnet", "depth = 101\nwidth = 4", {3, 64, 64}},
               {"face27", "widths = [4, 6, 8, 10]\nfeatures = 20", {3, 60, 60}},
               {"face27", "widths = [4, 6, 8, 10]\nfeatures = 20", {3, 28, 32}}};
  for (const auto& [name, options, shape] : cases) {
    BOOST_TEST_CONTEXT(name) {
      torch::manual_seed(4);
      const auto folder = std::filesystem::path(GM_AGREEMENT_FOLDER) / "agree" /
                          ("network-" + name + "-" + std::to_string(shape[1]));
      std::filesystem::create_directories(folder);
      check_agreement(*make("name = \"" + name + "\"\n" + options, shape), shape, 8, folder);
    }
  }
}

BOOST_AUTO_TEST_CASE(networks_of_the_papers_size_are_exported_too) {
  const struct {
    std::string options;
    ImageShape shape;
  } cases[] = {{"name = \"resnet_cifar\"\ndepth = 56", {3, 32, 32}},
               {"name = \"resnet_cifar\"\ndepth = 110", {3, 32, 32}},
               {"name = \"vgg13\"", {3, 32, 32}},
               {"name = \"resnet\"", {3, 224, 224}},
               {"name = \"face27\"", {3, 120, 120}}};
  for (const auto& [options, shape] : cases) {
    BOOST_TEST_CONTEXT(options) {
      torch::manual_seed(4);
      const TemporaryFolder folder;
      check_agreement(*make(options, shape), shape, 2, folder.path());
    }
  }
}

// Variances 2 / ((1 + slope^2) fan_in); face27's 11 units end in a convolution of an 11th of that.
BOOST_AUTO_TEST_CASE(weights_begin_as_he_et_al) {
  const struct {
    std::string options;
    ImageShape shape;
    double slope;
  } cases[] = {{"name = \"conv6\"", {1, 28, 28}, 0.25},
               {"name = \"resnet_cifar\"", {3, 32, 32}, 0},
               {"name = \"vgg13\"", {3, 32, 32}, 0},
               {"name = \"resnet\"\nwidth = 16", {3, 64, 64}, 0},
               {"name = \"face27\"\nwidths = [16, 32, 48, 64]", {3, 120, 120}, 0.25}};
  for (const auto& [options, shape, slope] : cases) {
    torch::manual_seed(6);
    const auto network = make(options, shape);
    for (const auto& entry : network->named_parameters()) {
      const auto& weight = entry.value();
      if (weight.dim() < 2) continue;
      const auto count = static_cast<double>(weight.numel());
      const double fan_in = count / static_cast<double>(weight.size(0));
      double expected = 2 / ((1 + slope * slope) * fan_in);
      if (entry.key().find("residual.2.") != std::string::npos) expected /= 11;
      const double ratio = weight.square().mean().item<double>() / expected;
      // The mean of n squares deviates by sqrt(2 / n).
      BOOST_TEST(std::abs(ratio - 1) < 5 * std::sqrt(2 / count), options << ", " << entry.key());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gmtrain::test
