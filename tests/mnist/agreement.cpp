// SPDX-License-Identifier: Apache-2.0
// The model that train.sh trained on real MNIST: LibTorch, OpenCV and onnxruntime (which runs on
// what is left in a folder here) must say the same of 1000 test images.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/files/atomic_file.hpp"
#include "gmtrain/export/export.hpp"
#include "gmtrain/run.hpp"
#include "trainer/agreement_case.hpp"
#include "trainer/opencv_agreement.hpp"

namespace gmtrain::test {
namespace {

constexpr int64_t kImages = 1000;

struct MnistRun {
  MnistRun()
      : run(open_run(GM_MNIST_RUN)),
        calibration(load_calibration(run)),
        head(head_of_run(run, &calibration)),
        model(run.folder.path / "model.onnx") {
    batch = open_dataset(run.data, run.data.path, Split::test)->load(all_indices(kImages));
    torch::NoGradGuard no_grad;
    features = run.model->features(batch.images);
  }

  TrainedRun run;
  Calibration calibration;
  GmHead head;
  std::filesystem::path model;
  Batch batch;
  torch::Tensor features;
};

cv::Mat image_of(const Batch& batch, int64_t i) {
  const auto pixels = batch.images[i][0].contiguous();
  return cv::Mat(static_cast<int>(pixels.size(0)), static_cast<int>(pixels.size(1)), CV_8UC1,
                 pixels.data_ptr())
      .clone();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(trained_mnist, MnistRun)

BOOST_AUTO_TEST_CASE(libtorch_agrees_with_the_operator) {
  const auto expected = reference_outputs(head, features);
  const auto scores = run.model->loss().score(features);
  const std::array<torch::Tensor, 4> actual{
      scores.log_posterior.exp(), scores.log_likelihood.unsqueeze(1),
      scores.log_density.unsqueeze(1), scores.distance.unsqueeze(1)};
  for (size_t i = 0; i < actual.size(); ++i) {
    const auto excess = (actual[i] - expected.values[i]).abs() / allowed(i, expected);
    BOOST_TEST(excess.max().item<double>() <= 1, kOutputNames[i]);
  }
  for (int64_t i = 0; i < kImages; ++i) {
    const double p = calibration.p_value(
        {scores.predicted[i].item<int64_t>(), to_float32(scores.distance[i].item<double>()),
         to_float32(scores.energy[i].item<double>()), to_float32(scores.doubt[i].item<double>())});
    BOOST_TEST(std::abs(p - expected.values[4][i].item<double>()) <=
               expected.p_value_slack[i].item<double>() + 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(opencv_agrees) {
  const auto images = batch.images.to(torch::kFloat);
  const auto expected = reference_outputs(head, features);
  check_opencv(model, images, expected);
  write_agreement_case(GM_MNIST_AGREEMENT, images, expected);
}

BOOST_AUTO_TEST_CASE(labels_calibration_and_decision_survive_the_trip) {
  const auto classifier = cv::dnn_gm::OpenSetClassifier::create(model.string());
  BOOST_TEST(classifier->isCalibrated());
  BOOST_TEST(classifier->getCalibratedOn() == calibration.calibrated_on);
  BOOST_TEST(classifier->getFalseRejectRate() == 0.01F, boost::test_tools::tolerance(1e-5F));
  BOOST_TEST((classifier->getInputSize() == cv::Size(28, 28)));
  const auto labels = classifier->getLabels();
  BOOST_TEST(std::vector<std::string>(labels.begin(), labels.end()) == run.data.labels);

  const auto expected = reference_outputs(head, features);
  const auto predicted = expected.values[0].argmax(1);
  int disagreements = 0;
  for (int64_t i = 0; i < 50; ++i) {
    const auto verdict = classifier->classify(image_of(batch, i));
    disagreements += verdict.classId != predicted[i].item<int64_t>();
    const double p = expected.values[4][i].item<double>();
    BOOST_TEST(std::abs(verdict.pValue - p) <= 1.01 / 5001);
    BOOST_TEST(verdict.label == run.data.labels[verdict.classId]);
    BOOST_TEST(verdict.accepted == (verdict.pValue >= 0.01F));
  }
  BOOST_TEST(disagreements == 0);
}

BOOST_AUTO_TEST_CASE(evaluation_holds_every_figure_and_is_sane) {
  const auto evaluation = nlohmann::json::parse(read_file(run.folder.evaluation()));
  BOOST_TEST(evaluation["test_error"].get<double>() < 5);
  BOOST_TEST(evaluation["test_images"] == 10000);
  for (const std::string attack : {"fgsm_0.1", "fgsm_0.2", "fgsm_0.3", "targeted_fgsm_0.3"}) {
    const auto figures = evaluation["adversarial"][attack];
    BOOST_TEST(figures["images"] == 10000);
    BOOST_TEST(figures["error"].get<double>() > evaluation["test_error"].get<double>());
    for (const std::string rate : {"eer_likelihood", "eer_pmax"}) {
      BOOST_TEST(figures[rate].get<double>() > 0);
      BOOST_TEST(figures[rate].get<double>() < 50);
    }
    BOOST_TEST(figures["auroc"].get<double>() > 0.5);
  }
  for (const std::string figure : {"auroc", "eer", "fpr95", "images"}) {
    BOOST_TEST(evaluation["ood"]["fashion_mnist"].contains(figure));
  }
  BOOST_TEST(evaluation["ood"]["fashion_mnist"]["auroc"].get<double>() > 0.8);
  BOOST_TEST(evaluation["calibration"]["calibration_images"] == 5000);
  for (const std::string rate : {"false_reject_at_0.01", "false_reject_at_0.05"}) {
    BOOST_TEST(evaluation["calibration"][rate].get<double>() < 0.1);
  }
}

BOOST_AUTO_TEST_CASE(written_images_are_what_they_say) {
  for (const std::string set :
       {"clean", "fgsm_0.1", "fgsm_0.3", "targeted_fgsm_0.3", "fashion_mnist"}) {
    const auto folder = run.folder.images() / set;
    int64_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      count += entry.path().extension() == ".png";
    }
    BOOST_TEST(count == 200, set);
  }
  const auto first = fmt::format("00000_{}.png", batch.labels[0].item<int64_t>());
  const auto read = [&](const std::string& set) {
    return cv::imread((run.folder.images() / set / first).string(), cv::IMREAD_GRAYSCALE);
  };
  BOOST_TEST(cv::norm(read("clean"), image_of(batch, 0), cv::NORM_INF) == 0);
  BOOST_TEST(cv::norm(read("clean"), read("fgsm_0.3"), cv::NORM_INF) == 76);  // 0.3 * 255, down
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gmtrain::test
