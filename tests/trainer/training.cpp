// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/train.hpp"

#include <torch/cuda.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <functional>

#include "core/files/atomic_file.hpp"
#include "core/files/folder_lock.hpp"
#include "core/images/shuffle.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/device.hpp"
#include "gmtrain/evaluation/calibrate.hpp"
#include "gmtrain/evaluation/evaluate.hpp"
#include "gmtrain/export/export.hpp"
#include "gmtrain/training/checkpoint.hpp"
#include "gmtrain/training/collapse.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

struct Experiment {
  Experiment() { make_data(folder.path() / "data"); }

  Recipe recipe(const std::vector<std::string>& overrides = {}) const {
    return small_recipe(folder.path() / "data", overrides);
  }
  RunFolder run(const std::string& name) const { return {folder.path() / name}; }

  TemporaryFolder folder;
};

std::vector<torch::Tensor> state(Model& model) {
  auto tensors = model.parameters();
  for (const auto& buffer : model.buffers()) tensors.push_back(buffer);
  return tensors;
}

int64_t lines(const std::filesystem::path& file) {
  std::ifstream in(file);
  return std::count(std::istreambuf_iterator<char>(in), {}, '\n');
}

/// Of a step whose batch has these features.
StepMeasures measured(const torch::Tensor& features) {
  StepLog log;
  const auto labels = torch::zeros({features.size(0)}, torch::kLong);
  log.add(0, {torch::zeros({}), labels}, features, labels);
  return log.read().at(0);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(training, Experiment)

BOOST_AUTO_TEST_CASE(learns_and_leaves_a_complete_run) {
  auto settings = recipe({"train.epochs=15"});
  train(settings, run("a"), false);
  BOOST_TEST(std::filesystem::exists(run("a").recipe()));
  BOOST_TEST(lines(run("a").metrics()) == 15 + 150 / 50);  // epochs, and every 50th of 150 steps
  auto trained = open_run(run("a").path);
  const auto test = open_dataset(trained.data, trained.data.path, Split::test);
  int64_t wrong = 0;
  score_dataset(*trained.model, *test, all_indices(test->size()), [&](const ScoredBatch& scored) {
    wrong += scored.scores.predicted.ne(scored.batch.labels).sum().item<int64_t>();
  });
  BOOST_TEST(wrong <= 5);
}

BOOST_AUTO_TEST_CASE(resuming_gives_what_an_unbroken_training_gives) {
  auto whole = recipe();
  train(whole, run("whole"), false);

  auto interrupted = recipe();
  BOOST_CHECK_THROW(train(interrupted, run("broken"), false,
                          [](int64_t) { throw std::runtime_error("interrupted"); }),
                    std::runtime_error);
  // What a crash within the second epoch leaves behind.
  std::ofstream(run("broken").metrics(), std::ios::app) << R"({"step":15,"step/loss":9.0})"
                                                        << "\n";
  auto again = Recipe::load(run("broken").recipe());
  again.section("").require<std::string>("name", "");
  train(again, run("broken"), true);

  auto a = open_run(run("whole").path), b = open_run(run("broken").path);
  const auto expected = state(*a.model), actual = state(*b.model);
  for (size_t i = 0; i < expected.size(); ++i) BOOST_TEST(torch::equal(actual[i], expected[i]));
  BOOST_TEST(lines(run("broken").metrics()) == lines(run("whole").metrics()));
}

BOOST_AUTO_TEST_CASE(resuming_may_be_given_the_recipe_it_began_with_and_no_other) {
  write_file(folder / "small.toml", recipe().to_toml());
  TrainArguments arguments{folder / "small.toml", run("a").path, {"train.epochs=1"}};
  train_command(arguments);
  arguments.resume = true;
  arguments.overrides.push_back("data.root=" + (folder / "./data").string());
  BOOST_CHECK_NO_THROW(train_command(arguments));
  arguments.overrides = {"train.epochs=2"};
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { train_command(arguments); }),
                      "expected the recipe that " + run("a").path.string() + " began with"));
}

BOOST_AUTO_TEST_CASE(resuming_finds_data_that_were_moved) {
  auto whole = recipe();
  train(whole, run("whole"), false);
  const auto interrupt = [&](const std::string& name) {
    auto settings = recipe();
    BOOST_CHECK_THROW(
        train(settings, run(name), false, [](int64_t) { throw std::runtime_error("interrupted"); }),
        std::runtime_error);
    TrainArguments arguments;
    arguments.out = run(name).path;
    arguments.resume = true;
    return arguments;
  };
  auto set = interrupt("set"), data = interrupt("data_option"), both = interrupt("both");
  write_file(folder / "small.toml", recipe().to_toml());
  const std::string moved = (folder / "it's elsewhere").string();
  std::filesystem::rename(folder / "data", moved);
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { train_command(set); }), "no data set"));

  set.overrides = {"data.root=\"" + moved + "\"", "data.workers=1"};
  data.data_root = moved;
  both.recipe = folder / "small.toml";
  both.data_root = moved;
  auto expected = open_run(run("whole").path, moved);
  for (const auto& arguments : {set, data, both}) {
    train_command(arguments);
    auto resumed = open_run(arguments.out);  // knows where the data are now
    const auto a = state(*expected.model), b = state(*resumed.model);
    for (size_t i = 0; i < a.size(); ++i) BOOST_TEST(torch::equal(a[i], b[i]));
  }

  make_data(folder / "other");
  write_squares(folder / "other/squares", "train", 600, 3);
  auto wrong = set;
  wrong.overrides = {"data.root=" + (folder / "other").string()};
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { train_command(wrong); }),
                      "other/squares: expected the training images that"));
  BOOST_TEST(open_run(set.out).data.root == moved);

  data.overrides = {"train.epochs=3"};
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { train_command(data); }),
                      "--set train.epochs=3: a training that is resumed"));
  both.overrides = {"data.path=others"};
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { train_command(both); }),
                      "only data.root and data.workers may change"));
}

BOOST_AUTO_TEST_CASE(an_unfinished_run_is_not_used) {
  auto interrupted = recipe();
  BOOST_CHECK_THROW(
      train(interrupted, run("a"), false, [](int64_t) { throw std::runtime_error("interrupted"); }),
      std::runtime_error);
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { open_run(run("a").path); }),
                      "after 1 of 2 epochs"));
}

BOOST_AUTO_TEST_CASE(a_broken_checkpoint_is_named) {
  auto settings = recipe();
  train(settings, run("a"), false);
  std::filesystem::resize_file(run("a").checkpoint(), 1000);
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { open_run(run("a").path); }),
                      "checkpoint.safetensors"));
}

BOOST_AUTO_TEST_CASE(one_command_at_a_time_works_in_a_run) {
  auto settings = recipe({"train.epochs=1"});
  train(settings, run("a"), false);
  const FolderLock lock(run("a").path);
  const RunArguments arguments{run("a").path, ""};
  const std::vector<std::function<void()>> commands{[&] { train(settings, run("a"), true); },
                                                    [&] { calibrate_command(arguments); },
                                                    [&] {
                                                      evaluate_command({arguments, true});
                                                    },
                                                    [&] { verify_command(arguments); },
                                                    [&] {
                                                      attack_command({arguments, 1});
                                                    }};
  for (const auto& command : commands) {
    BOOST_TEST(contains(message_of<std::runtime_error>(command),
                        run("a").path.string() + ": another command is at work"));
  }
}

BOOST_AUTO_TEST_CASE(a_training_of_an_earlier_gmtrain_is_not_written_over) {
  write_file(folder / "small.toml", recipe().to_toml());
  std::filesystem::create_directory(run("a").path);
  write_file(run("a").earlier_checkpoint(), "PK");
  BOOST_TEST(contains(message_of<std::runtime_error>([&] {
                        train_command({folder / "small.toml", run("a").path, {}});
                      }),
                      "holds a training of an earlier gmtrain"));
  BOOST_TEST(!std::filesystem::exists(run("a").recipe()));
}

BOOST_AUTO_TEST_CASE(collapse_ends_training_with_advice) {
  // The full margin from the first step and means next to each other: features go to 0 and stay.
  auto settings = recipe({"loss.alpha_start=1.0", "loss.means_deviation=0.001", "train.epochs=10",
                          "optimizer.warmup=0.0", "loss.lambda=1.0"});
  const auto message = message_of<TrainingError>([&] { train(settings, run("a"), false); });
  BOOST_TEST(contains(message, "collapse"));
  BOOST_TEST(contains(message, "loss.alpha_start"));
}

BOOST_AUTO_TEST_CASE(differing_features_are_no_collapse) {
  torch::manual_seed(1);
  // Steps of an epoch, and after how many batches of equal features training ends.
  for (const auto& [steps, patience] : {std::pair{1000, 30}, {7, 7}}) {
    CollapseDetector detector(steps);
    const StepMeasures differing = measured(torch::randn({8, 4})),
                       equal = measured(torch::ones({8, 4}));
    for (int i = 0; i < 60; ++i) detector.observe(differing);
    for (int i = 0; i < patience - 1; ++i) detector.observe(equal);
    BOOST_CHECK_THROW(detector.observe(equal), TrainingError);
  }
}

BOOST_AUTO_TEST_CASE(steps_are_measured_alike_however_many_are_read_at_once) {
  torch::manual_seed(1);
  StepLog one_by_one, together;
  std::vector<StepMeasures> singly;
  for (int64_t step = 0; step < 5; ++step) {
    const auto features = torch::randn({8, 4});
    const Loss::Value value{torch::rand({}), torch::randint(3, {8}, torch::kLong)};
    const auto labels = torch::randint(3, {8}, torch::kLong);
    together.add(step, value, features, labels);
    one_by_one.add(step, value, features, labels);
    singly.push_back(one_by_one.read().at(0));
    BOOST_TEST(singly.back().loss == value.loss.item<double>());
    BOOST_TEST(singly.back().wrong == value.predicted.ne(labels).sum().item<int64_t>());
    BOOST_TEST(singly.back().size == features.abs().max().item<double>());
  }
  const auto read = together.read();
  BOOST_TEST_REQUIRE(read.size() == singly.size());
  for (size_t i = 0; i < read.size(); ++i) {
    BOOST_TEST(read[i].step == static_cast<int64_t>(i));
    BOOST_TEST(read[i].images == 8);
    BOOST_TEST(read[i].loss == singly[i].loss);
    BOOST_TEST(read[i].wrong == singly[i].wrong);
    BOOST_TEST(read[i].deviation == singly[i].deviation);
    BOOST_TEST(read[i].size == singly[i].size);
  }
  BOOST_TEST(together.read().empty());
}

BOOST_AUTO_TEST_CASE(classes_that_fall_together_are_found) {
  // More classes than one block of distances has rows; the third and the last in one place.
  torch::manual_seed(1);
  auto means = torch::randn({300, 4}) * 100;
  GaussianMixture mixture{means, torch::zeros({1, 1}), torch::zeros({300})};
  BOOST_TEST(!closest_means(mixture).merged());
  means[299] = means[2] + 0.1;
  const auto closest = closest_means(mixture);
  BOOST_TEST(closest.merged());
  BOOST_TEST(closest.first == 2);
  BOOST_TEST(closest.second == 299);
  BOOST_TEST(closest.distance == 0.04, boost::test_tools::tolerance(1e-2));
}

BOOST_AUTO_TEST_CASE(a_diverging_loss_ends_training) {
  auto settings = recipe({"optimizer.learning_rate=1e30", "optimizer.warmup=0.0"});
  BOOST_TEST(contains(message_of<TrainingError>([&] { train(settings, run("a"), false); }),
                      "optimizer.learning_rate"));
}

BOOST_AUTO_TEST_CASE(gradients_are_clipped) {
  auto settings = recipe({"optimizer.clip_norm=1e-12", "optimizer.weight_decay=0.0"});
  train(settings, run("a"), false);
  auto trained = open_run(run("a").path);
  torch::manual_seed(1);
  auto again = recipe();
  Model fresh(again, DataOptions::read(again.section("data")), {1, 12, 12});
  const auto before = fresh.parameters(), after = trained.model->parameters();
  for (size_t i = 0; i < before.size(); ++i)
    BOOST_TEST(torch::allclose(after[i], before[i], 0, 1e-9));
}

BOOST_AUTO_TEST_CASE(mistakes_are_found_before_training) {
  for (const auto& [override, part] : std::vector<std::pair<std::string, std::string>>{
           {"loss.alhpa=1", "alpha"},
           {"loss.alpha=-1", "loss.alpha"},
           {"loss.name=hinge", "lgm"},
           {"network.name=conv7", "conv6"},
           {"calibration.accept_rate=2", "calibration.accept_rate"},
           {"calibration.by=likelihood", "calibration.by"},
           {"calibration.risks=[0.1, 0.1]", "calibration.risks"},
           {"calibration.risks=[0.0, 0.1]", "calibration.risks"},
           {"loss.priors=[0.5, 0.5]", "loss.priors"},
           {"data.mean=[1, 2]", "data.deviation"},
           {"data.labels=[\"a\", \"\"]", "data.labels"},
           {"data.labels=[\"a\\nb\", \"c\"]", "data.labels"},
           {"optimizer.momentum=0", "optimizer.nesterov"}}) {
    auto settings = recipe({override});
    const auto message = message_of<RecipeError>([&] { train(settings, run("a"), false); });
    BOOST_TEST(contains(message, part), override << ": " << message);
    BOOST_TEST(!std::filesystem::exists(run("a").path));
  }
}

BOOST_AUTO_TEST_CASE(a_gpu_that_is_not_there_is_named) {
  if (torch::cuda::is_available()) return;
  BOOST_TEST(contains(message_of<std::runtime_error>([] { use_device("cuda"); }), "--device cuda"));
  BOOST_TEST(compute_device().is_cpu());
}

BOOST_AUTO_TEST_CASE(data_that_does_not_fit_is_named) {
  const auto opening = [&](const std::vector<std::string>& overrides) {
    auto settings = recipe(overrides);
    return message_of<std::runtime_error>([&] { train(settings, run("a"), false); });
  };
  BOOST_TEST(contains(opening({"data.path=nowhere"}), "nowhere"));
  BOOST_TEST(contains(opening({"data.held_out=600"}), "data.held_out"));
  BOOST_TEST(contains(opening({R"(data.outliers=["elsewhere"])"}), "elsewhere"));
  BOOST_TEST(contains(opening({R"(data.labels=["a","b"])"}), "train-labels-idx1-ubyte"));
}

BOOST_AUTO_TEST_CASE(the_held_out_part_is_apart_and_reproducible) {
  const std::vector<int64_t> labels(1000, 0);
  const auto split = split_held_out(labels, 100, 7), again = split_held_out(labels, 100, 7);
  BOOST_TEST(split.held_out == again.held_out);
  BOOST_TEST(split.held_out != split_held_out(labels, 100, 8).held_out);
  auto all = split.train;
  all.insert(all.end(), split.held_out.begin(), split.held_out.end());
  std::sort(all.begin(), all.end());
  BOOST_TEST(all == all_indices(1000));
}

BOOST_AUTO_TEST_CASE(an_image_of_each_class_is_left_for_training) {
  std::vector<int64_t> labels(100, 0);
  const auto plain = split_held_out(labels, 30, 7);
  BOOST_TEST(plain.spared.empty());
  auto shuffled = all_indices(100);
  std::mt19937_64 random(7);
  shuffle(shuffled, random);
  std::sort(shuffled.begin() + 70, shuffled.end());
  BOOST_TEST(std::equal(shuffled.begin() + 70, shuffled.end(), plain.held_out.begin()));
  // What chance holds out does not depend on the labels, unless nothing were left of a class.
  for (const int64_t i : plain.train) labels[i] = i % 2;
  BOOST_TEST(split_held_out(labels, 30, 7).held_out == plain.held_out);
  const int64_t only = plain.held_out[4];
  labels[only] = 2;
  labels[plain.held_out[9]] = labels[plain.held_out[17]] = 3;
  const auto split = split_held_out(labels, 30, 7);
  BOOST_TEST(split.held_out.size() == 30u);
  BOOST_TEST(std::count(split.train.begin(), split.train.end(), only) == 1);
  std::set<int64_t> trained;
  for (const int64_t i : split.train) trained.insert(labels[i]);
  BOOST_TEST(trained.size() == 4u);
  BOOST_TEST(
      (std::set<int64_t>(split.spared.begin(), split.spared.end()) == std::set<int64_t>{2, 3}));
  BOOST_TEST(split_held_out(labels, 96, 7).train.size() == 4u);
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { split_held_out(labels, 97, 7); }),
                      "data.held_out: expected at most 96"));
}

BOOST_AUTO_TEST_CASE(every_loss_trains_and_is_evaluated) {
  for (const std::string loss : {"softmax", "center", "l_softmax"}) {
    auto settings = recipe({"loss.name=" + loss, "train.epochs=15"});
    train(settings, run(loss), false);
    auto trained = open_run(run(loss).path);
    const bool calibrated = trained.model->loss().has_distances();
    std::optional<Calibration> calibration;
    if (calibrated) {
      calibration = calibrate(trained).calibration;
    } else {
      BOOST_TEST(
          contains(message_of<std::runtime_error>([&] { calibrate(trained); }), "distances"));
    }
    const auto figures =
        evaluate(trained, Measured::test, calibration ? &*calibration : nullptr).figures;
    BOOST_TEST(figures["test_error"].get<double>() < 10, loss);
    BOOST_TEST(figures["ood"]["others"]["auroc"].is_number());
    BOOST_TEST(figures.contains("calibration") == calibrated);
    BOOST_TEST(figures["loss"].get<std::string>() == loss);
    BOOST_TEST(!figures.contains("alpha"));
    BOOST_TEST(figures.contains("margin") == (loss == "l_softmax"));
    const auto held_out = evaluate(trained, Measured::held_out, nullptr).figures;
    BOOST_TEST(held_out["held_out_images"].get<int64_t>() == 100);
    BOOST_TEST(held_out["adversarial"]["fgsm_0.1"]["images"].get<int64_t>() == 50);
    BOOST_TEST(held_out.contains("calibration") == calibrated);
    BOOST_TEST(!held_out.contains("test_error"));
    BOOST_TEST(contains(message_of<std::runtime_error>([&] { head_of_run(trained, nullptr); }),
                        "mixture"));
  }
}

// doc/recipe.md has a line for every field, with its type and default.
BOOST_AUTO_TEST_CASE(every_field_is_documented) {
  auto settings = recipe();
  train(settings, run("a"), false);
  const std::string page = read_file(GM_SOURCE_FOLDER "/doc/recipe.md");
  for (const auto& field : settings.fields()) {
    const auto line = page.find("| `" + field.key + "` | " + field.type + " | ");
    BOOST_TEST_REQUIRE(line != std::string::npos, field.key << ", " << field.type);
    const bool computed = field.key == "loss.lambda_start";
    const std::string fallback = computed                 ? "that of `lambda`"
                                 : field.fallback.empty() ? "required"
                                                          : "`" + field.fallback + "`";
    BOOST_TEST(page.substr(line, page.find('\n', line) - line).find("| " + fallback + " |") !=
                   std::string::npos,
               field.key << " is by default " << fallback);
  }
}

BOOST_AUTO_TEST_SUITE_END()
