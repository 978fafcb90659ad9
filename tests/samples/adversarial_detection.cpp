#include <boost/test/unit_test.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>

#include "chart.hpp"
#include "module/image_model.hpp"
#include "samples/detection_table.hpp"
#include "samples/sample_fixture.hpp"

using namespace gm_test;
using samples::Chart;

namespace {

/// Images beside the means of the classes, ever farther in `near`, `far` and `farthest`.
struct Fixture : SampleFixture {
  ImageModel model{1, nineteen_distances() / 100};

  Fixture() {
    model.write(path("model.onnx"));
    write_images("near", 20, [&](int i) { return image_beside(i, 0.04); });
    write_images("far", 30, [&](int i) { return image_beside(i, 0.06); });
    write_images("farthest", 10, [&](int i) { return image_beside(i, 0.5); });
  }

  cv::Mat image_beside(int i, double deviation) const {
    cv::RNG random(100 + uint64_t(i));
    cv::Mat features =
        model.constants[0].row(i % 3) + normal(random, 1, model.constants[0].cols, deviation);
    return image_of_features(cv::min(cv::max(features, 0), 1));
  }

  Result detect(const std::string& arguments) const {
    return run(GM_ADVERSARIAL_DETECTION, arguments);
  }

  cv::Ptr<cv::dnn_gm::OpenSetClassifier> classifier(float rate) const {
    auto made = cv::dnn_gm::OpenSetClassifier::create(path("model.onnx"));
    made->setFalseRejectRate(rate);
    return made;
  }
};

int pixels_of(const cv::Mat& picture, const cv::Scalar& colour) {
  cv::Mat found;
  cv::inRange(picture, colour, colour, found);
  return cv::countNonZero(found);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(adversarial_detection_sample, Fixture)

BOOST_AUTO_TEST_CASE(the_table_says_what_counting_says) {
  const Result result =
      detect("--model=model.onnx --false_reject_rate=0.1 --quiet --clean=near far/ farthest");
  BOOST_TEST(result.status == 0);
  const auto judge = classifier(0.1F);
  check_detection_table(result, *judge, {path("near"), path("far"), path("farthest")});
  BOOST_TEST(result.row("far", 6)[3] > 0.5);
  BOOST_TEST(result.row("far", 6)[3] < 1);
  BOOST_TEST(result.row("farthest", 6)[2] == 0);
  BOOST_TEST(result.row("farthest", 6)[3] == 1);
  BOOST_TEST(!contains(result.out, ".png"));
}

BOOST_AUTO_TEST_CASE(says_of_each_image_what_the_classifier_says) {
  const Result result = detect("--model=model.onnx --clean=near farthest --false_reject_rate=0.1");
  const auto judge = classifier(0.1F);
  for (const std::string image : {"near/03.png", "farthest/07.png"}) {
    const auto v = judge->classify(cv::imread(path(image)));
    BOOST_TEST(contains(
        result.out, cv::format("%s: %s  confidence %.4f  log-likelihood %.2f  p-value %.4f  %s\n",
                               image.c_str(), v.label.c_str(), v.confidence, v.logLikelihood,
                               v.pValue, v.accepted ? "accepted" : "refused")));
  }
  BOOST_TEST(contains(result.out, "refused\n"));
}

BOOST_AUTO_TEST_CASE(the_threshold_of_a_model_without_calibration_is_that_of_the_clean_images) {
  ImageModel(1, cv::Mat()).write(path("uncalibrated.onnx"));
  for (const double rate : {0.3, 0., 1.}) {
    const Result result = detect(cv::format(
        "--model=uncalibrated.onnx --quiet --clean=near far --false_reject_rate=%g", rate));
    BOOST_TEST(contains(result.out, "not calibrated"));
    BOOST_TEST(result.row("near", 2)[1] == 100 * rate);
    auto likelihoods = likelihoods_of(*classifier(0), path("near"));
    std::sort(likelihoods.begin(), likelihoods.end());
    const double least = rate == 1 ? 1e9 : likelihoods[size_t(20 * rate)];
    const double refused = share_below(likelihoods_of(*classifier(0), path("far")), least);
    BOOST_TEST(std::abs(result.row("far", 6)[1] - 100 * refused) <= 0.0501);
  }
}

BOOST_AUTO_TEST_CASE(the_curve_runs_where_counting_says) {
  BOOST_TEST(detect("--model=model.onnx --quiet --clean=near --false_reject_rate=0.1 "
                    "--roc=roc.png far")
                 .status == 0);
  const cv::Mat picture = cv::imread(path("roc.png"));
  const Chart square("", "", "", {0, 1}, {0, 1});
  BOOST_TEST_REQUIRE((picture.size() == square.picture().size()));
  const auto clean = likelihoods_of(*classifier(0), path("near"));
  const auto suspicious = likelihoods_of(*classifier(0), path("far"));
  int within = 0;
  for (const double threshold : clean) {
    const cv::Point2d point(1 - share_below(suspicious, threshold),
                            1 - share_below(clean, threshold));
    const cv::Point corner = square.position(point) - cv::Point(1, 1);
    BOOST_TEST(pixels_of(picture({corner, cv::Size(3, 3)}), Chart::colour_of(0)) > 0);
    within += point.x > 0.1 && point.y < 0.9;
  }
  BOOST_TEST(within > 3);  // not only along the frame
  // All above the curve is white, but for the grid.
  const cv::Rect above(square.position({0.02, 0.98}), square.position({0.1, 0.9}));
  BOOST_TEST(pixels_of(picture(above), cv::Scalar::all(255)) == above.area());
}

BOOST_AUTO_TEST_CASE(the_histogram_shows_every_folder_and_the_threshold) {
  BOOST_TEST(detect("--model=model.onnx --quiet --clean=near --false_reject_rate=0.1 "
                    "--histogram=histogram.png far farthest")
                 .status == 0);
  const cv::Mat picture = cv::imread(path("histogram.png"));
  const Chart square("", "", "", {0, 1}, {0, 1});
  BOOST_TEST_REQUIRE((picture.size() == square.picture().size()));
  const cv::Mat plot = picture(
      {square.position({0, 1}) + cv::Point(2, 2), square.position({1, 0}) - cv::Point(2, 2)});
  for (int i = 0; i < 3; ++i) BOOST_TEST(pixels_of(plot, Chart::colour_of(i)) > 50);
  BOOST_TEST(pixels_of(plot, cv::Scalar::all(0)) >= plot.rows);  // the line of the threshold
}

BOOST_AUTO_TEST_CASE(images_that_are_all_equally_likely_are_drawn) {
  const Result result = detect(
      "--model=model.onnx --quiet --clean=near/00.png --roc=roc.png "
      "--histogram=histogram.png near/00.png");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(result.row("00.png", 6)[2] == 50);
  BOOST_TEST(pixels_of(cv::imread(path("histogram.png")), Chart::colour_of(1)) > 100);
}

BOOST_AUTO_TEST_CASE(a_picture_that_cannot_be_written_is_an_error) {
  for (const char* option : {"--roc", "--histogram"}) {
    fails(GM_ADVERSARIAL_DETECTION,
          std::string("--model=model.onnx --quiet --clean=near far ") + option + "=absent/a.png",
          "adversarial_detection: absent/a.png: cannot be written");
  }
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_named) {
  const auto refused = [&](const std::string& arguments, const std::string& part) {
    fails(GM_ADVERSARIAL_DETECTION, arguments, "adversarial_detection: " + part);
    BOOST_TEST(contents(folder / "out.txt") == "");
  };
  fs::create_directory(folder / "empty");
  refused("--clean=near far", "--model=FILE is missing");
  refused("--model=model.onnx far", "--clean=FOLDER is missing");
  refused("--model=model.onnx --clean=near", "no folders of suspicious images are given");
  refused("--model=model.onnx --clean near far", "--clean needs a value");
  refused("--model=model.onnx --clean=empty far", "empty: no image could be read");
  refused("--model=model.onnx --clean=near far empty", "empty: no image could be read");
  refused("--model=model.onnx --clean=near absent", "absent: no image could be read");
  refused("--model=absent.onnx --clean=near far",
          "OpenSetClassifier: absent.onnx: the model cannot be read");
  refused("--model=model.onnx --clean=near far --false_reject_rate=0,05",
          "--false_reject_rate: expected a number within [0,1]");

  const Result help = detect("--help");
  BOOST_TEST(help.status == 0);
  BOOST_TEST(contains(help.out, "--histogram"));
  BOOST_TEST(detect("").status == 1);
}

BOOST_AUTO_TEST_SUITE_END()
