// SPDX-License-Identifier: Apache-2.0
// The model that mnist/train.sh trained for one epoch, on the images that it wrote.
#include <boost/test/unit_test.hpp>

#include "samples/detection_table.hpp"
#include "samples_mnist/real_images.hpp"

using namespace gm_test;

BOOST_FIXTURE_TEST_SUITE(adversarial_detection_mnist, SampleFixture)

BOOST_AUTO_TEST_CASE(the_table_says_what_counting_says_and_the_pictures_are_there) {
  const std::vector<std::string> sets = {"fgsm_0.1", "fgsm_0.3", "targeted_fgsm_0.3",
                                         "fashion_mnist"};
  const fs::path images = kRun + "/images";
  std::string arguments = kModel + "--false_reject_rate=0.05 --histogram=likelihoods.png " +
                          "--roc=roc.png --clean=" + (images / "clean").string();
  std::vector<fs::path> folders = {images / "clean"};
  for (const std::string& set : sets) {
    folders.push_back(images / set);
    arguments += ' ' + folders.back().string();
  }
  const Result result = run(GM_ADVERSARIAL_DETECTION, arguments);
  BOOST_TEST(result.status == 0);
  const auto classifier = cv::dnn_gm::OpenSetClassifier::create(kRun + "/model.onnx");
  classifier->setFalseRejectRate(0.05F);
  check_detection_table(result, *classifier, folders);

  // 200 clean images: 0.05 give or take four deviations.
  const auto clean = result.row("clean", 2);
  BOOST_TEST(clean[1] < 100 * (0.05 + 4 * std::sqrt(0.05 * 0.95 / 200)));
  for (const char* set : {"fgsm_0.3", "fashion_mnist"}) {
    const auto row = result.row(set, 6);
    BOOST_TEST(row[1] > clean[1]);
    BOOST_TEST(row[3] > 0.65);
  }
  for (const char* picture : {"likelihoods.png", "roc.png"}) {
    cv::Scalar mean, deviation;
    cv::meanStdDev(cv::imread(path(picture)), mean, deviation);
    BOOST_TEST(deviation[0] > 5);
  }
}

BOOST_AUTO_TEST_SUITE_END()
