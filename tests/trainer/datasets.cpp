// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/data/dataset.hpp"

#include <boost/test/unit_test.hpp>

#include "core/files/atomic_file.hpp"
#include "gmtrain/data/batch_stream.hpp"
#include "gmtrain/evaluation/calibrate.hpp"
#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"
#include "trainer/small_images.hpp"

using namespace gmtrain;
using namespace gmtrain::test;
namespace fs = std::filesystem;

namespace {

const auto kEach = boost::test_tools::per_element();

struct Sets {
  Recipe recipe(std::vector<std::string> overrides = {}) const {
    return small_recipe(folder.path(), overrides);
  }

  DataOptions options(const std::vector<std::string>& overrides) const {
    auto settings = recipe(overrides);
    return DataOptions::read(settings.section("data"));
  }

  DataOptions folder_options(std::vector<std::string> overrides = {}) const {
    overrides.insert(overrides.begin(), {"data.format=folder", "data.path=set", "data.labels=[]",
                                         "data.mean=[0,0,0]", "data.deviation=[255,255,255]"});
    return options(overrides);
  }

  std::string refusal(const std::vector<std::string>& overrides = {},
                      Split split = Split::train) const {
    return message_of<std::runtime_error>([&] {
      const auto opened = folder_options(overrides);
      open_dataset(opened, "set", split);
    });
  }

  TemporaryFolder folder;
};

/// A set of two classes with folders train and test.
struct Folders : Sets {
  Folders() {
    write_class(folder / "set/train/cat", 30, 50);
    write_class(folder / "set/train/ant", 20, 100);
    write_class(folder / "set/test/cat", 4, 50);
    write_class(folder / "set/test/ant", 3, 100);
  }

  void break_image(const std::string& name) const { write_file(folder / name, "no image"); }
};

std::vector<int64_t> greens(const Batch& batch) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < batch.images.size(0); ++i) {
    values.push_back(batch.images[i][1][0][0].item<int64_t>());
  }
  return values;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(unseen_classes, Sets)

BOOST_AUTO_TEST_CASE(they_are_left_out_and_labels_renumbered) {
  make_data(folder.path());
  const auto all = options({}), some = options({R"(data.unseen_classes=["3","0","7"])"});
  BOOST_TEST(some.labels == (std::vector<std::string>{"1", "2", "4", "5", "6", "8", "9"}), kEach);
  BOOST_TEST(some.unseen == (std::vector<int64_t>{0, 3, 7}), kEach);
  for (const Split split : {Split::train, Split::test}) {
    const auto whole = open_dataset(all, "squares", split);
    const auto seen = open_dataset(some, "squares", split), unseen = open_unseen(some, split);
    BOOST_TEST(seen->size() + unseen->size() == whole->size());
    const auto batch = whole->load(all_indices(whole->size()));
    const auto part = seen->load(all_indices(seen->size())),
               rest = unseen->load(all_indices(unseen->size()));
    int64_t s = 0, u = 0;
    for (int64_t i = 0; i < whole->size(); ++i) {
      const int64_t label = whole->labels()[i];
      const bool is_unseen = label == 0 || label == 3 || label == 7;
      const int64_t at = is_unseen ? u++ : s++;
      const Batch& other = is_unseen ? rest : part;
      const auto name = is_unseen ? some.all_labels[some.unseen[other.labels[at].item<int64_t>()]]
                                  : some.labels[other.labels[at].item<int64_t>()];
      BOOST_TEST(name == std::to_string(label));
      BOOST_TEST((is_unseen ? unseen : seen)->labels()[at] == other.labels[at].item<int64_t>());
      BOOST_TEST(torch::equal(other.images[at], batch.images[i]));
      BOOST_TEST(other.indices[at] == at);
    }
  }
  // A foreign set keeps all of its classes.
  BOOST_TEST(open_dataset(some, "others", Split::test)->size() == 100);
}

BOOST_AUTO_TEST_CASE(a_class_is_given_by_name_or_index) {
  const std::string labels = R"(data.labels=["a","1","c","d"])";
  BOOST_TEST(options({labels, R"(data.unseen_classes=["d"])"}).unseen.front() == 3);
  BOOST_TEST(options({labels, R"(data.unseen_classes=["1"])"}).unseen.front() == 1);
  BOOST_TEST(options({labels, R"(data.unseen_classes=["2"])"}).unseen.front() == 2);
  for (const std::string given : {R"("e")", R"("4")", R"("-1")", R"("")", R"("a","1","c","d")"}) {
    BOOST_TEST(contains(message_of<RecipeError>([&] {
                          options({labels, "data.unseen_classes=[" + given + "]"});
                        }),
                        "data.unseen_classes"),
               given);
  }
}

BOOST_AUTO_TEST_CASE(a_network_is_trained_on_the_others) {
  make_data(folder.path());
  auto settings = recipe({R"(data.unseen_classes=["8","9"])", "train.epochs=1"});
  const RunFolder run{folder / "run"};
  train(settings, run, false);
  auto trained = open_run(run.path);
  BOOST_TEST(trained.model->loss().mixture()->means.size(0) == 8);
  BOOST_TEST(calibrate(trained).calibration.count() == 100);
}

BOOST_AUTO_TEST_CASE(without_any_there_is_nothing_to_open) {
  make_data(folder.path());
  const auto all = options({});
  BOOST_TEST(
      contains(message_of<std::runtime_error>([&] { open_unseen(all, Split::test); }), "unseen"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(folder_format, Folders)

BOOST_AUTO_TEST_CASE(images_are_decoded_in_order_with_blue_first) {
  const auto opened = folder_options();
  BOOST_TEST(opened.labels == (std::vector<std::string>{"ant", "cat"}), kEach);
  const auto train = open_dataset(opened, "set", Split::train);
  BOOST_TEST(train->size() == 50);
  BOOST_TEST((train->image_shape() == ImageShape{3, 6, 8}));
  const auto batch = train->load({45, 3});
  BOOST_TEST(greens(batch) == (std::vector<int64_t>{25, 3}), kEach);
  BOOST_TEST(batch.indices == (std::vector<int64_t>{45, 3}), kEach);
  BOOST_TEST(batch.labels[0].item<int64_t>() == 1);
  BOOST_TEST(batch.labels[1].item<int64_t>() == 0);
  BOOST_TEST(batch.images[0][0].eq(50).all().item<bool>());
  BOOST_TEST(batch.images[0][2].eq(200).all().item<bool>());
  BOOST_TEST(open_dataset(opened, "set", Split::test)->size() == 7);
}

BOOST_AUTO_TEST_CASE(the_recipe_may_name_the_classes_in_its_own_order) {
  const auto opened = folder_options({R"(data.labels=["cat","ant"])"});
  BOOST_TEST(open_dataset(opened, "set", Split::train)->labels().front() == 0);
  BOOST_TEST(greens(open_dataset(opened, "set", Split::train)->load({29})).front() == 29);
  BOOST_TEST(contains(refusal({R"(data.labels=["cat","dog"])"}), "found ant"));
  BOOST_TEST(contains(refusal({R"(data.labels=["cat","ant","cat"])"}), "got \"cat\" twice"));
  BOOST_TEST(contains(refusal({R"(data.labels=["cat","dog","ant"])"}), "train/dog"));
}

BOOST_AUTO_TEST_CASE(the_validation_folder_stands_for_a_test_folder) {
  fs::rename(folder / "set/test", folder / "set/val");
  const auto opened = folder_options();
  BOOST_TEST(open_dataset(opened, "set", Split::test)->size() == 7);
}

BOOST_AUTO_TEST_CASE(a_set_in_one_part_is_divided) {
  fs::rename(folder / "set/train", folder / "whole");
  fs::remove_all(folder / "set");
  fs::rename(folder / "whole", folder / "set");
  const auto opened = folder_options({"data.test_share=0.1"});
  BOOST_TEST(open_dataset(opened, "set", Split::train)->size() == 45);
  BOOST_TEST(open_dataset(opened, "set", Split::test)->size() == 5);
  BOOST_TEST(contains(refusal(), "data.test_share"));
}

BOOST_AUTO_TEST_CASE(images_are_brought_to_one_size) {
  cv::imwrite((folder / "set/train/cat/large.png").string(), cv::Mat(30, 20, CV_8UC3));
  const auto opened = folder_options();
  const auto mixed = open_dataset(opened, "set", Split::train);
  const auto message = message_of<std::runtime_error>([&] { mixed->load({50}); });
  BOOST_TEST(contains(message, "large.png: expected 6x8"), message);
  const auto resized = folder_options({"data.resize=4", "data.crop=3"});
  const auto images = open_dataset(resized, "set", Split::train);
  BOOST_TEST((images->image_shape() == ImageShape{3, 3, 3}));
  BOOST_TEST((images->load({50, 0}).images.sizes() == torch::IntArrayRef{2, 3, 3, 3}));
}

BOOST_AUTO_TEST_CASE(broken_images_are_skipped_up_to_a_limit) {
  break_image("set/train/ant/003.png");
  break_image("set/train/cat/000.png");
  const auto patient = folder_options({"data.max_corrupt=2"});
  const auto images = open_dataset(patient, "set", Split::train);
  BOOST_TEST(images->size() == 50);
  for (int again = 0; again < 3; ++again) {
    const auto batch = images->load({2, 3, 20, 21});
    BOOST_TEST(batch.indices == (std::vector<int64_t>{2, 21}), kEach);
    BOOST_TEST(greens(batch) == (std::vector<int64_t>{2, 1}), kEach);
    BOOST_TEST(batch.labels.sizes().vec() == (std::vector<int64_t>{2}), kEach);
  }
  const auto strict = folder_options({"data.max_corrupt=1"});
  const auto other = open_dataset(strict, "set", Split::train);
  other->load({3});
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { other->load({20}); }),
                      "cat/000.png: expected an image that OpenCV reads (more than"));
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_nothing) {
  break_image("set/train/ant/007.png");
  const std::vector<std::vector<int64_t>> batches{{49, 7, 3}, {7}, {}, {0, 1, 2}, {48}, {12, 13}};
  for (const std::string workers : {"0", "1", "3", "16"}) {
    const auto opened = folder_options({"data.max_corrupt=1", "data.workers=" + workers});
    const auto images = open_dataset(opened, "set", Split::train);
    BatchStream stream(*images, batches);
    std::vector<std::vector<int64_t>> seen;
    while (stream.has_next()) seen.push_back(stream.next().indices);
    BOOST_TEST(
        (seen == std::vector<std::vector<int64_t>>{{49, 3}, {}, {}, {0, 1, 2}, {48}, {12, 13}}));
  }
}

BOOST_AUTO_TEST_CASE(an_error_in_a_thread_reaches_the_caller) {
  break_image("set/train/ant/007.png");
  const auto opened = folder_options({"data.workers=2"});
  const auto images = open_dataset(opened, "set", Split::train);
  BatchStream stream(*images, {{0}, {7}, {1}, {2}, {3}});
  BOOST_TEST(stream.next().indices.front() == 0);
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { stream.next(); }), "007.png"));
}

BOOST_AUTO_TEST_CASE(training_with_broken_images_is_resumed_exactly) {
  break_image("set/train/ant/007.png");
  break_image("set/train/cat/013.png");
  const auto settings = [&](const std::string& workers) {
    return small_recipe(
        folder.path(), {"data.format=folder", "data.path=set", "data.labels=[]", "data.outliers=[]",
                        "data.mean=[0,0,0]", "data.deviation=[255,255,255]", "data.resize=12",
                        "data.held_out=10", "data.max_corrupt=2", "data.mirror=true",
                        "data.padding=1", "train.batch_size=8", "data.workers=" + workers});
  };
  auto whole = settings("3"), interrupted = settings("0");
  train(whole, {folder / "whole"}, false);
  BOOST_CHECK_THROW(train(interrupted, {folder / "broken"}, false,
                          [](int64_t) { throw std::runtime_error("interrupted"); }),
                    std::runtime_error);
  auto again = Recipe::load(folder / "broken/recipe.toml");
  again.section("").require<std::string>("name", "");
  train(again, {folder / "broken"}, true);
  const auto expected = open_run(folder / "whole"), actual = open_run(folder / "broken");
  const auto a = expected.model->parameters(), b = actual.model->parameters();
  for (size_t i = 0; i < a.size(); ++i) BOOST_TEST(torch::equal(a[i], b[i]));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(made_outliers, Sets)

BOOST_AUTO_TEST_CASE(show_nothing_in_the_shape_of_the_data_set) {
  make_data(folder.path());
  const auto opened = options({R"(data.outliers=["uniform", "constant"])"});
  const auto open = [&](const std::string& name, Split split) {
    const auto dataset = open_dataset(opened, name, split);
    return dataset->load(all_indices(dataset->size())).images;
  };
  const auto constant = open("constant", Split::test), uniform = open("uniform", Split::test);
  BOOST_TEST((constant.sizes() == torch::IntArrayRef({1000, 1, 12, 12})));
  BOOST_TEST((uniform.sizes() == constant.sizes()));
  for (int64_t i = 0; i < 256; ++i) BOOST_TEST(torch::all(constant[i] == i).item<bool>());
  BOOST_TEST(torch::equal(constant.amax({1, 2, 3}), constant.amin({1, 2, 3})));
  BOOST_TEST(std::abs(uniform.to(torch::kFloat).mean().item<float>() - 127.5) < 1);
  BOOST_TEST(torch::equal(uniform, open("uniform", Split::test)));
  BOOST_TEST(!torch::equal(uniform, open("uniform", Split::train)));
  const auto training = open_dataset(opened, opened.path, Split::train);
  BOOST_CHECK_NO_THROW(check_test_sets(opened, training->image_shape()));

  fs::rename(folder / "others", folder / "uniform");
  BOOST_TEST(open("uniform", Split::test).size(0) == 100);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(cifar_format, Sets)

BOOST_AUTO_TEST_CASE(ten_classes_in_five_files) {
  fs::create_directories(folder / "set");
  const auto image = [](int label, int value) {
    return std::string(1, static_cast<char>(label)) + std::string(3072, static_cast<char>(value));
  };
  for (int i = 1; i <= 5; ++i) {
    write_file(folder / ("set/data_batch_" + std::to_string(i) + ".bin"),
               image(2 * i - 2, i) + image(2 * i - 1, 10 + i));
  }
  write_file(folder / "set/test_batch.bin", image(4, 99));
  write_file(folder / "set/batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
  const auto opened = folder_options({"data.format=cifar"});
  BOOST_TEST(opened.labels.size() == 10u);
  const auto train = open_dataset(opened, "set", Split::train);
  BOOST_TEST((train->image_shape() == ImageShape{3, 32, 32}));
  BOOST_TEST(train->labels() == (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), kEach);
  BOOST_TEST(train->load({9}).images.eq(15).all().item<bool>());
  BOOST_TEST(open_dataset(opened, "set", Split::test)->load({0}).labels.item<int64_t>() == 4);

  write_file(folder / "set/data_batch_2.bin", image(2, 1) + image(10, 1));
  BOOST_TEST(contains(refusal({"data.format=cifar"}),
                      "data_batch_2.bin: expected labels below 10, got 10 at position 1"));
  write_file(folder / "set/data_batch_2.bin", image(2, 1));
  BOOST_TEST(contains(refusal({"data.format=cifar"}), "every class, got none of d"));
  fs::remove(folder / "set/data_batch_5.bin");
  BOOST_TEST(contains(refusal({"data.format=cifar"}), "data_batch_5.bin: no such file"));
}

BOOST_AUTO_TEST_CASE(a_hundred_classes_with_fine_labels) {
  fs::create_directories(folder / "set");
  const std::string pixels(3072, 'x');
  write_file(folder / "set/train.bin", "\1" + std::string(1, '\0') + pixels + "\1\1" + pixels);
  write_file(folder / "set/test.bin", std::string("\0\1", 2) + pixels);
  write_file(folder / "set/fine_label_names.txt", "apple\naquarium_fish\n");
  const auto opened = folder_options({"data.format=cifar"});
  BOOST_TEST(opened.labels == (std::vector<std::string>{"apple", "aquarium_fish"}), kEach);
  const auto train = open_dataset(opened, "set", Split::train);
  BOOST_TEST(train->labels() == (std::vector<int64_t>{0, 1}), kEach);
  BOOST_TEST(open_dataset(opened, "set", Split::test)->labels().front() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
