// SPDX-License-Identifier: Apache-2.0
// StreamAlarm on real pictures: streams that are clean, and such that drift away. What it prints
// with --log_level=message is in doc/stream.md.
#include <functional>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <random>

#include "models/judged.hpp"

using cv::dnn_gm::StreamAlarm;
using cv::dnn_gm::Verdict;

namespace {

constexpr double kRate = 1e-6;  ///< false alarms a picture
constexpr int kStreams = 100;
constexpr size_t kHalf = 5000;  ///< of the test images

/// A stream, and what its p-values are ranked among.
struct Calibrated {
  std::string by;
  std::vector<Verdict> stream;
  std::vector<int> counts;

  /// The number of pictures until the alarm rings, the one that rings counted; 0 if none does.
  int first_alarm() const {
    const auto alarm = StreamAlarm::create(kRate, counts);
    const auto rings = std::find_if(stream.begin(), stream.end(), [&](const Verdict& v) {
      return alarm->update(v.pValue, v.classId);
    });
    return rings == stream.end() ? 0 : static_cast<int>(rings - stream.begin()) + 1;
  }
};

/// The stream by the model's own calibration, and by one anew: by distance among pictures that are
/// of the same class by the model, where classes may come in any order, or come mixed.
std::vector<Calibrated> calibrated(const Published& model, const std::vector<Verdict>& calibration,
                                   const std::vector<Verdict>& stream) {
  std::vector<std::vector<float>> distances(10);
  for (const Verdict& v : calibration) distances[v.classId].push_back(v.distance);
  std::vector<int> counts;
  for (auto& table : distances) {
    std::sort(table.begin(), table.end());
    counts.push_back(static_cast<int>(table.size()));
  }
  auto anew = stream;
  for (Verdict& v : anew) {
    const auto& table = distances[v.classId];
    const auto stranger = table.end() - std::lower_bound(table.begin(), table.end(), v.distance);
    v.pValue = static_cast<float>(1 + stranger) / static_cast<float>(1 + table.size());
  }
  return {{"the model's 5000", stream, calibration_counts(model)},
          {"500 a class, any order", anew, counts},
          {"500 a class, mixed", anew, {static_cast<int>(calibration.size())}}};
}

template <class T>
std::vector<T> shuffled(std::vector<T> values, int seed) {
  std::shuffle(values.begin(), values.end(), std::mt19937(seed));
  return values;
}

struct Halves {
  std::vector<Verdict> first, second;

  explicit Halves(const std::vector<Verdict>& all)
      : first(all.begin(), all.begin() + kHalf), second(all.begin() + kHalf, all.end()) {}
};

struct Drift {
  std::string name;
  std::function<cv::Mat(const cv::Mat& image, double progress, cv::RNG& random)> change;
};

const std::vector<Drift> kDrifts = {
    {"turned, by up to 60 degrees",
     [](const cv::Mat& image, double progress, cv::RNG&) {
       cv::Mat turned;
       const auto turn = cv::getRotationMatrix2D({13.5F, 13.5F}, 60 * progress, 1);
       cv::warpAffine(image, turned, turn, image.size());
       return turned;
     }},
    {"noise, of a deviation of up to 100",
     [](const cv::Mat& image, double progress, cv::RNG& random) {
       cv::Mat noise(image.size(), CV_32F), noisy;
       random.fill(noise, cv::RNG::NORMAL, 0, 100 * progress);
       cv::add(image, noise, noisy, cv::noArray(), CV_8U);
       return noisy;
     }},
    {"darker, down to nothing", [](const cv::Mat& image, double progress,
                                   cv::RNG&) { return cv::Mat(image * (1 - progress)); }},
};

const Published& kDigits = kPublished[0];

}  // namespace

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(shuffled_clean_streams_ring_no_more_often_than_is_said) {
  for (const Published& model : kPublished) {
    std::map<std::string, int> rung;
    for (int i = 0; i < kStreams; ++i) {
      const Halves parts(shuffled(judged(model, model.name), i));
      for (const Calibrated& way : calibrated(model, parts.first, parts.second)) {
        rung[way.by] += way.first_alarm() > 0;
      }
    }
    for (const auto& [by, count] : rung) {
      BOOST_TEST_MESSAGE(model.name << " by " << by << ": " << count << " of " << kStreams
                                    << " clean streams of " << kHalf << " pictures ring");
      BOOST_TEST(count <= kStreams * kHalf * kRate);
    }
  }
}

/// Classes in a row are as clean as mixed ones, where the alarm is told that they may come so.
BOOST_AUTO_TEST_CASE(clean_pictures_in_the_order_of_their_classes_do_not_ring) {
  Halves parts(judged(kDigits, "mnist"));
  std::stable_sort(parts.second.begin(), parts.second.end(),
                   [](const Verdict& a, const Verdict& b) { return a.classId < b.classId; });
  BOOST_TEST(calibrated(kDigits, parts.first, parts.second)[1].first_alarm() == 0);
}

BOOST_AUTO_TEST_CASE(clothes_among_digits_ring) {
  constexpr int kClean = 2000;
  for (const double share : {0.05, 0.1, 0.2, 0.5, 1.}) {
    std::map<std::string, std::vector<int>> delays;
    for (int i = 0; i < kStreams; ++i) {
      Halves parts(shuffled(judged(kDigits, "mnist"), i));
      const auto clothes = shuffled(judged(kDigits, "fashion-mnist"), i);
      std::mt19937 random(i);
      std::bernoulli_distribution foreign(share);
      for (size_t n = kClean; n < kHalf; ++n) {
        if (foreign(random)) parts.second[n] = clothes[n];
      }
      for (const Calibrated& way : calibrated(kDigits, parts.first, parts.second)) {
        const int at = way.first_alarm();
        BOOST_TEST((at == 0 || at > kClean));
        // What does not ring counts as late as can be.
        delays[way.by].push_back((at > 0 ? at : static_cast<int>(kHalf) + 1) - kClean);
      }
    }
    for (auto& [by, of_streams] : delays) {
      std::sort(of_streams.begin(), of_streams.end());
      BOOST_TEST_MESSAGE(share << " of pictures are clothes, by " << by << ": median delay "
                               << of_streams[kStreams / 2] << ", largest " << of_streams.back());
      if (share >= 0.5) BOOST_TEST(of_streams.back() < 200);
    }
  }
}

BOOST_AUTO_TEST_CASE(drifting_digits_ring) {
  constexpr int kClean = 1000, kDrifting = 2000;
  const auto images = test_images("mnist");
  for (const Drift& drift : kDrifts) {
    Halves parts(judged(kDigits, "mnist"));
    std::vector<cv::Mat> changed;
    cv::RNG random(1);
    for (int n = 0; n < kDrifting; ++n) {
      changed.push_back(drift.change(images[kHalf + kClean + n], double(n) / kDrifting, random));
    }
    const auto verdicts = judge(kDigits, changed);
    parts.second.resize(kClean);
    parts.second.insert(parts.second.end(), verdicts.begin(), verdicts.end());
    for (const Calibrated& way : calibrated(kDigits, parts.first, parts.second)) {
      const int at = way.first_alarm();
      BOOST_TEST(at > kClean, drift.name << " by " << way.by);
      BOOST_TEST_MESSAGE(drift.name << ", by " << way.by << ": rings at picture " << at - kClean
                                    << " of " << kDrifting << " of the drift");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
