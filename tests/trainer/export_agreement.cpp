// SPDX-License-Identifier: Apache-2.0
// Exported files against LibTorch: by OpenCV here, and by onnxruntime in onnx_agreement.py, for
// which every case is left in a folder.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "gmtrain/export/export.hpp"
#include "trainer/agreement_case.hpp"
#include "trainer/export_heads.hpp"
#include "trainer/export_networks.hpp"
#include "trainer/opencv_agreement.hpp"

namespace gmtrain::test {
namespace {

constexpr int64_t kImages = 64;

const std::filesystem::path& case_folder() {
  static const std::filesystem::path folder = GM_AGREEMENT_FOLDER;
  return folder;
}

/// Cases of an earlier run must not stand in for those of this one. Other suites leave some too.
struct EmptyCaseFolder {
  EmptyCaseFolder() { std::filesystem::remove_all(case_folder()); }
};
BOOST_TEST_GLOBAL_FIXTURE(EmptyCaseFolder);

torch::Tensor random_images(int64_t count, const std::array<int64_t, 3>& shape) {
  return torch::randint(0, 256, {count, shape[0], shape[1], shape[2]}).to(torch::kFloat);
}

struct Exported {
  GmHead head;
  torch::Tensor images;
  HeadOutputs expected;  ///< LibTorch's own features, then the head in float64
};

/// Writes <folder>/model.onnx.
Exported export_case(const NetworkCase& network_case, const HeadCase& head_case, uint64_t seed,
                     const std::filesystem::path& folder) {
  torch::manual_seed(seed);
  const auto network = network_case.make();
  const auto images = random_images(kImages, network_case.input_shape);
  torch::Tensor features;
  {
    const torch::NoGradGuard no_grad;
    network->eval();
    features = network->forward(images);
    network->train();
  }
  const GmHead head = random_head(head_case, features, network_case.input_shape);
  std::filesystem::create_directories(folder);
  export_onnx(
      *network, [&](const torch::Tensor& input) { return network->forward(input); },
      network_case.input_shape, head, folder / "model.onnx");
  return {head, images, reference_outputs(head, features)};
}

void check_agreement(const NetworkCase& network_case, const HeadCase& head_case, uint64_t seed) {
  const auto folder = case_folder() / "agree" / (network_case.name + "-" + head_case.name);
  const Exported exported = export_case(network_case, head_case, seed, folder);
  write_agreement_case(folder, exported.images, exported.expected);
  check_opencv(folder / "model.onnx", exported.images, exported.expected);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(export_agreement)

BOOST_AUTO_TEST_CASE(every_network_agrees) {
  const HeadCase head{"by_class", 10, Variances::diagonal, CalibrationKind::by_class, 1};
  for (const NetworkCase& network : network_cases()) {
    BOOST_TEST_CONTEXT(network.name) {
      check_agreement(network, head, 11);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_head_agrees) {
  const char* wide = "plain";             // D = 100
  const char* narrow = "prelu_residual";  // D = 2
  const std::pair<const char*, HeadCase> cases[] = {
      {wide, {"identity", 10, Variances::identity, CalibrationKind::shared, 1}},
      {narrow, {"identity", 10, Variances::identity, CalibrationKind::shared, 1}},
      {wide, {"one_variance", 10, Variances::shared, CalibrationKind::none, 1}},
      {narrow, {"one_variance", 10, Variances::shared, CalibrationKind::by_class, 1}},
      {wide, {"isotropic", 10, Variances::isotropic, CalibrationKind::shared, 1}},
      {narrow, {"isotropic", 10, Variances::isotropic, CalibrationKind::none, 1}},
      {wide, {"many_classes", 100, Variances::isotropic, CalibrationKind::by_class, 1}},
      {wide, {"by_distance", 10, Variances::diagonal, CalibrationKind::by_distance, 1}},
      {narrow, {"by_distance", 10, Variances::identity, CalibrationKind::by_distance, 1}},
      {wide, {"one_class", 1, Variances::diagonal, CalibrationKind::shared, 1}},
      {narrow, {"one_class", 1, Variances::isotropic, CalibrationKind::none, 1}},
      {wide, {"far", 10, Variances::diagonal, CalibrationKind::by_class, 1000}},
      {narrow, {"far", 10, Variances::diagonal, CalibrationKind::by_class, 1000}},
      {wide, {"far_identity", 100, Variances::identity, CalibrationKind::shared, 1000}},
      {wide, {"far_isotropic", 100, Variances::isotropic, CalibrationKind::shared, 1000}},
  };
  for (const auto& [network, head] : cases) {
    BOOST_TEST_CONTEXT(network << " with " << head.name) {
      check_agreement(network_case(network), head, 12);
    }
  }
}

/// Pixels are the features here, so that what is not a number reaches the head as it is.
BOOST_AUTO_TEST_CASE(features_out_of_range_are_refused_alike) {
  torch::manual_seed(14);
  const std::array<int64_t, 3> shape{1, 2, 3};
  const auto images = random_images(kImages, shape);
  const auto ordinary = images.flatten(1).clone();
  for (const auto calibration : {CalibrationKind::by_class, CalibrationKind::none}) {
    GmHead head = random_head({"", 4, Variances::isotropic, calibration, 1}, ordinary, shape);
    head.log_variances[0] = -80;  // one class is out of range for every image

    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const float nonsense[] = {std::nanf(""), kInfinity, -kInfinity, 1e30F, -3e25F};
    for (int64_t n = 0; n < 5; ++n) images[n][0][1][n % 3] = nonsense[n];
    const HeadOutputs expected = reference_outputs(head, images.flatten(1));
    BOOST_TEST(expected.values[4].slice(0, 0, 5).max().item<double>() == 0);
    BOOST_TEST(expected.values[4].slice(0, 5).min().item<double>() > 0);

    const auto folder =
        case_folder() / "agree" /
        (calibration == CalibrationKind::none ? "nonsense-uncalibrated" : "nonsense");
    std::filesystem::create_directories(folder);
    torch::nn::Module none;
    export_onnx(
        none, [](const torch::Tensor& input) { return input.flatten(1); }, shape, head,
        folder / "model.onnx");
    write_agreement_case(folder, images, expected);
    check_opencv(folder / "model.onnx", images, expected);
  }
}

/// onnx_agreement.py must find fault with every one of these.
BOOST_AUTO_TEST_CASE(one_wrong_figure_in_each_output_is_left_to_be_noticed) {
  const HeadCase head{"by_class", 10, Variances::diagonal, CalibrationKind::by_class, 1};
  for (size_t output = 0; output < kOutputNames.size(); ++output) {
    const auto folder = case_folder() / "disagree" / kOutputNames[output];
    Exported exported = export_case(network_case("prelu_residual"), head, 13, folder);
    exported.expected.values[output][kImages - 1][0] +=
        3 * allowed(output, exported.expected)[kImages - 1][0];
    write_agreement_case(folder, exported.images, exported.expected);
    BOOST_TEST(std::filesystem::exists(folder / "image.npy"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gmtrain::test
