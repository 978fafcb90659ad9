// SPDX-License-Identifier: Apache-2.0
// Verdicts of the trainer's evaluation and of an application that has only the exported file.
#include <boost/test/unit_test.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <set>

#include "gmtrain/commands/commands.hpp"
#include "gmtrain/evaluation/calibrate.hpp"
#include "gmtrain/evaluation/evaluate.hpp"
#include "gmtrain/export/export.hpp"
#include "gmtrain/training/train.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kClassNames{"bars", "discs", "plain", "squares"};

/// A scene of class k in a picture of any size: shapes in front of a gradient, which is brighter
/// from class to class, and noise.
cv::Mat scene(size_t k, cv::Size size, cv::RNG& random) {
  cv::Mat image(size, CV_8UC3);
  const int start = random.uniform(0, 50) + 45 * static_cast<int>(k);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      image.at<cv::Vec3b>(y, x) = cv::Vec3b::all(
          cv::saturate_cast<uchar>(start + 20 * x / size.width + random.gaussian(6)));
    }
  }
  const cv::Scalar colour(random.uniform(120, 256), random.uniform(0, 256),
                          random.uniform(120, 256));
  const int shapes = kClassNames[k] == "plain" ? 0 : 6;
  for (int i = 0; i < shapes; ++i) {
    const cv::Point at(random.uniform(0, size.width), random.uniform(0, size.height));
    const int r = std::max(2, std::min(size.width, size.height) / 6);
    if (k == 0) cv::line(image, {0, at.y}, {size.width, at.y}, colour, std::max(1, r / 2));
    if (k == 1) cv::circle(image, at, r, colour, cv::FILLED);
    if (k == 3) cv::rectangle(image, cv::Rect(at, cv::Size(r, r)), colour, cv::FILLED);
  }
  return image;
}

/// Class folders of scenes as people have them: portrait, landscape, grey, with transparency, JPEG
/// and PNG, of few and of many pixels.
void write_scenes(const fs::path& folder, int count, uint64_t seed) {
  cv::RNG random(seed);
  for (size_t k = 0; k < kClassNames.size(); ++k) {
    fs::create_directories(folder / kClassNames[k]);
    for (int i = 0; i < count; ++i) {
      const cv::Size size(random.uniform(9, 90), random.uniform(9, 90));
      cv::Mat image = scene(k, size, random);
      if (i % 7 == 3) cv::cvtColor(image, image, cv::COLOR_BGR2GRAY);
      if (i % 7 == 5) cv::cvtColor(image, image, cv::COLOR_BGR2BGRA);
      const std::string name = std::to_string(1000 + i) + (i % 2 == 0 ? ".jpg" : ".png");
      cv::imwrite((folder / kClassNames[k] / name).string(), image);
    }
  }
}

struct Scenes {
  Scenes() {
    write_scenes(folder / "set/train", 90, 1);
    write_scenes(folder / "set/test", 30, 2);
  }

  TrainedRun trained(std::vector<std::string> overrides) const {
    overrides.insert(overrides.begin(), {"data.format=folder", "data.path=set", "data.labels=[]",
                                         "data.outliers=[]", "data.held_out=120", "data.resize=20",
                                         "train.epochs=12", "optimizer.learning_rate=0.01",
                                         "evaluation.attacks=[]", "evaluation.post_hoc=[]"});
    auto settings = small_recipe(folder.path(), overrides);
    fs::remove_all(folder / "run");
    train(settings, {folder / "run"}, false);
    return open_run(folder / "run");
  }

  TemporaryFolder folder;
};

void check_same_verdicts(const Scenes& scenes, TrainedRun run) {
  const auto calibration = calibrate(run).calibration;
  const auto evaluation = evaluate(run, Measured::test, &calibration);
  const ScoreTable& table = evaluation.tables.at(0);
  const fs::path file = scenes.folder / "model.onnx";
  export_onnx(*run.model, run.input, head_of_run(run, &calibration), file);
  const auto classifier = cv::dnn_gm::OpenSetClassifier::create(file.string());

  const auto pictures = list_images(scenes.folder / "set/test", kClassNames);
  BOOST_TEST_REQUIRE(pictures.size() == 120U);
  BOOST_TEST_REQUIRE(table.size() == 120);
  const auto& p_values = table.score("p_value");
  int unequal = 0;
  for (int64_t i = 0; i < table.size(); ++i) {
    const auto& picture = pictures.at(table.image[i]).path;
    const auto verdict = classifier->classify(cv::dnn_gm::readImage(picture));
    BOOST_TEST(verdict.classId == table.predicted[i], picture);
    // Between two samples that rounding cannot tell apart an image may rank either way.
    BOOST_TEST(std::abs(verdict.pValue - p_values[i]) <= 2.0 / 121, picture);
    unequal += std::abs(verdict.pValue - p_values[i]) > 1e-6 ? 1 : 0;
  }
  BOOST_TEST(unequal <= 1);
  // There is something to confuse: pictures with many p-values, in several classes.
  BOOST_TEST(std::set<double>(p_values.begin(), p_values.end()).size() > 30U);
  BOOST_TEST(std::set<int64_t>(table.predicted.begin(), table.predicted.end()).size() > 2U);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(folder_verdicts, Scenes)

BOOST_AUTO_TEST_CASE(an_application_judges_every_test_picture_as_evaluation_does) {
  const std::vector<std::string> colour{"data.mean=[110,120,130]", "data.deviation=[60,61,62]"};
  const std::vector<std::string> grey{"data.mean=[120]", "data.deviation=[60]"};
  for (const auto& [channels, how] :
       std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>>{
           {colour, {"data.resize_mode=stretch"}},
           {grey, {"data.resize_mode=stretch", "data.interpolation=linear", "data.crop=17"}},
           {colour, {"data.resize_mode=crop_center", "data.interpolation=cubic"}},
           {grey, {"data.resize_mode=crop_center", "data.crop=16"}},
           {colour, {"data.resize_mode=letterbox", "data.fill=99", "data.crop=18"}},
       }) {
    auto overrides = channels;
    overrides.insert(overrides.end(), how.begin(), how.end());
    BOOST_TEST_CONTEXT(how[0]) {
      check_same_verdicts(*this, trained(overrides));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
