// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "gmtrain/data/derived.hpp"
#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

struct Squares {
  Squares() { make_data(folder.path() / "data"); }

  Recipe recipe(const std::vector<std::string>& overrides) const {
    return small_recipe(folder.path() / "data", overrides);
  }
  DataOptions data(const std::vector<std::string>& overrides) const {
    auto settings = recipe(overrides);
    return DataOptions::read(settings.section("data"));
  }
  RunFolder run(const std::string& name) const { return {folder.path() / name}; }

  TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(augmentation, Squares)

BOOST_AUTO_TEST_CASE(a_batch_is_cut_image_by_image) {
  const auto options = data({"data.padding=2", "data.mirror=true"});
  const auto images = open_whole_images(options, options.path, Split::train);
  const Augmentation random{true, 2, {12, 12}};
  const std::vector<int64_t> indices{5, 17, 3};
  const auto clean = images->load(indices), changed = augment(images->load(indices), random, 7, 4);
  BOOST_TEST(torch::equal(changed.labels, clean.labels));
  const auto padded = torch::constant_pad_nd(clean.images, {2, 2, 2, 2}, 0);
  for (int64_t i = 0; i < 3; ++i) {
    const auto window = random_window(random, {12, 12}, {7, 4, indices[i]});
    auto expected = padded[i].slice(1, window.top + 2, window.top + 14);
    expected = expected.slice(2, window.left + 2, window.left + 14);
    if (window.mirrored) expected = expected.flip(2);
    BOOST_TEST(torch::equal(changed.images[i], expected), i);
  }
}

BOOST_AUTO_TEST_CASE(without_augmentation_the_batch_and_the_generator_are_left_alone) {
  const auto options = data({});
  const auto images = open_whole_images(options, options.path, Split::train);
  const auto batch = images->load({1, 2});
  torch::manual_seed(1);
  const auto expected = torch::rand(1);
  torch::manual_seed(1);
  BOOST_TEST(augment(batch, {false, 0, {12, 12}}, 1, 1).images.is_same(batch.images));
  augment(batch, {true, 4, {12, 12}}, 1, 1);
  BOOST_TEST(torch::equal(torch::rand(1), expected));
}

BOOST_AUTO_TEST_CASE(evaluation_takes_the_middle) {
  const auto options = data({"data.crop=8"});
  const auto whole = open_whole_images(options, options.path, Split::test);
  const auto middle = open_dataset(options, options.path, Split::test);
  BOOST_TEST((middle->image_shape() == ImageShape{1, 8, 8}));
  BOOST_TEST(middle->size() == whole->size());
  BOOST_TEST(torch::equal(middle->load({3, 9}).images,
                          whole->load({3, 9}).images.slice(2, 2, 10).slice(3, 2, 10)));
  BOOST_TEST(torch::equal(middle->load({3, 9}).labels, whole->load({3, 9}).labels));
}

BOOST_AUTO_TEST_CASE(resumed_training_sees_the_same_images) {
  const std::vector<std::string> overrides{"data.mirror=true", "data.padding=1", "data.crop=10"};
  auto whole = recipe(overrides), interrupted = recipe(overrides);
  train(whole, run("whole"), false);
  BOOST_CHECK_THROW(train(interrupted, run("broken"), false,
                          [](int64_t) { throw std::runtime_error("interrupted"); }),
                    std::runtime_error);
  auto again = Recipe::load(run("broken").recipe());
  again.section("").require<std::string>("name", "");
  train(again, run("broken"), true);
  const auto expected = open_run(run("whole").path), actual = open_run(run("broken").path);
  BOOST_TEST((actual.input == ImageShape{1, 10, 10}));
  const auto a = expected.model->parameters(), b = actual.model->parameters();
  for (size_t i = 0; i < a.size(); ++i) BOOST_TEST(torch::equal(a[i], b[i]));
}

BOOST_AUTO_TEST_CASE(a_crop_larger_than_the_images_is_refused) {
  const auto options = data({"data.crop=13"});
  BOOST_TEST(contains(
      message_of<std::runtime_error>([&] { open_dataset(options, options.path, Split::train); }),
      "at least data.crop = 13, got 12x12"));
}

BOOST_AUTO_TEST_SUITE_END()
