// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/train.hpp"

#include <fmt/format.h>

#include <cstring>
#include <iostream>

#include "core/files/atomic_file.hpp"
#include "core/files/folder_lock.hpp"
#include "core/interrupt.hpp"
#include "core/logging/log.hpp"
#include "core/logging/metrics_log.hpp"
#include "core/logging/progress_bar.hpp"
#include "core/logging/tensorboard.hpp"
#include "gmtrain/data/batch_stream.hpp"
#include "gmtrain/data/derived.hpp"
#include "gmtrain/device.hpp"
#include "gmtrain/evaluation/calibrate.hpp"
#include "gmtrain/training/checkpoint.hpp"
#include "gmtrain/training/collapse.hpp"
#include "gmtrain/training/step_batches.hpp"
#include "gmtrain/training/step_log.hpp"
#include "gmtrain/verification/verify.hpp"

namespace gmtrain {
namespace {

constexpr int64_t kStepsPerRecord = 50;

/// Sums of what the progress bar and the logs show, since the last reset.
struct Tally {
  double loss = 0;
  int64_t wrong = 0, images = 0;

  void add(const StepMeasures& step) {
    loss += step.loss * static_cast<double>(step.images);
    wrong += step.wrong;
    images += step.images;
  }
  double mean_loss() const { return loss / static_cast<double>(images); }
  double error() const { return 100.0 * static_cast<double>(wrong) / static_cast<double>(images); }
};

/// Scales the gradients, if together they are longer than `longest`. LibTorch's own reads the
/// length from the device.
void clip_gradients(const std::vector<torch::Tensor>& parameters, double longest) {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> lengths;
  for (const auto& parameter : parameters) {
    if (parameter.grad().defined()) lengths.push_back(parameter.grad().norm());
  }
  const auto factor = (longest / (torch::stack(lengths).norm() + 1e-6)).clamp_max(1);
  for (const auto& parameter : parameters) {
    if (parameter.grad().defined()) parameter.grad().mul_(factor);
  }
}

class Training {
 public:
  Training(Recipe& recipe, RunFolder folder, bool resume)
      : folder_(std::move(folder)),
        options_(TrainOptions::read(recipe)),
        data_(DataOptions::read(recipe.section("data"))),
        dataset_(open_whole_images(data_, data_.path, Split::train)),
        augmentation_{data_.mirror, data_.padding, network_input(data_, dataset_->image_shape())},
        indices_(images_to_train_on()),
        steps_per_epoch_((static_cast<int64_t>(indices_.size()) + options_.batch_size - 1) /
                         options_.batch_size),
        collapse_(steps_per_epoch_) {
    torch::manual_seed(static_cast<uint64_t>(options_.seed));
    model_ =
        std::make_unique<Model>(recipe, data_,
                                ImageShape{dataset_->image_shape()[0], augmentation_.crop.height,
                                           augmentation_.crop.width});
    // Other verbs use these tables: a mistake in them is found before hours of training, not after.
    CalibrationOptions::read(recipe.section("calibration"));
    EvaluationOptions::read(recipe, data_);
    const auto verification = VerificationOptions::read(recipe, data_);
    recipe.check_all_used();
    check_test_sets(data_, dataset_->image_shape());
    if (verification.asked) tested_pairs(verification, data_);
    optimizer_ = make_optimizer(*model_, options_.optimizer);
    std::filesystem::create_directories(folder_.path);
    lock_ = std::make_unique<FolderLock>(folder_.path);
    if (!resume && std::filesystem::exists(folder_.checkpoint())) {
      throw std::runtime_error(
          fmt::format("{}: another training ended here meanwhile", folder_.path.string()));
    }
    origin_ = origin_of(recipe, *dataset_);
    if (resume) load(recipe);
    write_file(folder_.recipe(), recipe.to_toml());  // a resumed one may name another data.root
    const int64_t steps_done = first_epoch_ * steps_per_epoch_;
    metrics_ = std::make_unique<MetricsLog>(folder_.metrics(), resume ? steps_done : -1);
    events_ = std::make_unique<TensorBoardWriter>(folder_.path, resume ? steps_done : -1);
  }

  void run(const std::function<void(int64_t)>& after_epoch) {
    const Tf32 tf32(options_.tf32);
    const InterruptNoted interrupt;
    log_info(fmt::format("training {} images, {} epochs of {} steps, {} parameters",
                         indices_.size(), options_.epochs, steps_per_epoch_, parameter_count()));
    for (int64_t epoch = first_epoch_; epoch < options_.epochs; ++epoch) {
      run_epoch(epoch, interrupt);
      save_checkpoint(folder_.checkpoint(), *model_, *optimizer_,
                      {epoch + 1, options_.epochs, origin_});
      if (after_epoch) after_epoch(epoch + 1);
    }
  }

 private:
  void load(const Recipe& recipe) {
    const auto progress = load_checkpoint(folder_.checkpoint(), *model_, optimizer_.get());
    expect_same_settings(progress.origin, recipe, folder_.recipe().string());
    expect_same_training_set(progress.origin, origin_.training_set,
                             data_.folder(data_.path).string());
    first_epoch_ = progress.epochs_done;
  }

  std::vector<int64_t> images_to_train_on() const {
    auto split = split_held_out(dataset_->labels(), data_.held_out, data_.held_out_seed);
    if (split.train.size() < 2) {
      throw std::runtime_error(fmt::format(
          "{}: expected at least two images to train on beside the {} held out, got one",
          data_.folder(data_.path).string(), data_.held_out));
    }
    for (const int64_t label : split.spared) {
      log_warning(
          fmt::format("data.held_out: an image of {} is not held out, since it is the last "
                      "one to train on",
                      data_.labels[label]));
    }
    return std::move(split.train);
  }

  int64_t parameter_count() const {
    int64_t count = 0;
    for (const auto& parameter : model_->parameters()) count += parameter.numel();
    return count;
  }

  void run_epoch(int64_t epoch, const InterruptNoted& interrupt) {
    // Everything random in an epoch follows from its number, which is what makes resuming exact.
    torch::manual_seed(static_cast<uint64_t>(options_.seed) * 1000003 +
                       static_cast<uint64_t>(epoch));
    const auto order = torch::randperm(static_cast<int64_t>(indices_.size()), torch::kLong);
    BatchStream batches(*dataset_, shuffled_batches(order), [&](Batch batch) {
      return augment(std::move(batch), augmentation_, options_.seed, epoch);
    });
    model_->train();
    const bool frozen = epoch < options_.frozen_epochs;
    if (frozen || options_.frozen_statistics) model_->network().eval();
    Tally whole;
    recent_ = {};
    StepBatches steps(batches, std::min<int64_t>(2, options_.batch_size));
    ProgressBar bar(std::cerr, static_cast<int64_t>(indices_.size()),
                    fmt::format("epoch {}/{}", epoch + 1, options_.epochs));
    int64_t images_seen = 0;
    std::string recently;
    while (auto next = steps.next()) {
      // Here, so that the last step of an epoch goes on to its checkpoint.
      if (interrupt.signal() != 0) stop(interrupt.signal(), epoch);
      const auto& [batch, i] = *next;
      const int64_t step = epoch * steps_per_epoch_ + i;
      take_step(batch, step, frozen);
      images_seen += batch.labels.size(0);
      const bool record_is_due = (step + 1) % kStepsPerRecord == 0;
      if (record_is_due || compute_device().is_cpu()) account_for_steps(whole);
      if (recent_.images > 0) recently = shown(recent_);
      bar.update(images_seen, recently);
      if (record_is_due) {
        record(step + 1, "step", recent_);
        recent_ = {};
      }
    }
    account_for_steps(whole);
    bar.finish(shown(whole));
    record((epoch + 1) * steps_per_epoch_, "epoch", whole);
    report_merged_classes();
  }

  [[noreturn]] void stop(int signal, int64_t epochs_done) const {
    throw Interrupted(
        signal,
        epochs_done == 0
            ? fmt::format("stopped by {} within the first epoch: no checkpoint is there yet, train "
                          "anew",
                          name_of_interrupt(signal))
            : fmt::format("stopped by {}: the checkpoint of epoch {} of {} is kept, go on with "
                          "gmtrain train --resume --out {}",
                          name_of_interrupt(signal), epochs_done, options_.epochs,
                          folder_.path.string()));
  }

  static std::string shown(const Tally& tally) {
    return fmt::format("loss {:.4f} error {:.2f} %", tally.mean_loss(), tally.error());
  }

  /// Reads what the steps since the last call have measured.
  void account_for_steps(Tally& whole) {
    for (const StepMeasures& step : log_.read()) {
      if (!std::isfinite(step.loss)) {
        throw TrainingError(
            fmt::format("the loss is {} at step {}: lower optimizer.learning_rate or lengthen "
                        "optimizer.warmup",
                        step.loss, step.step));
      }
      collapse_.observe(step);
      whole.add(step);
      recent_.add(step);
    }
  }

  /// Training may go on for hours with two classes in one place: their error stays that of
  /// guessing.
  void report_merged_classes() const {
    const auto mixture = model_->loss().mixture();
    if (!mixture || mixture->means.size(0) < 2) return;
    const auto closest = closest_means(*mixture);
    if (!closest.merged()) return;
    log_warning(
        fmt::format("the means of {} and {} have fallen together (squared distance {:.2g}): see "
                    "\"When training "
                    "collapses\" in doc/recipe.md",
                    data_.labels[closest.first], data_.labels[closest.second], closest.distance));
  }

  std::vector<std::vector<int64_t>> shuffled_batches(const torch::Tensor& order) const {
    std::vector<int64_t> shuffled;
    for (int64_t i = 0; i < order.size(0); ++i)
      shuffled.push_back(indices_[order.const_data_ptr<int64_t>()[i]]);
    return in_batches(shuffled, options_.batch_size);
  }

  torch::Tensor features_of(const Batch& batch, bool frozen) {
    const torch::AutoGradMode with_gradient(!frozen);
    try {
      return model_->features(batch.images);
    } catch (const std::exception& error) {  // not only c10::Error, if in TorchScript
      // What batch norms of LibTorch and of Python say.
      constexpr const char* kOneValue = "Expected more than 1 value per channel when training";
      if (options_.batch_size > 1 || !std::strstr(error.what(), kOneValue)) throw;
      throw TrainingError(
          "train.batch_size: expected at least 2, since the network normalises the "
          "images of a batch by one another");
    }
  }

  /// @param frozen whether the network stays as it is
  void take_step(const Batch& batch, int64_t step, bool frozen) {
    const double done =
        static_cast<double>(step) / static_cast<double>(options_.epochs * steps_per_epoch_);
    set_learning_rate(*optimizer_, options_.optimizer, model_->loss(),
                      options_.learning_rate.at(done));
    model_->loss().set_progress(done);

    optimizer_->zero_grad();
    const auto features = features_of(batch, frozen);
    const auto labels = batch.labels.to(features.device(), torch::kLong, /*non_blocking=*/true);
    const auto value = model_->loss().forward(features, labels);
    log_.add(step, value, features, labels);
    value.loss.backward();
    if (options_.clip_norm > 0) clip_gradients(model_->parameters(), options_.clip_norm);
    optimizer_->step();
    model_->loss().project();
  }

  void record(int64_t step, const std::string& group, const Tally& tally) {
    std::vector<std::pair<std::string, double>> values{{group + "/loss", tally.mean_loss()},
                                                       {group + "/error", tally.error()}};
    if (group == "step") {
      const double done =
          static_cast<double>(step) / static_cast<double>(options_.epochs * steps_per_epoch_);
      values.emplace_back("learning_rate", options_.learning_rate.at(done));
      for (const auto& scalar : model_->loss().scalars()) values.push_back(scalar);
    }
    metrics_->write(step, values);
    for (const auto& [name, value] : values) events_->scalar(name, step, value);
  }

  RunFolder folder_;
  std::unique_ptr<FolderLock> lock_;
  TrainOptions options_;
  DataOptions data_;
  std::shared_ptr<Dataset> dataset_;
  Origin origin_;
  Augmentation augmentation_;
  std::vector<int64_t> indices_;
  int64_t steps_per_epoch_;
  int64_t first_epoch_ = 0;
  std::unique_ptr<Model> model_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::unique_ptr<MetricsLog> metrics_;
  std::unique_ptr<TensorBoardWriter> events_;
  CollapseDetector collapse_;
  StepLog log_;
  Tally recent_;  ///< since the last record of steps
};

}  // namespace

TrainOptions TrainOptions::read(Recipe& recipe) {
  TrainOptions options;
  auto train = recipe.section("train");
  options.epochs = train.require<int64_t>("epochs", "passes over the training images", at_least(1));
  options.batch_size = train.get<int64_t>("batch_size", 128, "images in a step", at_least(1));
  options.tf32 = train.get<bool>(
      "tf32", false, "whether training on a GPU may round the factors of products to 10 bits");
  options.seed =
      train.get<int64_t>("seed", 1, "of weights, order of images and augmentation", at_least(0));

  auto optimizer = recipe.section("optimizer");
  auto& rate = options.learning_rate;
  rate.base = optimizer.require<double>("learning_rate", "highest learning rate", above(0));
  rate.warmup = optimizer.get<double>(
      "warmup", 0, "share of training over which the learning rate rises from 0", between(0, 1));
  const auto shape = optimizer.get<std::string>(
      "schedule", "cosine", "of the learning rate after the warm-up", one_of({"cosine", "steps"}));
  rate.shape = shape == "cosine" ? LearningRate::Shape::cosine : LearningRate::Shape::steps;
  rate.milestones = optimizer.get<std::vector<double>>(
      "milestones", {}, "shares of training at which `steps` divides by 10", between(0, 1));
  options.clip_norm = optimizer.get<double>(
      "clip_norm", 0, "longest gradient of a step, all parameters together; 0 is any", at_least(0));
  options.optimizer = OptimizerOptions::read(recipe);
  auto network = recipe.section("network");
  options.frozen_epochs = network.get<int64_t>(
      "frozen_epochs", 0, "first epochs in which the network stays as it is", at_least(0));
  options.frozen_statistics = network.get<bool>(
      "frozen_statistics", false, "batch norm and dropout as in evaluation in all epochs");
  return options;
}

void train(Recipe& recipe, const RunFolder& folder, bool resume,
           const std::function<void(int64_t)>& after_epoch) {
  Training(recipe, folder, resume).run(after_epoch);
}

}  // namespace gmtrain
