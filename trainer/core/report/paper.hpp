// The figures of the paper, core/report/assets/paper.json: what each table holds, and by which
// facts of evaluation.json a run belongs to one of its cells. doc/comparison.md explains the file.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace gmtrain::report {

struct PaperCell {
  /// Path of a fact to the value that a run must have there, or a list of such values.
  std::map<std::string, nlohmann::json> match;
  std::string path;   ///< of the figure in evaluation.json
  double scale;       ///< from that figure to the table's unit
  int decimals;       ///< that the paper gives
  std::string paper;  ///< what it says: "0.39 ± 0.01", or kMissing
};

struct PaperTable {
  std::string title, note;
  std::vector<std::string> columns, labels;  ///< labels name the rows
  std::vector<std::vector<PaperCell>> rows;
};

struct Paper {
  std::string source;
  std::map<std::string, std::string> data;     ///< names of data sets by the fact `data`
  std::map<std::string, std::string> remarks;  ///< on some of them, likewise
  std::vector<PaperTable> tables;
};

/// Stands in a cell that has no figure.
constexpr const char* kMissing = "–";

/// The paper's, parsed once.
const Paper& paper();

/// @throws std::runtime_error naming the table and row that is not as doc/comparison.md says
Paper parse_paper(std::string_view text);

/// Whether a run has all the facts of a cell.
bool belongs(const nlohmann::ordered_json& facts, const PaperCell& cell);

}  // namespace gmtrain::report
