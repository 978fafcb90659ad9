// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/verification/verify.hpp"

#include <torch/torch.h>

#include <boost/test/unit_test.hpp>

#include "core/faces/pairs.hpp"
#include "core/files/atomic_file.hpp"
#include "core/verification/figures.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/data/derived.hpp"
#include "gmtrain/data/formats.hpp"
#include "gmtrain/evaluation/image_set.hpp"
#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/small_experiment.hpp"
#include "trainer/small_people.hpp"

using namespace gmtrain;
using namespace gmtrain::test;
namespace fs = std::filesystem;

namespace {

using Strings = std::vector<std::string>;
using json = nlohmann::ordered_json;

/// Squares in three places that training does not see.
const Strings kUnseen{R"(data.unseen_classes=["1","4","9"])", "verification.folds=5",
                      "verification.pairs=200"};
const Strings kListed{"verification.pairs_file=pairs.txt", "verification.people=people"};

struct PairExperiment {
  PairExperiment() {
    make_data(root());
    write_people(root() / "people");
    write_pairs(root() / "pairs.txt");
  }

  Recipe recipe(Strings overrides, const Strings& more = {}) const {
    overrides.insert(overrides.end(), more.begin(), more.end());
    return small_recipe(root(), overrides);
  }

  TrainedRun trained(const Strings& overrides, const Strings& more = {}) const {
    auto settings = recipe(overrides, more);
    train(settings, {run()}, false);
    return open_run(run());
  }

  std::string mistake(const Strings& overrides, const Strings& more = {}) const {
    auto settings = recipe(overrides, more);
    return message_of<std::exception>([&] { train(settings, {run()}, false); });
  }

  fs::path root() const { return folder / "data"; }
  fs::path run() const { return folder / "run"; }
  fs::path image(const std::string& name, int number) const {
    return root() / "people" / name / (name + "_000" + std::to_string(number) + ".jpg");
  }

  TemporaryFolder folder;
};

/// Features of uint8 images [N,1,H,W], by nothing but the model.
FeatureTable features(TrainedRun& run, const torch::Tensor& images) {
  torch::NoGradGuard no_grad;
  const auto values = run.model->features(images).contiguous();
  const auto* data = values.const_data_ptr<float>();
  return {values.size(1), {data, data + values.numel()}};
}

FeatureTable features(TrainedRun& run, const Dataset& dataset,
                      const std::vector<int64_t>& indices) {
  return features(run, dataset.load(indices).images);
}

/// What verify must find for these pairs.
void check_scores(TrainedRun& run, const json& figures, const FeatureTable& images,
                  const std::vector<ImagePair>& pairs) {
  const ImageSet trained = training_images(run);
  TrainingTable training{features(run, *trained.dataset, trained.indices), {}};
  for (const int64_t i : trained.indices) training.labels.push_back(trained.dataset->labels()[i]);
  BOOST_TEST(figures["training_images"].get<size_t>() == training.labels.size());
  BOOST_TEST(figures["scores"].size() == 4);
  for (const std::string& name : Registry<PairScoreKind>::names()) {
    const auto score = fit_pair_score(name, training, {0.99});
    const auto expected = score_figures(score->score(images, pairs), pairs, {0.1, 0.01, 0.001});
    const auto& found = figures["scores"][name];
    for (const char* key : {"accuracy", "standard_error", "eer", "auroc"}) {
      BOOST_TEST(found[key].get<double>() == expected[key].get<double>(), name << " " << key);
    }
    BOOST_TEST(found["tar_at_far"].dump() == expected["tar_at_far"].dump());
    BOOST_TEST(found["folds"].size() == expected["folds"].size());
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(verification, PairExperiment)

BOOST_AUTO_TEST_CASE(pairs_are_drawn_of_the_unseen_test_images) {
  auto run = trained(kUnseen, {"train.epochs=8"});
  const json figures = verify(run);
  const auto unseen = open_unseen(run.data, Split::test);
  const auto pairs = draw_pairs(unseen->labels(), {200, 5, 0}).pairs;
  check_scores(run, figures, features(run, *unseen, all_indices(unseen->size())), pairs);
  BOOST_TEST(figures["pairs"]["genuine"].get<size_t>() == pairs.size() / 2);
  BOOST_TEST(figures["pairs"]["impostor"].get<size_t>() == pairs.size() / 2);
  BOOST_TEST(figures["source"]["unseen_classes"].dump() == R"(["1","4","9"])");
  BOOST_TEST(figures["source"]["split"].get<std::string>() == "test");
  BOOST_TEST(!figures["source"]["identities_disjoint"].get<bool>());
  BOOST_TEST(figures["left_out"].dump() == R"({"images":0,"pairs":0})");
  // So few pairs do not measure a rate of 0.001.
  BOOST_TEST(figures["scores"]["cosine"]["tar_at_far"]["0.1"].is_number());
  BOOST_TEST(figures["scores"]["cosine"]["tar_at_far"]["0.001"].is_null());
  // Places of squares carry over to classes that training did not see.
  BOOST_TEST(figures["scores"]["cosine"]["auroc"].get<double>() > 0.8);
}

BOOST_AUTO_TEST_CASE(all_images_of_the_unseen_are_to_be_had) {
  auto run = trained(kUnseen, {"verification.split=all", "verification.pairs=6000",
                               R"(verification.scores=["cosine"])", "verification.seed=3",
                               "verification.false_accept_rates=[0.02]"});
  const json figures = verify(run);
  const auto test = open_unseen(run.data, Split::test), rest = open_unseen(run.data, Split::train);
  auto identities = test->labels();
  identities.insert(identities.end(), rest->labels().begin(), rest->labels().end());
  const auto pairs = draw_pairs(identities, {6000, 5, 3}).pairs;
  auto images = features(run, *test, all_indices(test->size()));
  const auto more = features(run, *rest, all_indices(rest->size()));
  images.values.insert(images.values.end(), more.values.begin(), more.values.end());
  const auto expected =
      score_figures(fit_pair_score("cosine", {}, {1})->score(images, pairs), pairs, {0.02});
  const auto& found = figures["scores"]["cosine"];
  BOOST_TEST(found["auroc"].get<double>() == expected["auroc"].get<double>(),
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(found["tar_at_far"].size() == 1);
  BOOST_TEST(figures["scores"].size() == 1);
  BOOST_TEST(figures["pairs"]["images"].get<int64_t>() > 2 * test->size());
}

BOOST_AUTO_TEST_CASE(listed_pairs_are_read_as_the_training_images_are) {
  auto run = trained(kListed, {"data.crop=10"});
  const json figures = verify(run);
  const auto listed = read_pairs(root() / "pairs.txt", root() / "people");
  std::vector<torch::Tensor> images;
  for (const fs::path& file : listed.images) {
    const cv::Mat middle =
        cv::imread(file.string(), cv::IMREAD_GRAYSCALE)(cv::Rect(1, 1, 10, 10)).clone();
    images.push_back(torch::from_blob(middle.data, {1, 10, 10}, torch::kByte).clone());
  }
  check_scores(run, figures, features(run, torch::stack(images)), listed.pairs);
  BOOST_TEST(figures["source"].dump() == R"({"pairs_file":"pairs.txt","people":"people"})");
  BOOST_TEST(figures["pairs"].dump() == R"({"genuine":8,"impostor":8,"images":16,"folds":2})");
}

BOOST_AUTO_TEST_CASE(the_command_leaves_a_file_and_the_same_again) {
  trained(kListed);
  const RunFolder files{run()};
  verify_command({run(), ""});
  const std::string first = read_file(files.verification());
  verify_command({run(), root()});
  BOOST_TEST(read_file(files.verification()) == first);
  const auto figures = json::parse(first);
  BOOST_TEST(figures["recipe"].get<std::string>() == "small");
  BOOST_TEST(figures["units"]["percent"].dump() == R"(["accuracy","standard_error","eer"])");
  BOOST_TEST(figures["units"]["score"].dump() == R"(["threshold"])");
}

BOOST_AUTO_TEST_CASE(missing_and_broken_images_are_left_out_up_to_a_limit) {
  trained(kListed);
  write_file(image("Bo", 3), "no image");
  const auto refusal = [&] {
    return message_of<std::runtime_error>([&] { verify_command({run(), ""}); });
  };
  BOOST_TEST(contains(refusal(), "Bo_0003.jpg: expected an image"));
  fs::remove(image("Bo", 3));
  BOOST_TEST(contains(refusal(), "Bo_0003.jpg: cannot be read"));
  BOOST_TEST(!fs::exists(RunFolder{run()}.verification()));
}

BOOST_AUTO_TEST_CASE(what_is_left_out_is_counted) {
  fs::remove(image("Ann_Lee", 1));
  write_file(image("Di", 4), "no image");
  auto run = trained(kListed, {"data.max_corrupt=2"});
  const json figures = verify(run);
  // Each of the two is in a pair of one person and in one of two.
  BOOST_TEST(figures["left_out"].dump() == R"({"images":2,"pairs":4})");
  BOOST_TEST(figures["pairs"].dump() == R"({"genuine":6,"impostor":6,"images":14,"folds":2})");
  BOOST_TEST(figures["scores"]["euclidean"]["folds"].size() == 2);
}

BOOST_AUTO_TEST_CASE(a_fold_that_is_lost_is_noticed) {
  for (const char* name : {"Cy_van_Dam", "Di"}) {
    for (int i = 1; i <= kImagesOfEach; ++i) write_file(image(name, i), "no image");
  }
  auto run = trained(kListed, {"data.max_corrupt=8"});
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { verify(run); }),
                      "expected pairs in each of 2 folds, found some in 1"));
}

BOOST_AUTO_TEST_CASE(what_needs_no_training_images_reads_none) {
  auto run = trained(kUnseen, {R"(verification.scores=["cosine", "euclidean"])"});
  const json figures = verify(run);
  BOOST_TEST(figures["training_images"] == 0);
  BOOST_TEST(figures["scores"].size() == 2);
}

BOOST_AUTO_TEST_CASE(an_unfinished_training_is_not_verified) {
  auto settings = recipe(kListed);
  BOOST_CHECK_THROW(
      train(settings, {run()}, false, [](int64_t) { throw std::runtime_error("interrupted"); }),
      std::runtime_error);
  BOOST_TEST(contains(message_of<std::runtime_error>([&] {
                        verify_command({run(), ""});
                      }),
                      "after 1 of 2 epochs"));
}

BOOST_AUTO_TEST_CASE(a_run_without_unseen_classes_has_nothing_to_draw) {
  auto run = trained({});
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { verify(run); }),
                      "expected data.unseen_classes, or verification.pairs_file"));
}

BOOST_AUTO_TEST_CASE(unseen_classes_need_no_table) {
  auto run = trained({R"(data.unseen_classes=["1","4","9"])"});
  run.verification.drawn.folds = 2;
  BOOST_TEST(verify(run)["pairs"]["folds"].get<int64_t>() == 2);
}

BOOST_AUTO_TEST_CASE(mistakes_are_found_before_training) {
  for (const auto& [overrides, part] : std::vector<std::pair<Strings, std::string>>{
           {{"verification.pairs_file=pairs.txt"}, "verification.people: expected a folder"},
           {{"verification.people=people"}, "verification.pairs_file: expected a file"},
           {{"verification.folds=5"}, "expected pairs_file and people, or data.unseen_classes"},
           {{"verification.split=train"}, "verification.split"},
           {{R"(verification.scores=["manhattan"])"}, "verification.scores"},
           {{"verification.scores=[]"}, "verification.scores"},
           {{"verification.false_accept_rates=[0.0]"}, "verification.false_accept_rates"},
           {{"verification.retained_variance=1.5"}, "verification.retained_variance"}}) {
    const auto message = mistake(overrides);
    BOOST_TEST(contains(message, part), message);
  }
  BOOST_TEST(contains(mistake(kListed, {"verification.folds=5"}), "folds: unknown key"));
  BOOST_TEST(contains(mistake(kListed, {"verification.people=nobody"}), "data/nobody"));
  BOOST_TEST(contains(mistake(kListed, {"verification.pairs_file=none.txt"}), "data/none.txt"));
  BOOST_TEST(contains(mistake(kUnseen, {"verification.folds=500"}), "fewer folds"));
  write_people(root() / "people", 14);
  BOOST_TEST(contains(mistake(kListed), "expected images of 12x12 pixels, as those of squares"));
  BOOST_TEST(!fs::exists(run()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(joined_sets)

BOOST_AUTO_TEST_CASE(images_keep_their_order_and_labels) {
  const auto whole = joined(
      {in_memory({10, 11, 12}, {1, 1, 1}, {0, 1, 2}), in_memory({20, 21}, {1, 1, 1}, {1, 0})});
  BOOST_TEST(whole->labels() == (std::vector<int64_t>{0, 1, 2, 1, 0}),
             boost::test_tools::per_element());
  const std::vector<int64_t> order{4, 0, 2, 3, 1};
  const auto batch = whole->load(order);
  BOOST_TEST(batch.indices == order, boost::test_tools::per_element());
  const auto pixels = torch::tensor({21, 10, 12, 20, 11}, torch::kByte);
  BOOST_TEST(torch::equal(batch.images.flatten(), pixels));
  BOOST_TEST(torch::equal(batch.labels, torch::tensor({0, 0, 2, 1, 1}, torch::kLong)));
}

BOOST_AUTO_TEST_SUITE_END()
