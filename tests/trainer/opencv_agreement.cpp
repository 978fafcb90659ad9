// SPDX-License-Identifier: Apache-2.0
#include "trainer/opencv_agreement.hpp"

#include <boost/test/unit_test.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn_gm.hpp>

namespace gmtrain::test {
namespace {

using Outputs = std::array<torch::Tensor, 6>;

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
  std::array<std::vector<torch::Tensor>, 6> parts;
  for (const torch::Tensor& part : images.split(batch)) {
    const Outputs outputs = forward(net, part);
    for (size_t i = 0; i < outputs.size(); ++i) parts[i].push_back(outputs[i]);
  }
  Outputs whole;
  for (size_t i = 0; i < whole.size(); ++i) whole[i] = torch::cat(parts[i]);
  return whole;
}

}  // namespace

torch::Tensor allowed(size_t output, const HeadOutputs& expected) {
  const torch::Tensor size = expected.values[output].abs();
  switch (output) {
    case 0:
      return torch::full_like(size, kTolerance);
    case 3:
      return kTolerance * size;
    case 4:
      return expected.p_value_slack + 1e-6;  // which float32 rounds by
    case 5:
      return torch::full_like(size, 0.5);  // none
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

}  // namespace gmtrain::test
