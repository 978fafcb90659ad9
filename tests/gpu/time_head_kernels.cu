// SPDX-License-Identifier: Apache-2.0
// How long GMHead's kernels take on this GPU: as a stream runs them, one after the other, and as a
// CUDA graph, which leaves out what each launch costs the CPU. A line of JSON for each case.
#include "cuda_kernels/machine.hpp"
//
#include <algorithm>
#include <array>
#include <cstdio>

#include "cuda_kernels/upload.hpp"
#include "dnn_gm/src/cuda/cublas_product.hpp"
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

/// Tells the head what it asks about the GPU.
void set_device(cuda::DeviceHead& head) {
  int device = 0, major = 0;
  check_cuda(cudaGetDevice(&device));
  check_cuda(cudaDeviceGetAttribute(&head.multiprocessors, cudaDevAttrMultiProcessorCount, device));
  check_cuda(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
  head.bfloat16 = cuda::takesBFloat16(head, major);
}

[[noreturn]] void fail(const std::string& message) {
  throw std::runtime_error(message);
}

template <typename T>
void measure(const HeadCase& head, const char* type, const char* form, bool by_products) {
  const int N = head.features.rows, K = head.means().rows, D = head.means().cols;
  const cv::dnn_gm::MixtureParameters parameters(cv::dnn_gm::Constants::check(head.constants));
  Upload upload;
  cuda::DeviceHead on_device = cuda::makeDeviceHead(parameters, upload);
  set_device(on_device);
  cudaStream_t stream;
  cublasHandle_t cublas;
  check_cuda(cudaStreamCreate(&stream));
  if (cublasCreate(&cublas) != CUBLAS_STATUS_SUCCESS ||
      cublasSetStream(cublas, stream) != CUBLAS_STATUS_SUCCESS)
    fail("no cuBLAS");
  const cuda::StreamLaunch launch{stream, fail};

  std::vector<cuda::Element<T>> given;
  for (size_t i = 0; i < head.features.total(); ++i)
    given.emplace_back(head.features.ptr<float>()[i]);
  const Memory<cuda::Element<T>> features(given);
  cuda::DeviceProducts products = cuda::makeDeviceProducts(parameters, on_device, upload);
  const size_t row = products.depth * cuda::operandSize(on_device);
  const Bytes prob(size_t(N) * K * sizeof(T)), scores(size_t(5) * N * sizeof(T)),
      joint(size_t(N) * cuda::jointPitch(K) * sizeof(float)),
      partials(size_t(N) * cuda::partialCount(K) * sizeof(cv::dnn_gm::Leader)),
      means(cuda::jointPitch(K) * row), operands(N * row), squares(N * sizeof(float));
  products.operands = means.data();
  cuda::packMeans(launch, on_device, products);
  auto* score = static_cast<cuda::Element<T>*>(scores.data());
  const cuda::Outputs<T> outputs{static_cast<cuda::Element<T>*>(prob.data()),
                                 score,
                                 score + N,
                                 score + 2 * N,
                                 score + 3 * N,
                                 score + 4 * N};
  const cuda::Workspace workspace{static_cast<float*>(joint.data()),
                                  static_cast<cv::dnn_gm::Leader*>(partials.data()),
                                  operands.data(), static_cast<float*>(squares.data())};
  const auto run = [&] {
    cuda::runGMHead<T>(launch, cuda::CublasProduct{cublas, fail}, on_device,
                       by_products ? &products : nullptr, features.data(), N, outputs, workspace);
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
  cublasDestroy(cublas);
  check_cuda(cudaStreamDestroy(stream));
  std::printf(
      "{\"N, K, D\": \"%d, %d, %d\", \"type\": \"%s\", \"variances\": \"%s\", \"way\": "
      "\"%s%s\", "
      "\"stream, us\": %.1f, \"graph, us\": %.1f}\n",
      N, K, D, type, form, by_products ? "products" : "direct",
      by_products == cuda::byProducts(on_device, N) ? "" : ", not taken", streamed, replayed);
  std::fflush(stdout);
}

void measure_all() {
  const std::array<std::array<int, 3>, 7> shapes{{{256, 10575, 512},
                                                  {256, 1000, 2048},
                                                  {1, 10575, 512},
                                                  {16, 10575, 512},
                                                  {32, 10575, 512},
                                                  {256, 100, 512},
                                                  {16, 100, 512}}};
  for (const auto& [N, K, D] : shapes) {
    for (const auto& [covariance, form] : {std::pair(Covariance::SHARED, "shared"),
                                           {Covariance::ISOTROPIC, "isotropic"},
                                           {Covariance::DIAGONAL, "diagonal"}}) {
      HeadCase head = makeCase(N, K, D, covariance, Calibration::NONE);
      cv::RNG random(1);
      head.constants.push_back(randomCalibration(random, 1, 3, 5000, D));
      for (const bool by_products : {false, true}) {
        measure<float>(head, "float32", form, by_products);
        measure<__half>(head, "float16", form, by_products);
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
