// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "samples/people_fixture.hpp"

using namespace gm_test;

namespace {

/// Four people of 4, 1, 2 and 7 images around means of their own, far from one another.
struct Fixture : PeopleFixture {
  People people{{"ann", "bob", "cleo", "dan"}, {4, 1, 2, 7}, {}};

  explicit Fixture(int channels = 1) : PeopleFixture(channels) {
    const float means[4][5] = {{.2F, .8F, .2F, .8F, .2F},
                               {.8F, .2F, .8F, .2F, .8F},
                               {.2F, .2F, .8F, .8F, .5F},
                               {.8F, .8F, .2F, .2F, .5F}};
    cv::RNG random(3);
    for (int k = 0; k < 4; ++k) {
      for (int j = 0; j < people.counts[k]; ++j) {
        cv::Mat x = normal(random, 1, 6 * channels, 0.05);
        for (int i = 0; i < x.cols; ++i) x.at<float>(i) += means[k][i % 5];
        const std::string file = "people/" + people.names[k] + cv::format("/%d.png", j);
        write_features(file, x);
        people.features.push_back(features(file));
      }
    }
  }
};

struct ColourFixture : Fixture {
  ColourFixture() : Fixture(3) {}
};

/// Half of them beside somebody, half anywhere.
std::vector<std::string> write_probes(const Fixture& fixture) {
  cv::RNG random(9);
  std::vector<std::string> files;
  for (int n = 0; n < 40; ++n) {
    cv::Mat x(1, fixture.people.features.cols, CV_32F);
    random.fill(x, cv::RNG::UNIFORM, 0., 1.);
    if (n % 2 == 0) {
      x = fixture.people.features.row(n % 14) + normal(random, 1, x.cols, 0.01 * (n % 7));
    }
    files.push_back(cv::format("probe/%02d.png", n));
    fixture.write_features(files.back(), x);
  }
  return files;
}

/// @param fit  the people from whom the covariances come
void check_probes(const Fixture& fixture, const std::string& arguments, const People& fit,
                  cv::dnn_gm::GaussianMixture& mixture) {
  const auto files = write_probes(fixture);
  mixture.setFalseRejectRate(0.1F);
  const Result result =
      fixture.verification("--people=people --false_reject_rate=0.1 probe" + arguments);
  BOOST_TEST_REQUIRE(result.status == 0, result.err);
  int known = 0;
  for (const std::string& file : files) {
    const cv::Mat x = fixture.features(file);
    const auto verdict = mixture.predict(x)[0];
    check_said(said_of(result, file), said_by_definition(x, fixture.people, fit), verdict);
    known += verdict.accepted;
  }
  BOOST_TEST(known > 5);
  BOOST_TEST(known < 35);
}

/// Thirty others of three images each, less far from one another.
People write_others(const Fixture& fixture) {
  People others;
  cv::RNG random(12);
  const int D = fixture.people.features.cols;
  for (int k = 0; k < 30; ++k) {
    const std::string name = cv::format("other%02d", k);
    const cv::Mat mean = 0.5 + normal(random, 1, D, 0.2);
    others.names.push_back(name);
    others.counts.push_back(3);
    for (int j = 0; j < 3; ++j) {
      const std::string file = "others/" + name + cv::format("/%d.png", j);
      fixture.write_features(file, mean + normal(random, 1, D, 0.05));
      others.features.push_back(fixture.features(file));
    }
  }
  return others;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gallery)

BOOST_FIXTURE_TEST_CASE(covariances_come_from_the_enrolled_themselves, Fixture) {
  check_probes(*this, "", people, *mixture_fitted_to(people, 5));
}

BOOST_FIXTURE_TEST_CASE(people_are_known_in_more_features_than_images, ColourFixture) {
  BOOST_TEST(people.features.cols > people.features.rows);
  check_probes(*this, "", people, *mixture_fitted_to(people, 5));
}

BOOST_FIXTURE_TEST_CASE(covariances_come_from_other_people, Fixture) {
  const People others = write_others(*this);
  const auto mixture = mixture_fitted_to(others, 0);
  mixture->removeAll();
  for (int k = 0; k < 4; ++k) mixture->enrol(people.names[size_t(k)], people.of(k));
  mixture->calibrateOnEnrolled();
  check_probes(*this, " --fit=others", others, *mixture);
}

BOOST_FIXTURE_TEST_CASE(a_gallery_is_what_was_enrolled, Fixture) {
  write_others(*this);
  write_probes(*this);
  const std::string rates = " --false_reject_rate=0.1 --false_accept_rate=0.4 ";
  const Result enrolled =
      verification("--people=people --fit=others --save=all.yml.gz probe" + rates);
  BOOST_TEST_REQUIRE(enrolled.status == 0, enrolled.err);
  const Result loaded = verification("--gallery=all.yml.gz probe");
  BOOST_TEST(loaded.status == 0);
  BOOST_TEST(loaded.out == enrolled.out);
  // Further people are enrolled beside those.
  fs::create_directories(folder / "more");
  fs::rename(folder / "others/other03", folder / "more/other03");
  const Result more =
      verification("--gallery=all.yml.gz --people=more --save=more.yml.gz more/other03");
  BOOST_TEST(more.status == 0);
  BOOST_TEST(more.row("other03", 4)[1] == 3);
  BOOST_TEST(verification("--gallery=more.yml.gz people/*").row("all enrolled", 4)[0] == 14);
}

BOOST_FIXTURE_TEST_CASE(two_images_are_compared_by_the_likelihood_ratio, Fixture) {
  const TwoCovariances covariances(write_others(*this));
  const std::string pair[] = {"people/ann/0.png", "people/ann/1.png"};
  cv::Mat first;
  features(pair[0]).convertTo(first, CV_64F);
  const double expected = covariances.log_ratio(features(pair[1]), first, 1);
  const std::string arguments = " --score=likelihood-ratio --threshold=0 ";
  const Result result = verification("--fit=others" + arguments + pair[0] + ' ' + pair[1]);
  double got = 0;
  const size_t at = result.out.find("likelihood-ratio ");
  BOOST_TEST_REQUIRE(at != std::string::npos, result.out + result.err);
  BOOST_TEST(std::sscanf(result.out.c_str() + at, "likelihood-ratio %lf", &got) == 1);
  BOOST_TEST(std::abs(got - expected) <= 5.1e-5);
  BOOST_TEST(contains(result.out, "threshold 0.0000  same\n"));
  // A gallery knows the covariances too.
  verification("--fit=others --people=people --save=all.yml.gz");
  BOOST_TEST(verification("--gallery=all.yml.gz" + arguments + pair[0] + ' ' + pair[1]).out ==
             result.out);
}

BOOST_FIXTURE_TEST_CASE(as_few_images_as_there_are_is_how_small_a_p_value_can_be, Fixture) {
  // Of 14 images one is of a person who is not known without it.
  const std::string arguments = "--people=people people/bob/0.png --false_reject_rate=";
  BOOST_TEST(contains(verification(arguments + "0.0714").out, "no p-value is below 0.0714"));
  BOOST_TEST(!contains(verification(arguments + "0.0715").out, "So few"));
  // Four people show that a stranger is taken for one of them in a fifth of all cases at best.
  write_others(*this);
  const std::string accepts = "--people=people --fit=others people/bob/0.png --false_accept_rate=";
  BOOST_TEST(contains(verification(accepts + "0.19").out, "no rate of strangers below 0.2000"));
  BOOST_TEST(!contains(verification(accepts + "0.21").out, "no rate of strangers"));
}

BOOST_AUTO_TEST_CASE(strangers_are_accepted_about_as_often_as_asked) {
  const PeopleFixture fixture(3);
  cv::RNG random(8);
  const int D = 18;
  const auto person = [&] { return cv::Mat(0.5 + normal(random, 1, D, 0.1)); };
  const auto draw = [&](const cv::Mat& mean) { return cv::Mat(mean + normal(random, 1, D, 0.05)); };
  for (int k = 0; k < 60; ++k) {
    const cv::Mat other = person(), enrolled = person();
    for (int j = 0; j < 3; ++j) {
      fixture.write_features(cv::format("others/%d/%d.png", k, j), draw(other));
    }
    for (int j = 0; j < 2; ++j) {
      fixture.write_features(cv::format("%s/%d/0.png", j ? "probe" : "people", k), draw(enrolled));
    }
  }
  for (int j = 0; j < 300; ++j) {
    fixture.write_features(cv::format("strangers/%d.png", j), draw(person()));
  }
  // By one image each.
  const Result result = fixture.verification(
      "--people=people --fit=others --quiet --false_accept_rate=0.1 strangers probe/*");
  BOOST_TEST_REQUIRE(result.status == 0);
  const auto strangers = result.row("all others", 4), enrolled = result.row("all enrolled", 4);
  BOOST_TEST_REQUIRE(strangers.size() == 4U);
  BOOST_TEST_REQUIRE(enrolled.size() == 4U);
  // The rate itself varies with the 60 people by about sqrt(0.1 * 0.9 / 60) = 0.039.
  BOOST_TEST(300 - strangers[3] > 0.02 * 300);
  BOOST_TEST(300 - strangers[3] < 0.22 * 300);
  BOOST_TEST(enrolled[1] > 40);
}

BOOST_AUTO_TEST_CASE(new_images_of_the_enrolled_are_refused_about_as_often_as_asked) {
  const PeopleFixture fixture(3);
  cv::RNG random(5);
  const int K = 20, n = 4, D = 18;
  const cv::Mat means = 0.5 + normal(random, K, D, 0.1);
  const auto draw = [&](int k) { return cv::Mat(means.row(k) + normal(random, 1, D, 0.01)); };
  std::string probes;
  for (int k = 0; k < K; ++k) {
    for (int j = 0; j < n; ++j) {
      fixture.write_features(cv::format("people/%d/%d.png", k, j), draw(k));
    }
    for (int j = 0; j < 50; ++j) {
      fixture.write_features(cv::format("probe/%d/%d.png", k, j), draw(k));
    }
    probes += cv::format(" probe/%d", k);
  }
  for (int j = 0; j < 400; ++j) {
    fixture.write_features(cv::format("strangers/%d.png", j), 0.5 + normal(random, 1, D, 0.1));
  }
  const Result result =
      fixture.verification("--people=people --quiet --false_reject_rate=0.1 strangers" + probes);
  BOOST_TEST_REQUIRE(result.status == 0);
  const auto enrolled = result.row("all enrolled", 4), strangers = result.row("all others", 4);
  BOOST_TEST_REQUIRE(enrolled.size() == 4U);
  BOOST_TEST_REQUIRE(strangers.size() == 4U);
  BOOST_TEST(enrolled[0] == 1000);
  BOOST_TEST(strangers[0] == 400);
  // The rate itself varies with the 80 images by about sqrt(0.1 * 0.9 / 80) = 0.034.
  BOOST_TEST(enrolled[3] > 0.03 * 1000);
  BOOST_TEST(enrolled[3] < 0.17 * 1000);
  BOOST_TEST(strangers[3] > 0.99 * 400);
}

BOOST_AUTO_TEST_CASE(what_gives_no_variance_is_refused) {
  const auto refuses = [](const std::vector<int>& counts, double deviation) {
    const PeopleFixture fixture;
    cv::RNG random(1);
    for (size_t k = 0; k < 2; ++k) {
      for (int j = 0; j < counts[k]; ++j) {
        fixture.write_features(cv::format("people/%d/%d.png", int(k), j),
                               0.5 + normal(random, 1, 6, deviation));
      }
    }
    fixture.fails(GM_FACE_VERIFICATION, "--model=model.onnx --people=people people/0/0.png",
                  "fit() expected two different rows of features of at least one class\n");
  };
  refuses({1, 1}, 0.1);
  refuses({2, 1}, 0.1);  // with one left out there is none
  refuses({3, 3}, 0);
}

BOOST_AUTO_TEST_SUITE_END()
