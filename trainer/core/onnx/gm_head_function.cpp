// SPDX-License-Identifier: Apache-2.0
#include "core/onnx/gm_head_function.hpp"

#include <onnx/defs/parser.h>

#include <stdexcept>

#include "dnn_gm/src/covariance.hpp"

namespace gmtrain {
namespace {

// Features and means are taken relative to the middle of the means, so that no offset common to all
// costs digits. With y = x - middle, m_k = mu_k - middle and s = 1 / Lambda the logarithm of
// p(x,k), less the base that all classes share, is
//   j_k = offset_k - 1/2 sum m_k^2 s_k + y . (m_k s_k) - 1/2 (y^2 . s_k),
// one matrix product of [y, y^2] with [m s, -s/2]; where a class has one variance, of [y, |y|^2].
// It cancels for the classes that x is near to: the two most probable are worked out again from
// differences.
constexpr const char* kHead = R"(
<opset_import: ["" : 17], domain: "dnn_gm">
GMHead
<labels, accept_rate, input_height, input_width, input_channels, channel_order, resize_height,
 resize_width, resize_mode, interpolation, fill, calibrated_on, picture_heights, picture_widths,
 pixel_means, pixel_deviations, risks, risk_confidences>
(features, means, log_variances, log_priors, calibration)
=> (prob, log_likelihood, log_density, distance, p_value, class)
{
  first = Constant <value = int64[1] {0}> ()
  axis_one = Constant <value = int64[1] {1}> ()
  axis_two = Constant <value = int64[1] {2}> ()
  half = Constant <value_float = 0.5> ()
  minus_half = Constant <value_float = -0.5> ()
  two = Constant <value_float = 2.0> ()
  one = Constant <value_float = 1.0> ()
  zero = Constant <value_float = 0.0> ()
  half_log_two_pi = Constant <value_float = 0.9189385332046727> ()
  largest = Constant <value_float = 3.40282347e38> ()
  lowest = Constant <value_float = -1.701411735e38> ()

  count = Shape <start = 0, end = 1> (means)
  variances_width = Shape <start = 1, end = 2> (log_variances)
  variances_shape = Concat <axis = 0> (count, variances_width)
  class_log_variances = Expand (log_variances, variances_shape)
  width = Shape <start = 1, end = 2> (means)
  width_ratio = Div (width, variances_width)
  repeats = Cast <to = 1> (width_ratio)
  summed_log_variances = ReduceSum <keepdims = 0> (class_log_variances, axis_one)
  log_det = Mul (summed_log_variances, repeats)
  half_log_det = Mul (half, log_det)
  width_float = Cast <to = 1> (width)
  constant = Mul (width_float, half_log_two_pi)
  negative_normalisers = Add (half_log_det, constant)
  normalisers = Neg (negative_normalisers)
  weighted = Add (normalisers, log_priors)
  base = ReduceMax <axes = [0], keepdims = 1> (weighted)
  offsets = Sub (weighted, base)

  middle = ReduceMean <axes = [0], keepdims = 1> (means)
  centred_means = Sub (means, middle)
  negative_log_variances = Neg (class_log_variances)
  precisions = Exp (negative_log_variances)
  linear_weights = Mul (centred_means, precisions)
  square_weights = Mul (minus_half, precisions)
  weights = Concat <axis = 1> (linear_weights, square_weights)
  mean_terms = Mul (linear_weights, centred_means)
  mean_norms = ReduceSum <keepdims = 0> (mean_terms, axis_one)
  half_mean_norms = Mul (half, mean_norms)
  biases = Sub (offsets, half_mean_norms)

  centred = Sub (features, middle)
)";

constexpr const char* kOneVariance = R"(
  squares = ReduceSumSquare <axes = [1], keepdims = 1> (centred)
)";
constexpr const char* kDiagonal = R"(
  squares = Mul (centred, centred)
)";

// What is not a number, or beyond float32, counts as the largest distance: comparisons with NaN are
// false.
constexpr const char* kJoint = R"(
  augmented = Concat <axis = 1> (centred, squares)
  any_joint = Gemm <transB = 1> (augmented, weights, biases)
  in_range = Greater (any_joint, lowest)
  rough_joint = Where (in_range, any_joint, lowest)

  log_scales = Mul (minus_half, class_log_variances)
  scales = Exp (log_scales)
  rough_leaders, leaders = TopK <axis = 1> (rough_joint, leader_count)
  leader_means = Gather <axis = 0> (means, leaders)
  leader_scales = Gather <axis = 0> (scales, leaders)
  leader_offsets = Gather <axis = 0> (offsets, leaders)
  row_features = Unsqueeze (features, axis_one)
  differences = Sub (row_features, leader_means)
  whitened = Mul (differences, leader_scales)
  any_distances = ReduceSumSquare <axes = [2], keepdims = 0> (whitened)
  distance_in_range = LessOrEqual (any_distances, largest)
  leader_distances = Where (distance_in_range, any_distances, largest)
  half_distances = Mul (half, leader_distances)
  leader_joint = Sub (leader_offsets, half_distances)

  best = ArgMax <axis = 1, keepdims = 1> (leader_joint)
  predicted = GatherElements <axis = 1> (leaders, best)
  class = Cast <to = 1> (predicted)
  highest = GatherElements <axis = 1> (leader_joint, best)
  distance = GatherElements <axis = 1> (leader_distances, best)
  half_distance = Mul (half, distance)
  own_normaliser = Gather <axis = 0> (normalisers, predicted)
  log_likelihood = Sub (own_normaliser, half_distance)

  is_known = Less (distance, largest)
)";

constexpr const char* kSeveralClasses = R"(
  leader_count = Constant <value = int64[1] {2}> ()
)";
constexpr const char* kOneClass = R"(
  leader_count = Constant <value = int64[1] {1}> ()
)";
// The other classes' posteriors among themselves, the winner hidden; the odds against the winner
// follow from the share that the runner-up has of them. Far from all classes rounding may put
// others of the rough ones above it: they count as much as the runner-up.
constexpr const char* kPosteriorOfSeveral = R"(
  index_one = Constant <value = int64[1] {1}> ()
  other = Sub (index_one, best)
  runner_up = GatherElements <axis = 1> (leaders, other)
  runner_up_joint = GatherElements <axis = 1> (leader_joint, other)
  places = Constant <value = int64[1,2] {0, 1}> ()
  is_best = Equal (places, best)
  hidden = Neg (largest)
  leaders_hidden = Where (is_best, hidden, leader_joint)
  all_others = ScatterElements <axis = 1> (rough_joint, leaders, leaders_hidden)
  other_joint = Min (all_others, runner_up_joint)
  shares = Softmax <axis = 1> (other_joint)
  runner_up_share = GatherElements <axis = 1> (shares, runner_up)
  log_runner_up_share = Log (runner_up_share)
  lag = Sub (runner_up_joint, highest)
  doubt = Sub (lag, log_runner_up_share)
  lead = Neg (doubt)
  confidence = Sigmoid (lead)
  rest = Sigmoid (doubt)
  other_prob = Mul (shares, rest)
  prob = ScatterElements <axis = 1> (other_prob, predicted, confidence)
  log_sum = Softplus (doubt)
  relative_density = Add (highest, log_sum)
  log_density = Add (relative_density, base)
)";
constexpr const char* kPosteriorOfOne = R"(
  nothing = Mul (zero, highest)
  doubt = Sub (nothing, largest)
  prob = Add (nothing, one)
  relative_density = Identity (highest)
  log_density = Add (relative_density, base)
)";

constexpr const char* kUncalibrated = R"(
  p_value = Cast <to = 1> (is_known)
}
)";

// The table that a row is ranked in, [N,lines,Q], or [1,lines,Q] where all rows share it.
constexpr const char* kOwnTable = R"(
  table_index = Squeeze (predicted, axis_one)
  table = Gather <axis = 0> (calibration, table_index)
)";
constexpr const char* kSharedTable = R"(
  table = Identity (calibration)
)";

// How many samples a table has: the lines are of one length.
constexpr const char* kRanks = R"(
  first_line = Gather <axis = 1> (table, first)
  first_values = Squeeze (first_line, axis_one)
  is_number = Equal (first_values, first_values)
  number_flags = Cast <to = 1> (is_number)
  numbers = ReduceSum <keepdims = 1> (number_flags, axis_one)
  ranks = Add (one, numbers)
)";

constexpr const char* kByDistance = R"(
  ranked = Identity (first_values)
  score = Identity (distance)
)";

constexpr const char* kByEnergyAndDoubt = R"(
  third = Constant <value = int64[1] {2}> ()
  doubts_line = Gather <axis = 1> (table, axis_one)
  doubts = Squeeze (doubts_line, axis_one)
  ranked_line = Gather <axis = 1> (table, third)
  ranked = Squeeze (ranked_line, axis_one)
  half_energy = Neg (relative_density)
  energy = Mul (two, half_energy)
  has_energy = GreaterOrEqual (first_values, energy)
  energy_flags = Cast <to = 1> (has_energy)
  energy_count = ReduceSum <keepdims = 1> (energy_flags, axis_one)
  has_doubt = GreaterOrEqual (doubts, doubt)
  doubt_flags = Cast <to = 1> (has_doubt)
  doubt_count = ReduceSum <keepdims = 1> (doubt_flags, axis_one)
  energy_rank = Add (one, energy_count)
  doubt_rank = Add (one, doubt_count)
  rarity = Div (ranks, energy_rank)
  doubt_rarity = Div (ranks, doubt_rank)
  rarity_root = Sqrt (rarity)
  rarity_square = Mul (rarity, rarity)
  energy_term = Mul (rarity_square, rarity_root)
  doubt_term = Mul (doubt_rarity, doubt_rarity)
  nonconformity = Add (energy_term, doubt_term)
  rounding = Constant <value_float = 0.999999> ()
  score = Mul (nonconformity, rounding)
)";

constexpr const char* kPValue = R"(
  is_stranger = GreaterOrEqual (ranked, score)
  stranger_flags = Cast <to = 1> (is_stranger)
  stranger_count = ReduceSum <keepdims = 1> (stranger_flags, axis_one)
  rank = Add (one, stranger_count)
  share = Div (rank, ranks)
  p_value = Where (is_known, share, zero)
}
)";

std::string body_of(const GmHead& head) {
  const bool several = head.classes > 1;
  const auto [tables, lines, samples] = head.calibration_shape;
  std::string body = kHead;
  const auto [rows, columns] = head.log_variances_shape;
  body +=
      cv::dnn_gm::isDiagonal(cv::dnn_gm::covarianceOf(rows, columns)) ? kDiagonal : kOneVariance;
  body += several ? kSeveralClasses : kOneClass;
  body += kJoint;
  body += several ? kPosteriorOfSeveral : kPosteriorOfOne;
  if (samples == 0) return body + kUncalibrated;
  body += tables > 1 ? kOwnTable : kSharedTable;
  body += kRanks;
  body += lines == 3 ? kByEnergyAndDoubt : kByDistance;
  return body + kPValue;
}

}  // namespace

onnx::FunctionProto gm_head_function(const GmHead& head) {
  onnx::FunctionProto function;
  const std::string body = body_of(head);
  const auto status = onnx::OnnxParser::Parse(function, body.c_str());
  if (!status.IsOK()) throw std::logic_error("GMHead's function: " + status.ErrorMessage());
  function.set_doc_string(
      "Gaussian-mixture classification head: posterior, predicted class with its log-likelihood "
      "and "
      "squared Mahalanobis distance, log-density, and a conformal p-value.");
  return function;
}

}  // namespace gmtrain
