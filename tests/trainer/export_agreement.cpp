// Exported files against LibTorch: by OpenCV here, and by onnxruntime in onnx_agreement.py, for
// which every case is left in a folder.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn_gm.hpp>

#include "gmtrain/export/export.hpp"
#include "trainer/agreement_case.hpp"
#include "trainer/export_heads.hpp"
#include "trainer/export_networks.hpp"

namespace gmtrain::test {
namespace {

constexpr double kTolerance = 1e-4;
constexpr int64_t kImages = 64;

const std::filesystem::path& case_folder() {
  static const std::filesystem::path folder = GM_AGREEMENT_FOLDER;
  return folder;
}

/// Cases of an earlier run must not stand in for those of this one.
struct EmptyCaseFolder {
  EmptyCaseFolder() { std::filesystem::remove_all(case_folder()); }
};

torch::Tensor random_images(int64_t count, const std::array<int64_t, 3>& shape) {
  return torch::randint(0, 256, {count, shape[0], shape[1], shape[2]}).to(torch::kFloat);
}

using Outputs = std::array<torch::Tensor, 5>;

/// The outputs for one batch, [N,columns] float64, in the order of kOutputNames.
Outputs forward(cv::dnn::Net& net, const torch::Tensor& images) {
  const torch::Tensor pixels = images.contiguous();
  const std::vector<int> sizes(pixels.sizes().begin(), pixels.sizes().end());
  net.setInput(cv::Mat(sizes, CV_32F, pixels.data_ptr()));
  std::vector<cv::Mat> found;
  net.forward(found, std::vector<cv::String>(kOutputNames.begin(), kOutputNames.end()));
  Outputs outputs;
  for (size_t i = 0; i < outputs.size(); ++i) {
    BOOST_REQUIRE_EQUAL(found[i].dims, 2);
    outputs[i] = torch::from_blob(found[i].data, {found[i].rows, found[i].cols}, torch::kFloat)
                     .to(torch::kDouble, /*non_blocking=*/false, /*copy=*/true);
  }
  return outputs;
}

Outputs forward_in_batches(cv::dnn::Net& net, const torch::Tensor& images, int64_t batch) {
  std::array<std::vector<torch::Tensor>, 5> parts;
  for (const torch::Tensor& part : images.split(batch)) {
    const Outputs outputs = forward(net, part);
    for (size_t i = 0; i < outputs.size(); ++i) parts[i].push_back(outputs[i]);
  }
  Outputs whole;
  for (size_t i = 0; i < whole.size(); ++i) whole[i] = torch::cat(parts[i]);
  return whole;
}

/// What each output may differ by: 1e-4 relative. Probabilities are relative to their sum;
/// logarithms pass through 0, where 1e-4 of the density is 1e-4 in its logarithm; p-values may
/// differ by one sample of the calibration.
torch::Tensor allowed(size_t output, const HeadOutputs& expected) {
  const torch::Tensor size = expected.values[output].abs();
  switch (output) {
    case 0:
      return torch::full_like(size, kTolerance);
    case 3:
      return kTolerance * size;
    case 4:
      return expected.calibration_step * (1 + 1e-5);
    default:
      return kTolerance * size.clamp_min(1);
  }
}

void check_opencv(const std::filesystem::path& model, const torch::Tensor& images,
                  const HeadOutputs& expected) {
  cv::dnn_gm::registerLayers();
  cv::dnn::Net net = cv::dnn::readNetFromONNX(model.string());
  for (const int64_t batch : {int64_t{1}, int64_t{7}, images.size(0)}) {
    const Outputs got = forward_in_batches(net, images, batch);
    for (size_t i = 0; i < got.size(); ++i) {
      BOOST_REQUIRE(got[i].sizes() == expected.values[i].sizes());
      const double excess =
          ((got[i] - expected.values[i]).abs() / allowed(i, expected)).max().item<double>();
      BOOST_TEST(excess <= 1, kOutputNames[i] << " in batches of " << batch << " differs by "
                                              << excess << " times what is allowed");
    }
  }
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

BOOST_AUTO_TEST_SUITE(export_agreement, *boost::unit_test::fixture<EmptyCaseFolder>())

BOOST_AUTO_TEST_CASE(every_network_agrees) {
  const HeadCase head{"by_class", 10, Covariance::diagonal, CalibrationKind::by_class, 1};
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
      {wide, {"identity", 10, Covariance::identity, CalibrationKind::shared, 1}},
      {narrow, {"identity", 10, Covariance::identity, CalibrationKind::shared, 1}},
      {wide, {"one_variance", 10, Covariance::shared, CalibrationKind::none, 1}},
      {narrow, {"one_variance", 10, Covariance::shared, CalibrationKind::by_class, 1}},
      {wide, {"isotropic", 10, Covariance::isotropic, CalibrationKind::shared, 1}},
      {narrow, {"isotropic", 10, Covariance::isotropic, CalibrationKind::none, 1}},
      {wide, {"many_classes", 100, Covariance::isotropic, CalibrationKind::by_class, 1}},
      {wide, {"one_class", 1, Covariance::diagonal, CalibrationKind::shared, 1}},
      {narrow, {"one_class", 1, Covariance::isotropic, CalibrationKind::none, 1}},
      {wide, {"far", 10, Covariance::diagonal, CalibrationKind::by_class, 1000}},
      {narrow, {"far", 10, Covariance::diagonal, CalibrationKind::by_class, 1000}},
  };
  for (const auto& [network, head] : cases) {
    BOOST_TEST_CONTEXT(network << " with " << head.name) {
      check_agreement(network_case(network), head, 12);
    }
  }
}

/// onnx_agreement.py must find fault with every one of these.
BOOST_AUTO_TEST_CASE(one_wrong_figure_in_each_output_is_left_to_be_noticed) {
  const HeadCase head{"by_class", 10, Covariance::diagonal, CalibrationKind::by_class, 1};
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
