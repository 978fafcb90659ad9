// SPDX-License-Identifier: Apache-2.0
// Evaluation over class folders: ten crops, broken images, reading ahead.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <mutex>
#include <opencv2/imgcodecs.hpp>
#include <set>
#include <thread>

#include "core/files/atomic_file.hpp"
#include "core/metrics/figures.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/data/derived.hpp"
#include "gmtrain/evaluation/crops.hpp"
#include "gmtrain/evaluation/evaluate.hpp"
#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;
namespace fs = std::filesystem;

namespace {

const auto kPerElement = boost::test_tools::per_element();
constexpr int64_t kClasses = 7, kTestImages = 12;

/// Images of 10x12 pixels, of noise that is a little brighter from class to class.
void write_noise(const fs::path& folder, int64_t count, int64_t k, std::mt19937& random) {
  fs::create_directories(folder);
  for (int64_t i = 0; i < count; ++i) {
    cv::Mat image(10, 12, CV_8UC3);
    std::generate(image.begin<cv::Vec3b>(), image.end<cv::Vec3b>(), [&] {
      cv::Vec3b pixel;
      for (int c = 0; c < 3; ++c) pixel[c] = static_cast<uchar>(12 * k + random() % 160);
      return pixel;
    });
    cv::imwrite((folder / (std::to_string(100 + i) + ".png")).string(), image);
  }
}

/// A run on seven class folders, of which it has learned something and not all.
struct FolderRun {
  FolderRun() {
    std::mt19937 random(5);
    for (int64_t k = 0; k < kClasses; ++k) {
      const std::string name = "class" + std::to_string(k);
      write_noise(folder / "set/train" / name, 30, k, random);
      write_noise(folder / "set/test" / name, kTestImages, k, random);
    }
  }

  Recipe recipe(std::vector<std::string> overrides = {}) const {
    overrides.insert(overrides.begin(),
                     {"data.format=folder", "data.path=set", "data.labels=[]", "data.outliers=[]",
                      "data.mean=[0,0,0]", "data.deviation=[255,255,255]", "data.held_out=20",
                      "data.crop=8", "evaluation.attacks=[]", "evaluation.post_hoc=[]"});
    return small_recipe(folder.path(), overrides);
  }

  TrainedRun trained(const std::vector<std::string>& overrides) const {
    auto settings = recipe(overrides);
    train(settings, {folder / "run"}, false);
    return open_run(folder / "run");
  }

  void break_image(const std::string& name) const { write_file(folder / name, "no image"); }

  TemporaryFolder folder;
};

/// [K], the mean posterior of ten crops, each of them cut out and classified by itself.
torch::Tensor one_by_one(Model& model, const torch::Tensor& image) {
  torch::Tensor sum = torch::zeros(kClasses, torch::kDouble);
  for (const auto& [top, left] :
       std::vector<std::pair<int64_t, int64_t>>{{1, 2}, {0, 0}, {0, 4}, {2, 0}, {2, 4}}) {
    const auto crop = image.slice(1, top, top + 8).slice(2, left, left + 8);
    for (const auto& each : {crop, crop.flip(2)}) {
      torch::NoGradGuard no_grad;
      sum += model.loss().score(model.features(each.unsqueeze(0))).log_posterior[0].exp();
    }
  }
  return sum / 10;
}

/// Counts threads and batches; its images are empty where their number is below 500.
class Recorder final : public Dataset {
 public:
  const std::vector<int64_t>& labels() const override { return labels_; }
  ImageShape image_shape() const override { return {1, 1, 1}; }
  std::string fingerprint() const override { return ""; }
  int64_t workers() const override { return 2; }
  Batch load(torch::ArrayRef<int64_t> indices) const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    threads.insert(std::this_thread::get_id());
    if (indices.front() < 500) return {torch::empty({0, 1, 1, 1}), torch::empty({0}), {}};
    return {torch::empty({0, 1, 1, 1}), torch::empty({0}), indices.vec()};
  }

  mutable std::set<std::thread::id> threads;

 private:
  std::vector<int64_t> labels_ = std::vector<int64_t>(1700);
  mutable std::mutex mutex_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ten_crops, FolderRun)

BOOST_AUTO_TEST_CASE(their_posterior_is_the_mean_of_each_crops) {
  auto run = trained({});
  const auto batch = open_whole_images(run.data, "set", Split::test)->load({0, 30, 83});
  const auto posteriors = crop_posteriors(*run.model, batch.images, {8, 8});
  torch::NoGradGuard no_grad;
  const auto middle = batch.images.slice(2, 1, 9).slice(3, 2, 10);
  const auto expected = run.model->loss().score(run.model->features(middle)).log_posterior;
  BOOST_TEST(torch::equal(posteriors.one, expected));
  for (int64_t i = 0; i < 3; ++i) {
    const auto naive = one_by_one(*run.model, batch.images[i]);
    BOOST_TEST(naive.sum().item<double>() == 1, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(torch::allclose(posteriors.ten[i].exp(), naive, 1e-4, 1e-9));
    BOOST_TEST(!torch::allclose(posteriors.one[i].exp(), naive, 1e-4, 1e-9));
  }
}

BOOST_AUTO_TEST_CASE(their_errors_stand_beside_those_of_one_crop) {
  auto run = trained({"evaluation.crops=10"});
  const auto figures = evaluate(run, Measured::test, nullptr).figures;
  const auto whole = open_whole_images(run.data, "set", Split::test);
  const auto all = whole->load(all_indices(whole->size()));
  int64_t wrong = 0, not_in_five = 0;
  for (int64_t i = 0; i < whole->size(); ++i) {
    const auto order = one_by_one(*run.model, all.images[i]).argsort(0, true);
    const auto place = order.eq(all.labels[i]).nonzero().item<int64_t>();
    wrong += place > 0;
    not_in_five += place >= 5;
  }
  BOOST_TEST_REQUIRE(not_in_five > 0);
  BOOST_TEST_REQUIRE(wrong > not_in_five);
  const auto percent = [&](int64_t count) {
    return 100.0 * static_cast<double>(count) / static_cast<double>(whole->size());
  };
  const auto& ten = figures["crops"]["ten_crop"];
  BOOST_TEST(ten["error"].get<double>() == percent(wrong));
  BOOST_TEST(ten["top_5_error"].get<double>() == percent(not_in_five));
  BOOST_TEST(ten["images"].get<int64_t>() == kClasses * kTestImages);
  const auto& one = figures["crops"]["one_crop"];
  BOOST_TEST(one["error"] == figures["test_error"]);
  BOOST_TEST(one["top_5_error"].get<double>() < one["error"].get<double>());
  const auto percents = figures["units"]["percent"].get<std::vector<std::string>>();
  for (const std::string name : {"error", "top_5_error"}) {
    BOOST_TEST(std::count(percents.begin(), percents.end(), name) == 1, name);
  }
  // Held-out images are measured alike.
  const auto held_out = evaluate(run, Measured::held_out, nullptr);
  BOOST_TEST(held_out.figures["crops"]["ten_crop"]["images"].get<int64_t>() == 10);
  BOOST_TEST(held_out.figures["crops"]["one_crop"]["error"].get<double>() ==
             error_percent(held_out.tables[0]));
}

BOOST_AUTO_TEST_CASE(of_few_classes_there_is_no_top_five) {
  auto run = trained({"evaluation.crops=10", R"(data.unseen_classes=["class5","class6"])"});
  const auto crops = evaluate(run, Measured::test, nullptr).figures["crops"];
  BOOST_TEST(crops["ten_crop"]["images"].get<int64_t>() == 5 * kTestImages);
  BOOST_TEST(!crops["one_crop"].contains("top_5_error"));
  BOOST_TEST(!crops["ten_crop"].contains("top_5_error"));
}

BOOST_AUTO_TEST_CASE(by_default_there_are_none) {
  auto run = trained({});
  BOOST_TEST(!evaluate(run, Measured::test, nullptr).figures.contains("crops"));
}

BOOST_AUTO_TEST_CASE(they_need_a_crop) {
  for (const auto& [override, part] : std::vector<std::pair<std::string, std::string>>{
           {"data.crop=0", "expected data.crop"}, {"evaluation.crops=5", "1 or 10"}}) {
    auto settings = recipe({"evaluation.crops=10", override});
    const auto message = message_of<RecipeError>([&] { train(settings, {folder / "run"}, false); });
    BOOST_TEST(contains(message, "evaluation.crops"), message);
    BOOST_TEST(contains(message, part), message);
    BOOST_TEST(!fs::exists(folder / "run"));
  }
}

BOOST_AUTO_TEST_CASE(posteriors_that_are_no_numbers_are_refused) {
  auto run = trained({});
  {
    torch::NoGradGuard no_grad;
    run.model->loss().named_parameters()["means"][3][0] = NAN;
  }
  const auto whole = whole_clean_images(run, Measured::test);
  BOOST_TEST(contains(
      message_of<std::runtime_error>([&] { crop_figures(*run.model, whole, size_of(run.input)); }),
      "clean image 0, posterior of its crops: expected numbers, got NaN"));
  // Held-out images come first.
  const auto first = clean_images(run, Measured::held_out).indices[0];
  BOOST_TEST(
      contains(message_of<std::runtime_error>([&] { evaluate(run, Measured::test, nullptr); }),
               fmt::format("held-out image {}: expected posteriors, got NaN", first)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(folder_evaluation, FolderRun)

BOOST_AUTO_TEST_CASE(broken_test_images_are_left_out_and_counted) {
  const auto measured = [](TrainedRun run) {
    return evaluate(run, Measured::test, nullptr).figures;
  };
  const std::vector<std::string> settings{"data.max_corrupt=2", "evaluation.crops=10",
                                          R"(evaluation.attacks=["fgsm_0.1", "pgd_0.1"])",
                                          "evaluation.pgd.steps=2"};
  BOOST_TEST(measured(trained(settings))["broken_images"].get<int64_t>() == 0);
  break_image("set/test/class0/100.png");
  break_image("set/test/class4/105.png");
  auto run = open_run(folder / "run");
  const auto [figures, tables] = evaluate(run, Measured::test, nullptr);
  constexpr int64_t kLeft = kClasses * kTestImages - 2;
  BOOST_TEST(figures["broken_images"].get<int64_t>() == 2);
  BOOST_TEST(figures["test_images"].get<int64_t>() == kLeft);
  BOOST_TEST(figures["crops"]["ten_crop"]["images"].get<int64_t>() == kLeft);
  for (const std::string name : {"fgsm_0.1", "pgd_0.1"}) {
    BOOST_TEST(figures["adversarial"][name]["images"].get<int64_t>() == kLeft, name);
  }
  for (const auto& table : tables) {
    BOOST_TEST(table.size() == kLeft);
    for (const int64_t broken : {int64_t{0}, 4 * kTestImages + 5}) {
      BOOST_TEST(std::count(table.image.begin(), table.image.end(), broken) == 0);
    }
  }
  // One more than the recipe allows for.
  break_image("set/test/class6/111.png");
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { measured(open_run(folder / "run")); }),
                      "class6/111.png: expected an image that OpenCV reads (more than"));
}

BOOST_AUTO_TEST_CASE(attacked_images_are_those_that_can_be_read) {
  trained({"data.max_corrupt=1", R"(evaluation.attacks=["fgsm_0.1"])"});
  break_image("set/test/class2/103.png");
  AttackArguments arguments;
  arguments.run = folder / "run";
  attack_command(arguments);
  for (const std::string set : {"clean", "fgsm_0.1"}) {
    const fs::directory_iterator files(folder / "run/images" / set);
    BOOST_TEST(std::distance(begin(files), end(files)) == kClasses * kTestImages - 1, set);
  }
}

BOOST_AUTO_TEST_CASE(images_are_read_ahead_by_other_threads) {
  const auto dataset = std::make_shared<Recorder>();
  std::vector<int64_t> firsts;
  for_each_batch({"recorded", dataset, all_indices(1700)}, "recorded",
                 [&](const Batch& batch) { firsts.push_back(batch.indices.front()); });
  // In order, and without the batch whose images are all broken.
  BOOST_TEST(firsts == (std::vector<int64_t>{500, 1000, 1500}), kPerElement);
  BOOST_TEST(!dataset->threads.empty());
  BOOST_TEST(dataset->threads.count(std::this_thread::get_id()) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
