// SPDX-License-Identifier: Apache-2.0
// What `gmtrain report` takes from the model and the data sets, and the page of a whole run.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "core/files/atomic_file.hpp"
#include "gmtrain/attacks/ball.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/data/preparation.hpp"
#include "gmtrain/report/inputs.hpp"
#include "gmtrain/training/train.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"
#include "trainer/from_table.hpp"
#include "trainer/small_experiment.hpp"

using namespace gmtrain;
using namespace gmtrain::test;

namespace {

/// A run with 2-D features that was trained and evaluated.
struct Evaluated {
  Evaluated() {
    make_data(folder.path() / "data");
    auto recipe =
        small_recipe(folder.path() / "data",
                     {"train.epochs=6", "network.features=2", "network.relu_features=false",
                      "loss.means_deviation=2.0", "loss.alpha=0.0", "evaluation.post_hoc=[]",
                      R"(evaluation.attacks=["fgsm_0.3", "pgd_0.3"])",
                      "evaluation.strong_attack_images=30", "evaluation.pgd.steps=3"});
    train(recipe, files, false);
    calibrate_command({files.path, ""});
    EvaluateArguments arguments;
    arguments.run = files.path;
    evaluate_command(arguments);
  }

  TemporaryFolder folder;
  RunFolder files{folder.path() / "run"};
};

/// Share of pixels that differ.
double difference(const cv::Mat& a, const cv::Mat& b) {
  BOOST_TEST_REQUIRE((a.size() == b.size() && a.type() == b.type()));
  return cv::countNonZero(a != b) / static_cast<double>(a.total());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report_of_run)

BOOST_AUTO_TEST_CASE(the_map_is_the_likelihood_of_the_nearest_class) {
  const auto loss = from_table("loss", "name = \"lgm\"", [](Section section) {
    return make_loss(section, {2, 2});
  });
  {
    torch::NoGradGuard no_grad;
    loss->named_parameters()["means"].copy_(torch::tensor({{-4.0, 3.0}, {4.0, -3.0}}));
  }
  const report::Embedding corners{"clean", {0, 1}, {{-8, -6}, {8, 6}}};
  const auto map = likelihood_map(*loss, {corners});
  BOOST_TEST_REQUIRE(map.has_value());
  BOOST_TEST(map->x_range[0] < -8);
  BOOST_TEST(map->y_range[1] > 6);
  const int side = map->values.rows;
  for (int row = 0; row < side; row += 13) {
    for (int column = 0; column < side; column += 13) {
      const auto at = [&](const std::array<double, 2>& range, int i) {
        return range[0] + (range[1] - range[0]) * i / (side - 1);
      };
      const double x = at(map->x_range, column), y = at(map->y_range, side - 1 - row);
      const double nearest = std::min(std::hypot(x + 4, y - 3), std::hypot(x - 4, y + 3));
      const double expected = std::exp(-nearest * nearest / 2) / (2 * M_PI);
      BOOST_TEST(std::abs(map->values.at<double>(row, column) - expected) < 1e-6);
    }
  }
}

BOOST_AUTO_TEST_CASE(without_a_likelihood_or_points_there_is_no_map) {
  const auto softmax = from_table("loss", "name = \"softmax\"", [](Section section) {
    return make_loss(section, {2, 2});
  });
  BOOST_TEST(!likelihood_map(*softmax, {{"clean", {0}, {{1, 1}}}}).has_value());
  const auto lgm = from_table("loss", "name = \"lgm\"", [](Section section) {
    return make_loss(section, {2, 2});
  });
  BOOST_TEST(!likelihood_map(*lgm, {}).has_value());
}

BOOST_FIXTURE_TEST_CASE(images_are_those_that_were_measured, Evaluated) {
  TrainedRun run = open_run(files.path);
  const auto pixels = pixels_of(run);
  const std::vector<int64_t> wanted{42, 7, 20};
  const auto test = open_dataset(run.data, run.data.path, Split::test);
  const auto others = open_dataset(run.data, "others", Split::test);
  const gmtrain::Batch all = test->load(all_indices(100)), foreign = others->load(all_indices(100));
  const auto clean = pixels("clean", wanted), outliers = pixels("others", wanted);
  for (size_t i = 0; i < wanted.size(); ++i) {
    BOOST_TEST(difference(clean[i], to_matrix(all.images[wanted[i]])) == 0);
    BOOST_TEST(difference(outliers[i], to_matrix(foreign.images[wanted[i]])) == 0);
  }
  for (const auto& [name, attack] : run.evaluation.attacks) {
    const auto whole = to_pixels(attack->run(*run.model, all, nullptr), all.images);
    const auto attacked = pixels(name, wanted);
    for (size_t i = 0; i < wanted.size(); ++i) {
      // Sums over another batch may be rounded otherwise, which turns a gradient of nearly 0.
      BOOST_TEST(difference(attacked[i], to_matrix(whole[wanted[i]])) < 0.02, name);
      BOOST_TEST(difference(attacked[i], clean[i]) > 0.5, name);
    }
  }
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { pixels("fgsm_0.2", wanted); }),
                      "the recipe names no set fgsm_0.2"));
  for (const char* set : {"clean", "fgsm_0.3"}) {
    BOOST_TEST(contains(message_of<std::runtime_error>([&] {
                          pixels(set, {7, 100});
                        }),
                        "below 100, found 100"));
  }
}

BOOST_FIXTURE_TEST_CASE(the_command_leaves_a_page_and_its_pictures, Evaluated) {
  report_command({files.path, ""});
  const std::string page = read_file(files.report());
  for (const std::string part :
       {"<title>small</title>", "<h2>Feature space</h2>", "id=\"likelihood-map\"",
        "id=\"training-loss\"", "id=\"embedding-fgsm-0.3\"", "\"name\":\"pgd_0.3\""}) {
    BOOST_TEST(contains(page, part), part);
  }
  for (const std::string picture : {"likelihood-map", "embedding-clean", "roc-posterior"}) {
    BOOST_TEST(std::filesystem::file_size(files.figures() / (picture + ".svg")) > 2000U);
  }
  std::filesystem::remove(files.scores());
  BOOST_TEST(message_of<std::runtime_error>([&] {
               report_command({files.path, ""});
             }) == files.scores().string() + " is missing: run gmtrain evaluate " +
                       files.path.string() + " first");
}

BOOST_AUTO_TEST_SUITE_END()
