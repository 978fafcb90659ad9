// SPDX-License-Identifier: Apache-2.0
// GMHead inside a network: attributes and constants of any type, shape and content, and features.
// Half of the heads begin as valid ones, of which some are damaged afterwards.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <opencv2/dnn_gm.hpp>

#include "refusal.hpp"

namespace {

using cv::Mat;
using cv::dnn::DictValue;
using cv::dnn::LayerParams;

float any_float(FuzzedDataProvider& data) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  static const float special[] = {
      0,     -0.f,     1,       -1,       NAN,        kInfinity,  -kInfinity, FLT_MAX, -FLT_MAX,
      1e-40, FLT_MIN,  1e19f,   1e-19f,   80,         -80,        81,         1e9f,    -1e9f,
      0.5f,  -0.6931f, -1.386f, 16777216, 0.9999999f, 1.0000001f, 3.1f};
  if (data.ConsumeBool()) return data.PickValueInArray(special);
  const auto bits = data.ConsumeIntegral<uint32_t>();
  float value;
  static_assert(sizeof(value) == sizeof(bits));
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// Numbers around 0, of many scales, and a few of any kind.
void fill(Mat& values, FuzzedDataProvider& data) {
  static const double scales[] = {1, 0, 0.1, 10, 1e-30, 1e10, 1e18, 1e30};
  cv::RNG random(data.ConsumeIntegral<uint16_t>() + 1);
  random.fill(values, cv::RNG::NORMAL, 0., data.PickValueInArray(scales));
  if (values.depth() != CV_32F || values.empty()) return;
  for (int i = data.ConsumeIntegralInRange(0, 3); i > 0; --i) {
    const size_t at = data.ConsumeIntegralInRange<size_t>(0, values.total() - 1);
    values.ptr<float>()[at] = any_float(data);
  }
}

Mat any_mat(FuzzedDataProvider& data) {
  static const int types[] = {CV_32F, CV_32F, CV_32F, CV_64F, CV_32S, CV_8U, CV_16S, CV_32FC3};
  std::vector<int> sizes(data.ConsumeIntegralInRange(0, 5));
  for (int& size : sizes) size = data.ConsumeIntegralInRange(0, 6);
  if (sizes.empty()) return Mat();
  Mat values(sizes, data.PickValueInArray(types), cv::Scalar::all(0));
  if (!values.empty()) fill(values, data);
  return values;
}

Mat log_priors(FuzzedDataProvider& data, int K) {
  Mat priors(K, 1, CV_32F, cv::Scalar(1. / K));
  if (data.ConsumeBool()) {
    cv::RNG random(data.ConsumeIntegral<uint8_t>());
    random.fill(priors, cv::RNG::UNIFORM, 0.01, 1.);
    priors /= cv::sum(priors)[0];
  }
  cv::log(priors, priors);
  return priors;
}

/// Ascending lines, each with NaN at its end.
Mat calibration(FuzzedDataProvider& data, int K) {
  const int rows = data.ConsumeBool() ? K : 1, lines = data.ConsumeBool() ? 3 : 1;
  const int Q = data.ConsumeIntegralInRange(0, 9);
  const int sizes[] = {rows, lines, Q};
  Mat table(3, sizes, CV_32F, cv::Scalar(NAN));
  if (Q == 0) return table;
  cv::RNG random(data.ConsumeIntegral<uint8_t>());
  for (int row = 0; row < rows; ++row) {
    const int count = random.uniform(0, Q + 1);
    for (int line = 0; line < lines; ++line) {
      auto* values = table.ptr<float>(row, line);
      std::generate(values, values + count, [&] { return random.uniform(-5.f, 40.f); });
      std::sort(values, values + count);
    }
  }
  return table;
}

std::vector<Mat> valid_constants(FuzzedDataProvider& data, int K, int D) {
  const int form = data.ConsumeIntegralInRange(0, 2);
  Mat means(K, D, CV_32F), log_variances(form == 0 ? 1 : K, form == 2 ? D : 1, CV_32F);
  fill(means, data);
  fill(log_variances, data);
  std::vector<Mat> constants{means, log_variances, log_priors(data, K)};
  if (data.ConsumeBool()) constants.push_back(calibration(data, K));
  return constants;
}

void damage(std::vector<Mat>& constants, FuzzedDataProvider& data) {
  for (int i = data.ConsumeIntegralInRange(0, 2); i > 0 && !constants.empty(); --i) {
    Mat& one = constants[data.ConsumeIntegralInRange<size_t>(0, constants.size() - 1)];
    switch (data.ConsumeIntegralInRange(0, 3)) {
      case 0:
        one = any_mat(data);
        break;
      case 1:
        one = one.t();
        break;
      case 2:
        constants.pop_back();
        break;
      default:
        constants.push_back(any_mat(data));
    }
  }
}

template <class T, class Any>
DictValue any_list(FuzzedDataProvider& data, const Any& any) {
  std::vector<T> values(data.ConsumeIntegralInRange(0, 4));
  for (T& value : values) value = any();
  if (values.size() == 1 && data.ConsumeBool()) return DictValue(values[0]);
  return DictValue::arrayReal(values.begin(), int(values.size()));
}

DictValue any_value(FuzzedDataProvider& data) {
  static const char* const words[] = {"",          "GRAY",        "BGR",    "RGB",
                                      "stretch",   "crop_center", "area",   "cubic",
                                      "letterbox", "a\nb",        "a\nb\n", "\n\n"};
  static const int numbers[] = {0, 1, 2, 3, 28, 255, 256, 32768, 32769, -1, INT_MAX, INT_MIN};
  switch (data.ConsumeIntegralInRange(0, 5)) {
    case 0:
      return DictValue(cv::String(data.PickValueInArray(words)));
    case 1:
      return DictValue(cv::String(data.ConsumeRandomLengthString(20)));
    case 2:
      return DictValue(data.PickValueInArray(numbers));
    case 3:
      return any_list<double>(data, [&] { return double(any_float(data)); });
    case 4: {
      std::vector<int> values(data.ConsumeIntegralInRange(0, 4));
      for (int& value : values) value = data.PickValueInArray(numbers);
      return DictValue::arrayInt(values.begin(), int(values.size()));
    }
    default: {
      const std::vector<cv::String> lines(data.ConsumeIntegralInRange(0, 3), "x");
      return DictValue::arrayString(lines.begin(), int(lines.size()));
    }
  }
}

void set_attributes(LayerParams& params, FuzzedDataProvider& data) {
  static const char* const names[] = {
      "labels",        "accept_rate",      "input_height",     "input_width",     "input_channels",
      "channel_order", "resize_height",    "resize_width",     "resize_mode",     "interpolation",
      "fill",          "calibrated_on",    "picture_widths",   "picture_heights", "pixel_means",
      "risks",         "risk_confidences", "pixel_deviations", "unknown"};
  for (int i = data.ConsumeIntegralInRange(0, 4); i > 0; --i) {
    const char* name = data.PickValueInArray(names);
    params.set(name, any_value(data));
  }
}

bool is_finite(const Mat& values) {
  return std::all_of(values.begin<float>(), values.end<float>(),
                     [](float value) { return std::isfinite(value); });
}

void hold_outputs(const Mat& features, int K, const std::vector<Mat>& outputs) {
  hold(outputs.size() == 6, "there are six outputs");
  for (const Mat& output : outputs) {
    hold(output.dims == 2 && output.rows == features.rows, "a row of each output for each input");
    hold(is_finite(output), "no output is NaN or infinite");
  }
  hold(outputs[0].cols == K, "a posterior for each class");
  for (int n = 0; n < features.rows; ++n) {
    hold(std::abs(cv::sum(outputs[0].row(n))[0] - 1) < 1e-3, "posteriors sum to 1");
    const float p = outputs[4].at<float>(n), predicted = outputs[5].at<float>(n);
    hold(p >= 0 && p <= 1, "a p-value is within [0,1]");
    hold(p == 0 || features.depth() != CV_32F || is_finite(features.row(n)),
         "what is not finite is refused");
    hold(predicted >= 0 && predicted < float(K) && predicted == std::floor(predicted),
         "the class is one of the head's");
  }
}

/// A network of the head alone, whose constants are the layer's or come as inputs beside the
/// features.
struct Network {
  Network(LayerParams& params, std::vector<Mat> constants, bool as_inputs) {
    if (as_inputs) {
      given = std::move(constants);
    } else {
      params.blobs = std::move(constants);
    }
    std::vector<cv::String> names{"features"};
    for (size_t i = 0; i < given.size(); ++i) names.push_back(cv::format("constant%d", int(i)));
    net.setInputsNames(names);
    const int head = net.addLayer("head", "GMHead", params);
    for (size_t i = 0; i < names.size(); ++i) net.connect(0, int(i), head, int(i));
  }

  std::vector<Mat> forward(const Mat& features) {
    net.setInput(features, "features");
    for (size_t i = 0; i < given.size(); ++i)
      net.setInput(given[i], cv::format("constant%d", int(i)));
    std::vector<std::vector<Mat>> outputs;
    net.forward(outputs, std::vector<cv::String>(1, "head"));
    return outputs.at(0);
  }

  cv::dnn::Net net;
  std::vector<Mat> given;
};

void run(FuzzedDataProvider& data) {
  const int K = data.ConsumeIntegralInRange(1, 40), D = data.ConsumeIntegralInRange(1, 40);
  std::vector<Mat> constants;
  if (data.ConsumeBool()) {
    constants = valid_constants(data, K, D);
    damage(constants, data);
  } else {
    constants.resize(data.ConsumeIntegralInRange(0, 5));
    for (Mat& each : constants) each = any_mat(data);
  }
  LayerParams params;
  params.name = "head";
  params.type = "GMHead";
  set_attributes(params, data);
  Network network(params, constants, data.ConsumeIntegralInRange(0, 7) == 0);
  // Batches of one size after another.
  for (int pass = 0; pass < 2; ++pass) {
    Mat features(data.ConsumeIntegralInRange(1, 5), D, CV_32F);
    fill(features, data);
    if (data.ConsumeIntegralInRange(0, 15) == 0) features = any_mat(data);
    // Of several channels cv::dnn makes one of whatever is in its memory.
    if (features.channels() > 1) return;
    const std::vector<Mat> outputs = network.forward(features);
    hold_outputs(features, constants[0].rows, outputs);
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
  cv::dnn_gm::registerLayers();
  cv::setNumThreads(1);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider provider(data, size);
  try {
    run(provider);
  } catch (const cv::Exception&) {
    // of many lines, as OpenCV puts its own around a layer's
  }
  return 0;
}
