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
        x.at<float>(0) = 0.5;  // says nothing, as a feature that is never active
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

void check_random_probes(const Fixture& fixture) {
  cv::RNG random(9);
  std::vector<std::string> files;
  for (int n = 0; n < 40; ++n) {
    // Half of them beside somebody, half anywhere.
    cv::Mat x(1, fixture.people.features.cols, CV_32F);
    random.fill(x, cv::RNG::UNIFORM, 0., 1.);
    if (n % 2 == 0) {
      x = fixture.people.features.row(n % 14) + normal(random, 1, x.cols, 0.01 * (n % 7));
    }
    files.push_back(cv::format("probe/%02d.png", n));
    fixture.write_features(files.back(), x);
  }
  const Result result = fixture.verification("--people=people --false_reject_rate=0.1 probe");
  BOOST_TEST_REQUIRE(result.status == 0);
  int known = 0;
  for (const std::string& file : files) {
    const Said expected = said_by_definition(fixture.features(file), fixture.people, 0.1);
    check_said(said_of(result, file), expected);
    known += expected.known;
  }
  BOOST_TEST(known > 5);
  BOOST_TEST(known < 35);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gallery)

BOOST_FIXTURE_TEST_CASE(people_are_gaussians_around_their_means_with_one_shrunk_variance, Fixture) {
  check_random_probes(*this);
}

BOOST_FIXTURE_TEST_CASE(people_are_gaussians_in_more_features_than_images, ColourFixture) {
  BOOST_TEST(people.features.cols > people.features.rows);
  check_random_probes(*this);
}

BOOST_FIXTURE_TEST_CASE(p_values_count_the_distances_of_images_left_out_of_the_enrolment, Fixture) {
  const auto distances = left_out_distances(people);
  BOOST_TEST_REQUIRE(distances.size() == 13U);  // bob has but one image
  // Images beside dan's mean whose distances lie just below and just above each of those: along the
  // feature that says nothing, in which no other mean is nearer, and a little along two others.
  const Gaussians gaussians = gaussians_of(people);
  const auto moved = [&](const cv::Vec3i& steps) {
    cv::Mat x(1, 6, CV_32F);
    for (int i = 0; i < 6; ++i) {
      x.at<float>(i) = float(cvRound(gaussians.means[3][i] * 1020) + (i < 3 ? steps[i] : 0)) / 1020;
    }
    return x;
  };
  std::vector<std::pair<double, cv::Vec3i>> probes;
  for (int along = 0; along < 510; ++along) {
    for (int aside = 0; aside < 400; ++aside) {
      const cv::Vec3i steps(along, aside % 20, aside / 20);
      probes.emplace_back(squared_distance(moved(steps), gaussians, 3, 7), steps);
    }
  }
  std::sort(probes.begin(), probes.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (int q = 0; q < 13; ++q) {
    for (const double factor : {0.999, 1.001}) {
      const auto [distance, steps] =
          *std::lower_bound(probes.begin(), probes.end(), factor * distances[q],
                            [](const auto& probe, double value) { return probe.first < value; });
      BOOST_TEST(distance == factor * distances[q], boost::test_tools::tolerance(5e-4));
      write_features(cv::format("probe/%d%s.png", q, factor < 1 ? "below" : "above"), moved(steps));
    }
  }
  const Result result = verification("--people=people --false_reject_rate=0.1 probe");
  BOOST_TEST_REQUIRE(result.status == 0);
  for (int q = 0; q < 13; ++q) {
    for (const bool above : {false, true}) {
      const double distance = distances[q] * (above ? 1.001 : 0.999);
      const auto as_far = std::count_if(distances.begin(), distances.end(),
                                        [=](double other) { return other >= distance; });
      const Said said = said_of(result, cv::format("probe/%d%s.png", q, above ? "above" : "below"));
      BOOST_TEST(said.label == "dan");
      BOOST_TEST(std::abs(said.p_value - double(1 + as_far) / 14) <= 5.1e-5);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(as_few_images_as_there_are_is_how_small_a_p_value_can_be, Fixture) {
  const std::string arguments = "--people=people people/bob/0.png --false_reject_rate=";
  BOOST_TEST(contains(verification(arguments + "0.0714").out, "no p-value is below 0.0714"));
  BOOST_TEST(!contains(verification(arguments + "0.0715").out, "So few"));
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
                  "too few people have two different images to estimate a variance\n");
  };
  refuses({1, 1}, 0.1);
  refuses({2, 1}, 0.1);  // with one left out there is none
  refuses({3, 3}, 0);
}

BOOST_AUTO_TEST_SUITE_END()
