// SPDX-License-Identifier: Apache-2.0
// What belongs together: data, settings, checkpoint and calibration of one training.
#include "gmtrain/training/origin.hpp"

#include <boost/test/unit_test.hpp>

#include "core/files/atomic_file.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/data/image_files.hpp"
#include "gmtrain/evaluation/image_set.hpp"
#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

struct OneTraining {
  OneTraining() {
    make_data(data);
    auto settings = small_recipe(data, {"train.epochs=1"});
    train(settings, run, false);
  }

  /// A line of the run's recipe in place of the one that begins as `key` does.
  void edit(const std::string& key, const std::string& line) const {
    auto text = read_file(run.recipe());
    const auto begin = text.find("\n" + key) + 1, end = text.find('\n', begin);
    write_file(run.recipe(), text.replace(begin, end - begin, line));
  }

  std::string refusal_to_open() const {
    return message_of<std::runtime_error>([&] { open_run(run.path); });
  }

  TemporaryFolder folder;
  std::filesystem::path data = folder / "data";
  RunFolder run{folder / "run"};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(origin, OneTraining)

BOOST_AUTO_TEST_CASE(what_was_held_out_is_not_known_of_other_training_images) {
  calibrate_command({run.path, ""});
  write_squares(data / "squares", "train", 601, 1);  // one more
  const auto refusal = message_of<std::runtime_error>([&] { calibrate_command({run.path, ""}); });
  BOOST_TEST(contains(refusal, "squares: expected the training images that the run was trained"));
  auto trained = open_run(run.path);
  BOOST_CHECK_THROW(training_images(trained), std::runtime_error);
  BOOST_CHECK_THROW(clean_images(trained, Measured::held_out), std::runtime_error);
  BOOST_TEST(clean_images(trained, Measured::test).size() == 100);
}

BOOST_AUTO_TEST_CASE(pixels_tell_training_sets_apart) {
  auto images = read_idx_images(data / "squares/train-images-idx3-ubyte");
  images.pixels.back() ^= 1;
  write_idx_images(data / "squares/train-images-idx3-ubyte", images);
  BOOST_CHECK_THROW(calibrate_command({run.path, ""}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(names_and_sizes_tell_image_files_apart) {
  const auto fingerprint = [&](const std::string& root, const std::vector<std::string>& names) {
    std::vector<ImageFile> files;
    for (const auto& name : names) files.push_back({(folder / root / name).string(), 0});
    auto settings = small_recipe(data, {"data.resize=12"});
    return image_files(files, DataOptions::read(settings.section("data")))->fingerprint();
  };
  for (const std::string file : {"a/x/1.png", "a/x/2.png", "b/x/1.png", "b/x/2.png"}) {
    std::filesystem::create_directories((folder / file).parent_path());
    write_file(folder / file, "png");
  }
  const auto whole = fingerprint("a", {"x/1.png", "x/2.png"});
  BOOST_TEST(fingerprint("b", {"x/1.png", "x/2.png"}) == whole);  // moved elsewhere
  BOOST_TEST(fingerprint("a", {"x/1.png"}) != whole);
  BOOST_TEST(fingerprint("a", {"x/2.png", "x/1.png"}) != whole);
  write_file(folder / "a/x/2.png", "another");
  BOOST_TEST(fingerprint("a", {"x/1.png", "x/2.png"}) != whole);
}

BOOST_AUTO_TEST_CASE(settings_that_weights_follow_from_stay) {
  edit("held_out", "held_out = 50");
  BOOST_TEST(contains(refusal_to_open(),
                      "recipe.toml: data.held_out: expected 100, which training began with, found "
                      "50"));
  edit("held_out", "held_out = 100\nheld_out_seed = 7");
  BOOST_TEST(contains(refusal_to_open(), "data.held_out_seed: expected 0"));
  edit("held_out_seed", "");
  BOOST_CHECK_NO_THROW(open_run(run.path));
  edit("warmup", "warmup = 0.1\nmilestones = [0.5]");
  BOOST_TEST(contains(refusal_to_open(), "optimizer.milestones: expected [], which training"));
  edit("milestones", "");
  edit("batch_size", "batch_size = 51");
  auto again = Recipe::load(run.recipe());
  again.section("").require<std::string>("name", "");
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { train(again, run, true); }),
                      "train.batch_size: expected 50"));
}

BOOST_AUTO_TEST_CASE(what_is_measured_may_change) {
  edit("outliers", "outliers = []\nmax_corrupt = 3");
  const std::string tables = "\n[evaluation]\nattacks = []\n[calibration]\naccept_rate = 0.95\n";
  write_file(run.recipe(), read_file(run.recipe()) + tables);
  BOOST_TEST(open_run(run.path).calibration.accept_rate == 0.95);
}

BOOST_AUTO_TEST_CASE(a_calibration_is_of_one_training) {
  calibrate_command({run.path, ""});
  BOOST_CHECK_NO_THROW(load_calibration(open_run(run.path)));
  auto settings = small_recipe(data, {"train.epochs=1", "train.seed=2"});
  const RunFolder other{folder / "other"};
  train(settings, other, false);
  std::filesystem::copy_file(run.calibration(), other.calibration());
  const auto refused = [](const std::function<void()>& command) {
    BOOST_TEST(contains(message_of<std::runtime_error>(command),
                        "calibration.json: expected the calibration of this run's weights"));
  };
  refused([&] { load_calibration(open_run(other.path)); });
  EvaluateArguments evaluate;
  evaluate.run = other.path;
  refused([&] { evaluate_command(evaluate); });
  ExportArguments exported;
  exported.run = other.path;
  exported.out = folder / "model.onnx";
  refused([&] { export_command(exported); });
  BOOST_TEST(!std::filesystem::exists(exported.out));
}

BOOST_AUTO_TEST_CASE(a_training_begins_where_no_other_left_anything) {
  calibrate_command({run.path, ""});
  std::filesystem::remove(run.checkpoint());
  write_file(folder / "small.toml", small_recipe(data).to_toml());
  BOOST_TEST(contains(message_of<std::runtime_error>([&] {
                        train_command({folder / "small.toml", run.path, {}});
                      }),
                      "holds a training already (calibration.json)"));
}

BOOST_AUTO_TEST_SUITE_END()
