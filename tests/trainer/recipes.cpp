// SPDX-License-Identifier: Apache-2.0
// Every recipe in trainer/recipes is whole, and says what the paper says.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "core/files/atomic_file.hpp"
#include "gmtrain/training/train.hpp"
#include "temporary_folder.hpp"
#include "trainer/tiny_script.hpp"

using namespace gmtrain;
namespace fs = std::filesystem;

namespace {

const auto kEach = boost::test_tools::per_element();
const fs::path kRecipes = GM_SOURCE_FOLDER "/trainer/recipes";

/// A row of one of the paper's tables.
struct Row {
  std::string recipe, loss;
  double alpha = 0;  ///< of L-GM
};

/// What the paper says of a table's network and its training; where it says nothing there is
/// nothing.
struct Table {
  std::string network;
  std::optional<int64_t> depth{}, features{};
  std::optional<int64_t> epochs{}, batch{};
  std::optional<double> rate{}, decay{};
  std::vector<double> falls{};  ///< epochs at which the learning rate is divided by 10
  std::optional<bool> nesterov{};
  bool mirror = false;
  int64_t padding = 0, crop = 0, crops = 1;
  std::vector<Row> rows{};
};

std::vector<Row> rows(const std::string& prefix, const std::map<std::string, double>& lgm) {
  std::vector<Row> all{{prefix + "softmax", "softmax"},
                       {prefix + "center", "center"},
                       {prefix + "l-softmax", "l_softmax"}};
  for (const auto& [name, alpha] : lgm) all.push_back({prefix + name, "lgm", alpha});
  return all;
}

Table mnist(int64_t features) {
  Table table{"conv6"};
  table.features = features;
  // The paper says nothing of augmentation here. In the plane it lowers the held-out error.
  if (features == 2) table.padding = 2;
  table.rows =
      rows("mnist-" + std::to_string(features) + "d-", {{"gm", 0}, {"lgm-0.3", 0.3}, {"lgm-1", 1}});
  return table;
}

Table cifar10(int64_t depth, const std::string& set = "cifar10-") {
  Table table{"resnet_cifar", depth, {}, 300, 128, 0.1, 5e-4, {150, 225}, true, true, 4};
  table.rows = rows(set + "resnet" + std::to_string(depth) + "-", {{"lgm", 0.3}});
  return table;
}

Table cifar100(bool augmented) {
  Table table{"vgg13"};
  table.mirror = augmented;
  table.padding = augmented ? 4 : 0;
  table.rows = rows(augmented ? "cifar100-augmented-vgg13-" : "cifar100-vgg13-",
                    {{"lgm-0.1", 0.1}, {"lgm-0.2", 0.2}, {"lgm-0.3", 0.3}});
  return table;
}

Table imagenet() {
  Table table{"resnet", 101, {}, 100, 6 * 16, 0.01, 2e-4, {50, 75}, {}, true, 0, 224, 10};
  table.rows = {{"imagenet-resnet101-softmax", "softmax"}, {"imagenet-resnet101-lgm", "lgm", 0.01}};
  return table;
}

Table faces() {
  Table table{"face27", {}, 512, 20, 256, 0.1, 5e-4, {10, 14, 16}, {}, true, 0, 120};
  table.rows = rows("casia-lfw-", {{"lgm-0.001", 0.001}, {"lgm-0.005", 0.005}, {"lgm-0.01", 0.01}});
  return table;
}

/// Verification on data at hand, which the paper does not have.
std::vector<Table> unseen() {
  Table orl{"conv6"}, digits{"conv6"}, clothes{"conv6"};
  orl.mirror = true;
  orl.padding = 4;
  orl.rows = {{"orl", "lgm", 0.1}, {"orl-softmax", "softmax"}};
  digits.rows = {{"mnist-unseen", "lgm", 1}, {"mnist-unseen-softmax", "softmax"}};
  clothes.rows = {{"fashion-mnist-unseen", "lgm", 1}, {"fashion-mnist-unseen-softmax", "softmax"}};
  return {orl, digits, clothes};
}

/// The same in fewer epochs.
Table shortened(Table table, int64_t epochs) {
  for (double& fall : table.falls) {
    fall *= static_cast<double>(epochs) / static_cast<double>(*table.epochs);
  }
  table.epochs = epochs;
  table.rows = {{"cifar10-jpeg-resnet20-softmax-short", "softmax"},
                {"cifar10-jpeg-resnet20-lgm-short", "lgm", 0.3}};
  return table;
}

std::vector<Table> paper() {
  return {mnist(2),
          mnist(100),
          cifar10(20),
          cifar10(56),
          cifar10(110),
          cifar10(20, "cifar10-jpeg-"),
          shortened(cifar10(20, "cifar10-jpeg-"), 15),
          cifar100(false),
          cifar100(true),
          imagenet(),
          faces()};
}

std::vector<Table> tables() {
  auto all = paper();
  for (Table& table : unseen()) all.push_back(std::move(table));
  return all;
}

/// The names of the recipes; bases, which are none of their own, left out.
std::vector<std::string> names() {
  std::set<std::string> sorted;
  for (const auto& entry : fs::directory_iterator(kRecipes)) {
    const std::string name = entry.path().stem().string();
    if (name.size() < 5 || name.substr(name.size() - 5) != "-base") sorted.insert(name);
  }
  return {sorted.begin(), sorted.end()};
}

/// What training makes of a recipe before it begins, without its images.
struct Opened {
  /// Where the names of classes are left to the data set, which need not be at hand, they are s1 to
  /// s40 as those of the ORL faces.
  explicit Opened(const std::string& name, std::vector<std::string> overrides = {})
      : recipe(load(name, overrides)) {
    given_name = recipe.section("").require<std::string>("name", "of the experiment");
    train = TrainOptions::read(recipe);
    data = DataOptions::read(recipe.section("data"));
    const int64_t whole = data.resize > 0 ? data.resize : data.format == "idx" ? 28 : 32;
    const int64_t side = data.crop > 0 ? data.crop : whole;
    model = std::make_unique<Model>(recipe, data, ImageShape{data.channels(), side, side});
    CalibrationOptions::read(recipe.section("calibration"));
    evaluation = EvaluationOptions::read(recipe, data);
    VerificationOptions::read(recipe, data);
    recipe.check_all_used();
  }

  static Recipe load(const std::string& name, std::vector<std::string> overrides) {
    const fs::path file = kRecipes / (name + ".toml");
    if (!Recipe::load(file).section("data").has("labels")) {
      std::vector<std::string> labels;
      for (int i = 1; i <= 40; ++i) labels.push_back(fmt::format("\"s{}\"", i));
      overrides.push_back(fmt::format("data.labels=[{}]", fmt::join(labels, ",")));
    }
    // A file that a recipe names is made by hand; another of as many channels stands in for it.
    if (Recipe::load(file).section("network").has("file")) {
      static const TemporaryFolder folder;
      const std::string stand_in = (folder.path() / "network.pt").string();
      test::tiny_script(3).save(stand_in);
      overrides.push_back("network.file=\"" + stand_in + "\"");
    }
    return Recipe::load(file, overrides);
  }

  Recipe recipe;
  std::string given_name;
  TrainOptions train;
  DataOptions data;
  EvaluationOptions evaluation;
  std::unique_ptr<Model> model;
};

/// The tables of a recipe, [data] and so on, each as text.
std::map<std::string, std::string> sections(Recipe recipe) {
  std::map<std::string, std::string> found;
  std::istringstream lines(recipe.to_toml());
  std::string name, line;
  while (std::getline(lines, line)) {
    if (line.substr(0, 1) == "[") name = line;
    found[name] += line + "\n";
  }
  return found;
}

void check_training(const Table& table, const Opened& opened) {
  const TrainOptions& train = opened.train;
  if (table.epochs) {
    BOOST_TEST(train.epochs == *table.epochs);
    BOOST_TEST((train.learning_rate.shape == LearningRate::Shape::steps));
    std::vector<double> falls;
    for (const double share : train.learning_rate.milestones) {
      falls.push_back(share * static_cast<double>(train.epochs));
    }
    BOOST_TEST(falls == table.falls, kEach);
  }
  if (table.batch) BOOST_TEST(train.batch_size == *table.batch);
  if (table.rate) BOOST_TEST(train.learning_rate.base == *table.rate);
  if (table.decay) BOOST_TEST(train.optimizer.weight_decay == *table.decay);
  if (table.nesterov) BOOST_TEST(train.optimizer.nesterov == *table.nesterov);
  BOOST_TEST(train.optimizer.momentum == 0.9);
}

void check_loss(const Row& row, Opened& opened) {
  auto loss = opened.recipe.section("loss");
  BOOST_TEST(loss.require<std::string>("name", "") == row.loss);
  if (row.loss != "lgm") return;
  BOOST_TEST(loss.get<double>("alpha", NAN, "") == row.alpha);
  BOOST_TEST(loss.get<double>("lambda", NAN, "") == 0.1);
  // The margin grows from 0, and has its value before the last third.
  opened.model->loss().set_progress(0);
  BOOST_TEST(opened.model->loss().scalars()[0].second == 0);
  opened.model->loss().set_progress(0.6);
  BOOST_TEST(opened.model->loss().scalars()[0].second == row.alpha);
}

void check_row(const Table& table, const Row& row) {
  Opened opened(row.recipe);
  auto network = opened.recipe.section("network");
  BOOST_TEST(network.require<std::string>("name", "") == table.network);
  if (table.depth) BOOST_TEST(network.get<int64_t>("depth", 0, "") == *table.depth);
  if (table.features) BOOST_TEST(opened.model->network().dimension() == *table.features);
  BOOST_TEST(opened.data.mirror == table.mirror);
  BOOST_TEST(opened.data.padding == table.padding);
  BOOST_TEST(opened.data.crop == table.crop);
  BOOST_TEST(opened.evaluation.crops == table.crops);
  check_training(table, opened);
  check_loss(row, opened);
}

/// Whether a line of the page has the name in two parts, `cifar10-resnet20-` and `lgm`.
bool is_listed(const std::string& page, const std::string& name) {
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    for (auto dash = name.find('-'); dash != std::string::npos; dash = name.find('-', dash + 1)) {
      const auto begin = "`" + name.substr(0, dash + 1) + "`",
                 end = "`" + name.substr(dash + 1) + "`";
      if (line.find(begin) != std::string::npos && line.find(end) != std::string::npos) return true;
    }
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recipes)

BOOST_AUTO_TEST_CASE(each_row_of_a_table_has_its_recipe) {
  for (const Table& table : tables()) {
    for (const Row& row : table.rows) {
      BOOST_TEST_CONTEXT(row.recipe) check_row(table, row);
    }
  }
}

// The same network, data and training for all losses that are compared.
BOOST_AUTO_TEST_CASE(rows_of_a_table_differ_in_their_loss_alone) {
  for (const Table& table : tables()) {
    auto expected = sections(Recipe::load(kRecipes / (table.rows[0].recipe + ".toml")));
    for (const Row& row : table.rows) {
      auto actual = sections(Recipe::load(kRecipes / (row.recipe + ".toml")));
      BOOST_TEST(actual.size() == expected.size());
      for (const auto& [name, text] : expected) {
        if (name.empty() || name == "[loss]") continue;
        BOOST_TEST(actual[name] == text, row.recipe << " " << name);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_recipe_can_be_trained_and_made_shorter) {
  const auto all = names();
  BOOST_TEST_REQUIRE(all.size() > 40u);
  for (const std::string& name : all) {
    BOOST_TEST_CONTEXT(name) {
      const Opened opened(name, {"train.epochs=1", "evaluation.attacks=[]"});
      BOOST_TEST(opened.given_name == name);
      BOOST_TEST(opened.train.epochs == 1);
      BOOST_TEST(opened.evaluation.attacks.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_page_lists_every_experiment) {
  const std::string page = read_file(GM_SOURCE_FOLDER "/doc/recipe.md");
  for (const Table& table : paper()) {
    for (const Row& row : table.rows) BOOST_TEST(is_listed(page, row.recipe), row.recipe);
  }
}

BOOST_AUTO_TEST_SUITE_END()
