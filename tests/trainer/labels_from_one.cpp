// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kFourNames = R"(["a","b","c","d"])";

/// A set of four classes with labels 1 to 4.
struct FromOne {
  FromOne() {
    fs::create_directories(folder / "letters");
    write("train", {1, 2, 3, 4}, 40);
    write("t10k", {1, 2, 3}, 12);
  }

  void write(const std::string& part, const std::vector<uint8_t>& labels, int64_t count) const {
    IdxImages images{count, 8, 8, std::vector<uint8_t>(count * 64)};
    std::vector<uint8_t> all;
    for (int64_t i = 0; i < count; ++i) {
      all.push_back(labels[i % labels.size()]);
      std::fill_n(images.pixels.begin() + i * 64, 64, static_cast<uint8_t>(40 * all.back()));
    }
    write_idx_images(folder / ("letters/" + part + "-images-idx3-ubyte"), images);
    write_idx_labels(folder / ("letters/" + part + "-labels-idx1-ubyte"), all);
  }

  Recipe recipe(const std::string& names) const {
    return small_recipe(folder.path(), {"data.path=letters", "data.labels=" + names,
                                        "data.outliers=[]", "data.held_out=8", "train.epochs=1"});
  }

  std::string refusal(const std::string& names) const {
    auto settings = recipe(names);
    return message_of<std::runtime_error>([&] { train(settings, {folder / "run"}, false); });
  }

  std::vector<int64_t> labels(Split split) const {
    auto settings = recipe(kFourNames);
    const auto options = DataOptions::read(settings.section("data"));
    return open_dataset(options, "letters", split)->labels();
  }

  TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(labels_from_one, FromOne)

BOOST_AUTO_TEST_CASE(they_are_the_classes_in_their_order) {
  const auto training = labels(Split::train), test = labels(Split::test);
  for (int64_t i = 0; i < 40; ++i) BOOST_TEST(training[i] == i % 4);
  // The test part has no label 4: the whole set decides.
  for (int64_t i = 0; i < 12; ++i) BOOST_TEST(test[i] == i % 3);
  auto settings = recipe(kFourNames);
  BOOST_CHECK_NO_THROW(train(settings, {folder / "run"}, false));
}

BOOST_AUTO_TEST_CASE(labels_that_begin_at_zero_stay_what_they_are) {
  write("train", {0, 1, 2, 3}, 40);
  const auto test = labels(Split::test);
  for (int64_t i = 0; i < 12; ++i) BOOST_TEST(test[i] == 1 + i % 3);
}

BOOST_AUTO_TEST_CASE(labels_beyond_the_names_are_errors) {
  BOOST_TEST(contains(refusal(R"(["a","b","c"])"), "expected labels below 3"));
  BOOST_TEST(contains(refusal(R"(["-","a","b","c","d"])"),
                      "got none of - (where labels begin at 1, leave out this name"));
  write("t10k", {0, 1, 2}, 12);  // the parts disagree
  BOOST_TEST(contains(refusal(kFourNames), "expected labels below 4, got 4"));
  write("t10k", {1, 2, 5}, 12);
  BOOST_TEST(contains(refusal(kFourNames), "expected labels below 4, got 4"));
}

BOOST_AUTO_TEST_SUITE_END()
