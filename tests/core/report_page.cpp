// SPDX-License-Identifier: Apache-2.0
#include "core/report/page.hpp"

#include <boost/test/unit_test.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>
#include <stdexcept>

#include "message_of.hpp"

using namespace gmtrain::report;

namespace {

std::vector<uchar> from_base64(const std::string& code) {
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<uchar> bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char letter : code.substr(0, code.find('='))) {
    bits = bits << 6 | static_cast<uint32_t>(letters.find(letter));
    count += 6;
    if (count >= 8) bytes.push_back(static_cast<uchar>(bits >> (count -= 8)));
  }
  return bytes;
}

}  // namespace

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
  BOOST_TEST(asset("page.css").find("\n:root") != std::string::npos);
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
}

BOOST_AUTO_TEST_CASE(a_row_of_another_width_is_named) {
  const Table table{"T", {"a", "b"}, {{"1", "2"}, {"3"}}, ""};
  BOOST_TEST(message_of<std::invalid_argument>([&] { to_html(table); }) ==
             "table \"T\": expected 2 cells in row 2, found 1");
}

BOOST_AUTO_TEST_CASE(images_are_written_in_base64) {
  // The length of a PNG file depends on its content: all three ends of the code are met.
  std::set<size_t> ends;
  const std::string head = "data:image/png;base64,";
  for (int side = 1; side < 30; ++side) {
    const cv::Mat image(side, side, CV_8UC1, cv::Scalar(7));
    std::vector<uchar> file;
    cv::imencode(".png", image, file, {cv::IMWRITE_PNG_COMPRESSION, 9});
    const std::string uri = png_data_uri(image);
    BOOST_TEST(uri.substr(0, head.size()) == head);
    BOOST_TEST(from_base64(uri.substr(head.size())) == file);
    ends.insert(file.size() % 3);
  }
  BOOST_TEST(ends.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
