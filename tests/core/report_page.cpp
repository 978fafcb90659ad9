#include "core/report/page.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "core/report/asset.hpp"
#include "core/report/data_uri.hpp"
#include "core/report/table.hpp"
#include "message_of.hpp"

using namespace gmtrain::report;

BOOST_AUTO_TEST_SUITE(report_page)

BOOST_AUTO_TEST_CASE(a_page_needs_no_other_file) {
  const std::string page = html_page(
      "a <b> & \"c\"", {{"One", "<p>first</p>"}, {"Two", ""}, {"Th>ree", "<p>third</p>"}});
  BOOST_TEST(contains(page, "<title>a &lt;b&gt; &amp; &quot;c&quot;</title>"));
  BOOST_TEST(contains(page, "<h2>Th&gt;ree</h2>"));
  BOOST_TEST(contains(page, "<p>third</p>"));
  BOOST_TEST(!contains(page, "Two"));
  BOOST_TEST(contains(page, "<a href=\"#s3\">"));
  BOOST_TEST(contains(page, "<section id=\"s3\">"));
  for (const std::string other : {"http://", "https://", "src=\"/", "@import", "url("}) {
    BOOST_TEST(!contains(page, other), other);
  }
}

BOOST_AUTO_TEST_CASE(assets_are_the_files_in_the_folder) {
  BOOST_TEST(asset("page.css").substr(0, 5) == ":root");
  BOOST_TEST(contains(std::string(asset("threshold.js")), "'use strict';"));
  BOOST_TEST(message_of<std::out_of_range>([] { asset("none.css"); }) ==
             "core/report/assets has no file none.css");
}

BOOST_AUTO_TEST_CASE(tables_are_escaped) {
  const Table table{"T & U", {"set", "a|b"}, {{"<x>", "1"}, {"y", "2\n3"}}, "a > b"};
  const std::string html = to_html(table);
  BOOST_TEST(contains(html, "<figcaption>T &amp; U</figcaption>"));
  BOOST_TEST(contains(html, "<tr><th scope=\"row\">&lt;x&gt;</th><td>1</td></tr>"));
  BOOST_TEST(contains(html, "<p class=\"note\">a &gt; b</p>"));
  BOOST_TEST(to_markdown(table) ==
             "**T & U**\n\n| set | a\\|b |\n|---|---:|\n| <x> | 1 |\n| y | 2 3 |\n\na > b\n");
}

BOOST_AUTO_TEST_CASE(a_row_of_another_width_is_named) {
  const Table table{"T", {"a", "b"}, {{"1", "2"}, {"3"}}, ""};
  for (const auto& write : {to_html, to_markdown}) {
    BOOST_TEST(message_of<std::invalid_argument>([&] { write(table); }) ==
               "table \"T\": expected 2 cells in row 2, found 1");
  }
}

BOOST_AUTO_TEST_CASE(images_are_written_in_base64) {
  // The length of a PNG file depends on its content; all three ends of the code are met.
  for (int side = 1; side < 8; ++side) {
    const std::string uri = png_data_uri(cv::Mat(side, side, CV_8UC1, cv::Scalar(7)));
    BOOST_TEST(uri.rfind("data:image/png;base64,iVBORw0KGgo", 0) == 0U);
    BOOST_TEST((uri.size() - 22) % 4 == 0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
