// SPDX-License-Identifier: Apache-2.0
// The large-margin Gaussian-mixture loss (Sect. 3) as a module with learned means and variances.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dnn_gm/src/covariance.hpp"
#include "dnn_gm/src/mixture_math.hpp"
#include "gmtrain/losses/loss.hpp"
#include "gmtrain/ops/lgm_loss.hpp"
#include "gmtrain/training/schedule.hpp"

namespace gmtrain {
namespace {

using cv::dnn_gm::Covariance;

struct LgmOptions {
  Ramp alpha, lambda;
  Covariance covariance;
  double log_variance_floor;
  double means_deviation;
  double means_rate, variances_rate;
  std::vector<double> priors;
};

class LgmLoss final : public Loss {
 public:
  LgmLoss(const LgmOptions& options, const LossShape& shape)
      : options_(options), alpha_(options.alpha.at(0)), lambda_(options.lambda.at(0)) {
    means_ = register_parameter(
        "means", torch::randn({shape.classes, shape.dimension}) * options.means_deviation);
    const auto variances = torch::zeros({logVarianceRows(options.covariance, shape.classes),
                                         logVarianceColumns(options.covariance, shape.dimension)});
    log_variances_ = are_variances_learned() ? register_parameter("log_variances", variances)
                                             : register_buffer("log_variances", variances);
    const auto priors = options.priors.empty()
                            ? torch::full({shape.classes}, 1.0 / shape.classes, torch::kDouble)
                            : torch::tensor(options.priors, torch::kDouble);
    log_priors_ = register_buffer("log_priors", priors.log().to(torch::kFloat));
  }

  Value forward(const torch::Tensor& features, const torch::Tensor& labels) override {
    const auto output = evaluate(features, labels, alpha_, lambda_);
    return {output.loss.mean(), output.predicted};
  }

  torch::Tensor classification_loss(const torch::Tensor& features,
                                    const torch::Tensor& labels) override {
    return evaluate(features, labels, 0, 0).loss;
  }

  torch::Tensor total_loss(const torch::Tensor& features, const torch::Tensor& labels) override {
    return evaluate(features, labels, 0, options_.lambda.last).loss;
  }

  Scores score(const torch::Tensor& features) const override { return mixture()->score(features); }

  torch::Tensor energy(const torch::Tensor& features) const override {
    return mixture()->energy(features);
  }

  torch::Tensor log_likelihood(const torch::Tensor& features,
                               const torch::Tensor& classes) const override {
    return mixture()->log_likelihood(features, classes);
  }

  std::optional<GaussianMixture> mixture() const override {
    return GaussianMixture{means_.detach(), log_variances_.detach(), log_priors_};
  }

  std::vector<ParameterGroup> parameter_groups() override {
    std::vector<ParameterGroup> groups{{{means_}, options_.means_rate, false}};
    if (are_variances_learned()) {
      groups.push_back({{log_variances_}, options_.variances_rate, false});
    }
    return groups;
  }

  void set_progress(double done) override {
    alpha_ = options_.alpha.at(done);
    lambda_ = options_.lambda.at(done);
  }

  /// The floor moves the parameter itself, so that loss, gradient and export read one value.
  void project() override {
    torch::NoGradGuard no_grad;
    if (log_variances_.requires_grad()) log_variances_.clamp_min_(options_.log_variance_floor);
  }

  std::vector<std::pair<std::string, double>> scalars() const override {
    return {{"alpha", alpha_}, {"lambda", lambda_}};
  }

 private:
  /// What is shared stays 1, the identity.
  bool are_variances_learned() const { return options_.covariance != Covariance::shared; }

  LgmLossOutput evaluate(const torch::Tensor& features, const torch::Tensor& labels, double alpha,
                         double lambda) const {
    // Attacks differentiate in float64; reduced features are for the operator to widen.
    const auto type = features.scalar_type() == torch::kDouble ? torch::kDouble : torch::kFloat;
    return lgm_loss({features, means_.to(type), log_variances_.to(type), log_priors_.to(type),
                     labels, alpha, lambda});
  }

  LgmOptions options_;
  double alpha_, lambda_;
  torch::Tensor means_, log_variances_, log_priors_;
};

Ramp read_ramp(Section& options, const std::string& name, double fallback, const std::string& doc,
               const Ramp& start) {
  const double last = options.get<double>(name, fallback, doc, at_least(0));
  return {
      options.get<double>(name + "_start", std::min(start.first, last), name + " at the first step",
                          at_least(0)),
      last,
      options.get<double>(name + "_delay", start.delay,
                          "share of training before " + name + " begins to move", between(0, 1)),
      options.get<double>(name + "_ramp", start.duration,
                          "share of training over which " + name + " then moves to its value",
                          between(0, 1))};
}

std::vector<double> read_priors(Section& options, int64_t classes) {
  const auto priors = options.get<std::vector<double>>(
      "priors", {}, "p(k) of each class, summing to 1; empty is uniform", above(0));
  if (priors.empty()) return priors;
  double sum = 0;
  for (const double prior : priors) sum += prior;
  if (static_cast<int64_t>(priors.size()) != classes || std::abs(sum - 1) > 1e-6) {
    throw options.error(
        "priors", fmt::format("expected {} numbers that sum to 1, got {} with sum {}", classes,
                              priors.size(), sum));
  }
  return priors;
}

Covariance read_covariance(Section& options) {
  std::vector<std::string> names;
  for (const Covariance form : cv::dnn_gm::covarianceForms) names.emplace_back(nameOf(form));
  const auto chosen = options.get<std::string>("covariance", nameOf(Covariance::shared),
                                               "form of Lambda_k", one_of(names));
  const auto place = std::find(names.begin(), names.end(), chosen) - names.begin();
  return cv::dnn_gm::covarianceForms[place];
}

std::shared_ptr<Loss> make_lgm(Section section, const LossShape& shape) {
  LgmOptions options;
  options.alpha = read_ramp(section, "alpha", 1.0, "margin of Eq. 17", {0, 0, 0.15, 0.35});
  options.lambda = read_ramp(section, "lambda", 0.1, "weight of the likelihood term, Eq. 11",
                             {INFINITY, 0, 0, 0});
  options.covariance = read_covariance(section);
  options.log_variance_floor =
      section.get<double>("log_variance_floor", -4.0, "least log-variance that training may reach",
                          between(-cv::dnn_gm::maxLogVariance, 0));
  options.means_deviation = section.get<double>(
      "means_deviation", 0.3, "standard deviation of the means at the first step", above(0));
  options.means_rate =
      section.get<double>("means_learning_rate_factor", 1.0,
                          "learning rate of the means relative to the network's", at_least(0));
  options.variances_rate = section.get<double>(
      "variances_learning_rate_factor", 0.1,
      "learning rate of the log-variances relative to the network's", at_least(0));
  options.priors = read_priors(section, shape.classes);
  return std::make_shared<LgmLoss>(options, shape);
}

const Registered<LossFactory> registered_lgm("lgm", make_lgm);

}  // namespace
}  // namespace gmtrain
