// SPDX-License-Identifier: Apache-2.0
// What is missing of a data set is found before training, and said.
#include <boost/test/unit_test.hpp>

#include "core/files/atomic_file.hpp"
#include "gmtrain/evaluation/calibrate.hpp"
#include "gmtrain/evaluation/evaluate.hpp"
#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"
#include "trainer/small_images.hpp"

using namespace gmtrain;
using namespace gmtrain::test;
namespace fs = std::filesystem;

namespace {

struct Parts {
  Recipe recipe(const std::vector<std::string>& overrides) const {
    return small_recipe(folder.path(), overrides);
  }

  /// Why training does not begin.
  std::string refusal(const std::vector<std::string>& overrides) const {
    auto settings = recipe(overrides);
    const auto message =
        message_of<std::runtime_error>([&] { train(settings, {folder / "refused"}, false); });
    BOOST_TEST(!fs::exists(folder / "refused"));
    return message;
  }

  TemporaryFolder folder;
};

std::vector<std::string> of_colour_images(const std::string& format,
                                          const std::vector<std::string>& more = {}) {
  std::vector<std::string> all{
      "data.format=" + format, "data.path=set",     "data.labels=[]",
      "data.outliers=[]",      "data.mean=[0,0,0]", "data.deviation=[255,255,255]",
      "data.held_out=4",       "train.epochs=1",    "network.widths=[4]"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

struct FolderParts : Parts {
  FolderParts() {
    for (const std::string part : {"train", "test"}) {
      write_class(folder / "set" / part / "ant", 6, 50);
      write_class(folder / "set" / part / "cat", 6, 200);
    }
  }

  std::vector<std::string> overrides(const std::vector<std::string>& more = {}) const {
    return of_colour_images("folder", more);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(parts_of_folder_sets, FolderParts)

BOOST_AUTO_TEST_CASE(a_missing_test_folder_is_found_before_training) {
  fs::rename(folder / "set/test", folder / "set/valid");
  BOOST_TEST(contains(refusal(overrides()),
                      "set: expected a folder test or val beside train, found train, valid"));
  fs::remove_all(folder / "set/valid");
  BOOST_TEST(contains(refusal(overrides()), "beside train, found train"));
  BOOST_TEST(contains(refusal(overrides({"data.test_share=0.5"})), "expected data.test_share = 0"));
  auto divided =
      recipe(overrides({"data.path=set/train", "data.test_share=0.5", "data.held_out=2"}));
  BOOST_CHECK_NO_THROW(train(divided, {folder / "run"}, false));
  fs::rename(folder / "set/train", folder / "set/Train");
  const auto message = refusal(overrides());
  BOOST_TEST(contains(message, "expected folders train and test, or data.test_share"), message);
  BOOST_TEST(contains(message, "found Train"), message);
}

BOOST_AUTO_TEST_CASE(a_test_folder_without_images_is_found_before_training) {
  fs::rename(folder / "set/test", folder / "away");
  fs::create_directories(folder / "set/test");
  BOOST_TEST(contains(refusal(overrides()), "test: expected a folder for each class"));
  fs::create_directories(folder / "set/test/ant");
  fs::create_directories(folder / "set/test/cat");
  BOOST_TEST(contains(refusal(overrides()), "test: expected images in the folders of the classes"));
  fs::rename(folder / "away/ant", folder / "set/test/ants");
  BOOST_TEST(
      contains(refusal(overrides()), "test: expected folders of the 2 classes only, found ants"));
}

BOOST_AUTO_TEST_CASE(a_class_may_be_without_test_images) {
  fs::remove_all(folder / "set/test/ant");
  for (const std::string kind : {"missing", "empty"}) {
    auto settings = recipe(overrides());
    train(settings, {folder / kind}, false);
    auto run = open_run(folder / kind);
    const auto calibration = calibrate(run).calibration;
    const auto figures = evaluate(run, Measured::test, &calibration).figures;
    BOOST_TEST(figures["test_images"].get<int64_t>() == 6);
    fs::create_directories(folder / "set/test/ant");
  }
}

BOOST_AUTO_TEST_CASE(test_images_of_another_size_are_found_before_training) {
  fs::remove_all(folder / "set/test/ant");
  fs::create_directories(folder / "set/test/ant");
  cv::imwrite((folder / "set/test/ant/a.png").string(), cv::Mat(4, 4, CV_8UC3, cv::Scalar()));
  BOOST_TEST(contains(refusal(overrides()), "expected test images of 6x8 pixels"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(parts_of_other_sets, Parts)

BOOST_AUTO_TEST_CASE(idx_files_that_are_not_unpacked_are_found_before_training) {
  make_data(folder.path());
  const fs::path labels = folder / "squares/t10k-labels-idx1-ubyte";
  const fs::path images = folder / "squares/t10k-images-idx3-ubyte";
  fs::rename(labels, labels.string() + ".gz");
  BOOST_TEST(contains(refusal({}), "t10k-labels-idx1-ubyte.gz beside it has to be unpacked"));
  fs::remove(labels.string() + ".gz");
  write_file(folder / "squares/t10k-labels.idx1-ubyte", "");
  BOOST_TEST(contains(refusal({}), "its folder holds t10k-images-idx3-ubyte, t10k-labels.idx1"));
  write_idx_images(images, {0, 12, 12, {}});
  write_idx_labels(labels, {});
  BOOST_TEST(contains(refusal({}), "squares: expected test images, found none"));
  write_idx_images(images, {1, 8, 8, std::vector<uint8_t>(64)});
  write_idx_labels(labels, {3});
  BOOST_TEST(contains(refusal({}), "squares: expected test images of 12x12 pixels"));
  fs::rename(folder / "squares", folder / "small");
  make_data(folder.path());
  BOOST_TEST(contains(refusal({R"(data.outliers=["small"])"}),
                      "small: expected test images of 12x12 pixels"));
}

BOOST_AUTO_TEST_CASE(cifar_s_test_file_is_looked_for_before_training) {
  fs::create_directories(folder / "set");
  std::string images;
  for (int i = 0; i < 12; ++i) {
    images += std::string(1, '\0') + static_cast<char>(i % 2) + std::string(3072, 'x');
  }
  write_file(folder / "set/train.bin", images);
  write_file(folder / "set/fine_label_names.txt", "apple\nfish\n");
  BOOST_TEST(contains(refusal(of_colour_images("cifar")),
                      "test.bin: no such file; its folder holds fine_label_names.txt, train.bin"));
}

BOOST_AUTO_TEST_SUITE_END()
