// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/checkpoint.hpp"

#include <fmt/format.h>
#include <torch/serialize.h>

#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "gmtrain/device.hpp"

namespace gmtrain {

namespace {

std::vector<std::vector<int64_t>> shapes(const Model& model) {
  std::vector<std::vector<int64_t>> all;
  for (const auto& tensors : {model.parameters(), model.buffers()}) {
    for (const auto& tensor : tensors) all.push_back(tensor.sizes().vec());
  }
  return all;
}

}  // namespace

void save_checkpoint(const std::filesystem::path& file, const Model& model,
                     const torch::optim::Optimizer& optimizer, const Progress& progress) {
  torch::serialize::OutputArchive archive, model_archive, optimizer_archive;
  model.save(model_archive);
  optimizer.save(optimizer_archive);
  archive.write("model", model_archive);
  archive.write("optimizer", optimizer_archive);
  archive.write("epochs_done", c10::IValue(progress.epochs_done));
  archive.write("epochs", c10::IValue(progress.epochs));
  archive.write("training_set", c10::IValue(progress.training_set));
  write_atomically(
      file, [&](const std::filesystem::path& temporary) { archive.save_to(temporary.string()); });
}

Progress load_checkpoint(const std::filesystem::path& file, Model& model,
                         torch::optim::Optimizer* optimizer) {
  if (!std::filesystem::exists(file)) {
    throw std::runtime_error(
        fmt::format("no checkpoint {}: has the run been trained?", file.string()));
  }
  try {
    torch::serialize::InputArchive archive, part;
    archive.load_from(file.string(), compute_device());
    archive.read("model", part);
    // LibTorch itself would take over tensors of any shape.
    const auto expected = shapes(model);
    model.load(part);
    TORCH_CHECK(shapes(model) == expected, "tensors of other shapes");
    if (optimizer) {
      torch::serialize::InputArchive optimizer_archive;
      archive.read("optimizer", optimizer_archive);
      optimizer->load(optimizer_archive);
    }
    c10::IValue done, epochs, training_set{int64_t{0}};
    archive.read("epochs_done", done);
    archive.read("epochs", epochs);
    archive.try_read("training_set", training_set);
    return {done.toInt(), epochs.toInt(), training_set.toInt()};
  } catch (const c10::Error& error) {
    throw std::runtime_error(
        fmt::format("{}: expected a checkpoint of this recipe's model, got: {}", file.string(),
                    error.what_without_backtrace()));
  }
}

}  // namespace gmtrain
