// One HTML page that needs no other file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gmtrain::report {

/// Text as HTML and SVG show it: & < > " ' escaped.
std::string escape_html(std::string_view text);

struct Section {
  std::string title;
  std::string body_html;  ///< as it is: whoever makes it escapes what it shows
};

/// A page with the style of core/report/assets/page.css in it, an h1, links to the parts and each
/// of them under an h2; parts without a body are left out. Titles are escaped.
std::string html_page(const std::string& title, const std::vector<Section>& sections);

}  // namespace gmtrain::report
