// SPDX-License-Identifier: Apache-2.0
// Networks of files in cv::dnn, and the way from pictures to verdicts, timed, as a library that
// heads.py and end_to_end.py load beside onnxruntime: rivals that take turns must be in one
// process.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <opencv2/core/utility.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn_gm.hpp>
#include <string>
#include <vector>

namespace {

/// The pictures of a batch, judged from their files to verdicts.
struct Classifier {
  cv::Ptr<cv::dnn_gm::OpenSetClassifier> classifier;
  std::vector<std::string> files;
  size_t next = 0;

  std::vector<cv::Mat> read(int count) {
    std::vector<cv::Mat> pictures;
    for (int i = 0; i < count; ++i)
      pictures.push_back(cv::dnn_gm::readImage(files[next++ % files.size()]));
    return pictures;
  }
};

struct Network {
  cv::dnn::Net net;
  std::vector<cv::String> names;
  std::vector<std::vector<cv::Mat>> outputs;

  void forward(const cv::Mat& images) {
    net.setInput(images);
    net.forward(outputs, names);
  }
};

Classifier whole;
Network networks[2];
cv::Mat images;

template <typename Run>
void time_each(const Run& run, int count, double* seconds) {
  for (int i = 0; i < count; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    seconds[i] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
}

}  // namespace

extern "C" {

const char* opencv_version() {
  return CV_VERSION;
}

void set_threads(int threads) {
  cv::setNumThreads(threads);
}

/// @param which 0 or 1
/// @param with_head whether all of GMHead's outputs are asked for, or `prob` alone
void load_network(int which, const char* file, bool with_head) {
  cv::dnn_gm::registerLayers();
  networks[which] = {cv::dnn::readNetFromONNX(file), {"prob"}, {}};
  if (with_head) {
    networks[which].names = {"prob",     "log_likelihood", "log_density",
                             "distance", "p_value",        "class"};
  }
}

/// What forward() takes, [samples,1,1,dimension]; prepare() sets it as well.
void set_input(int samples, int dimension, float* values) {
  const int sizes[] = {samples, 1, 1, dimension};
  images = cv::Mat(4, sizes, CV_32F, values).clone();
}

/// Network::forward of the last input, `count` times.
void forward(int which, int count, double* seconds) {
  time_each([&] { networks[which].forward(images); }, count, seconds);
}

/// An output of the last forward(). @param output 0: posteriors; 2: log-densities
void read_output(int which, int output, float* to) {
  const cv::Mat& result = networks[which].outputs.at(size_t(output)).at(0);
  std::copy_n(result.ptr<float>(), result.total(), to);
}

/// For judge() and prepare(), without pictures yet.
void load_classifier(const char* file) {
  whole = {cv::dnn_gm::OpenSetClassifier::create(file), {}, 0};
}

void add_picture(const char* file) {
  whole.files.emplace_back(file);
}

void rewind_pictures() {
  whole.next = 0;
}

/// From files to verdicts, `count` times a batch, the pictures one after the other.
void judge(int batch, int count, double* seconds) {
  time_each([&] { whole.classifier->classifyBatch(whole.read(batch)); }, count, seconds);
}

/// The part of judge() that comes before the network.
void prepare(int batch, int count, double* seconds) {
  const auto how = whole.classifier->getPreparation();
  time_each(
      [&] {
        std::vector<cv::Mat> prepared(batch);
        const auto pictures = whole.read(batch);
        for (int i = 0; i < batch; ++i) {
          cv::dnn_gm::prepareImage(pictures[i], prepared[i], how);
          prepared[i].convertTo(prepared[i], CV_32F);
        }
        images = cv::dnn::blobFromImages(prepared);
      },
      count, seconds);
}

/// One read of so many bytes, by all threads.
void read_memory(size_t bytes, int count, double* seconds) {
  const std::vector<uint64_t> memory(bytes / sizeof(uint64_t) + 1, 1);
  std::vector<uint64_t> sums(64);
  const size_t parts = bytes < (1u << 18) ? 1 : sums.size(), part = memory.size() / parts;
  const auto read = [&](const cv::Range& range) {
    for (int i = range.start; i < range.end; ++i) {
      const auto begin = memory.begin() + static_cast<std::ptrdiff_t>(size_t(i) * part);
      sums[size_t(i)] =
          std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(part), uint64_t{0});
    }
  };
  time_each([&] { cv::parallel_for_(cv::Range(0, int(parts)), read); }, count, seconds);
}
}
