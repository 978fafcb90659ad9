// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/step_batches.hpp"

#include <torch/torch.h>

#include <boost/test/unit_test.hpp>

#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"
#include "trainer/small_images.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

/// Fifty images, of which those given are broken.
class Numbers final : public Dataset {
 public:
  explicit Numbers(std::vector<int64_t> broken = {}) : broken_(std::move(broken)) {}

  const std::vector<int64_t>& labels() const override { return labels_; }
  ImageShape image_shape() const override { return {1, 1, 1}; }
  std::string fingerprint() const override { return ""; }

  Batch load(torch::ArrayRef<int64_t> indices) const override {
    Batch batch;
    for (const int64_t i : indices) {
      if (std::count(broken_.begin(), broken_.end(), i) > 0) continue;
      batch.indices.push_back(i);
      batch.sizes.push_back({i, i});
    }
    batch.labels = torch::tensor(batch.indices, torch::kLong);
    batch.images = batch.labels.to(torch::kByte).reshape({-1, 1, 1, 1});
    return batch;
  }

 private:
  std::vector<int64_t> labels_ = std::vector<int64_t>(50), broken_;
};

using Steps = std::vector<std::pair<int64_t, std::vector<int64_t>>>;

/// The steps of an epoch over images 0 to images - 1 in batches of three.
Steps steps_of(const Dataset& numbers, int64_t images, int64_t least = 2) {
  BatchStream stream(numbers, in_batches(all_indices(images), 3));
  StepBatches batches(stream, least);
  Steps steps;
  while (const auto next = batches.next()) {
    const auto& batch = next->batch;
    BOOST_TEST(torch::equal(batch.images.flatten().to(torch::kLong), batch.labels));
    BOOST_TEST(batch.labels.size(0) == static_cast<int64_t>(batch.indices.size()));
    BOOST_TEST(batch.sizes.size() == batch.indices.size());
    steps.emplace_back(next->step, batch.indices);
  }
  return steps;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(step_batches)

BOOST_AUTO_TEST_CASE(a_single_image_joins_the_step_before_it) {
  BOOST_TEST((steps_of(Numbers(), 6) == Steps{{0, {0, 1, 2}}, {1, {3, 4, 5}}}));
  BOOST_TEST((steps_of(Numbers(), 5) == Steps{{0, {0, 1, 2}}, {1, {3, 4}}}));
  BOOST_TEST((steps_of(Numbers(), 7) == Steps{{0, {0, 1, 2}}, {1, {3, 4, 5, 6}}}));
  BOOST_TEST((steps_of(Numbers(), 7, 1) == Steps{{0, {0, 1, 2}}, {1, {3, 4, 5}}, {2, {6}}}));
}

BOOST_AUTO_TEST_CASE(so_does_one_that_broken_images_leave) {
  BOOST_TEST((steps_of(Numbers({3, 5}), 9) == Steps{{0, {0, 1, 2, 4}}, {2, {6, 7, 8}}}));
  BOOST_TEST((steps_of(Numbers({0, 1}), 8) == Steps{{0, {2, 3, 4, 5}}, {2, {6, 7}}}));
  BOOST_TEST((steps_of(Numbers({3, 4, 5, 6, 8}), 9) == Steps{{0, {0, 1, 2, 7}}}));
  BOOST_TEST((steps_of(Numbers({0, 1, 2, 3, 4, 6, 7}), 9) == Steps{{1, {5, 8}}}));
}

BOOST_AUTO_TEST_CASE(fewer_than_two_images_are_an_error) {
  for (const auto& [broken, found] : std::vector<std::pair<std::vector<int64_t>, std::string>>{
           {{0, 1, 2}, "found 1"}, {{0, 1, 2, 3}, "found 0"}}) {
    const Numbers numbers(broken);
    BOOST_TEST(contains(message_of<std::runtime_error>([&] { steps_of(numbers, 4); }), found));
  }
}

// The last batch norms of this network see one value of each image and channel.
BOOST_AUTO_TEST_CASE(a_network_with_batch_norm_trains_on_one_image_more_than_its_batches) {
  const TemporaryFolder folder;
  for (const std::string part : {"train", "test"}) {
    write_class(folder / "set" / part / "a", 9, 50);
    write_class(folder / "set" / part / "b", 9, 200);
  }
  const auto recipe = [&](const std::vector<std::string>& overrides = {}) {
    auto settings = Recipe::parse(R"(
name = "small"
[data]
format = "folder"
root = ")" + folder.path().string() +
                                      R"("
path = "set"
mean = [0, 0, 0]
deviation = [255, 255, 255]
resize = 4
held_out = 5
[network]
name = "resnet_cifar"
depth = 8
[loss]
name = "lgm"
[train]
epochs = 2
batch_size = 4
[optimizer]
learning_rate = 0.001
)",
                                  "small.toml", overrides);
    settings.section("").require<std::string>("name", "of the experiment");
    return settings;
  };
  auto settings = recipe(), stopped = recipe(), again = recipe();  // 13 images to train on
  BOOST_REQUIRE_NO_THROW(train(settings, {folder / "run"}, false));
  BOOST_CHECK_THROW(train(stopped, {folder / "stopped"}, false,
                          [](int64_t) { throw std::runtime_error("interrupted"); }),
                    std::runtime_error);
  train(again, {folder / "stopped"}, true);
  const auto whole = open_run(folder / "run"), resumed = open_run(folder / "stopped");
  const auto a = whole.model->parameters(), b = resumed.model->parameters();
  for (size_t i = 0; i < a.size(); ++i) BOOST_TEST(torch::equal(a[i], b[i]));

  const auto refusal = [&](const std::vector<std::string>& more) {
    auto refused = recipe(more);
    return message_of<std::runtime_error>([&] { train(refused, {folder / "refused"}, false); });
  };
  BOOST_TEST(contains(refusal({"data.held_out=8", R"(data.unseen_classes=["b"])"}),
                      "at least two images to train on"));
  BOOST_TEST(contains(refusal({"train.batch_size=1"}), "train.batch_size: expected at least 2"));
}

BOOST_AUTO_TEST_SUITE_END()
