#include "core/report/run_labels.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "core/report/paper.hpp"

namespace gmtrain::report {
namespace {

using json = nlohmann::ordered_json;

struct LossName {
  const char *name, *label;
};
constexpr LossName kLosses[] = {
    {"softmax", "Softmax"}, {"center", "Center"}, {"l_softmax", "L-Softmax"}, {"lgm", "L-GM"}};

const LossName* find_loss(const std::string& name) {
  return std::find_if(std::begin(kLosses), std::end(kLosses),
                      [&](const LossName& loss) { return loss.name == name; });
}

struct AttackLabel {
  const char *kind, *label;
};
constexpr AttackLabel kAttacks[] = {{"fgsm", "FGSM"},
                                    {"targeted_fgsm", "targeted FGSM"},
                                    {"pgd", "PGD"},
                                    {"adaptive_pgd", "adaptive PGD"},
                                    {"p_value_pgd", "PGD on p-values"}};

}  // namespace

std::string loss_label(const json& facts) {
  const auto name = facts.at("loss").get<std::string>();
  const LossName* known = find_loss(name);
  std::string label = known == std::end(kLosses) ? name : known->label;
  if (!facts.contains("alpha")) return label;
  label += fmt::format(" (α = {:g}", facts["alpha"].get<double>());
  const auto covariance = facts.value("covariance", "identity");
  if (covariance != "identity") label += fmt::format(", {} Λ", covariance);
  return label + ")";
}

std::string data_label(const std::string& data) {
  const auto& names = paper().data;
  const auto found = names.find(data);
  return found == names.end() ? data : found->second;
}

std::string setting_label(const json& facts) {
  std::string label = facts.at("network").get<std::string>();
  if (facts.contains("depth")) label += fmt::format(" of depth {}", facts["depth"].get<int64_t>());
  if (facts.contains("widths")) {
    std::string separator = " ";
    for (const json& width : facts["widths"]) {
      label += fmt::format("{}{}", separator, width.get<int64_t>());
      separator = "-";
    }
  }
  const auto epochs = facts.at("epochs").get<int64_t>();
  return label + fmt::format(", {} {}", epochs, epochs == 1 ? "epoch" : "epochs");
}

std::string augmentation_label(const json& facts) {
  const json augmentation = facts.value("augmentation", json::object());
  std::vector<std::string> ways;
  if (augmentation.value("mirror", false)) ways.push_back("mirrored");
  if (const auto pixels = augmentation.value("padding", int64_t{0}); pixels > 0) {
    ways.push_back(fmt::format("shifted by up to {} pixels", pixels));
  }
  if (const auto side = augmentation.value("crop", int64_t{0}); side > 0) {
    ways.push_back(fmt::format("cut to {} pixels", side));
  }
  return ways.empty() ? "" : fmt::format(", images {}", fmt::join(ways, ", "));
}

std::string likelihood_name(const json& evaluation) {
  return evaluation.contains("calibration") ? "likelihood" : "winning affinity";
}

AttackName split_attack(const std::string& name) {
  const auto place = name.rfind('_');
  if (place == std::string::npos) return {name, 0};
  const std::string bound = name.substr(place + 1);
  char* end = nullptr;
  const double value = std::strtod(bound.c_str(), &end);
  if (bound.empty() || *end != '\0') return {name, 0};
  return {name.substr(0, place), value};
}

std::string set_label(const std::string& set) {
  const auto [kind, bound] = split_attack(set);
  for (const AttackLabel& attack : kAttacks) {
    if (attack.kind == kind) return fmt::format("{} ε = {:g}", attack.label, bound);
  }
  std::string data = set;  // evaluate writes fashion_mnist of fashion-mnist
  std::replace(data.begin(), data.end(), '_', '-');
  const std::string label = data_label(data);
  return label == data ? set : label;
}

RunOrder order_of(const json& facts) {
  return {facts.at("data").get<std::string>(),
          -facts.at("features").get<int64_t>(),
          facts.at("network").get<std::string>(),
          facts.value("depth", int64_t{0}),
          static_cast<int>(find_loss(facts.at("loss").get<std::string>()) - kLosses),
          facts.value("alpha", 0.0),
          facts.at("recipe").get<std::string>(),
          facts.at("epochs").get<int64_t>()};
}

std::string to_text(const Estimate& estimate, int decimals, double scale) {
  std::string text = fmt::format("{:.{}f}", scale * estimate.mean, decimals);
  if (estimate.deviation) text += fmt::format(" ± {:.{}f}", scale * *estimate.deviation, decimals);
  return text;
}

std::string seeds_label(int64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "seed" : "seeds");
}

}  // namespace gmtrain::report
