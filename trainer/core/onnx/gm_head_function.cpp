#include "core/onnx/gm_head_function.hpp"

#include <onnx/defs/parser.h>

#include <stdexcept>

namespace gmtrain {
namespace {

// A distance that is not a float32 number counts as the largest one. NaN compares false, there as
// in the counts of p_value. p_value: the calibration row of class c is row c mod rows, which is row
// 0 of a shared one. A value put in front of it, at least as large as any distance but the largest,
// is the 1 of (1 + #{q : q >= d}) / (1 + #q) in both counts: 0 for what is out of range, and no
// special case for an empty calibration.
constexpr const char* kBody = R"(
<opset_import: ["" : 17], domain: "dnn_gm">
GMHead
<labels, accept_rate, input_height, input_width, input_channels, channel_order, calibrated_on>
(features, means, log_variances, log_priors, calibration)
=> (prob, log_likelihood, log_density, distance, p_value)
{
  one = Constant <value = int64[1] {1}> ()
  two = Constant <value = int64[1] {2}> ()
  half = Constant <value_float = 0.5> ()
  minus_half = Constant <value_float = -0.5> ()
  half_log_two_pi = Constant <value_float = 0.9189385332046727> ()

  features_by_class = Unsqueeze (features, one)
  difference = Sub (features_by_class, means)
  log_scale = Mul (minus_half, log_variances)
  scale = Exp (log_scale)
  whitened = Mul (difference, scale)
  squared = Mul (whitened, whitened)
  any_distances = ReduceSum <keepdims = 0> (squared, two)
  largest = Constant <value_float = 3.40282347e38> ()
  in_range = LessOrEqual (any_distances, largest)
  distances = Where (in_range, any_distances, largest)

  means_shape = Shape (means)
  all_log_variances = Expand (log_variances, means_shape)
  log_det = ReduceSum <keepdims = 0> (all_log_variances, one)
  half_log_det = Mul (half, log_det)
  width = Shape <start = 1, end = 2> (means)
  width_float = Cast <to = 1> (width)
  constant = Mul (width_float, half_log_two_pi)

  half_distances = Mul (half, distances)
  energies = Add (half_distances, half_log_det)
  log_joint = Sub (log_priors, energies)
  prob = Softmax <axis = 1> (log_joint)

  highest = ReduceMax <axes = [1], keepdims = 1> (log_joint)
  shifted = Sub (log_joint, highest)
  exponentials = Exp (shifted)
  sum = ReduceSum <keepdims = 1> (exponentials, one)
  log_sum = Log (sum)
  log_sum_exp = Add (highest, log_sum)
  log_density = Sub (log_sum_exp, constant)

  predicted = ArgMax <axis = 1, keepdims = 1> (log_joint)
  distance = GatherElements <axis = 1> (distances, predicted)
  own_energy = GatherElements <axis = 1> (energies, predicted)
  negative_energy = Neg (own_energy)
  log_likelihood = Sub (negative_energy, constant)

  rows = Shape <start = 0, end = 1> (calibration)
  beyond_all = Constant <value_float = 3.4e38> ()
  column_shape = Concat <axis = 0> (rows, one)
  first_column = Expand (beyond_all, column_shape)
  counted = Concat <axis = 1> (first_column, calibration)
  row = Mod (predicted, rows)
  row_index = Squeeze (row, one)
  own_counted = Gather <axis = 0> (counted, row_index)
  is_beyond = GreaterOrEqual (own_counted, distance)
  beyond = Cast <to = 1> (is_beyond)
  beyond_count = ReduceSum <keepdims = 1> (beyond, one)
  is_number = Equal (own_counted, own_counted)
  number = Cast <to = 1> (is_number)
  number_count = ReduceSum <keepdims = 1> (number, one)
  p_value = Div (beyond_count, number_count)
}
)";

}  // namespace

onnx::FunctionProto gm_head_function() {
  onnx::FunctionProto function;
  const auto status = onnx::OnnxParser::Parse(function, kBody);
  if (!status.IsOK()) throw std::logic_error("GMHead's function: " + status.ErrorMessage());
  function.set_doc_string(
      "Gaussian-mixture classification head: posterior, log-likelihood and squared Mahalanobis "
      "distance of the predicted class, log-density, and the conformal p-value of that distance.");
  return function;
}

}  // namespace gmtrain
