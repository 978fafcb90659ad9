// Tables of figures, as HTML for pages and as Markdown for documents.
#pragma once

#include <string>
#include <vector>

namespace gmtrain::report {

struct Table {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< of as many cells as there are columns
  std::string note;                            ///< a sentence below it, or empty
};

/// A <figure> with the title as its caption. All text is escaped; the first column names the rows,
/// the others are set to the right.
/// @throws std::invalid_argument naming the table and a row that has not one cell a column
std::string to_html(const Table& table);

/// The title in bold, a pipe table and the note, a blank line between each; ends with a newline.
/// Pipes, backslashes and line breaks in cells are escaped.
/// @throws std::invalid_argument as to_html does
std::string to_markdown(const Table& table);

}  // namespace gmtrain::report
