#include "gallery.hpp"

#include <boost/test/unit_test.hpp>
#include <numeric>

#include "module/gm_head_case.hpp"

using namespace gm_test;
using samples::Gallery;

namespace {

/// People around means of their own, the images of one after those of another.
struct People {
  std::vector<int> counts = {4, 1, 2, 7};
  std::vector<std::string> names = {"ann", "bob", "cleo", "dan"};
  cv::Mat features;  ///< [14,D]

  explicit People(int D) {
    cv::RNG random(uint64_t(D) + 1);
    for (const int count : counts) {
      const cv::Mat mean = normal(random, 1, D, 3), noise = normal(random, count, D, 0.5);
      for (int j = 0; j < count; ++j) features.push_back(cv::Mat(mean + noise.row(j)));
    }
    features.col(0).setTo(1);  // says nothing, as a feature that is never active
  }
};

/// The Gaussians of people, from the definitions.
struct Enrolled {
  std::vector<std::vector<double>> means;
  std::vector<double> variances;
};

Enrolled enrol(const cv::Mat& features, const std::vector<int>& counts) {
  const int D = features.cols, K = int(counts.size());
  Enrolled enrolled;
  std::vector<double> scatter(D);
  for (int k = 0, first = 0; k < K; first += counts[k++]) {
    std::vector<double> mean(D);
    for (int i = 0; i < D; ++i) {
      for (int j = first; j < first + counts[k]; ++j) mean[i] += features.at<float>(j, i);
      mean[i] /= counts[k];
      for (int j = first; j < first + counts[k]; ++j) {
        scatter[i] += std::pow(features.at<float>(j, i) - mean[i], 2);
      }
    }
    enrolled.means.push_back(mean);
  }
  const double freedom = features.rows - K;
  const double common = std::accumulate(scatter.begin(), scatter.end(), 0.) / (D * freedom);
  for (const double s : scatter) enrolled.variances.push_back((s + 10 * common) / (freedom + 10));
  return enrolled;
}

double squared_distance(const cv::Mat& x, const Enrolled& enrolled, int k, int count) {
  double sum = 0;
  for (int i = 0; i < x.cols; ++i) {
    sum += std::pow(x.at<float>(i) - enrolled.means[k][i], 2) /
           (enrolled.variances[i] * (1 + 1. / count));
  }
  return sum;
}

/// Enrols all but one image, for each in turn, and measures how far that one is from its person.
std::vector<double> left_out_distances(const People& people) {
  std::vector<double> distances;
  for (int k = 0, row = 0; k < int(people.counts.size()); ++k) {
    for (int j = 0; j < people.counts[k]; ++j, ++row) {
      if (people.counts[k] == 1) continue;
      cv::Mat others;
      for (int r = 0; r < people.features.rows; ++r) {
        if (r != row) others.push_back(people.features.row(r));
      }
      auto counts = people.counts;
      --counts[k];
      distances.push_back(
          squared_distance(people.features.row(row), enrol(others, counts), k, counts[k]));
    }
  }
  return distances;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gallery)

BOOST_AUTO_TEST_CASE(people_are_gaussians_around_their_means_with_one_shrunk_variance) {
  for (const int D : {2, 5, 40}) {
    const People people(D);
    Gallery gallery(people.features, people.counts, people.names);
    const Enrolled expected = enrol(people.features, people.counts);
    BOOST_TEST_REQUIRE(gallery.variances().cols == D);
    for (int i = 0; i < D; ++i) {
      BOOST_TEST(gallery.variances().at<double>(i) == expected.variances[i],
                 boost::test_tools::tolerance(1e-9));
    }
    cv::RNG random(9);
    const cv::Mat probes = normal(random, 20, D, 2);
    const auto verdicts = gallery.identify(probes, 0.1F);
    BOOST_TEST_REQUIRE(verdicts.size() == 20U);
    for (int n = 0; n < probes.rows; ++n) {
      std::vector<double> log_joint;
      for (int k = 0; k < 4; ++k) {
        const double factor = 1 + 1. / people.counts[k];
        double log_det = 0;
        for (const double v : expected.variances) log_det += std::log(v * factor);
        log_joint.push_back(-0.5 * (squared_distance(probes.row(n), expected, k, people.counts[k]) +
                                    log_det + D * std::log(2 * CV_PI)));
      }
      const auto best = std::max_element(log_joint.begin(), log_joint.end());
      const auto& v = verdicts[n];
      BOOST_TEST(v.classId == best - log_joint.begin());
      BOOST_TEST(v.label == people.names[v.classId]);
      BOOST_TEST(v.logLikelihood == *best, boost::test_tools::tolerance(1e-4));
      double sum = 0;
      for (const double value : log_joint) sum += std::exp(value - *best);
      BOOST_TEST(v.confidence == 1 / sum, boost::test_tools::tolerance(1e-3));
      BOOST_TEST(v.accepted == (v.pValue >= 0.1F));
    }
  }
}

BOOST_AUTO_TEST_CASE(p_values_count_the_distances_of_images_left_out_of_the_enrolment) {
  const People people(5);
  Gallery gallery(people.features, people.counts, people.names);
  auto distances = left_out_distances(people);
  BOOST_TEST_REQUIRE(distances.size() == 13U);  // bob has but one image
  BOOST_TEST(gallery.calibration_count() == 13);
  std::sort(distances.begin(), distances.end());
  // Probes beside dan's mean whose distances lie just below and just above each of those.
  const Enrolled enrolled = enrol(people.features, people.counts);
  for (int q = 0; q < 13; ++q) {
    for (const double factor : {0.999, 1.001}) {
      cv::Mat probe(1, 5, CV_32F);
      for (int i = 0; i < 5; ++i) probe.at<float>(i) = float(enrolled.means[3][i]);
      // along the feature that says nothing, in which no other mean is nearer
      probe.at<float>(0) +=
          float(std::sqrt(factor * distances[q] * enrolled.variances[0] * (1 + 1. / 7)));
      const auto v = gallery.identify(probe, 0)[0];
      BOOST_TEST_REQUIRE(v.label == "dan");
      BOOST_TEST(v.distance == factor * distances[q], boost::test_tools::tolerance(1e-3));
      const auto as_far = std::count_if(distances.begin(), distances.end(),
                                        [&](double d) { return d >= factor * distances[q]; });
      BOOST_TEST(v.pValue == double(1 + as_far) / 14, boost::test_tools::tolerance(1e-5));
    }
  }
}

BOOST_AUTO_TEST_CASE(new_images_of_the_enrolled_are_refused_about_as_often_as_asked) {
  cv::RNG random(5);
  const int K = 20, n = 4, D = 16;
  const cv::Mat means = normal(random, K, D, 10);
  const auto draw = [&](int k) { return cv::Mat(means.row(k) + normal(random, 1, D, 1)); };
  cv::Mat features, probes, strangers = normal(random, 400, D, 10);
  for (int k = 0; k < K; ++k) {
    for (int j = 0; j < n; ++j) features.push_back(draw(k));
    for (int j = 0; j < 50; ++j) probes.push_back(draw(k));
  }
  const std::vector<std::string> names(K, "somebody");
  Gallery gallery(features, std::vector<int>(K, n), names);
  const auto refused = [&](const cv::Mat& images, float rate) {
    const auto verdicts = gallery.identify(images, rate);
    return double(std::count_if(verdicts.begin(), verdicts.end(),
                                [](const auto& v) { return !v.accepted; })) /
           images.rows;
  };
  // The rate itself varies with the 80 images by about sqrt(0.1 * 0.9 / 80) = 0.034.
  BOOST_TEST(refused(probes, 0.1F) > 0.03);
  BOOST_TEST(refused(probes, 0.1F) < 0.17);
  BOOST_TEST(refused(strangers, 0.1F) > 0.99);
}

BOOST_AUTO_TEST_CASE(what_gives_no_variance_is_refused) {
  const auto refuses = [](const cv::Mat& features, const std::vector<int>& counts) {
    BOOST_CHECK_EXCEPTION(Gallery(features, counts, {"ann", "bob"}), std::runtime_error,
                          [](const std::runtime_error& error) {
                            return std::string(error.what()).find("two different images") !=
                                   std::string::npos;
                          });
  };
  cv::RNG random(1);
  refuses(normal(random, 2, 3, 1), {1, 1});
  refuses(normal(random, 3, 3, 1), {2, 1});  // with one left out there is none
  refuses(cv::Mat::ones(6, 3, CV_32F), {3, 3});
}

BOOST_AUTO_TEST_SUITE_END()
