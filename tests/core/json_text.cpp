// SPDX-License-Identifier: Apache-2.0
#include "core/files/json_text.hpp"

#include <boost/test/unit_test.hpp>

using json = nlohmann::ordered_json;

BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(members_have_lines_and_curves_one) {
  const json value{{"error", 0.5},
                   {"a \"name\"", {{"roc", {{0, 0.25}, {1, 1}}}, {"none", json::object()}}},
                   {"folds", json::array({{{"accuracy", 1}}, {{"accuracy", nullptr}}})}};
  const std::string expected = R"({
  "error": 0.5,
  "a \"name\"": {
    "roc": [[0,0.25],[1,1]],
    "none": {}
  },
  "folds": [
    {
      "accuracy": 1
    },
    {
      "accuracy": null
    }
  ]
}
)";
  BOOST_TEST(gmtrain::json_text(value) == expected);
}

BOOST_AUTO_TEST_CASE(what_is_read_back_is_the_same) {
  const json value{{"x", 0.1 + 0.2}, {"y", json::array()}, {"z", {1e-300, -7, "ä\n"}}};
  BOOST_TEST(json::parse(gmtrain::json_text(value)) == value);
  BOOST_TEST(gmtrain::json_text(3) == "3\n");
}

// Names of folders and files may be any bytes.
BOOST_AUTO_TEST_CASE(what_is_no_utf8_is_replaced) {
  BOOST_TEST(gmtrain::json_text(json::object({{"caf\xe9", "\xff"}})) ==
             "{\n  \"caf\xef\xbf\xbd\": \"\xef\xbf\xbd\"\n}\n");
  BOOST_TEST(gmtrain::in_quotes("a\n\xe9\"") == "\"a\\n\xef\xbf\xbd\\\"\"");
  BOOST_TEST(gmtrain::is_utf8("caf\xc3\xa9"));
  BOOST_TEST(!gmtrain::is_utf8("caf\xe9"));
}

BOOST_AUTO_TEST_SUITE_END()
