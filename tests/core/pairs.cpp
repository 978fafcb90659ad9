// SPDX-License-Identifier: Apache-2.0
#include "core/faces/pairs.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "core/verification/cross_validation.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;

namespace {

// In the form of LFW's file: two folds of two pairs of each kind.
const std::string kPairs =
    "2\t2\n"
    "Abel_Pacheco\t1\t4\n"
    "Akhmed_Zakayev\t1\t3\n"
    "Abdel_Madi_Shabneh\t1\tDean_Barker\t1\n"
    "Abel_Pacheco\t4\tAkhmed_Zakayev\t12\n"
    "Carlos_Menem\t1\t12\n"
    "Ben_Howland\t2\t3\n"
    "Ben_Howland\t2\tCarlos_Menem\t1\n"
    "Dean_Barker\t1\tBen_Howland\t2\n";

struct File {
  FacePairs read(const std::string& content, const std::string& extension = ".jpg") const {
    write_file(folder / "pairs.txt", content);
    return read_pairs(folder / "pairs.txt", "lfw", extension);
  }

  std::string refusal(const std::string& content) const {
    return message_of<std::runtime_error>([&] { read(content); });
  }

  std::string refusal_with(const std::string& line, const std::string& other) const {
    std::string content = kPairs;
    content.replace(content.find(line), line.size(), other);
    return refusal(content);
  }

  TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(pairs, File)

BOOST_AUTO_TEST_CASE(images_are_named_as_in_lfw) {
  const auto read = this->read(kPairs);
  BOOST_TEST_REQUIRE(read.pairs.size() == 8u);
  const auto names = [&](size_t pair) {
    return read.images[read.pairs[pair].first].string() + " " +
           read.images[read.pairs[pair].second].string();
  };
  BOOST_TEST(names(0) ==
             "lfw/Abel_Pacheco/Abel_Pacheco_0001.jpg lfw/Abel_Pacheco/Abel_Pacheco_0004.jpg");
  BOOST_TEST(names(3) ==
             "lfw/Abel_Pacheco/Abel_Pacheco_0004.jpg lfw/Akhmed_Zakayev/Akhmed_Zakayev_0012.jpg");
  for (size_t i = 0; i < 8; ++i) {
    BOOST_TEST(read.pairs[i].same == (i % 4 < 2));
    BOOST_TEST(read.pairs[i].fold == static_cast<int64_t>(i / 4));
  }
  // Each image once: 16 places, of which Abel_Pacheco 4, Dean_Barker 1, Carlos_Menem 1 come twice
  // and Ben_Howland 2 thrice.
  BOOST_TEST(read.images.size() == 11u);
  BOOST_TEST(this->read(kPairs, ".png").images.front().extension() == ".png");
}

BOOST_AUTO_TEST_CASE(pairs_go_into_cross_validation_as_they_are) {
  const auto read = this->read(kPairs);
  std::vector<double> scores;
  for (const auto& pair : read.pairs) scores.push_back(pair.same ? 1 : 0);
  BOOST_TEST(cross_validate(scores, read.pairs).accuracy == 1.0);
}

BOOST_AUTO_TEST_CASE(spaces_and_line_ends_of_other_systems_are_read) {
  std::string content = kPairs;
  for (size_t at = 0; (at = content.find('\n', at)) != std::string::npos; at += 2) {
    content.insert(at, "\r");
  }
  std::replace(content.begin(), content.end(), '\t', ' ');
  BOOST_TEST(read("\xef\xbb\xbf" + content + "\r\n \r\n").pairs.size() == 8u);
}

BOOST_AUTO_TEST_CASE(names_between_tabs_may_have_spaces) {
  const auto read = this->read("1\t1\nAnn Lee\t1\t 2\t\nAnn Lee \t1\tBob\t1\n");
  BOOST_TEST_REQUIRE(read.images.size() == 3u);
  BOOST_TEST(read.images[1].string() == "lfw/Ann Lee/Ann Lee_0002.jpg");
  BOOST_TEST(read.pairs[1].first == read.pairs[0].first);
}

BOOST_AUTO_TEST_CASE(mistakes_are_named_with_their_line) {
  BOOST_TEST(contains(refusal(""), "pairs.txt:0: expected \"<folds>"));
  BOOST_TEST(contains(refusal("10\n"), "pairs.txt:1: expected \"<folds>"));
  BOOST_TEST(contains(refusal("ten\t300\n"), "pairs.txt:1: expected the folds"));
  BOOST_TEST(contains(refusal("10\t0\n"), "pairs.txt:1: expected the pairs in a fold"));
  BOOST_TEST(contains(refusal_with("Akhmed_Zakayev\t1\t3", "Akhmed_Zakayev\t1\tA\t3"),
                      "pairs.txt:3: expected 3 columns"));
  BOOST_TEST(
      contains(refusal_with("Abdel_Madi_Shabneh\t1\t", ""), "pairs.txt:4: expected 4 columns"));
  BOOST_TEST(contains(refusal_with("Carlos_Menem\t1\t12", "Carlos_Menem\t1\t1x"),
                      "pairs.txt:6: expected an image, a number from 1 to 1000000000, got \"1x\""));
  BOOST_TEST(contains(refusal_with("Carlos_Menem\t1\t12", "Carlos_Menem\t0\t12"), "got \"0\""));
  BOOST_TEST(contains(refusal_with("Carlos_Menem\t1\t12", "Carlos_Menem\t1\t1"),
                      "pairs.txt:6: expected two images"));
  BOOST_TEST(contains(refusal_with("Dean_Barker\t1\tBen", "Ben_Howland\t1\tBen"),
                      "pairs.txt:9: expected two people, got Ben_Howland twice"));
  BOOST_TEST(contains(refusal(kPairs + "A\t1\t2\n"), "pairs.txt:10: expected the end"));
  BOOST_TEST(contains(refusal(kPairs.substr(0, kPairs.rfind("Dean_Barker"))),
                      "expected 8 pairs, the file ends after 7"));
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { read_pairs(folder / "absent", "lfw"); }),
                      "absent"));
}

BOOST_AUTO_TEST_SUITE_END()
