// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/gm_head.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "dnn_gm/src/covariance.hpp"
#include "dnn_gm/src/mixture_math.hpp"

namespace gmtrain {
namespace {

using cv::dnn_gm::maxLogVariance;

template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw std::invalid_argument("GMHead: " + fmt::format(format, std::forward<Args>(args)...));
}

void check_size(const char* name, const std::vector<float>& values, int64_t rows, int64_t columns) {
  if (static_cast<int64_t>(values.size()) != rows * columns)
    fail("{} has {} values, expected {} x {}", name, values.size(), rows, columns);
}

void check_finite(const char* name, const std::vector<float>& values) {
  for (size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i])) fail("{} must be finite, value {} is {}", name, i, values[i]);
}

void check_log_variances(const GmHead& head) {
  const auto& shape = head.log_variances_shape;
  const int64_t K = head.classes, D = head.dimension;
  if (!cv::dnn_gm::isCovariance(shape[0], shape[1], K, D))
    fail("log_variances must be [{0},{1}], [{0},1] or [1,1], got [{2},{3}]", K, D, shape[0],
         shape[1]);
  check_size("log_variances", head.log_variances, shape[0], shape[1]);
  check_finite("log_variances", head.log_variances);
  for (const float value : head.log_variances)
    if (std::abs(value) > maxLogVariance)
      fail("log_variances must be within +-{}, found {}", maxLogVariance, value);
}

void check_log_priors(const GmHead& head) {
  check_size("log_priors", head.log_priors, head.classes, 1);
  check_finite("log_priors", head.log_priors);
  double sum = 0;
  for (const float value : head.log_priors) sum += std::exp(static_cast<double>(value));
  if (std::abs(sum - 1) > cv::dnn_gm::priorSumTolerance)
    fail("log_priors must be logarithms of probabilities that sum to 1, these sum to {}", sum);
}

/// @return how many values of the line are numbers
int64_t check_calibration_line(const float* values, int64_t Q, int64_t row, int64_t line) {
  int64_t count = 0;
  for (; count < Q && !std::isnan(values[count]); ++count) {
    if (!std::isfinite(values[count]))
      fail("calibration must be finite, table {} line {} holds {}", row, line, values[count]);
    if (count > 0 && values[count] < values[count - 1])
      fail("calibration must ascend within a line, table {} line {} has {} after {}", row, line,
           values[count], values[count - 1]);
  }
  for (int64_t q = count; q < Q; ++q)
    if (!std::isnan(values[q]))
      fail("calibration must have NaN at the end of a line only, table {} line {} has {} after it",
           row, line, values[q]);
  return count;
}

void check_calibration(const GmHead& head) {
  const auto [rows, lines, Q] = head.calibration_shape;
  if ((rows != 1 && rows != head.classes) || (lines != 3 && lines != 1) || Q < 0)
    fail("calibration must be [R,3,Q] or [R,1,Q] with R = 1 or {}, got [{},{},{}]", head.classes,
         rows, lines, Q);
  check_size("calibration", head.calibration, rows * lines, Q);
  for (int64_t row = 0; row < rows; ++row) {
    int64_t first = 0;
    for (int64_t line = 0; line < lines; ++line) {
      const int64_t count =
          check_calibration_line(&head.calibration[(row * lines + line) * Q], Q, row, line);
      if (line == 0) first = count;
      if (count != first)
        fail("calibration must have lines of one length in a table, table {} has {} and {}", row,
             first, count);
    }
  }
}

void check_risks(const GmHead& head) {
  if (head.risks.size() != head.risk_confidences.size())
    fail("risk_confidences must be one for each of {} risks, got {}", head.risks.size(),
         head.risk_confidences.size());
  for (size_t i = 0; i < head.risks.size(); ++i) {
    if (!(head.risks[i] > 0 && head.risks[i] <= 1) ||
        (i > 0 && !(head.risks[i - 1] < head.risks[i])))
      fail("risks must ascend within (0,1], got {}", head.risks[i]);
    if (!(head.risk_confidences[i] >= 0 && head.risk_confidences[i] <= 1))
      fail("risk_confidences must be within [0,1], got {}", head.risk_confidences[i]);
  }
}

void check_labels(const GmHead& head) {
  if (static_cast<int64_t>(head.labels.size()) != head.classes)
    fail("labels has {} names for {} classes", head.labels.size(), head.classes);
  for (const std::string& label : head.labels)
    if (label.empty() || label.find_first_of("\r\n") != std::string::npos)
      fail("labels must be non-empty names of one line, found \"{}\"", label);
}

void check_preparation(const GmHead& head) {
  try {
    head.preparation.check();
  } catch (const cv::Exception& error) {
    fail("{}", error.err);
  }
}

}  // namespace

void check(const GmHead& head) {
  if (head.classes < 1 || head.dimension < 1)
    fail("classes and dimension must be positive, got {} and {}", head.classes, head.dimension);
  check_size("means", head.means, head.classes, head.dimension);
  check_finite("means", head.means);
  check_log_variances(head);
  check_log_priors(head);
  check_calibration(head);
  check_labels(head);
  check_preparation(head);
  check_risks(head);
  if (!(head.accept_rate > 0 && head.accept_rate <= 1))
    fail("accept_rate must be in (0,1], got {}", head.accept_rate);
}

}  // namespace gmtrain
