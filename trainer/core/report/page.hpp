// SPDX-License-Identifier: Apache-2.0
// One HTML page that needs no other file, and what it is made of: text, images, tables.
#pragma once

#include <map>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace gmtrain::report {

/// The files of core/report/assets, which are part of the program, by name, as text without zeros.
const std::map<std::string_view, std::string_view>& assets();

/// The text of a file, such as page.css. @throws std::out_of_range naming what is not there
std::string_view asset(std::string_view name);

/// Text as HTML and SVG show it: & < > " ' escaped.
std::string escape_html(std::string_view text);

/// An 8-bit image of one or three channels as "data:image/png;base64,...", which a page can show
/// without a file.
std::string png_data_uri(const cv::Mat& image);

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

struct Section {
  std::string title;
  std::string body_html;  ///< as it is: whoever makes it escapes what it shows
};

/// A page with the style of core/report/assets/page.css in it, an h1, links to the parts and each
/// of them under an h2; parts without a body are left out. Titles are escaped.
std::string html_page(const std::string& title, const std::vector<Section>& sections);

}  // namespace gmtrain::report
