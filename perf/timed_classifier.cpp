// SPDX-License-Identifier: Apache-2.0
// Classifiers of files in cv::dnn, timed, as a library that end_to_end.py loads beside onnxruntime:
// rivals that take turns must be in one process.
#include <chrono>
#include <memory>
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

/// @param with_head,with_softmax the same network, in ONNX
void load(const char* with_head, const char* with_softmax) {
  whole = {cv::dnn_gm::OpenSetClassifier::create(with_head), {}, 0};
  networks[0] = {cv::dnn::readNetFromONNX(with_head),
                 {"prob", "log_likelihood", "log_density", "distance", "p_value", "class"},
                 {}};
  networks[1] = {cv::dnn::readNetFromONNX(with_softmax), {"prob"}, {}};
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

/// Network::forward of what prepare() made last. @param which 0: with the head, 1: with softmax
void forward(int which, int count, double* seconds) {
  time_each([&] { networks[which].forward(images); }, count, seconds);
}

/// The posteriors of the last forward().
void posteriors(int which, float* to) {
  const cv::Mat& result = networks[which].outputs.at(0).at(0);
  std::copy_n(result.ptr<float>(), result.total(), to);
}
}
