// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "dnn_gm/samples/faces.hpp"
#include "samples/people_fixture.hpp"

using namespace gm_test;

namespace {

/// Two pictures in colour, and a network of which nothing is known but its layers.
struct Fixture : PeopleFixture {
  std::string network = "--embedding=model.onnx --layer=Gemm_features --size=6x4 ";

  Fixture() : PeopleFixture(3) {
    cv::RNG random(2);
    for (const char* file : {"one.png", "other.png"}) {
      cv::Mat x(1, 18, CV_32F);
      random.fill(x, cv::RNG::UNIFORM, 0., 1.);
      write_features(file, x);
    }
  }

  double score(const std::string& arguments, const std::string& name) const {
    const Result result =
        run(GM_FACE_VERIFICATION, network + "--threshold=0 --score=" + name + ' ' + arguments);
    BOOST_TEST(result.status == 0, result.err);
    double value = 0;
    const size_t at = result.out.find(name + ' ');
    BOOST_TEST_REQUIRE(at != std::string::npos, result.out);
    std::sscanf(result.out.c_str() + at + name.size(), "%lf", &value);
    return value;
  }

  void refused(const std::string& arguments, const std::string& part) const {
    fails(GM_FACE_VERIFICATION, "--threshold=0 one.png other.png " + arguments,
          "face_verification: " + part);
    BOOST_TEST(contents(folder / "out.txt") == "");
  }

  /// By a line of any width: it has what OpenCV says, or names of layers.
  void refused_at_length(const std::string& arguments, const std::string& part) const {
    const std::string command = "cd '" + folder.path().string() +
                                "' && " GM_FACE_VERIFICATION " --threshold=0 one.png other.png " +
                                arguments + " >out.txt 2>err.txt";
    BOOST_TEST(std::system(command.c_str()) != 0);
    BOOST_TEST(contains(contents(folder / "err.txt"), "face_verification: " + part));
    BOOST_TEST(contents(folder / "out.txt") == "");
  }
};

double cosine(const cv::Mat& x, const cv::Mat& y) {
  return x.dot(y) / cv::norm(x) / cv::norm(y);
}

void check_near(double got, double expected) {
  BOOST_TEST(std::abs(got - expected) <= 1e-4, got << " instead of " << expected);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(embedding, Fixture)

BOOST_AUTO_TEST_CASE(any_network_makes_the_features_of_pictures_prepared_as_is_said) {
  const cv::Mat x = features("one.png"), y = features("other.png");
  const std::string two = "one.png other.png ";
  check_near(score(two, "cosine"), cosine(x, y));
  check_near(score(two + "--deviation=2", "euclidean"), -cv::norm(x - y) / 2);
  check_near(score(two + "--mean=100", "cosine"), cosine(x - 100 / 255., y - 100 / 255.));
  // The features are those of blue, then of green and of red.
  const auto shifted = [](const cv::Mat& features, bool rgb) {
    const double means[] = {100, 50, 20}, deviations[] = {1, 4, 2};
    cv::Mat made;
    for (int c = 0; c < 3; ++c) {
      const int from = rgb ? 2 - c : c;
      const cv::Mat channel = features.colRange(6 * from, 6 * from + 6);
      const cv::Mat rows = (channel - means[c] / 255) / deviations[c];
      made.push_back(cv::Mat(rows.t()));
    }
    return made;
  };
  for (const bool rgb : {false, true}) {
    check_near(score(two + "--mean=100,50,20 --deviation=1,4,2" + (rgb ? " --rgb" : ""), "cosine"),
               cosine(shifted(x, rgb), shifted(y, rgb)));
  }
}

BOOST_AUTO_TEST_CASE(the_network_sees_a_part_of_the_picture) {
  const cv::Mat inner = cv::imread(path("one.png"));
  for (const int border : {0, 200}) {
    cv::Mat larger(9, 10, CV_8UC3, cv::Scalar(border, 100, 0));
    inner.copyTo(larger(cv::Rect(2, 3, kWidth, kHeight)));
    BOOST_REQUIRE(cv::imwrite(path(border ? "larger.png" : "larger_other.png"), larger));
  }
  const std::string two = "larger.png larger_other.png ";
  check_near(score("--crop=2,3,6,4 " + two, "euclidean"), 0);
  BOOST_TEST(score("--crop=1,3,6,4 " + two, "euclidean") < -0.1);
  BOOST_TEST(score(two, "euclidean") < -0.1);
  const Result result = run(GM_FACE_VERIFICATION, network +
                                                      "--threshold=0 --crop=2,3,6,4 "
                                                      "larger.png one.png");
  BOOST_TEST(result.status != 0);
  BOOST_TEST(
      contains(result.err, "one.png: expected at least 8x7 pixels, as --crop says, got 6x4\n"));
  // That of a model with a head too.
  const Result with_head =
      verification("--crop=2,3,6,4 --threshold=0.9999 larger.png larger_other.png");
  BOOST_TEST(contains(with_head.out, "cosine 1.0000  threshold 0.9999  same"));
}

BOOST_AUTO_TEST_CASE(wrong_options_are_named) {
  refused("", "--model=FILE is missing");
  refused(network + "--model=model.onnx", "expected --model or --embedding, got both");
  refused("--model=model.onnx --layer=x", "--layer is for --embedding");
  refused("--model=model.onnx --rgb", "--rgb is for --embedding");
  refused("--embedding=absent.onnx", "absent.onnx: expected a network, got: there is no such file");
  write_text("notes.onnx", "no network");
  refused("--embedding=notes.onnx", "notes.onnx: expected a network, got: ");
  refused_at_length("--embedding=model.onnx --size=6x4 --layer=none",
                    "OpenSetClassifier: the network has no layer none; its last are ");
  refused_at_length(
      "--embedding=model.onnx --size=5x4",
      "OpenSetClassifier: the network does not take images as the preparation says: ");
  for (const std::string size : {"6", "0x4", "6x4x2", "6x", "6,4", "99999x4"}) {
    refused(network + "--size=" + size,
            "--size: expected two whole numbers from 1, such as 112x112, got " + size + '\n');
  }
  for (const std::string key : {"mean", "deviation"}) {
    for (const std::string value : {"1,2", "1,2,3,4", "1,2,x", "1;2;3", "1,2,", "nan"}) {
      refused(network + "--" + key + "='" + value + "'",
              "--" + key + ": expected one number or three, such as 127.5 or 104,117,123, got " +
                  value + '\n');
    }
  }
  refused(network + "--deviation=0", "--deviation: expected one number or three");
  for (const std::string crop : {"1,2,3", "1,2,0,4", "-1,0,3,3", "1 2 3 4"}) {
    refused(network + "--crop='" + crop + "'",
            "--crop: expected x,y,width,height such as 8,0,96,112, got " + crop + '\n');
  }
#ifdef HAVE_OPENCV_OBJDETECT
  refused(network + "--detector=absent.onnx", "absent.onnx: cannot be read\n");
  refused(network + "--detector=notes.onnx", "notes.onnx: the model is not an ONNX file");
  refused(network + "--detector=model.onnx",
          "model.onnx: expected a YuNet model for OpenCV " CV_VERSION);
  refused(network + "--detector=model.onnx --crop=8,0,105,112",
          "--crop: expected a part of the 112x112 pixels of an aligned face");
#else
  refused(network + "--detector=model.onnx", "--detector: this OpenCV was built without objdetect");
#endif
}

BOOST_AUTO_TEST_CASE(five_points_are_moved_by_the_similarity_of_least_squared_error) {
  const float wanted[] = {38.2946F, 51.6963F, 73.5318F, 51.5014F, 56.0252F,
                          71.7366F, 41.5493F, 92.3655F, 70.7299F, 92.2041F};
  cv::RNG random(4);
  for (int time = 0; time < 10; ++time) {
    // Where the points are is (x, y) = s R wanted + t, and noise.
    const double angle = random.uniform(-3., 3.), scale = random.uniform(0.2, 5.);
    const double noise = time < 5 ? 0 : 3;
    float points[10];
    cv::Mat system(10, 4, CV_64F), right(10, 1, CV_64F), solved;
    for (int i = 0; i < 5; ++i) {
      const double x = wanted[2 * i], y = wanted[2 * i + 1];
      points[2 * i] =
          float(scale * (std::cos(angle) * x - std::sin(angle) * y) + 40 + random.gaussian(noise));
      points[2 * i + 1] =
          float(scale * (std::sin(angle) * x + std::cos(angle) * y) - 7 + random.gaussian(noise));
      // wanted = [a -b; b a] point + c, linear in a, b and c.
      const double rows[2][4] = {{points[2 * i], -points[2 * i + 1], 1, 0},
                                 {points[2 * i + 1], points[2 * i], 0, 1}};
      cv::Mat(2, 4, CV_64F, const_cast<double*>(rows[0])).copyTo(system.rowRange(2 * i, 2 * i + 2));
      right.at<double>(2 * i) = x;
      right.at<double>(2 * i + 1) = y;
    }
    cv::solve(system, right, solved, cv::DECOMP_SVD);
    const double a = solved.at<double>(0), b = solved.at<double>(1);
    const cv::Matx23d expected(a, -b, solved.at<double>(2), b, a, solved.at<double>(3));
    BOOST_TEST(cv::norm(alignment(points), cv::Mat(expected), cv::NORM_INF) < 1e-3);
    if (noise == 0) BOOST_TEST(std::abs(std::hypot(a, b) - 1 / scale) < 1e-4);
  }
}

BOOST_AUTO_TEST_SUITE_END()
