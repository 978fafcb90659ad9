// SPDX-License-Identifier: Apache-2.0
// A run without a Gaussian mixture as a classifier that OpenCV reads.
#include <boost/test/unit_test.hpp>
#include <opencv2/dnn.hpp>

#include "gmtrain/data/dataset.hpp"
#include "gmtrain/export/export.hpp"
#include "gmtrain/losses/affine.hpp"
#include "gmtrain/model.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

struct UntrainedModel {
  TemporaryFolder folder;
  std::unique_ptr<Model> model;

  explicit UntrainedModel(const std::string& loss) {
    make_data(folder.path());
    auto recipe = small_recipe(folder.path(), {"loss.name=\"" + loss + "\""});
    const auto data = DataOptions::read(recipe.section("data"));
    torch::manual_seed(3);
    model = std::make_unique<Model>(recipe, data,
                                    open_dataset(data, data.path, Split::test)->image_shape());
    model->eval();
  }

  std::filesystem::path exported() {
    export_classifier(*model, {1, 12, 12}, folder / "model.onnx");
    return folder / "model.onnx";
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(export_of_a_classifier)

BOOST_AUTO_TEST_CASE(opencv_gives_the_affinities) {
  UntrainedModel softmax("softmax");
  auto net = cv::dnn::readNetFromONNX(softmax.exported().string());
  const auto images = torch::randint(0, 256, {5, 1, 12, 12}).to(torch::kFloat);
  const int shape[] = {5, 1, 12, 12};
  net.setInput(cv::Mat(4, shape, CV_32F, images.data_ptr()));
  cv::Mat scores = net.forward();
  BOOST_TEST_REQUIRE(scores.total() == 50U);

  const torch::NoGradGuard no_grad;
  const auto& loss = dynamic_cast<const AffineLoss&>(softmax.model->loss());
  const auto expected = loss.affinities(softmax.model->features(images));
  const auto found = torch::from_blob(scores.data, {5, 10}, torch::kFloat);
  BOOST_TEST(torch::allclose(found, expected, 1e-4, 1e-4));
}

BOOST_AUTO_TEST_CASE(a_mixture_is_no_classifier_of_affinities) {
  UntrainedModel lgm("lgm");
  BOOST_CHECK_THROW(lgm.exported(), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
