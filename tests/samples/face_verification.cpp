// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>

#include "dnn_gm/samples/common.hpp"
#include "samples/people_fixture.hpp"

using namespace gm_test;
using gm_test::Pair;

namespace {

constexpr int kPeople = 8, kImages = 5;

/// Eight people of five images each, features close to means of their own, which are not the
/// classes' means.
struct Fixture : PeopleFixture {
  Fixture() {
    cv::RNG random(4);
    for (int k = 0; k < kPeople; ++k) {
      cv::Mat mean(1, 6, CV_32F);
      random.fill(mean, cv::RNG::UNIFORM, 0.1, 0.9);
      write_images("people/p" + std::to_string(k), kImages, [&](int) {
        cv::Mat features = mean + normal(random, 1, 6, 0.03);
        return image_of_features(cv::min(cv::max(features, 0), 1));
      });
    }
  }

  static std::string image(int person, int i) {
    return cv::format("people/p%d/%02d.png", person, i);
  }

  /// The first images of everybody.
  People enrolled(int count) const {
    People people;
    for (int k = 0; k < kPeople; ++k) {
      people.names.push_back("p" + std::to_string(k));
      people.counts.push_back(count);
      for (int i = 0; i < count; ++i) people.features.push_back(features(image(k, i)));
    }
    return people;
  }

  /// Every pair of images of a person, and as many of different people.
  static std::vector<Pair> pairs() {
    std::vector<Pair> made;
    int count = 0;
    for (int k = 0; k < kPeople; ++k) {
      for (int i = 0; i < kImages; ++i) {
        for (int j = 0; j < i; ++j, ++count) {
          made.push_back({image(k, i), image(k, j), true, count % 10});
          made.push_back({image(k, i), image((k + 1 + j) % kPeople, j), false, count % 10});
        }
      }
    }
    return made;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(face_verification_sample, Fixture)

BOOST_AUTO_TEST_CASE(two_images_are_compared_by_the_score_asked_for) {
  const cv::Mat x = features(image(0, 0)), y = features(image(0, 1)), z = features(image(1, 0));
  const auto said = [](const char* name, double score, double threshold, const char* verdict) {
    return cv::format("%s %.4f  threshold %.4f  %s\n", name, score, threshold, verdict);
  };
  const auto compared = [&](const std::string& options, int other) {
    const Result result =
        verification(options + ' ' + image(0, 0) + ' ' + image(other, other == 0));
    BOOST_TEST(result.status == 0);
    return result.out;
  };
  const auto cosine = [](const cv::Mat& a, const cv::Mat& b) {
    return a.dot(b) / std::sqrt(a.dot(a) * b.dot(b));
  };
  const double threshold = (cosine(x, y) + cosine(x, z)) / 2;
  const std::string option = "--threshold=" + std::to_string(threshold);
  BOOST_TEST(contains(compared(option, 0), said("cosine", cosine(x, y), threshold, "same")));
  BOOST_TEST(contains(compared(option, 1), said("cosine", cosine(x, z), threshold, "different")));
  BOOST_TEST(contains(compared("--score=euclidean --threshold=-0.2", 0),
                      said("euclidean", -cv::norm(x - y), -0.2, "same")));
  BOOST_TEST(contains(compared("--score=euclidean --threshold=-0.2", 1),
                      said("euclidean", -cv::norm(x - z), -0.2, "different")));
}

BOOST_AUTO_TEST_CASE(pairs_are_measured_as_counting_says) {
  const auto made = pairs();
  std::string text;
  for (const Pair& pair : made)
    text += pair.first + ' ' + pair.second + (pair.same ? " 1\n" : " 0\n");
  write_text("pairs.txt", text);
  const Result result = verification("--pairs=pairs.txt --people=people --roc=roc.png");
  check_measured(result, made, 10);
  const auto scores = scores_of(made, "mahalanobis", gaussians_of(enrolled(kImages)).variances);
  check_row(result.row("mahalanobis", 6), counted_row(made, scores, 10), kPairsDecimals);
  for (const char* name : {"cosine", "euclidean", "mahalanobis"}) {
    BOOST_TEST(result.row(name, 6)[5] > 0.9);
  }
  const cv::Mat picture = cv::imread(path("roc.png"));
  for (int i = 0; i < 3; ++i) BOOST_TEST(pixels_of(picture, Chart::colour(i)) > 50);
}

BOOST_AUTO_TEST_CASE(pairs_that_can_be_told_apart_give_the_threshold_for_two_images) {
  // Of the first three people only, two of whom lie far from one another.
  std::string text;
  for (int i = 1; i < kImages; ++i) {
    text += image(0, i) + ' ' + image(0, i - 1) + " 1\n" + image(0, i) + ' ' + image(1, i) + " 0\n";
  }
  write_text("pairs.txt", text);
  const Result result =
      verification("--pairs=pairs.txt --score=euclidean " + image(2, 0) + ' ' + image(2, 1));
  BOOST_TEST(result.status == 0);
  const auto row = result.row("euclidean", 6);
  BOOST_TEST_REQUIRE(row.size() == 6U);
  check_row({row[0], row[1], row[2], row[4], row[5]}, {8, 100, 0, 0, 1}, {0, 2, 2, 2, 4});
  double least_same = 0, most_different = -1e9;
  for (int i = 1; i < kImages; ++i) {
    const cv::Mat x = features(image(0, i));
    least_same = std::min(least_same, -cv::norm(x - features(image(0, i - 1))));
    most_different = std::max(most_different, -cv::norm(x - features(image(1, i))));
  }
  BOOST_TEST(std::abs(row[3] - (least_same + most_different) / 2) <= 0.0000501);
  BOOST_TEST(contains(result.out, cv::format("threshold %.4f  same", row[3])));
  // A threshold that is given comes first.
  BOOST_TEST(contains(
      verification("--pairs=pairs.txt --threshold=2 " + image(2, 0) + ' ' + image(2, 1)).out,
      "threshold 2.0000  different"));
}

BOOST_AUTO_TEST_CASE(pairs_in_the_form_of_lfw_lie_in_a_folder_of_people) {
  for (int k = 0; k < 2; ++k) {
    const std::string name = "p" + std::to_string(k);
    for (int i = 0; i < 3; ++i) {
      fs::create_directories(folder / "lfw" / name);
      fs::copy(folder / image(k, i), folder / "lfw" / name / cv::format("p%d_%04d.png", k, i + 1));
    }
  }
  write_text("pairs.txt", "2 1\np0 1 2\np0 1 p1 1\np1 2 3\np0 2 p1 3\n");
  const Result result = verification("--pairs=pairs.txt --folder=lfw");
  BOOST_TEST(result.status == 0);
  const auto row = result.row("euclidean", 6);
  BOOST_TEST_REQUIRE(row.size() == 6U);
  BOOST_TEST(row[0] == 4);
  BOOST_TEST(row[1] == 100);
  BOOST_TEST(row[5] == 1);
}

BOOST_AUTO_TEST_CASE(people_are_found_among_the_enrolled_and_strangers_are_unknown) {
  // The last two images of each person are taken away from what is enrolled.
  for (int k = 0; k < kPeople; ++k) {
    const std::string name = "probe/p" + std::to_string(k);
    fs::create_directories(folder / name);
    for (int i = 3; i < kImages; ++i) {
      fs::rename(folder / image(k, i), folder / name / cv::format("%d.png", i));
    }
  }
  write_images("stranger", 4, [](int i) {
    return cv::Mat(2 * kHeight, 2 * kWidth, CV_8UC1, cv::Scalar(i % 2 ? 10 : 240));
  });
  const Result result = verification(
      "--people=people --false_reject_rate=0.05 probe/* stranger "
      "probe/p3/4.png");
  BOOST_TEST(result.status == 0);

  const People people = enrolled(3);
  double all_right = 0;
  for (int k = 0; k < kPeople; ++k) {
    double counts[3] = {0, 0, 0};
    for (int i = 3; i < kImages; ++i) {
      const std::string file = cv::format("probe/p%d/%d.png", k, i);
      const Said expected = said_by_definition(features(file), people, 0.05);
      check_said(said_of(result, file), expected);
      ++counts[!expected.known ? 2 : expected.label != people.names[k]];
    }
    check_row(result.row(people.names[k], 4), {2, counts[0], counts[1], counts[2]}, {0, 0, 0, 0});
    all_right += counts[0];
  }
  BOOST_TEST(all_right > 12);
  check_row(result.row("stranger", 4), {4, 0, 0, 4}, {0, 0, 0, 0});
  check_row(result.row("all others", 4), {4, 0, 0, 4}, {0, 0, 0, 0});
  BOOST_TEST(result.row("all enrolled", 4)[0] == 16);
  BOOST_TEST(result.row("all enrolled", 4)[1] == all_right);
  BOOST_TEST(result.row("4.png", 4).empty());  // an image alone has no line in the table
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_or_is_hidden_does_not_keep_others_from_being_identified) {
  write_text("people/p0/notes.txt", "no image");
  fs::create_directory(folder / "people/.thumbnails");
  fs::create_directory(folder / "empty");
  const Result result = verification("--people=people absent.png empty people/p3");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(contains(result.err, "people/p0/notes.txt: expected an image"));
  BOOST_TEST(contains(result.err, "absent.png: cannot be read: "));
  BOOST_TEST(contains(result.err, "empty: no image could be read\n"));
  BOOST_TEST(result.row("p3", 4)[0] == kImages);
}

BOOST_AUTO_TEST_CASE(says_when_nobody_can_be_unknown) {
  const std::string arguments = "--people=people people/p0/00.png ";
  // 40 images: no p-value is below 1/41 = 0.0244.
  BOOST_TEST(contains(verification(arguments + "--false_reject_rate=0.024").out,
                      "no p-value is below 0.0244"));
  BOOST_TEST(!contains(verification(arguments + "--false_reject_rate=0.025").out, "So few"));
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_named) {
  const auto refused = [&](const std::string& arguments, const std::string& part) {
    fails(GM_FACE_VERIFICATION, "--model=model.onnx " + arguments, part);
    BOOST_TEST(contents(folder / "out.txt") == "");
  };
  const std::string one = image(0, 0), two = one + ' ' + image(0, 1);
  refused("", "face_verification: no images are given, nor --pairs");
  refused("--people=people", "face_verification: no images are given, nor --pairs");
  refused(one, "face_verification: expected two images, or --people=FOLDER");
  refused(two, "face_verification: two images are judged by --threshold=T or what is best on");
  for (const std::string wrong : {"high", "0,5", "0.5;", "nan", "0x1"}) {
    refused("--threshold='" + wrong + "' " + two,
            "--threshold: expected a number such as 0.5, got " + wrong + '\n');
  }
  refused("--threshold=1 --score=guess " + two, "--score must be cosine or euclidean, got guess");
  refused("--threshold=1 absent.png " + one, "absent.png: cannot be read: ");
  refused("--people=absent " + one, "absent: expected a folder with one of each person");
  refused("--people=people/p0 " + one, "p0: expected a folder with one of each person");
  refused("--people=people absent.png", "absent.png: no image could be read");
  refused("--pairs=absent.txt", "absent.txt: cannot be read");
  write_text("pairs.txt", one + " absent.png 1\n" + two + " 1\n" + two + " 0\n" + two + " 0\n");
  refused("--pairs=pairs.txt", "absent.png: cannot be read: ");
  fs::create_directory(folder / "people/nobody");
  refused("--people=people " + one, "people/nobody: no image could be read");
  refused("--threshold=1 --roc=absent/roc.png " + two, "absent/roc.png: cannot be written");
  refused("--threshold=1 --backend=99 " + two, "--backend: expected one that this OpenCV has");
  fails(GM_FACE_VERIFICATION, "--threshold=1 " + two, "--model=FILE is missing");

  const Result help = run(GM_FACE_VERIFICATION, "--help");
  BOOST_TEST(help.status == 0);
  BOOST_TEST(contains(help.out, "--people"));
}

BOOST_AUTO_TEST_SUITE_END()
