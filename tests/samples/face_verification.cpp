// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>

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
  const Result result = verification("--pairs=pairs.txt --roc=roc.png");
  check_measured(result, made, 10);
  for (const char* name : {"cosine", "euclidean"}) BOOST_TEST(result.row(name, 7)[5] > 0.9);
  // Everybody is in each fold.
  for (const std::string name : {"likelihood-ratio", "pca-mahalanobis"}) {
    BOOST_TEST(contains(result.out, name + " is fitted to other people: by --fit=FOLDER, or three "
                                           "folds that have nobody in common\n"));
  }
  const cv::Mat picture = cv::imread(path("roc.png"));
  for (int i = 0; i < 2; ++i) BOOST_TEST(pixels_of(picture, Chart::colour(i)) > 50);
}

/// Minus the distance after the principal directions have been brought to variance 1: of all
/// directions, minus the Mahalanobis distance by the covariance of all images.
double mahalanobis(const cv::Mat& images, const cv::Mat& x, const cv::Mat& y) {
  cv::Mat covariance, mean, a, b;
  cv::calcCovarMatrix(images, covariance, mean, cv::COVAR_NORMAL | cv::COVAR_ROWS | cv::COVAR_SCALE,
                      CV_64F);
  x.convertTo(a, CV_64F);
  y.convertTo(b, CV_64F);
  return -cv::Mahalanobis(a, b, covariance.inv());
}

/// Score by score, not by how each fold's threshold is found.
std::vector<double> fitted_scores(const People& fit,
                                  const std::vector<std::pair<cv::Mat, cv::Mat>>& pairs,
                                  const std::string& name) {
  const TwoCovariances covariances(fit);
  std::vector<double> scores;
  for (const auto& [x, y] : pairs) {
    cv::Mat first;
    x.convertTo(first, CV_64F);
    scores.push_back(name == "likelihood-ratio" ? covariances.log_ratio(y, first, 1)
                                                : mahalanobis(fit.features, x, y));
  }
  return scores;
}

BOOST_AUTO_TEST_CASE(fitted_scores_come_from_other_people) {
  // The last four people are fitted to, pairs are of the first four.
  std::vector<Pair> made;
  for (const Pair& pair : pairs()) {
    const auto first = [](const std::string& file) { return file[8] < '4'; };
    if (first(pair.first) && first(pair.second)) made.push_back(pair);
  }
  std::string text;
  int count[] = {0, 0};
  for (Pair& pair : made) {
    text += pair.first + ' ' + pair.second + (pair.same ? " 1\n" : " 0\n");
    pair.fold = count[pair.same]++ % 10;
  }
  write_text("pairs.txt", text);
  People fit;
  for (int k = 4; k < kPeople; ++k) {
    const std::string name = "p" + std::to_string(k);
    fs::create_directories(folder / "others");
    fs::copy(folder / "people" / name, folder / "others" / name);
    fit.names.push_back(name);
    fit.counts.push_back(kImages);
    for (int i = 0; i < kImages; ++i) fit.features.push_back(features(image(k, i)));
  }
  const Result result = verification("--pairs=pairs.txt --fit=others");
  check_measured(result, made, 10);
  std::vector<std::pair<cv::Mat, cv::Mat>> rows;
  for (const Pair& pair : made) rows.emplace_back(features(pair.first), features(pair.second));
  for (const std::string name : {"likelihood-ratio", "pca-mahalanobis"}) {
    auto expected = counted_row(made, fitted_scores(fit, rows, name), 10);
    auto got = result.row(name, 7);
    BOOST_TEST_REQUIRE(got.size() == 7U, name << ": " << result.out);
    // Four people of five images: the covariance of six features may be ill-conditioned.
    BOOST_TEST(std::abs(got[3] - expected[3]) <= 1e-3 * (1 + std::abs(expected[3])), name);
    got[3] = expected[3];
    check_row(got, expected, kPairsDecimals);
  }
}

BOOST_AUTO_TEST_CASE(fitted_scores_of_a_fold_have_seen_nobody_of_it) {
  // Four folds of two people each, in the form of LFW.
  std::string text = "4 4\n";
  std::vector<Pair> made;
  const auto file = [](int k, int i) { return cv::format("lfw/p%d/p%d_%04d.png", k, k, i + 1); };
  for (int fold = 0; fold < 4; ++fold) {
    const int a = 2 * fold, b = a + 1;
    for (int i = 0; i < 4; ++i) {
      const int k = i % 2 ? a : b;
      text += cv::format("p%d %d %d\n", k, i + 1, i + 2);
      made.push_back({file(k, i), file(k, i + 1), true, fold});
    }
    for (int i = 0; i < 4; ++i) {
      text += cv::format("p%d %d p%d %d\n", a, i + 1, b, i + 2);
      made.push_back({file(a, i), file(b, i + 1), false, fold});
    }
  }
  for (int k = 0; k < kPeople; ++k) {
    fs::create_directories(folder / "lfw" / cv::format("p%d", k));
    for (int i = 0; i < kImages; ++i) fs::copy(folder / image(k, i), folder / file(k, i));
  }
  write_text("pairs.txt", text);
  const Result result = verification("--pairs=pairs.txt --folder=lfw");
  check_measured(result, made, 4);

  // Images of the pairs of all folds but two.
  const auto without = [&](int fold, int other) {
    People fit;
    for (int k = 0; k < kPeople; ++k) {
      if (k / 2 == fold || k / 2 == other) continue;
      std::set<std::string> files;
      for (const Pair& pair : made) {
        for (const auto& each : {pair.first, pair.second}) {
          if (each.compare(0, 6, file(k, 0), 0, 6) == 0) files.insert(each);
        }
      }
      fit.names.push_back(std::to_string(k));
      fit.counts.push_back(int(files.size()));
      for (const auto& each : files) fit.features.push_back(features(each));
    }
    return fit;
  };
  double right = 0;
  std::vector<double> own;
  for (int fold = 0; fold < 4; ++fold) {
    std::vector<double> scores;
    for (const Pair& pair : made) {
      scores.push_back(fitted_scores(without(fold, pair.fold),
                                     {{features(pair.first), features(pair.second)}},
                                     "likelihood-ratio")[0]);
    }
    const double threshold = counted_threshold(made, scores, fold);
    for (size_t i = 0; i < made.size(); ++i) {
      if (made[i].fold != fold) continue;
      right += (scores[i] >= threshold) == made[i].same;
      own.push_back(scores[i]);
    }
  }
  auto expected = counted_row(made, own, 4);
  const auto got = result.row("likelihood-ratio", 7);
  BOOST_TEST_REQUIRE(got.size() == 7U, result.out);
  BOOST_TEST(std::abs(got[1] - 100 * right / double(made.size())) <= 0.00501);
  BOOST_TEST(std::abs(got[3] - expected[3]) <= 1e-4 * (1 + std::abs(expected[3])));
  for (const size_t i : {0, 4, 5, 6}) {
    BOOST_TEST(std::abs(got[i] - expected[i]) <= 0.00501, "column " << i);
  }
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
  const auto row = result.row("euclidean", 7);
  BOOST_TEST_REQUIRE(row.size() == 7U);
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
  const auto row = result.row("euclidean", 7);
  BOOST_TEST_REQUIRE(row.size() == 7U);
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
  cv::RNG random(11);
  write_images("stranger", 20, [&](int) {
    cv::Mat features(1, 6, CV_32F);
    random.fill(features, cv::RNG::UNIFORM, 0.1, 0.9);
    return image_of_features(features);
  });
  const Result result = verification(
      "--people=people --false_reject_rate=0.05 probe/* stranger "
      "probe/p3/4.png");
  BOOST_TEST(result.status == 0);

  const People people = enrolled(3);
  const auto mixture = mixture_fitted_to(people, 5);
  mixture->setFalseRejectRate(0.05F);
  double all_right = 0;
  for (int k = 0; k < kPeople; ++k) {
    double counts[3] = {0, 0, 0};
    for (int i = 3; i < kImages; ++i) {
      const std::string file = cv::format("probe/p%d/%d.png", k, i);
      const Said expected = said_by_definition(features(file), people, people);
      const auto verdict = mixture->predict(features(file))[0];
      check_said(said_of(result, file), expected, verdict);
      ++counts[!verdict.accepted ? 2 : expected.label != people.names[k]];
    }
    check_row(result.row(people.names[k], 4), {2, counts[0], counts[1], counts[2]}, {0, 0, 0, 0});
    all_right += counts[0];
  }
  BOOST_TEST(all_right > 12);
  double unknown = 0;
  for (int i = 0; i < 20; ++i) {
    unknown += !mixture->predict(features(cv::format("stranger/%02d.png", i)))[0].accepted;
  }
  BOOST_TEST(unknown > 10);
  check_row(result.row("stranger", 4), {20, 0, 20 - unknown, unknown}, {0, 0, 0, 0});
  check_row(result.row("all others", 4), {20, 0, 20 - unknown, unknown}, {0, 0, 0, 0});
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
  refused("--threshold=1 --score=guess " + two,
          "--score must be cosine, euclidean or likelihood-ratio, got guess");
  refused("--threshold=1 --score=likelihood-ratio " + two,
          "--score=likelihood-ratio needs --fit or --gallery");
  refused("--fit=people --gallery=all.yml " + one, "expected --fit or --gallery, got both");
  refused("--save=all.yml " + one, "--save needs --people=FOLDER to enrol");
  refused("--gallery=absent.yml " + one, "absent.yml: ");
  refused(
      "--people=people --false_accept_rate=0.1 " + one,
      "--false_accept_rate needs --fit or --gallery: those enrolled are no strangers to what was "
      "fitted to them");
  refused("--people=people --fit=people --false_accept_rate=0 " + one,
          "--false_accept_rate: expected a number above 0, up to 1, such as 0.01, got 0");
  refused("--people=people --fit=absent " + one, "absent: expected a folder with one of each");
  refused("--people=people --save=absent/all.yml", "absent/all.yml cannot be written");
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
