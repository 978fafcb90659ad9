#include "core/report/paper_table.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "core/evaluation_result.hpp"
#include "core/recipe/recipe.hpp"
#include "core/report/asset.hpp"
#include "core/report/detection_table.hpp"
#include "core/report/pairs_table.hpp"
#include "core/report/paper.hpp"
#include "core/verification/figures.hpp"
#include "message_of.hpp"

using namespace gmtrain;
using namespace gmtrain::report;
using namespace gmtrain::test;
using json = nlohmann::ordered_json;

namespace {

const Table& titled(const std::vector<Table>& tables, const std::string& start) {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const Table& table) {
    return table.title.rfind(start, 0) == 0;
  });
  BOOST_TEST_REQUIRE((found != tables.end()), start);
  return *found;
}

/// The cells of the row with this label, its label first.
std::vector<std::string> row(const Table& table, const std::string& label) {
  for (const auto& cells : table.rows) {
    if (cells[0] == label) return cells;
  }
  BOOST_ERROR(table.title << ": expected a row " << label);
  return {};
}

/// What evaluation.json will say of a recipe, as far as cells ask for it; nothing for a base.
std::optional<json> facts_of(const std::filesystem::path& file) {
  Recipe recipe = Recipe::load(file);
  Section data = recipe.section("data"), network = recipe.section("network"),
          loss = recipe.section("loss");
  if (!recipe.section("").has("name") || !loss.has("name")) return std::nullopt;
  json facts{{"recipe", recipe.section("").require<std::string>("name", "")},
             {"loss", loss.require<std::string>("name", "")},
             {"data", data.require<std::string>("path", "")},
             {"augmentation", {{"mirror", data.get("mirror", false, "")}}},
             {"network", network.require<std::string>("name", "")}};
  facts["classes"] = data.get("labels", std::vector<std::string>{}, "").size() -
                     data.get("unseen_classes", std::vector<std::string>{}, "").size();
  // These name their classes themselves.
  if (facts["data"] == "cifar-100-binary") facts["classes"] = 100;
  if (facts["data"] == "imagenet") facts["classes"] = 1000;
  if (facts["loss"] == "lgm") facts["alpha"] = loss.get("alpha", 1.0, "");
  if (network.has("features")) facts["features"] = network.require<int64_t>("features", "");
  if (facts["network"] == "resnet_cifar") facts["depth"] = network.get<int64_t>("depth", 20, "");
  if (facts["network"] == "resnet") facts["depth"] = network.get<int64_t>("depth", 101, "");
  return facts;
}

/// What `gmtrain verify` writes of one score.
json pair_scores() {
  const std::vector<ImagePair> pairs{
      {0, 1, true, 0}, {0, 2, false, 0}, {3, 4, true, 1}, {3, 5, false, 1}};
  return score_figures({3, 2, 1, 0}, pairs, {0.5, 0.01});
}

int64_t cells_of(const PaperTable& table, const json& facts) {
  int64_t count = 0;
  for (const auto& cells : table.rows) {
    count += std::count_if(cells.begin(), cells.end(),
                           [&](const PaperCell& cell) { return belongs(facts, cell); });
  }
  return count;
}

const PaperTable& paper_table_titled(const std::string& start) {
  for (const PaperTable& table : paper().tables) {
    if (table.title.rfind(start, 0) == 0) return table;
  }
  throw std::out_of_range(start);
}

/// paper.json with one change, and what reading it says.
std::string error_after(const std::function<void(nlohmann::json&)>& change) {
  auto text = nlohmann::json::parse(asset("paper.json"));
  change(text);
  return message_of<std::runtime_error>([&] { parse_paper(text.dump()); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(paper_table)

BOOST_AUTO_TEST_CASE(the_paper_s_figures_are_all_there) {
  const std::map<std::string, std::pair<size_t, size_t>> shapes{
      {"Table 1", {6, 2}}, {"Table 2", {4, 3}}, {"Table 3", {6, 2}},  {"Table 4", {2, 4}},
      {"Table 5", {6, 1}}, {"Table 6", {4, 3}}, {"Sect. 4.3", {4, 3}}};
  BOOST_TEST(paper().tables.size() == shapes.size());
  for (const auto& [title, shape] : shapes) {
    const PaperTable& table = paper_table_titled(title);
    BOOST_TEST(table.rows.size() == shape.first, title);
    BOOST_TEST(table.columns.size() == shape.second, title);
    BOOST_TEST(!table.note.empty());
    for (const auto& cells : table.rows) {
      BOOST_TEST(cells.size() == table.columns.size());
      // Sect. 4.3 gives targeted attacks of L-GM alone.
      if (title != "Sect. 4.3") {
        for (const auto& cell : cells) BOOST_TEST(cell.paper != kMissing, title);
      }
    }
  }
  const auto& widest = paper_table_titled("Table 1").rows.back();
  BOOST_TEST(widest[0].paper == "1.17 ± 0.01");
  BOOST_TEST(widest[1].paper == "0.39 ± 0.01");
  BOOST_TEST(paper_table_titled("Table 6").rows[2][2].paper == "64.40");
  BOOST_TEST(paper_table_titled("Table 4").rows[0][0].paper == "23.5 ± 0.2");
}

BOOST_AUTO_TEST_CASE(every_cell_measures_something_that_evaluation_writes) {
  auto facts = mnist_facts("lgm", 1, 100, 1);
  auto run = result_of(facts, 0.4);
  for (const char* attack : {"fgsm_0.1", "fgsm_0.2"}) {
    run.figures["adversarial"][attack] = json(run.figures["adversarial"]["fgsm_0.3"]);
  }
  // As `gmtrain evaluate` writes crops.
  for (const char* crops : {"one_crop", "ten_crop"}) {
    run.figures["crops"][crops] = {{"error", 20}, {"top_5_error", 6}};
  }
  for (const char* score : {"cosine", "pca_mahalanobis"}) {
    run.figures["verification"]["scores"][score] = pair_scores();
  }
  const auto group = group_runs({run}).at(0);
  for (const PaperTable& table : paper().tables) {
    for (const auto& cells : table.rows) {
      for (const PaperCell& cell : cells)
        BOOST_TEST(group.estimate(cell.path).has_value(), cell.path);
    }
  }
}

BOOST_AUTO_TEST_CASE(recipes_belong_to_one_cell_of_their_table) {
  int64_t of_mnist = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(GM_SOURCE_FOLDER "/trainer/recipes")) {
    const auto facts = facts_of(entry.path());
    if (!facts) continue;
    const std::string name = facts->at("recipe"), data = facts->at("data"),
                      network = facts->at("network");
    const auto count = [&](const char* title) {
      return cells_of(paper_table_titled(title), *facts);
    };
    const bool digits = data == "mnist" && facts->at("classes") == 10;
    BOOST_TEST(count("Table 1") == (digits ? 1 : 0), name);
    BOOST_TEST(count("Table 2") == (network == "resnet_cifar" ? 1 : 0), name);
    BOOST_TEST(count("Table 3") == (data == "cifar-100-binary" ? 1 : 0), name);
    BOOST_TEST(count("Table 4") == (data == "imagenet" ? 4 : 0), name);  // all crops
    BOOST_TEST(count("Table 5") == (network == "face27" ? 1 : 0), name);
    of_mnist += digits && name != "mnist-demo";
  }
  BOOST_TEST(of_mnist == 12);
}

BOOST_AUTO_TEST_CASE(every_cell_of_table_1_has_a_recipe) {
  std::set<std::pair<size_t, size_t>> filled;
  const PaperTable& table = paper_table_titled("Table 1");
  for (const auto& entry :
       std::filesystem::directory_iterator(GM_SOURCE_FOLDER "/trainer/recipes")) {
    const auto facts = facts_of(entry.path());
    for (size_t r = 0; facts && r < table.rows.size(); ++r) {
      for (size_t c = 0; c < table.columns.size(); ++c) {
        if (belongs(*facts, table.rows[r][c])) filled.insert({r, c});
      }
    }
  }
  BOOST_TEST(filled.size() == 12);
}

BOOST_AUTO_TEST_CASE(ours_stand_beside_the_paper_s) {
  const auto tables = tables_against_paper(group_runs(
      {result_of(mnist_facts("lgm", 1, 100, 1), 0.3), result_of(mnist_facts("lgm", 1, 100, 2), 0.4),
       result_of(mnist_facts("softmax", -1, 2, 1), 1.234)}));
  const Table& first = titled(tables, "Table 1");
  const std::vector<std::string> columns{"", "2-D, here", "2-D, paper", "100-D, here",
                                         "100-D, paper"};
  BOOST_TEST(first.columns == columns, boost::test_tools::per_element());
  const std::vector<std::string> lgm{"L-GM (α = 1)", "–", "1.17 ± 0.01", "0.35 ± 0.07 (2 seeds)",
                                     "0.39 ± 0.01"};
  BOOST_TEST(row(first, "L-GM (α = 1)") == lgm, boost::test_tools::per_element());
  const std::vector<std::string> softmax{"Softmax", "1.23 (1 seed)", "1.82 ± 0.01", "–",
                                         "0.68 ± 0.01"};
  BOOST_TEST(row(first, "Softmax") == softmax, boost::test_tools::per_element());
  BOOST_TEST(first.rows.size() == 6);
  BOOST_TEST(contains(first.note,
                      "Here: conv6 16-32-64, 8 epochs, MNIST, 5000 training images held out. "));

  const Table& attacked = titled(tables, "Table 6");
  BOOST_TEST(row(attacked, "ε = 0")[5] == "0.35 ± 0.07 (2 seeds)");
  BOOST_TEST(row(attacked, "ε = 0.1")[5] == "–");  // was not run
  BOOST_TEST(row(attacked, "ε = 0.3")[6] == "81.62");
  BOOST_TEST(row(attacked, "ε = 0")[1] == "–");  // 2-D softmax is not of this table
}

BOOST_AUTO_TEST_CASE(experiments_of_one_cell_have_a_row_each) {
  auto demo = mnist_facts("lgm", 1, 100, 1);
  demo["recipe"] = "mnist-demo";
  demo["epochs"] = 1;
  const auto tables = tables_against_paper(
      group_runs({result_of(mnist_facts("lgm", 1, 100, 1), 0.3), result_of(demo, 0.5),
                  result_of(mnist_facts("lgm", 1, 2, 1), 1.1)}));
  const Table& first = titled(tables, "Table 1");
  BOOST_TEST(first.rows.size() == 7);
  const auto full = row(first, "L-GM (α = 1): mnist-100d-lgm (conv6 16-32-64, 8 epochs)");
  BOOST_TEST(full[1] == "1.10 (1 seed)");
  BOOST_TEST(full[3] == "0.30 (1 seed)");
  const auto shortened = row(first, "L-GM (α = 1): mnist-demo (conv6 16-32-64, 1 epoch)");
  BOOST_TEST(shortened[1] == "–");
  BOOST_TEST(shortened[3] == "0.50 (1 seed)");
  BOOST_TEST(shortened[4] == "0.39 ± 0.01");
  BOOST_TEST(contains(first.note,
                      "8 epochs, MNIST, 5000 training images held out "
                      "(mnist-2d-lgm, mnist-100d-lgm)"));
  BOOST_TEST(contains(first.note, "1 epoch, MNIST, 5000 training images held out (mnist-demo)"));
}

BOOST_AUTO_TEST_CASE(re_encoded_images_are_said_to_be_so) {
  json facts{{"recipe", "cifar10-jpeg-resnet20-softmax-short"},
             {"loss", "softmax"},
             {"data", "cifar10-jpeg"},
             {"classes", 10},
             {"network", "resnet_cifar"},
             {"depth", 20},
             {"features", 64},
             {"augmentation", {{"mirror", true}, {"padding", 4}, {"crop", 0}}},
             {"seed", 1},
             {"epochs", 15},
             {"settings", json::object()}};
  const auto groups = group_runs({result_of(facts, 12)});
  const auto tables = tables_against_paper(groups);
  BOOST_TEST_REQUIRE(tables.size() == 1);
  BOOST_TEST(row(tables[0], "Softmax")[1] == "12.00 (1 seed)");
  BOOST_TEST(contains(tables[0].note,
                      "resnet_cifar of depth 20, 15 epochs, CIFAR-10 (JPEG) "
                      "(re-encoded, not the images the paper used), images mirrored, shifted by up "
                      "to 4 pixels"));
  const auto missing = tables_not_run(groups);
  BOOST_TEST(missing.size() == paper().tables.size() - 1);
  BOOST_TEST(missing[0] == "Table 1: error on MNIST (%)");
}

BOOST_AUTO_TEST_CASE(one_run_has_only_its_rows) {
  const auto tables = run_against_paper(result_of(mnist_facts("center", -1, 100, 1), 0.45));
  const Table& first = titled(tables, "Table 1");
  BOOST_TEST_REQUIRE(first.rows.size() == 1);
  BOOST_TEST(first.rows[0][0] == "Center");
  BOOST_TEST(first.rows[0][1] == "0.45 (1 seed)");
  BOOST_TEST(first.columns.size() == 3);  // 100-D alone
  BOOST_TEST(contains(first.note, "This run: conv6"));
  BOOST_TEST(titled(tables, "Table 6").rows.size() == 2);  // clean and 0.3
  auto other = mnist_facts("center", -1, 32, 1);
  BOOST_TEST(run_against_paper(result_of(other, 1)).empty());
}

BOOST_AUTO_TEST_CASE(part_of_the_classes_has_a_table_of_its_own) {
  auto part = mnist_facts("lgm", 1, 100, 1);
  part["recipe"] = "mnist-unseen";
  part["classes"] = 7;
  part["unseen_classes"] = 3;
  const auto tables = compared_detection_tables(
      group_runs({result_of(mnist_facts("lgm", 1, 100, 1), 0.4), result_of(part, 0.3)}));
  const Table& whole = titled(tables, "MNIST, 100-D: classification");
  const Table& seven = titled(tables, "MNIST, 7 of 10 classes, 100-D: classification");
  BOOST_TEST(whole.rows.size() == 1);
  BOOST_TEST(seven.rows.size() == 1);
  BOOST_TEST(whole.rows[0][1] == "0.40");
  BOOST_TEST(seven.rows[0][1] == "0.30");
}

BOOST_AUTO_TEST_CASE(what_the_paper_lacks_has_a_table_for_each_set) {
  auto lgm = result_of(mnist_facts("lgm", 1, 100, 1), 0.4);
  lgm.figures["adversarial"]["pgd_0.3"] = json(lgm.figures["adversarial"]["fgsm_0.3"]);
  const auto softmax = result_of(mnist_facts("softmax", -1, 100, 1), 0.7);
  const auto tables = compared_detection_tables(
      group_runs({lgm, result_of(mnist_facts("lgm", 1, 100, 2), 0.5), softmax,
                  result_of(mnist_facts("softmax", -1, 2, 1), 1)}));
  BOOST_TEST_REQUIRE(tables.size() == 5);
  BOOST_TEST(tables[0].title == "MNIST, 100-D: classification");
  BOOST_TEST(tables[1].title == "MNIST, 100-D: clean against FGSM ε = 0.3");
  BOOST_TEST(tables[2].title == "MNIST, 100-D: clean against targeted FGSM ε = 0.3");
  BOOST_TEST(tables[3].title == "MNIST, 100-D: clean against PGD ε = 0.3");
  BOOST_TEST(tables[4].title == "MNIST, 100-D: clean against Fashion-MNIST");
  for (const Table& table : tables) {
    BOOST_TEST_REQUIRE(table.rows.size() == 2);
    BOOST_TEST(table.rows[0][0] == "Softmax");
    BOOST_TEST(table.rows[1][0] == "L-GM (α = 1)");
    BOOST_TEST(table.rows[0].back() == "1");
    BOOST_TEST(table.rows[1].back() == "2");
  }
  BOOST_TEST(tables[0].rows[1][1] == "0.45 ± 0.07");
  // Nobody has scored by Mahalanobis distance, everybody by energy.
  const auto has = [&](const char* header) {
    const auto& columns = tables[4].columns;
    return std::find(columns.begin(), columns.end(), header) != columns.end();
  };
  BOOST_TEST(!has("by Mahalanobis"));
  BOOST_TEST(has("by energy"));
  BOOST_TEST(!has("of successful alone (%)"));
  const auto& attacked = softmax.figures["adversarial"]["fgsm_0.3"];
  BOOST_TEST(std::stod(tables[1].rows[0][1]) == attacked["eer_likelihood"].get<double>());
  BOOST_TEST(tables[1].columns[2] == "of successful alone (%)");
  BOOST_TEST(
      std::stod(tables[1].rows[0][2]) == attacked["successful"]["eer_likelihood"].get<double>(),
      boost::test_tools::tolerance(1e-3));
  BOOST_TEST(
      contains(tables[3].note,
               "40 steps of 2.5 ε / 40, 1 attempt from anywhere within the bound, of the L∞"));
  BOOST_TEST(contains(tables[4].note, "200 images of Fashion-MNIST. Accepted: share of these"));
}

BOOST_AUTO_TEST_CASE(verification_has_a_row_for_each_score_of_each_loss) {
  auto softmax = result_of(mnist_facts("softmax", -1, 100, 1), 0.7),
       lgm = result_of(mnist_facts("lgm", 1, 100, 1), 0.4);
  softmax.figures["verification"]["scores"]["cosine"] = pair_scores();
  for (const char* score : {"cosine", "euclidean"}) {
    lgm.figures["verification"]["scores"][score] = pair_scores();
  }
  const auto tables =
      pairs_tables(group_runs({softmax, lgm, result_of(mnist_facts("center", -1, 100, 1), 1)}));
  BOOST_TEST_REQUIRE(tables.size() == 1);
  const Table& table = tables[0];
  BOOST_TEST(table.title == "MNIST, 100-D: verification of pairs");
  BOOST_TEST_REQUIRE(table.rows.size() == 3);
  BOOST_TEST(table.columns.back() == "seeds");
  BOOST_TEST(table.columns[5] == "TAR at FAR 0.5");
  // Genuine 3 and impostor 2 in one fold, 1 and 0 in the other: the threshold of one fold accepts
  // or rejects all of the other.
  const std::vector<std::string> expected{"50.00", "0.00", "50.00", "0.7500", "1.0000", "–", "1"};
  for (size_t i = 0; i < expected.size(); ++i) BOOST_TEST(table.rows[0][i + 1] == expected[i]);
  BOOST_TEST(table.rows[0][0] == "Softmax, cosine");
  BOOST_TEST(table.rows[2][0] == "L-GM (α = 1), euclidean");
}

BOOST_AUTO_TEST_CASE(a_broken_file_of_figures_names_the_place) {
  BOOST_TEST(
      contains(error_after([](auto& all) { all["tables"][1]["rows"][0]["paper"].push_back(1); }),
               "Table 2: error on CIFAR-10 (%)\": row \"Softmax\": expected 3 values of the paper, "
               "found 4"));
  BOOST_TEST(contains(error_after([](auto& all) { all["tables"][0].erase("path"); }),
                      "Table 1: error on MNIST (%)\""));
  BOOST_TEST(contains(
      error_after([](auto& all) { all["tables"][0]["columns"][0].erase("header"); }), "header"));
  BOOST_TEST(contains(message_of<std::runtime_error>([] { parse_paper("{"); }), "paper.json: "));
}

BOOST_AUTO_TEST_SUITE_END()
