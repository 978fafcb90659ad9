#include "core/report/run_group.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "core/evaluation_result.hpp"
#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;
using namespace gmtrain::report;
using namespace gmtrain::test;

namespace {

std::string group_error(std::vector<RunResult> runs) {
  return message_of<std::runtime_error>([&] { group_runs(std::move(runs)); });
}

void keep(const std::filesystem::path& folder, const RunResult& run) {
  const auto file = folder / run.source;
  std::filesystem::create_directories(file.parent_path());
  write_file(file, run.figures.dump(2));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run_group)

BOOST_AUTO_TEST_CASE(repetitions_give_mean_and_sample_deviation) {
  const auto groups = group_runs(
      {result_of(mnist_facts("lgm", 1, 100, 3), 0.5), result_of(mnist_facts("lgm", 1, 100, 1), 0.3),
       result_of(mnist_facts("lgm", 1, 100, 2), 0.4), result_of(mnist_facts("lgm", 1, 2, 1), 1.2)});
  BOOST_TEST_REQUIRE(groups.size() == 2);
  const RunGroup& wide = groups[0];
  BOOST_TEST_REQUIRE(wide.runs.size() == 3);
  for (int seed = 1; seed <= 3; ++seed) {
    BOOST_TEST(wide.runs[seed - 1].figures["seed"].get<int>() == seed);
  }
  const auto error = wide.estimate("test_error");
  BOOST_TEST(error->mean == 0.4, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(error->deviation.value() == 0.1, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(error->count == 3);

  const auto eer = wide.estimate("adversarial/fgsm_0.3/eer_likelihood");
  double sum = 0;
  for (const auto& run : wide.runs) {
    sum += run.figures["adversarial"]["fgsm_0.3"]["eer_likelihood"].get<double>();
  }
  BOOST_TEST(eer->mean == sum / 3, boost::test_tools::tolerance(1e-12));

  const auto single = groups[1].estimate("test_error");
  BOOST_TEST(single->mean == 1.2);
  BOOST_TEST(!single->deviation.has_value());
  BOOST_TEST(!wide.estimate("adversarial/pgd_0.3/error").has_value());
}

BOOST_AUTO_TEST_CASE(whatever_else_was_set_is_another_experiment) {
  const auto facts = mnist_facts("lgm", 1, 100, 1);
  std::vector<RunResult> runs{result_of(facts, 0.4)};
  const nlohmann::ordered_json changes{{"/recipe", "mine"},
                                       {"/settings/loss/alpha", 0.3},
                                       {"/settings/loss/center_rate", 0.1},
                                       {"/settings/train/batch_size", 64},
                                       {"/settings/evaluation/pgd/steps", 100}};
  for (const auto& [path, value] : changes.items()) {
    auto other = facts;
    other[nlohmann::ordered_json::json_pointer(path)] = value;
    runs.push_back(result_of(other, 0.4));
  }
  const auto count = runs.size();
  BOOST_TEST(group_runs(std::move(runs)).size() == count);
}

BOOST_AUTO_TEST_CASE(repetitions_may_measure_other_sets) {
  const auto facts = mnist_facts("lgm", 1, 100, 1);
  auto more = mnist_facts("lgm", 1, 100, 2);
  more["settings"]["evaluation"]["attacks"] = {"fgsm_0.1"};
  more["settings"]["data"]["outliers"] = {"fashion-mnist"};
  more["settings"]["evaluation"]["post_hoc"] = {"energy"};
  BOOST_TEST(group_runs({result_of(facts, 0.4), result_of(more, 0.4)}).size() == 1);
}

BOOST_AUTO_TEST_CASE(figures_that_only_some_runs_have_are_counted) {
  auto first = result_of(mnist_facts("lgm", 1, 100, 1), 0.3);
  auto second = result_of(mnist_facts("lgm", 1, 100, 2), 0.4);
  first.figures["classification"]["ece"] = 0.25;
  second.figures["classification"]["ece"] = nullptr;  // as NaN is written
  const auto group = group_runs({first, second}).at(0);
  const auto ece = group.estimate("classification/ece");
  BOOST_TEST(ece->mean == 0.25);
  BOOST_TEST(ece->count == 1);
  BOOST_TEST(!ece->deviation.has_value());
}

BOOST_AUTO_TEST_CASE(a_result_that_lacks_something_is_named) {
  for (const char* key : {"recipe", "loss", "alpha", "data", "classes", "network", "features",
                          "seed", "epochs", "measured_on", "test_error"}) {
    auto run = result_of(mnist_facts("lgm", 1, 100, 1), 0.4);
    run.figures.erase(key);
    const auto error = group_error({run});
    BOOST_TEST(contains(error, "mnist-100d-lgm/seed-1.json: "), error);
    BOOST_TEST(contains(error, std::string("expected ") + key), error);
  }
  auto run = result_of(mnist_facts("softmax", -1, 100, 1), 0.4);
  run.figures["features"] = "100";
  BOOST_TEST(contains(group_error({run}), "expected features, an integer"));
  run.figures = nlohmann::ordered_json::array();
  BOOST_TEST(contains(group_error({run}), "seed-1.json: expected a JSON object"));
}

BOOST_AUTO_TEST_CASE(held_out_figures_and_repeated_seeds_are_refused) {
  auto run = result_of(mnist_facts("softmax", -1, 100, 1), 0.4);
  auto same = run;
  same.source = "elsewhere/seed-1.json";
  const auto error = group_error({run, same});
  BOOST_TEST(contains(error, "mnist-100d-softmax/seed-1.json"), error);
  BOOST_TEST(contains(error, "elsewhere/seed-1.json"), error);
  run.figures["measured_on"] = "held_out";
  BOOST_TEST(contains(group_error({run}), "measured on test images, found held_out"));
}

BOOST_AUTO_TEST_CASE(a_figure_that_is_no_number_is_named) {
  auto run = result_of(mnist_facts("softmax", -1, 100, 1), 0.4);
  run.figures["classification"]["ece"] = "low";
  const auto group = group_runs({run}).at(0);
  const auto error = message_of<std::runtime_error>([&] { group.estimate("classification/ece"); });
  BOOST_TEST(contains(error, "seed-1.json: classification/ece: expected a number, found string"));
}

BOOST_AUTO_TEST_CASE(results_are_read_from_folders) {
  TemporaryFolder folder;
  keep(folder.path(), result_of(mnist_facts("softmax", -1, 100, 2), 0.7));
  keep(folder.path(), result_of(mnist_facts("softmax", -1, 100, 1), 0.5));
  keep(folder.path(), result_of(mnist_facts("center", -1, 2, 1), 0.5));
  write_file(folder / "seed-9.json.unfinished", "{");
  write_file(folder / "README.md", "no result");
  const auto runs = read_results(folder.path());
  BOOST_TEST_REQUIRE(runs.size() == 3);
  BOOST_TEST(contains(runs[0].source, "mnist-100d-softmax/seed-1.json"));
  BOOST_TEST(runs[0].figures == result_of(mnist_facts("softmax", -1, 100, 1), 0.5).figures);
  BOOST_TEST(group_runs(runs).size() == 2);
}

BOOST_AUTO_TEST_CASE(verification_beside_a_result_is_its_figure) {
  TemporaryFolder folder;
  const auto run = result_of(mnist_facts("softmax", -1, 100, 1), 0.5);
  keep(folder.path(), run);
  auto pairs = mnist_facts("softmax", -1, 100, 1);
  pairs["scores"]["cosine"] = {{"accuracy", 75.0}, {"roc", {{0.0, 0.5}, {1.0, 1.0}}}};
  const auto file = folder / "mnist-100d-softmax/verification-seed-1.json";
  write_file(file, pairs.dump());
  const auto group = group_runs(read_results(folder.path())).at(0);
  BOOST_TEST(group.estimate("verification/scores/cosine/accuracy")->mean == 75);

  const auto reading = [&] {
    return message_of<std::runtime_error>([&] { read_results(folder.path()); });
  };
  pairs["seed"] = 2;
  write_file(file, pairs.dump());
  BOOST_TEST(contains(reading(), "verification-seed-1.json: expected seed 1, as in"));
  write_file(file, "{}");
  BOOST_TEST(contains(reading(), "verification-seed-1.json: expected what gmtrain verify writes"));
}

BOOST_AUTO_TEST_CASE(folders_without_results_and_broken_files_are_named) {
  TemporaryFolder folder;
  const auto reading = [&](const std::filesystem::path& path) {
    return message_of<std::runtime_error>([&] { read_results(path); });
  };
  BOOST_TEST(contains(reading(folder / "nowhere"), "nowhere: no such folder"));
  BOOST_TEST(contains(reading(folder.path()), "expected results as <recipe>/seed-<n>.json"));
  write_file(folder / "seed-1.json", "{\"recipe\": ");
  const auto error = reading(folder.path());
  BOOST_TEST(contains(error, "seed-1.json: "), error);
}

BOOST_AUTO_TEST_SUITE_END()
