// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>

#include "dnn_gm/samples/common.hpp"
#include "module/image_model.hpp"
#include "samples/detection_table.hpp"
#include "samples/sample_fixture.hpp"

using namespace gm_test;

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

/// Where a point of both charts' axes from 0 to 1 is, whose size all charts have.
const Chart& unit_square() {
  static const Chart chart("", "", "", {0, 1}, {0, 1});
  return chart;
}

/// What is drawn within the axes.
cv::Mat plot_of(const cv::Mat& picture) {
  BOOST_TEST_REQUIRE((picture.size() == unit_square().picture.size()));
  return picture({unit_square().position(0, 1) + cv::Point(2, 2),
                  unit_square().position(1, 0) - cv::Point(2, 2)});
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
  BOOST_TEST_REQUIRE((picture.size() == unit_square().picture.size()));
  const auto clean = likelihoods_of(*classifier(0), path("near"));
  const auto suspicious = likelihoods_of(*classifier(0), path("far"));
  int within = 0;
  for (const double threshold : clean) {
    const cv::Point2d point(1 - share_below(suspicious, threshold),
                            1 - share_below(clean, threshold));
    const cv::Point corner = unit_square().position(point.x, point.y) - cv::Point(1, 1);
    BOOST_TEST(pixels_of(picture({corner, cv::Size(3, 3)}), Chart::colour(0)) > 0);
    within += point.x > 0.1 && point.y < 0.9;
  }
  BOOST_TEST(within > 3);  // not only along the frame
  // All above the curve is white, but for the grid.
  const cv::Rect above(unit_square().position(0.02, 0.98), unit_square().position(0.1, 0.9));
  BOOST_TEST(pixels_of(picture(above), cv::Scalar::all(255)) == above.area());
  // A dot where the verdicts lie.
  const auto row = verdicts_of(*classifier(0.1F), path("far"));
  const auto accepted = [](const auto& verdicts) {
    return double(std::count_if(verdicts.begin(), verdicts.end(),
                                [](const auto& v) { return v.accepted; })) /
           double(verdicts.size());
  };
  const cv::Point dot =
      unit_square().position(accepted(row), accepted(verdicts_of(*classifier(0.1F), path("near"))));
  BOOST_TEST(pixels_of(picture({dot - cv::Point(2, 2), cv::Size(5, 5)}), Chart::colour(0)) == 25);
}

BOOST_AUTO_TEST_CASE(the_histogram_shows_every_folder_and_the_threshold) {
  BOOST_TEST(detect("--model=model.onnx --quiet --clean=near --false_reject_rate=0.1 "
                    "--histogram=histogram.png far farthest")
                 .status == 0);
  const cv::Mat plot = plot_of(cv::imread(path("histogram.png")));
  for (int i = 0; i < 3; ++i) BOOST_TEST(pixels_of(plot, Chart::colour(i)) > 50);
  // The line of the threshold, at the least likely image that is accepted.
  std::vector<int> black;
  for (int x = 0; x < plot.cols; ++x) {
    if (pixels_of(plot.col(x), cv::Scalar::all(0)) == plot.rows) black.push_back(x);
  }
  BOOST_TEST_REQUIRE(!black.empty());
  double least = 1e9, lower = 1e9, upper = -1e9;
  for (const char* name : {"near", "far", "farthest"}) {
    std::vector<double> likelihoods;
    for (const auto& v : verdicts_of(*classifier(0.1F), path(name))) {
      likelihoods.push_back(v.logLikelihood);
      if (v.accepted) least = std::min<double>(least, v.logLikelihood);
    }
    std::sort(likelihoods.begin(), likelihoods.end());
    lower = std::min(lower, likelihoods[likelihoods.size() / 10]);
    upper = std::max(upper, likelihoods.back());
  }
  const double place = (least - lower) / (upper - lower) * 600 - 2;
  BOOST_TEST(std::abs((black.front() + black.back()) / 2. - place) <= 2);
}

BOOST_AUTO_TEST_CASE(a_histogram_is_as_high_as_its_shares) {
  BOOST_TEST(
      detect("--model=model.onnx --quiet --clean=near --histogram=histogram.png near").status == 0);
  auto likelihoods = likelihoods_of(*classifier(0), path("near"));
  std::sort(likelihoods.begin(), likelihoods.end());
  const double lower = likelihoods[likelihoods.size() / 10], upper = likelihoods.back();
  std::vector<double> shares(50);
  for (const double value : likelihoods) {
    const double place = std::max(value - lower, 0.) / (upper - lower) * 50;
    shares[std::min(size_t(place), size_t(49))] += 1. / double(likelihoods.size());
  }
  const double highest = *std::max_element(shares.begin(), shares.end()) * 1.05;
  const cv::Mat picture = cv::imread(path("histogram.png"));
  const Chart empty("", "", "", {lower, upper}, {0, highest});
  const auto within = [&](double bin, double height) {
    return empty.position(lower + (bin + 0.5) * (upper - lower) / 50, height);
  };
  int filled = 0;
  for (int bin = 0; bin < 50; ++bin) {
    const double share = shares[size_t(bin)];
    // The outline of the second folder, which is the same, lies on that of the first.
    const cv::Point top = within(bin, share);
    BOOST_TEST(pixels_of(picture({top - cv::Point(1, 1), cv::Size(3, 3)}), Chart::colour(1)) > 0);
    // Filled below, thinly, and left alone above.
    const cv::Point above = within(bin, share + highest * 0.03);
    if (bin < 49 && share + highest * 0.03 < highest) {
      BOOST_TEST((picture.at<cv::Vec3b>(above) == empty.picture.at<cv::Vec3b>(above)), bin);
    }
    if (share == 0) continue;
    ++filled;
    const cv::Point below = within(bin, share / 2);
    BOOST_TEST(cv::norm(picture.at<cv::Vec3b>(below), empty.picture.at<cv::Vec3b>(below)) > 10);
    BOOST_TEST(cv::norm(picture.at<cv::Vec3b>(below)) > 200);
  }
  BOOST_TEST(filled > 5);
}

BOOST_AUTO_TEST_CASE(images_that_are_all_equally_likely_are_drawn) {
  const Result result = detect(
      "--model=model.onnx --quiet --clean=near/00.png --roc=roc.png "
      "--histogram=histogram.png near/00.png");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(result.row("00.png", 6)[2] == 50);
  BOOST_TEST(pixels_of(cv::imread(path("histogram.png")), Chart::colour(1)) > 100);
}

BOOST_AUTO_TEST_CASE(a_picture_that_cannot_be_written_is_found_before_images_are_judged) {
  for (const std::string option : {"roc", "histogram"}) {
    const auto refused = [&](const std::string& file, const std::string& part) {
      fails(GM_ADVERSARIAL_DETECTION,
            "--model=model.onnx --clean=near far --" + option + '=' + file,
            "adversarial_detection: " + part);
      BOOST_TEST(contents(folder / "out.txt") == "");
    };
    refused("absent/a.png", "absent/a.png: cannot be written");
    refused("a.what",
            "--" + option + ": expected a picture such as " + option + ".png, got a.what");
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
