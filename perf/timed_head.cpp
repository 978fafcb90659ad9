// SPDX-License-Identifier: Apache-2.0
// A head of a file in cv::dnn, timed, as a library that heads.py loads beside onnxruntime: rivals
// that take turns must be in one process.
#include <chrono>
#include <cstring>
#include <numeric>
#include <opencv2/core/utility.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn_gm.hpp>

namespace {

struct Head {
  cv::dnn::Net net;
  cv::Mat input;
  std::vector<std::vector<cv::Mat>> outputs;
};

Head& head() {
  static Head only;
  return only;
}

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

/// @param file as onnx_heads writes it: image [N,1,1,D]
void load(const char* file) {
  cv::dnn_gm::registerLayers();
  head().net = cv::dnn::readNetFromONNX(file);
}

void set_input(int samples, int dimension, float* values) {
  const int sizes[] = {samples, 1, 1, dimension};
  head().input = cv::Mat(4, sizes, CV_32F, values).clone();
}

/// Network::forward of all six outputs, `count` times.
void forward(int count, double* seconds) {
  static const std::vector<cv::String> names{"prob",     "log_likelihood", "log_density",
                                             "distance", "p_value",        "class"};
  time_each(
      [] {
        head().net.setInput(head().input);
        head().net.forward(head().outputs, names);
      },
      count, seconds);
}

/// The log-density of each sample, of the last forward().
void log_density(float* to) {
  const cv::Mat& result = head().outputs.at(2).at(0);
  std::memcpy(to, result.data, result.total() * sizeof(float));
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
