#include "core/files/atomic_file.hpp"
#include "core/report/comparison.hpp"
#include "core/report/marked_part.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/commands/write_result.hpp"

namespace gmtrain {
namespace fs = std::filesystem;
namespace {

/// From the document's folder to the charts, as its links say it.
std::string link_to_figures(const CompareArguments& arguments) {
  if (arguments.figures.empty()) return "";
  const fs::path from = fs::absolute(arguments.markdown).parent_path();
  return fs::relative(fs::absolute(arguments.figures), from).generic_string() + "/";
}

}  // namespace

void compare_command(const CompareArguments& arguments) {
  const auto groups = report::group_runs(report::read_results(arguments.results));
  const auto comparison = report::compare(groups);
  const std::string page =
      report::comparison_page(comparison, report::kept_feature_spaces(groups, arguments.figures));
  // Made before anything is written: a document without the marks leaves all files as they are.
  std::string document;
  if (!arguments.markdown.empty()) {
    document =
        report::replace_marked(read_file(arguments.markdown),
                               report::comparison_markdown(comparison, link_to_figures(arguments)),
                               arguments.markdown.string());
  }
  write_result(arguments.out, page);
  if (!arguments.figures.empty()) {
    for (const auto& [name, chart] : comparison.charts) {
      write_result(arguments.figures / (name + ".svg"), report::to_svg(chart));
    }
  }
  if (!arguments.markdown.empty()) write_result(arguments.markdown, document);
}

}  // namespace gmtrain
