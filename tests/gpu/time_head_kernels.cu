// SPDX-License-Identifier: Apache-2.0
// How long GMHead's kernels take on this GPU: as a stream runs them, one after the other, and as a
// CUDA graph, which leaves out what each launch costs the CPU. A line of JSON for each case.
#include "cuda_kernels/machine.hpp"
//
#include <algorithm>
#include <array>
#include <cstdio>

#include "cuda_kernels/upload.hpp"
#include "dnn_gm/src/cuda/gm_head_kernels.hpp"
#include "dnn_gm/src/cuda/half_element.hpp"
#include "dnn_gm/src/cuda/head_constants.hpp"
#include "dnn_gm/test/test_gm_head_case.hpp"

using namespace gm_test;
using namespace opencv_test;
namespace cuda = cv::dnn_gm::cuda;

namespace {

constexpr int kRuns = 20, kTimes = 15;

/// Median of several times, each of kRuns runs; microseconds a run.
template <typename Run>
double microseconds(cudaStream_t stream, const Run& run) {
  cudaEvent_t begin, end;
  check_cuda(cudaEventCreate(&begin));
  check_cuda(cudaEventCreate(&end));
  run();
  check_cuda(cudaStreamSynchronize(stream));
  std::vector<double> times;
  for (int i = 0; i < kTimes; ++i) {
    check_cuda(cudaEventRecord(begin, stream));
    for (int j = 0; j < kRuns; ++j) run();
    check_cuda(cudaEventRecord(end, stream));
    check_cuda(cudaEventSynchronize(end));
    float milliseconds = 0;
    check_cuda(cudaEventElapsedTime(&milliseconds, begin, end));
    times.push_back(1000.0 * milliseconds / kRuns);
  }
  check_cuda(cudaEventDestroy(begin));
  check_cuda(cudaEventDestroy(end));
  std::nth_element(times.begin(), times.begin() + kTimes / 2, times.end());
  return times[kTimes / 2];
}

template <typename T>
void measure(const HeadCase& head, const char* type, const char* form, bool tiles, bool taken) {
  const int N = head.features.rows, K = head.means().rows, D = head.means().cols;
  Upload upload;
  const cuda::DeviceHead on_device = cuda::makeDeviceHead(
      cv::dnn_gm::MixtureParameters(cv::dnn_gm::Constants::check(head.constants)), upload);
  std::vector<cuda::Element<T>> given;
  for (size_t i = 0; i < head.features.total(); ++i)
    given.emplace_back(head.features.ptr<float>()[i]);
  const Memory<cuda::Element<T>> features(given);
  const Bytes prob(size_t(N) * K * sizeof(T)), scores(size_t(5) * N * sizeof(T)),
      joint(size_t(N) * K * sizeof(float)),
      partials(size_t(N) * cuda::partialCount(K, tiles) * sizeof(cv::dnn_gm::Leader));
  auto* score = static_cast<cuda::Element<T>*>(scores.data());
  const cuda::Outputs<T> outputs{static_cast<cuda::Element<T>*>(prob.data()),
                                 score,
                                 score + N,
                                 score + 2 * N,
                                 score + 3 * N,
                                 score + 4 * N};
  const cuda::Workspace workspace{
      static_cast<float*>(sizeof(T) == sizeof(float) ? prob.data() : joint.data()),
      static_cast<cv::dnn_gm::Leader*>(partials.data())};

  cudaStream_t stream;
  check_cuda(cudaStreamCreate(&stream));
  const auto fail = [](const std::string& message) { throw std::runtime_error(message); };
  const auto run = [&] {
    cuda::runGMHead<T>(cuda::StreamLaunch{stream, fail}, on_device, features.data(), N, outputs,
                       workspace, tiles);
  };
  const double streamed = microseconds(stream, run);

  cudaGraph_t graph;
  cudaGraphExec_t captured;
  check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  run();
  check_cuda(cudaStreamEndCapture(stream, &graph));
  check_cuda(cudaGraphInstantiate(&captured, graph, 0));
  const double replayed =
      microseconds(stream, [&] { check_cuda(cudaGraphLaunch(captured, stream)); });
  check_cuda(cudaGraphExecDestroy(captured));
  check_cuda(cudaGraphDestroy(graph));
  check_cuda(cudaStreamDestroy(stream));
  std::printf(
      "{\"N, K, D\": \"%d, %d, %d\", \"type\": \"%s\", \"variances\": \"%s\", \"kernel\": "
      "\"%s%s\", "
      "\"stream, us\": %.1f, \"graph, us\": %.1f}\n",
      N, K, D, type, form, tiles ? "tiles" : "few rows", taken ? "" : ", not taken", streamed,
      replayed);
  std::fflush(stdout);
}

void measure_all() {
  int device = 0, multiprocessors = 0;
  check_cuda(cudaGetDevice(&device));
  check_cuda(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
  const std::array<std::array<int, 3>, 4> shapes{
      {{256, 10575, 512}, {256, 1000, 2048}, {1, 10575, 512}, {16, 100, 512}}};
  for (const auto& [N, K, D] : shapes) {
    for (const auto& [covariance, form] : {std::pair(Covariance::SHARED, "shared"),
                                           {Covariance::ISOTROPIC, "isotropic"},
                                           {Covariance::DIAGONAL, "diagonal"}}) {
      HeadCase head = makeCase(N, K, D, covariance, Calibration::NONE);
      cv::RNG random(1);
      head.constants.push_back(randomCalibration(random, 1, 3, 5000, D));
      const bool taken = cuda::fillsTiles(N, K, multiprocessors);
      for (const bool tiles : {false, true}) {
        if (tiles && N <= 32) continue;
        measure<float>(head, "float32", form, tiles, tiles == taken);
        measure<__half>(head, "float16", form, tiles, tiles == taken);
      }
    }
  }
}

}  // namespace

int main() {
  try {
    measure_all();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "time_head_kernels: %s\n", error.what());
    return 1;
  }
}
