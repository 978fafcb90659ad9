// SPDX-License-Identifier: Apache-2.0
// PGD by one who knows of the p-value and its calibration: lowers energy and doubt of a wrong class
// t together, as far as they count. Of all points on all walks that are misclassified, the one with
// the highest p-value is kept.
//
// p-values are ranks, which have no gradient. In their place stand log P of energy and doubt as
// broken lines through some of the calibration's ranks, and -log nonconformity of these.
#include <cmath>
#include <limits>
#include <stdexcept>

#include "gmtrain/attacks/attack.hpp"
#include "gmtrain/attacks/gradient_ascent.hpp"
#include "gmtrain/device.hpp"

namespace gmtrain {
namespace {

using torch::Tensor;

/// log P over one line of a group, P the share of its samples that are at least as large.
struct BrokenLine {
  std::vector<double> values, logs, slopes;  ///< of each corner, and of the line to its right

  /// @param ascending n values
  BrokenLine(const float* ascending, int64_t n) {
    constexpr double kStep = 0.85;  // from one corner's rank to that of the next
    for (int64_t rank = n; rank > 0;
         rank = std::min(rank - 1, static_cast<int64_t>(kStep * static_cast<double>(rank)))) {
      const double value = ascending[n - rank];
      if (!values.empty() && value <= values.back()) continue;
      values.push_back(value);
      logs.push_back(std::log(static_cast<double>(1 + rank) / static_cast<double>(1 + n)));
    }
    for (size_t i = 0; i + 1 < values.size(); ++i) slopes.push_back(slope(i, i + 1));
    // Beyond the largest value it goes on as over the last tenth.
    if (values.size() == 1) slopes.push_back(-1);
    if (values.size() > 1) {
      size_t tenth = values.size() - 1;
      while (tenth > 0 && logs[tenth] < std::log(0.1)) --tenth;
      slopes.push_back(slope(std::min(tenth, values.size() - 2), values.size() - 1));
    }
  }

 private:
  double slope(size_t from, size_t to) const {
    return (logs[to] - logs[from]) / (values[to] - values[from]);
  }
};

/// The broken lines of all groups as tensors [groups,corners].
class SmoothRanks {
 public:
  /// @param line of a group: 0 energies, 1 doubts
  SmoothRanks(const Calibration& calibration, int64_t line) {
    std::vector<BrokenLine> lines;
    size_t corners = 1;
    for (const auto& group : calibration.groups) {
      lines.emplace_back(group.values.data() + line * group.size, group.size);
      corners = std::max(corners, lines.back().values.size());
    }
    const auto shape = {static_cast<int64_t>(lines.size()), static_cast<int64_t>(corners)};
    // No value reaches the corners that are only there to fill up.
    values_ = torch::full(shape, std::numeric_limits<double>::max(), torch::kDouble);
    logs_ = torch::zeros(shape, torch::kDouble);
    slopes_ = torch::zeros(shape, torch::kDouble);
    for (size_t i = 0; i < lines.size(); ++i) {
      fill(values_, i, lines[i].values);
      fill(logs_, i, lines[i].logs);
      fill(slopes_, i, lines[i].slopes);
    }
    for (Tensor* tensor : {&values_, &logs_, &slopes_}) *tensor = tensor->to(compute_device());
  }

  /// [N], log P of each value in its group.
  Tensor log_p(const Tensor& values, const Tensor& groups) const {
    const Tensor corners = values_.index_select(0, groups).contiguous(), x = values.unsqueeze(1);
    const Tensor passed = torch::searchsorted(corners, x.detach().contiguous(), false, true);
    const Tensor corner = (passed - 1).clamp_min(0);
    const Tensor log_p =
        logs_.index_select(0, groups).gather(1, corner) +
        slopes_.index_select(0, groups).gather(1, corner) * (x - corners.gather(1, corner));
    return torch::where(passed.gt(0), log_p, 0.0).squeeze(1);
  }

 private:
  static void fill(Tensor& tensor, size_t row, const std::vector<double>& values) {
    auto rows = tensor.accessor<double, 2>();
    for (size_t i = 0; i < values.size(); ++i) {
      rows[static_cast<int64_t>(row)][static_cast<int64_t>(i)] = values[i];
    }
  }

  Tensor values_, logs_, slopes_;
};

/// What the attacker makes of the detector.
class Surrogate {
 public:
  explicit Surrogate(const Calibration& calibration)
      : energies_(calibration, 0), doubts_(calibration, 1), calibration_(calibration) {
    if (!calibration.group_of_class.empty()) {
      group_of_class_ = torch::tensor(calibration.group_of_class).to(compute_device());
    }
  }

  /// [N], a smooth logarithm of the nonconformity, above 0.
  Tensor log_nonconformity(const Tensor& energy, const Tensor& doubt, const Tensor& classes) const {
    const Tensor groups = group_of_class_.defined() ? group_of_class_.index_select(0, classes)
                                                    : torch::zeros_like(classes);
    return torch::logaddexp(-2.5 * energies_.log_p(energy, groups),
                            -2 * doubts_.log_p(doubt, groups));
  }

  /// [N], the p-values; where they are equal, higher where the nonconformity is less.
  Tensor merit(const Scores& scores) const {
    const auto on_cpu = [](const Tensor& values) { return values.cpu().contiguous(); };
    const Tensor predicted = on_cpu(scores.predicted), distance = on_cpu(scores.distance),
                 energy = on_cpu(scores.energy), doubt = on_cpu(scores.doubt);
    Tensor p_values = torch::empty_like(distance);
    for (int64_t i = 0; i < p_values.size(0); ++i) {
      p_values[i] = calibration_.p_value(
          {predicted[i].item<int64_t>(), to_float32(distance[i].item<double>()),
           to_float32(energy[i].item<double>()), to_float32(doubt[i].item<double>())});
    }
    constexpr double kBelowAnyStep = 1e-9;
    return p_values.to(scores.energy.device()) +
           kBelowAnyStep / (1 + log_nonconformity(scores.energy, scores.doubt, scores.predicted));
  }

 private:
  SmoothRanks energies_, doubts_;
  const Calibration& calibration_;
  Tensor group_of_class_;
};

class PValuePgd final : public Attack {
 public:
  PValuePgd(double epsilon, const PgdOptions& options) : epsilon_(epsilon), options_(options) {}

  bool is_iterative() const override { return true; }
  bool needs_calibration() const override { return true; }

  Tensor run(Model& model, const Batch& batch, const Calibration* calibration) const override {
    if (!calibration || calibration->by != Calibration::By::energy_and_doubt) {
      throw std::invalid_argument(
          "p_value_pgd needs a calibration by energy_and_doubt (of one by distance adaptive_pgd is "
          "the attack)");
    }
    const Surrogate surrogate(*calibration);
    return search_wrong_classes(
        model, batch, epsilon_, options_,
        [&](const Tensor& features, const Tensor& target) {
          // With the posterior's share taken off, the energy is the distance to the wrong class
          // alone, which falls all the way there: on its own it rises between the classes.
          const Tensor loss = model.loss().classification_loss(features, target);
          return -surrogate.log_nonconformity(model.loss().energy(features) + 2 * loss,
                                              doubt_of(loss), target);
        },
        [&](const Scores& scores) { return surrogate.merit(scores); });
  }

 private:
  /// [N], log of the odds against a class: the doubt there would be if it were predicted.
  /// @param loss -log of the class's posterior
  static Tensor doubt_of(const Tensor& loss) {
    const Tensor positive = loss.clamp_min(1e-300);
    return positive + (-torch::expm1(-positive)).log();
  }

  double epsilon_;
  PgdOptions options_;
};

std::shared_ptr<const Attack> make_p_value_pgd(double epsilon, const PgdOptions& options) {
  return std::make_shared<PValuePgd>(epsilon, options);
}

const Registered<AttackFactory> registered_p_value_pgd("p_value_pgd", make_p_value_pgd);

}  // namespace
}  // namespace gmtrain
