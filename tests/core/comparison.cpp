#include "core/report/comparison.hpp"

#include <boost/test/unit_test.hpp>

#include "core/evaluation_result.hpp"
#include "core/files/atomic_file.hpp"
#include "core/report/marked_part.hpp"
#include "core/report/run_charts.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;
using namespace gmtrain::report;
using namespace gmtrain::test;

namespace {

std::vector<RunGroup> groups() {
  return group_runs({result_of(mnist_facts("lgm", 1, 100, 2), 0.4),
                     result_of(mnist_facts("lgm", 1, 100, 1), 0.3),
                     result_of(mnist_facts("softmax", -1, 100, 1), 0.7),
                     result_of(mnist_facts("center", -1, 2, 1), 1.4)});
}

std::vector<std::string> names(const std::vector<NamedChart>& charts) {
  std::vector<std::string> all;
  for (const auto& named : charts) all.push_back(named.name);
  return all;
}

const std::string kBefore = "# Results\n\nKept | as it is.\r\n<!-- tables -->";
const std::string kAfter = "<!-- end of tables -->\n\n## More\n\ttext without an end";

std::string replace_error(const std::string& document) {
  return message_of<std::runtime_error>([&] { replace_marked(document, "x", "results.md"); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(comparison)

BOOST_AUTO_TEST_CASE(figures_3_to_6_have_the_lines_of_all_experiments) {
  const auto all = groups();
  const auto charts = comparison_charts(all);
  const std::vector<std::string> expected{"fig3-mnist-100d",         "fig4-mnist-100d-softmax",
                                          "fig4-mnist-100d-lgm",     "fig5-mnist-100d",
                                          "fig6-mnist-100d-lgm",     "reliability-mnist-100d",
                                          "risk-coverage-mnist-100d"};
  BOOST_TEST(names(charts) == expected, boost::test_tools::per_element());

  const auto& posteriors = charts[0].chart;
  BOOST_TEST_REQUIRE(posteriors.lines.size() == 2);
  BOOST_TEST(posteriors.lines[0].name == "Softmax");
  BOOST_TEST(posteriors.lines[1].name == "L-GM (α = 1)");
  // Of repetitions the smallest seed is drawn, in percent.
  const auto& first = all[1].runs[0].figures;
  BOOST_TEST(first["seed"].get<int>() == 1);
  const auto shares = first["histograms"]["fgsm_0.3"]["posterior"].get<std::vector<double>>();
  BOOST_TEST_REQUIRE(posteriors.lines[1].points.size() == shares.size() + 1);
  for (size_t i = 0; i < shares.size(); ++i) {
    BOOST_TEST(posteriors.lines[1].points[i][0] == static_cast<double>(i) / 50);
    BOOST_TEST(posteriors.lines[1].points[i][1] == 100 * shares[i]);
  }
  const auto& likelihoods = charts[2].chart.lines;
  BOOST_TEST(likelihoods[0].name == "clean");
  BOOST_TEST(likelihoods[1].name == "FGSM ε = 0.3");
  const auto roc = first["roc"]["fgsm_0.3"]["likelihood"].get<std::vector<std::array<double, 2>>>();
  BOOST_TEST((charts[3].chart.lines[1].points == roc));
  BOOST_TEST(charts[4].chart.lines[1].name == "targeted FGSM ε = 0.3");
  BOOST_TEST_REQUIRE(charts[5].chart.lines.size() == 2);
  const auto& bins = first["classification"]["reliability"];
  BOOST_TEST((charts[5].chart.lines[1].points == reliability_points(bins)));
  BOOST_TEST(!charts[5].chart.lines[1].points.empty());
  BOOST_TEST(charts[6].chart.lines[1].points.size() ==
             first["classification"]["risk_coverage"].size());
}

BOOST_AUTO_TEST_CASE(experiments_of_one_recipe_have_charts_of_their_own) {
  auto longer = mnist_facts("softmax", -1, 100, 1);
  longer["epochs"] = longer["settings"]["train"]["epochs"] = 20;
  const auto all =
      group_runs({result_of(longer, 0.6), result_of(mnist_facts("softmax", -1, 100, 1), 0.7)});
  const auto charts = comparison_charts(all);
  BOOST_TEST_REQUIRE(charts.size() == 6);
  BOOST_TEST(charts[1].name == "fig4-mnist-100d-softmax");
  BOOST_TEST(charts[2].name == "fig4-mnist-100d-softmax-2");
  BOOST_TEST(contains(charts[2].chart.title, "20 epochs"));
}

BOOST_AUTO_TEST_CASE(a_histogram_of_something_else_is_named) {
  auto run = result_of(mnist_facts("lgm", 1, 100, 1), 0.4);
  run.figures["histograms"]["clean"]["likelihood"] = "none";
  const auto error = message_of<std::runtime_error>([&] { comparison_charts(group_runs({run})); });
  BOOST_TEST(contains(error, "mnist-100d-lgm/seed-1.json: histograms/clean/likelihood"), error);
}

BOOST_AUTO_TEST_CASE(runs_without_attacks_have_curves_of_confidence_alone) {
  auto run = result_of(mnist_facts("lgm", 1, 100, 1), 0.4);
  for (const char* part : {"adversarial", "roc", "histograms", "ood"}) run.figures.erase(part);
  const auto made = compare(group_runs({run}));
  const std::vector<std::string> expected{"reliability-mnist-100d", "risk-coverage-mnist-100d"};
  BOOST_TEST(names(made.charts) == expected, boost::test_tools::per_element());
  BOOST_TEST(made.paper.size() == 2);
  BOOST_TEST(made.detection.size() == 1);
}

BOOST_AUTO_TEST_CASE(feature_spaces_are_shown_where_they_are_kept) {
  TemporaryFolder folder;
  write_file(folder / "fig1-mnist-2d-center-embedding-clean.svg", "<svg>plane</svg>");
  write_file(folder / "fig1-mnist-100d-lgm-embedding-clean.svg", "<svg>no plane</svg>");
  const auto pictures = kept_feature_spaces(groups(), folder.path());
  BOOST_TEST_REQUIRE(pictures.size() == 1);
  BOOST_TEST(pictures[0].caption == "MNIST, Center");
  const std::string page = comparison_page(compare(groups()), pictures);
  BOOST_TEST(contains(page, "<svg>plane</svg>"));
  BOOST_TEST(kept_feature_spaces(groups(), "").empty());

  write_file(folder / "fig1-mnist-2d-center-likelihood-map.svg", "PNG");
  BOOST_TEST(contains(
      message_of<std::runtime_error>([&] { kept_feature_spaces(groups(), folder.path()); }),
      "likelihood-map.svg: expected an SVG file"));
}

BOOST_AUTO_TEST_CASE(the_page_holds_all_and_needs_no_other_file) {
  const std::string page = comparison_page(compare(groups()));
  for (const char* part :
       {"Table 1: error on MNIST", "Table 6: error on MNIST", "0.35 ± 0.07 (2 seeds)",
        "MNIST, 100-D: classification", "Not run: Table 2: error on CIFAR-10", "n − 1"}) {
    BOOST_TEST(contains(page, part), part);
  }
  size_t charts = 0;
  const std::string figure = "<figure class=\"chart\" id=";
  for (size_t at = page.find(figure); at != std::string::npos; at = page.find(figure, at + 1)) {
    ++charts;
  }
  BOOST_TEST(charts == 7);
  BOOST_TEST(!contains(page, "src=\"http"));
}

BOOST_AUTO_TEST_CASE(markdown_links_charts_where_they_are) {
  const auto made = compare(groups());
  const std::string with = comparison_markdown(made, "images/results/");
  BOOST_TEST(contains(with, "<img src=\"images/results/fig5-mnist-100d.svg\""));
  BOOST_TEST(
      contains(with, "| L-GM (α = 1) | – | 1.17 ± 0.01 | 0.35 ± 0.07 (2 seeds) | 0.39 ± 0.01 |"));
  BOOST_TEST(with.back() != '\n');
  BOOST_TEST(!contains(comparison_markdown(made, ""), "<img"));
}

BOOST_AUTO_TEST_CASE(only_the_marked_part_of_a_document_changes) {
  const std::string once = replace_marked(kBefore + "\nold\n" + kAfter, "| new |", "results.md");
  BOOST_TEST(once == kBefore + "\n\n| new |\n\n" + kAfter);
  BOOST_TEST(replace_marked(once, "| new |", "results.md") == once);
  BOOST_TEST(replace_marked(kBefore + kAfter, "| new |", "results.md") == once);
}

BOOST_AUTO_TEST_CASE(missing_marks_are_errors) {
  BOOST_TEST(contains(replace_error("# Results\n"), "results.md: expected the marks"));
  BOOST_TEST(contains(replace_error(kBefore), "found no <!-- end of tables -->"));
  BOOST_TEST(contains(replace_error(kBefore + kAfter + kAfter), "found two"));
  BOOST_TEST(contains(replace_error(kAfter + kBefore), "<!-- tables --> before"));
}

BOOST_AUTO_TEST_SUITE_END()
