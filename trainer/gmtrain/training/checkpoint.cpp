// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/checkpoint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "core/files/json_text.hpp"
#include "core/files/safetensors.hpp"
#include "core/files/sha256.hpp"

namespace gmtrain {

namespace {

using torch::Tensor;
using torch::optim::OptimizerParamState;

constexpr const char* kFormat = "gmtrain-checkpoint-1";
constexpr const char* kChecksum = "sha256";
constexpr const char* kModelPrefix = "model.";
constexpr const char* kOptimizerPrefix = "optimizer.";

/// What safetensors calls LibTorch's types.
constexpr std::array<std::pair<torch::ScalarType, const char*>, 10> kTypes{
    {{torch::kFloat, "F32"},
     {torch::kDouble, "F64"},
     {torch::kHalf, "F16"},
     {torch::kBFloat16, "BF16"},
     {torch::kLong, "I64"},
     {torch::kInt, "I32"},
     {torch::kShort, "I16"},
     {torch::kChar, "I8"},
     {torch::kByte, "U8"},
     {torch::kBool, "BOOL"}}};

std::string name_of(torch::ScalarType type) {
  for (const auto& [torch_type, name] : kTypes) {
    if (torch_type == type) return name;
  }
  throw std::runtime_error(
      fmt::format("a checkpoint cannot hold tensors of type {}", torch::toString(type)));
}

/// Parameters and buffers, by the names they have in the model.
std::map<std::string, Tensor> tensors_of(const Model& model) {
  std::map<std::string, Tensor> tensors;
  for (const auto& named : {model.named_parameters(), model.named_buffers()}) {
    for (const auto& item : named) {
      if (item.value().defined()) tensors[item.key()] = item.value();
    }
  }
  return tensors;
}

/// What steps have left for a parameter.
std::map<std::string, Tensor> tensors_of(const OptimizerParamState& state) {
  if (const auto* sgd = dynamic_cast<const torch::optim::SGDParamState*>(&state)) {
    return {{"momentum_buffer", sgd->momentum_buffer()}};
  }
  const auto& adamw = dynamic_cast<const torch::optim::AdamWParamState&>(state);
  return {{"exp_avg", adamw.exp_avg()},
          {"exp_avg_sq", adamw.exp_avg_sq()},
          {"step", torch::tensor(adamw.step(), torch::kLong)}};
}

/// Tensors to be written, with their bytes in memory.
class Contents {
 public:
  void add(const std::string& name, const Tensor& tensor) {
    kept_.push_back(tensor.detach().cpu().contiguous());
    const Tensor& bytes = kept_.back();
    stored_.tensors.push_back({name,
                               name_of(bytes.scalar_type()),
                               bytes.sizes().vec(),
                               {static_cast<const char*>(bytes.const_data_ptr()), bytes.nbytes()}});
  }

  std::map<std::string, std::string>& metadata() { return stored_.metadata; }

  /// With the checksum behind all else.
  std::string file() {
    const std::string place(kSha256Digits, '0');
    stored_.tensors.push_back({kChecksum, "U8", {kSha256Digits}, place});
    std::string file = to_safetensors(stored_);
    stored_.tensors.pop_back();
    const size_t rest = file.size() - kSha256Digits;
    file.replace(rest, kSha256Digits, sha256(std::string_view(file).substr(0, rest)));
    return file;
  }

 private:
  std::vector<Tensor> kept_;
  SafeTensors stored_;
};

/// What a file holds, given out once each.
class Reader {
 public:
  explicit Reader(std::string_view file) {
    SafeTensors contents = parse_safetensors(file);
    metadata_ = std::move(contents.metadata);
    for (StoredTensor& tensor : contents.tensors) tensors_[tensor.name] = std::move(tensor);
    if (take("format") != kFormat) {
      throw std::runtime_error(fmt::format("expected a checkpoint of format {}", kFormat));
    }
    tensors_.erase(kChecksum);
  }

  std::string take(const std::string& key) {
    const auto found = metadata_.extract(key);
    if (found.empty()) throw std::runtime_error(fmt::format("expected {}, found none", key));
    return found.mapped();
  }

  int64_t take_number(const std::string& key) {
    const std::string text = take(key);
    int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc() || result.ptr != end)
      throw std::runtime_error(fmt::format("expected {} to be a whole number", key));
    return number;
  }

  bool has(const std::string& name) const { return tensors_.count(name) > 0; }

  void take(const std::string& name, Tensor destination) {
    const auto found = tensors_.extract(name);
    const auto described = [](std::string_view type, const auto& shape) {
      return fmt::format("{} [{}]", type, fmt::join(shape, ","));
    };
    const std::string expected =
        described(name_of(destination.scalar_type()), destination.sizes().vec());
    if (found.empty())
      throw std::runtime_error(fmt::format("expected {} {}, found none", name, expected));
    const StoredTensor& stored = found.mapped();
    const std::string got = described(stored.type, stored.shape);
    if (got != expected)
      throw std::runtime_error(fmt::format("expected {} {}, got {}", name, expected, got));
    // Copied twice, since bytes of a file need not lie where numbers may, nor as the model has
    // them.
    const Tensor read = torch::empty(stored.shape, destination.scalar_type());
    if (!stored.bytes.empty()) {
      std::memcpy(read.data_ptr(), stored.bytes.data(), stored.bytes.size());
    }
    const torch::NoGradGuard no_grad;
    destination.copy_(read);
  }

  /// But for what begins with `skipped`, where that is not empty.
  void check_all_taken(std::string_view skipped) const {
    for (const auto& [name, tensor] : tensors_) {
      if (skipped.empty() || name.compare(0, skipped.size(), skipped) != 0) {
        throw std::runtime_error("expected no tensor " + nlohmann::json(name).dump());
      }
    }
  }

 private:
  std::map<std::string, std::string> metadata_;
  std::map<std::string, StoredTensor> tensors_;
};

/// Calls `visit` with each parameter that the optimizer has, and its name in checkpoints.
void for_each_parameter(const Model& model, const torch::optim::Optimizer& optimizer,
                        const std::function<void(const std::string&, const Tensor&)>& visit) {
  std::map<const void*, std::string> names;
  for (const auto& [name, tensor] : tensors_of(model)) {
    names[tensor.unsafeGetTensorImpl()] = kOptimizerPrefix + name;
  }
  for (const auto& group : optimizer.param_groups()) {
    for (const Tensor& parameter : group.params())
      visit(names.at(parameter.unsafeGetTensorImpl()), parameter);
  }
}

/// What steps have left for a parameter, null if nothing.
std::unique_ptr<OptimizerParamState> state_from(Reader& reader,
                                                const torch::optim::Optimizer& optimizer,
                                                const std::string& name, const Tensor& parameter) {
  const auto take = [&](const char* part) {
    const Tensor tensor = torch::empty_like(parameter);
    reader.take(name + part, tensor);
    return tensor;
  };
  if (dynamic_cast<const torch::optim::SGD*>(&optimizer)) {
    if (!reader.has(name + ".momentum_buffer")) return nullptr;
    auto state = std::make_unique<torch::optim::SGDParamState>();
    state->momentum_buffer(take(".momentum_buffer"));
    return state;
  }
  if (!reader.has(name + ".step")) return nullptr;
  auto state = std::make_unique<torch::optim::AdamWParamState>();
  state->exp_avg(take(".exp_avg"));
  state->exp_avg_sq(take(".exp_avg_sq"));
  const Tensor step = torch::empty({}, torch::kLong);
  reader.take(name + ".step", step);
  state->step(step.item<int64_t>());
  return state;
}

/// More than any checkpoint of the model takes, so that a file which claims to be huge is refused
/// before memory is.
size_t most_bytes(const Model& model) {
  size_t bytes = 16 << 20;
  for (const auto& [name, tensor] : tensors_of(model)) bytes += 3 * tensor.nbytes() + 4096;
  return bytes;
}

Progress restore(std::string_view file, Model& model, torch::optim::Optimizer* optimizer) {
  if (file.substr(0, 2) == "PK") {
    throw std::runtime_error(
        "a checkpoint of an earlier gmtrain, which can hold code and is not read any more: "
        "train anew");
  }
  const size_t rest = file.size() - std::min(file.size(), kSha256Digits);
  const std::string_view checksum = file.substr(rest);
  if (sha256(file.substr(0, rest)) != checksum)
    throw std::runtime_error("expected a checkpoint whose checksum fits: it is damaged or none");
  Reader reader(file);
  for (const auto& [name, tensor] : tensors_of(model)) reader.take(kModelPrefix + name, tensor);
  if (optimizer) {
    for_each_parameter(model, *optimizer, [&](const std::string& name, const Tensor& parameter) {
      auto state = state_from(reader, *optimizer, name, parameter);
      if (state) optimizer->state()[parameter.unsafeGetTensorImpl()] = std::move(state);
    });
  }
  reader.check_all_taken(optimizer ? "" : kOptimizerPrefix);
  Progress progress;
  progress.epochs_done = reader.take_number("epochs_done");
  progress.epochs = reader.take_number("epochs");
  progress.origin.training_set = reader.take("training_set");
  progress.origin.settings = parse_json(reader.take("settings"));
  if (progress.epochs_done < 0 || progress.epochs_done > progress.epochs)
    throw std::runtime_error(fmt::format("expected 0 to {} as epochs_done, got {}", progress.epochs,
                                         progress.epochs_done));
  progress.checksum = checksum;
  return progress;
}

}  // namespace

void save_checkpoint(const std::filesystem::path& file, const Model& model,
                     const torch::optim::Optimizer& optimizer, const Progress& progress) {
  Contents contents;
  contents.metadata()["format"] = kFormat;
  contents.metadata()["epochs_done"] = std::to_string(progress.epochs_done);
  contents.metadata()["epochs"] = std::to_string(progress.epochs);
  contents.metadata()["training_set"] = progress.origin.training_set;
  contents.metadata()["settings"] = progress.origin.settings.dump();
  for (const auto& [name, tensor] : tensors_of(model)) contents.add(kModelPrefix + name, tensor);
  for_each_parameter(model, optimizer, [&](const std::string& name, const Tensor& parameter) {
    const auto state = optimizer.state().find(parameter.unsafeGetTensorImpl());
    if (state == optimizer.state().end()) return;
    for (const auto& [part, tensor] : tensors_of(*state->second))
      contents.add(name + "." + part, tensor);
  });
  write_file(file, contents.file());
}

Progress load_checkpoint(const std::filesystem::path& file, Model& model,
                         torch::optim::Optimizer* optimizer) {
  if (!std::filesystem::exists(file)) {
    const auto earlier = file.parent_path() / "checkpoint.pt";
    if (std::filesystem::exists(earlier)) {
      throw std::runtime_error(fmt::format(
          "{}: a checkpoint of an earlier gmtrain, which can hold code and is not read any more: "
          "remove the run and train anew",
          earlier.string()));
    }
    throw std::runtime_error(
        fmt::format("no checkpoint {}: has the run been trained?", file.string()));
  }
  const std::string bytes = read_file(file, most_bytes(model));
  try {
    return restore(bytes, model, optimizer);
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace gmtrain
