// SPDX-License-Identifier: Apache-2.0
// What the public header allows of threads: classifiers of their own, also of one file, and
// registration by any. One classifier for several threads is theirs to guard. Preset tsan runs it
// under the thread sanitizer.
#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <mutex>
#include <opencv2/dnn/layer.hpp>
#include <opencv2/dnn_gm.hpp>

#include "module/image_model.hpp"
#include "temporary_folder.hpp"

namespace {

using cv::dnn_gm::OpenSetClassifier;
using cv::dnn_gm::Verdict;

constexpr int kThreads = 8;
constexpr int kImages = 24;

/// Calls work(thread) in each of the threads, all let go at once.
template <class Work>
void in_threads(const Work& work) {
  std::promise<void> start;
  const std::shared_future<void> started = start.get_future().share();
  std::vector<std::future<void>> ends;
  for (int thread = 0; thread < kThreads; ++thread) {
    ends.push_back(std::async(std::launch::async, [&work, started, thread] {
      started.wait();
      work(thread);
    }));
  }
  start.set_value();
  for (auto& end : ends) end.get();
}

bool same(const Verdict& a, const Verdict& b) {
  return a.classId == b.classId && a.confidence == b.confidence && a.pValue == b.pValue &&
         a.logDensity == b.logDensity && a.accepted == b.accepted;
}

struct Fixture {
  Fixture() : threads_of_opencv(cv::getNumThreads()) {
    // The sanitizer does not know OpenCV's own threads.
    cv::setNumThreads(1);
    gm_test::ImageModel(1, gm_test::nineteen_distances()).write(file);
    cv::RNG random(3);
    for (int i = 0; i < kImages; ++i) {
      images.emplace_back(gm_test::kHeight, gm_test::kWidth, CV_8U);
      random.fill(images.back(), cv::RNG::UNIFORM, 0, 256);
    }
    alone = classify(*OpenSetClassifier::create(file), kImages, 0.3F);
  }

  ~Fixture() { cv::setNumThreads(threads_of_opencv); }

  /// All images, in batches of this size.
  std::vector<Verdict> classify(OpenSetClassifier& classifier, int batch, float rate) const {
    classifier.setFalseRejectRate(rate);
    std::vector<Verdict> verdicts;
    for (int first = 0; first < kImages; first += batch) {
      const auto begin = images.begin() + first,
                 end = images.begin() + std::min(first + batch, kImages);
      const auto some = classifier.classifyBatch(std::vector<cv::Mat>(begin, end));
      verdicts.insert(verdicts.end(), some.begin(), some.end());
    }
    return verdicts;
  }

  TemporaryFolder folder;
  std::string file = (folder / "model.onnx").string();
  std::vector<cv::Mat> images;
  std::vector<Verdict> alone;
  int threads_of_opencv;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(threads, Fixture)

BOOST_AUTO_TEST_CASE(each_with_a_classifier_of_one_file_judge_as_one_does) {
  std::atomic<int> different{0};
  in_threads([&](int thread) {
    const auto classifier = OpenSetClassifier::create(file);
    for (int batch = 1; batch <= 5; ++batch) {
      const auto verdicts = classify(*classifier, (batch + thread) % 7 + 1, 0.3F);
      different += !std::equal(alone.begin(), alone.end(), verdicts.begin(), verdicts.end(), same);
    }
  });
  BOOST_TEST(different == 0);
}

BOOST_AUTO_TEST_CASE(may_read_a_model_while_others_register_the_layer) {
  for (int round = 0; round < 5; ++round) {
    for (const char* name : {"GMHead", "dnn_gm.GMHead"})
      cv::dnn::LayerFactory::unregisterLayer(name);
    std::atomic<int> different{0};
    in_threads([&](int thread) {
      if (thread % 2 == 0) cv::dnn_gm::registerLayers();
      const auto classifier = OpenSetClassifier::create(file);
      classifier->setFalseRejectRate(0.3F);
      different += !same(classifier->classify(images[0]), alone[0]);
    });
    BOOST_TEST(different == 0);
  }
}

BOOST_AUTO_TEST_CASE(that_guard_one_classifier_may_change_its_threshold_between_calls) {
  const auto classifier = OpenSetClassifier::create(file);
  std::mutex guard;
  std::atomic<int> wrong{0};
  in_threads([&](int thread) {
    for (int call = 0; call < 20; ++call) {
      const std::lock_guard<std::mutex> lock(guard);
      if (thread % 2 == 0) {
        classifier->setFalseRejectRate(0.1F * static_cast<float>(call % 10));
      } else {
        const Verdict verdict = classifier->classify(images[call]);
        wrong += verdict.accepted != (verdict.pValue >= classifier->getFalseRejectRate());
        wrong += verdict.pValue != alone[call].pValue;
      }
    }
  });
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
