// SPDX-License-Identifier: Apache-2.0
// Evaluation sees of a picture what an application sees that prepares it as the model says.
#include "gmtrain/data/preparation.hpp"

#include <boost/test/unit_test.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/files/atomic_file.hpp"
#include "gmtrain/data/dataset.hpp"
#include "gmtrain/data/derived.hpp"
#include "gmtrain/run.hpp"
#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;
namespace fs = std::filesystem;

namespace {

cv::Mat noise(cv::Size size, int type = CV_8UC3) {
  cv::Mat image(size, type);
  cv::RNG(1).fill(image, cv::RNG::UNIFORM, 0, image.depth() == CV_8U ? 256 : 65536);
  return image;
}

/// A set whose one class has the pictures that a test writes.
struct Pictures {
  Pictures() {
    fs::create_directories(folder / "set/train/a");
    fs::create_directories(folder / "set/test/a");
  }

  std::string add(const std::string& name, const cv::Mat& image,
                  const std::vector<int>& parameters = {}) {
    for (const std::string part : {"train", "test"}) {
      cv::imwrite((folder / "set" / part / "a" / name).string(), image, parameters);
    }
    return file(name);
  }

  std::string file(const std::string& name) const {
    return (folder / "set/test/a" / name).string();
  }

  DataOptions options(std::vector<std::string> overrides) const {
    overrides.insert(overrides.begin(),
                     {"data.format=folder", "data.path=set", "data.labels=[]", "data.outliers=[]",
                      "data.mean=[0,0,0]", "data.deviation=[255,255,255]"});
    auto recipe = small_recipe(folder.path(), overrides);
    return DataOptions::read(recipe.section("data"));
  }

  /// How many of a set's pictures evaluation sees in the same way as an application.
  int64_t count_alike(const DataOptions& data) const {
    const auto whole = open_whole_images(data, "set", Split::test)->image_shape();
    const auto how = preparation_of(data, whole);
    const auto set = open_dataset(data, "set", Split::test);
    int64_t alike = 0;
    for (int64_t i = 0; i < set->size(); ++i) {
      const auto batch = set->load({i});
      const auto path = list_images(folder / "set/test", {"a"}).at(i).path;
      const cv::Mat picture = cv::dnn_gm::readImage(path);
      cv::Mat prepared;
      cv::dnn_gm::prepareImage(picture, prepared, how);
      const cv::Mat seen = to_matrix(batch.images[0]);
      BOOST_TEST_REQUIRE(seen.size() == prepared.size(), path);
      BOOST_TEST_REQUIRE(seen.type() == prepared.type(), path);
      const bool equal = cv::norm(seen, prepared, cv::NORM_INF) == 0;
      BOOST_TEST(equal, path);
      BOOST_TEST(batch.sizes.at(0).height == picture.rows, path);
      BOOST_TEST(batch.sizes.at(0).width == picture.cols, path);
      alike += equal ? 1 : 0;
    }
    return alike;
  }

  TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(preparation, Pictures)

BOOST_AUTO_TEST_CASE(evaluation_sees_what_an_application_sees) {
  add("wide.png", noise({40, 21}));
  add("tall.png", noise({13, 50}));
  add("small.png", noise({5, 4}));
  add("square.png", noise({16, 16}));
  add("thin.png", noise({1, 33}));
  add("flat.png", noise({33, 1}));
  add("pixel.png", noise({1, 1}));
  for (const std::string mode : {"crop_center", "letterbox", "stretch"}) {
    for (const std::string interpolation : {"area", "cubic", "lanczos4", "linear", "nearest"}) {
      // Margins of the crop: none, even, odd.
      for (const std::string crop : {"0", "12", "11"}) {
        for (const std::string mean : {"[0]", "[0,0,0]"}) {
          const auto data = options(
              {"data.resize=16", "data.resize_mode=" + mode, "data.interpolation=" + interpolation,
               "data.fill=77", "data.crop=" + crop, "data.mean=" + mean,
               "data.deviation=" + std::string(mean == "[0]" ? "[1]" : "[1,1,1]")});
          BOOST_TEST(count_alike(data) == 7, mode << ", " << interpolation << ", crop " << crop);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(pictures_of_one_size_are_cut_in_the_middle_with_odd_margins) {
  add("a.png", noise({14, 9}));
  for (const std::string crop : {"0", "4", "7", "8"}) {
    const auto data = options({"data.crop=" + crop});
    BOOST_TEST(count_alike(data) == 1, crop);
    const auto how = preparation_of(data, {3, 9, 14});
    BOOST_TEST(how.resizeSize == cv::Size(14, 9));
    BOOST_TEST(how.resizeMode == "crop_center");
    BOOST_TEST(how.channelOrder == "BGR");
  }
}

BOOST_AUTO_TEST_CASE(the_way_to_the_size_is_the_recipe_s) {
  cv::Mat picture(8, 16, CV_8UC3, cv::Scalar(10, 10, 10));
  picture.colRange(4, 12) = cv::Scalar(200, 200, 200);
  add("a.png", picture);
  const auto corner_and_middle = [&](const std::string& mode) {
    const auto data = options({"data.resize=8", "data.fill=77", "data.resize_mode=" + mode});
    const auto image = open_dataset(data, "set", Split::train)->load({0}).images[0][0];
    return std::pair{image[0][0].item<int>(), image[4][4].item<int>()};
  };
  BOOST_TEST((corner_and_middle("crop_center") == std::pair{200, 200}));
  BOOST_TEST((corner_and_middle("stretch") == std::pair{10, 200}));
  BOOST_TEST((corner_and_middle("letterbox") == std::pair{77, 200}));
  for (const auto& [override, part] : std::vector<std::pair<std::string, std::string>>{
           {"data.resize_mode=stretch", "expected data.resize above 0"},
           {"data.resize_mode=squash", R"("crop_center", "letterbox", "stretch")"},
           {"data.interpolation=best", "lanczos4"},
           {"data.fill=256", "data.fill"}}) {
    const auto message = message_of<RecipeError>([&, o = override] { options({o}); });
    BOOST_TEST(contains(message, part), message);
  }
}

BOOST_AUTO_TEST_CASE(every_kind_of_picture_is_read_as_an_application_reads_it) {
  add("grey.png", noise({20, 12}, CV_8UC1));
  add("grey16.png", noise({20, 12}, CV_16UC1));
  add("colour16.png", noise({20, 12}, CV_16UC3));
  add("alpha.png", noise({20, 12}, CV_8UC4));
  add("grey.jpg", noise({20, 12}, CV_8UC1));
  // A JPEG file whose EXIF data say that it is to be turned by a quarter.
  const std::string exif(
      "\xff\xe1\x00\x22"
      "Exif\0\0"
      "MM\0\x2a\0\0\0\x08"
      "\0\x01"
      "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
      "\0\0\0\0",
      36);
  std::string turned = read_file(add("turned.jpg", noise({20, 12})));
  write_file(file("turned.jpg"), turned.insert(2, exif));
  BOOST_TEST(cv::imread(file("turned.jpg")).rows == 20);
  for (const std::string mean : {"[0]", "[0,0,0]"}) {
    BOOST_TEST(count_alike(options(
                   {"data.resize=8", "data.mean=" + mean,
                    "data.deviation=" + std::string(mean == "[0]" ? "[1]" : "[1,1,1]")})) == 6);
  }
}

BOOST_AUTO_TEST_CASE(a_batch_knows_the_sizes_of_its_pictures) {
  add("a.png", noise({20, 12}));
  add("b.png", noise({5, 40}));
  write_file(file("c.png"), "no picture");
  const auto data = options({"data.resize=8", "data.crop=6", "data.max_corrupt=1"});
  const auto set = open_dataset(data, "set", Split::test);
  const auto both = joined({set, set})->load({1, 2, 3});
  BOOST_TEST_REQUIRE(both.sizes.size() == 2u);
  BOOST_TEST(both.sizes[0].height == 40);
  BOOST_TEST(both.sizes[1].width == 20);

  make_data(folder.path());
  auto recipe = small_recipe(folder.path(),
                             {"data.crop=10", R"(data.unseen_classes=["3"])", "train.epochs=1"});
  train(recipe, {folder / "run"}, false);
  const auto run = open_run(folder / "run");
  BOOST_TEST((run.whole == ImageShape{1, 12, 12}));
  const auto how = preparation_of(run.data, run.whole);
  BOOST_TEST(how.inputSize == cv::Size(10, 10));
  BOOST_TEST(how.resizeSize == cv::Size(12, 12));
  BOOST_TEST(how.channelOrder == "GRAY");
  const auto batch = open_dataset(run.data, "squares", Split::test)->load({4, 9});
  BOOST_TEST_REQUIRE(batch.sizes.size() == 2u);
  BOOST_TEST(batch.sizes[1].height == 12);
}

BOOST_AUTO_TEST_SUITE_END()
