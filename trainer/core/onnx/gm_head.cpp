#include "core/onnx/gm_head.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace gmtrain {
namespace {

// Within it a variance, its inverse and their square roots are normal float32 numbers.
constexpr float kMaxLogVariance = 80;
constexpr double kPriorSumTolerance = 1e-3;

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
  using Shape = std::array<int64_t, 2>;
  const Shape& shape = head.log_variances_shape;
  const int64_t K = head.classes, D = head.dimension;
  if (shape != Shape{K, D} && shape != Shape{K, 1} && shape != Shape{1, 1})
    fail("log_variances must be [{0},{1}], [{0},1] or [1,1], got [{2},{3}]", K, D, shape[0],
         shape[1]);
  check_size("log_variances", head.log_variances, shape[0], shape[1]);
  check_finite("log_variances", head.log_variances);
  for (const float value : head.log_variances)
    if (std::abs(value) > kMaxLogVariance)
      fail("log_variances must be within +-{}, found {}", kMaxLogVariance, value);
}

void check_log_priors(const GmHead& head) {
  check_size("log_priors", head.log_priors, head.classes, 1);
  check_finite("log_priors", head.log_priors);
  double sum = 0;
  for (const float value : head.log_priors) sum += std::exp(static_cast<double>(value));
  if (std::abs(sum - 1) > kPriorSumTolerance)
    fail("log_priors must be logarithms of probabilities that sum to 1, these sum to {}", sum);
}

void check_calibration_row(const GmHead& head, int64_t row) {
  const int64_t Q = head.calibration_shape[1];
  float previous = 0;
  for (int64_t q = 0; q < Q; ++q) {
    const float value = head.calibration[static_cast<size_t>(row * Q + q)];
    if (!std::isnan(value) && (!std::isfinite(value) || value < 0))
      fail("calibration must be squared distances, row {} holds {}", row, value);
    if (std::isnan(previous) && !std::isnan(value))
      fail("calibration must have NaN at the end of a row only, row {} has {} after it", row,
           value);
    if (value < previous)
      fail("calibration must ascend within a row, row {} has {} after {}", row, value, previous);
    previous = value;
  }
}

void check_calibration(const GmHead& head) {
  const auto [rows, columns] = head.calibration_shape;
  if ((rows != 1 && rows != head.classes) || columns < 0)
    fail("calibration must be [1,Q] or [{},Q], got [{},{}]", head.classes, rows, columns);
  check_size("calibration", head.calibration, rows, columns);
  for (int64_t row = 0; row < rows; ++row) check_calibration_row(head, row);
}

void check_labels(const GmHead& head) {
  if (static_cast<int64_t>(head.labels.size()) != head.classes)
    fail("labels has {} names for {} classes", head.labels.size(), head.classes);
  for (const std::string& label : head.labels)
    if (label.empty() || label.find_first_of("\r\n") != std::string::npos)
      fail("labels must be non-empty names of one line, found \"{}\"", label);
}

void check_input(const GmHead& head) {
  if (head.input_height < 1 || head.input_width < 1)
    fail("input_height and input_width must be positive, got {} and {}", head.input_height,
         head.input_width);
  const bool gray = head.channel_order == "GRAY" && head.input_channels == 1;
  const bool bgr = head.channel_order == "BGR" && head.input_channels == 3;
  if (!gray && !bgr)
    fail("channel_order must be GRAY with 1 input channel or BGR with 3, got \"{}\" with {}",
         head.channel_order, head.input_channels);
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
  check_input(head);
  if (!(head.accept_rate > 0 && head.accept_rate <= 1))
    fail("accept_rate must be in (0,1], got {}", head.accept_rate);
}

}  // namespace gmtrain
