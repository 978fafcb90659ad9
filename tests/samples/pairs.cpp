#include "pairs.hpp"

#include "samples/sample_fixture.hpp"
#include "verification.hpp"

using namespace gm_test;
using samples::Pair;
using samples::PairsFile;

namespace {

struct Fixture : SampleFixture {
  Fixture() {
    for (const char* name : {"Ann_Lee", "Bob", "Cleo"}) {
      fs::create_directory(folder / name);
      for (const char* number : {"_0001", "_0002", "_0010"}) {
        write_text(std::string(name) + '/' + name + number + (*name == 'B' ? ".png" : ".jpg"), "");
      }
    }
  }

  PairsFile read(const std::string& text) const {
    write_text("pairs.txt", text);
    return {path("pairs.txt"), folder.path().string()};
  }

  void refused(const std::string& text, const std::string& part) const {
    BOOST_CHECK_EXCEPTION(read(text), std::runtime_error, [&](const std::runtime_error& error) {
      return contains(error.what(), "pairs.txt") && contains(error.what(), part);
    });
  }

  void check(const Pair& pair, const std::string& first, const std::string& second, bool same,
             int fold) const {
    BOOST_TEST(pair.first == path(first));
    BOOST_TEST(pair.second == path(second));
    BOOST_TEST(pair.same == same);
    BOOST_TEST(pair.fold == fold);
  }
};

const std::string kSame = "Ann_Lee\t1\t10\n", kDifferent = "Bob\t2\tCleo\t1\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(pairs, Fixture)

BOOST_AUTO_TEST_CASE(reads_the_form_of_lfw_with_its_folds) {
  const PairsFile file = read("2\t1\n" + kSame + kDifferent + "Bob\t1\t2\nCleo\t10\tAnn_Lee\t2\n");
  BOOST_TEST(file.folds() == 2);
  BOOST_TEST_REQUIRE(file.pairs().size() == 4U);
  check(file.pairs()[0], "Ann_Lee/Ann_Lee_0001.jpg", "Ann_Lee/Ann_Lee_0010.jpg", true, 0);
  check(file.pairs()[1], "Bob/Bob_0002.png", "Cleo/Cleo_0001.jpg", false, 0);
  check(file.pairs()[2], "Bob/Bob_0001.png", "Bob/Bob_0002.png", true, 1);
  check(file.pairs()[3], "Cleo/Cleo_0010.jpg", "Ann_Lee/Ann_Lee_0002.jpg", false, 1);
}

BOOST_AUTO_TEST_CASE(makes_folds_where_lfw_has_none) {
  // pairsDevTrain.txt: only the number of pairs of each kind
  const PairsFile file = read("3\n" + kSame + kSame + kSame + kDifferent + kDifferent + kDifferent);
  BOOST_TEST(file.folds() == 3);
  for (size_t i = 0; i < 6; ++i) BOOST_TEST(file.pairs()[i].fold == int(i % 3));
}

BOOST_AUTO_TEST_CASE(reads_lines_of_two_files_and_whether_they_are_of_one_person) {
  std::string text;
  for (int i = 0; i < 12; ++i) text += "Bob/a.png /else/where.png 1\n\nx.png Bob/b.png 0\r\n";
  const PairsFile file = read(text);
  BOOST_TEST(file.folds() == 10);
  BOOST_TEST_REQUIRE(file.pairs().size() == 24U);
  for (size_t i = 0; i < 24; ++i) {
    const Pair& pair = file.pairs()[i];
    BOOST_TEST(pair.same == (i % 2 == 0));
    BOOST_TEST(pair.fold == int(i / 2 % 10));
    BOOST_TEST(pair.first == path(pair.same ? "Bob/a.png" : "x.png"));
    BOOST_TEST(pair.second == (pair.same ? "/else/where.png" : path("Bob/b.png")));
  }
}

BOOST_AUTO_TEST_CASE(names_between_tabs_may_have_spaces) {
  fs::create_directory(folder / "Ann Lee");
  for (const char* number : {"1", "2"}) {
    write_text(cv::format("Ann Lee/Ann Lee_000%s.jpg", number), "");
  }
  const std::string pairs = "Ann Lee\t1\t 2\nAnn Lee \t1\t\tBob\t1\t\n";
  const PairsFile lfw = read("2\t1\n" + pairs + pairs);
  check(lfw.pairs()[1], "Ann Lee/Ann Lee_0001.jpg", "Bob/Bob_0001.png", false, 0);
}

BOOST_AUTO_TEST_CASE(marks_line_ends_and_empty_lines_of_other_systems_are_passed_over) {
  const std::string mark = "\xef\xbb\xbf", lines = "a b.png\tc.png\t1\r\nd.png e.png 0\r\n";
  const PairsFile file = read(mark + "\r\n" + lines + lines + "\r\n \n\n");
  BOOST_TEST_REQUIRE(file.pairs().size() == 4U);
  check(file.pairs()[0], "a b.png", "c.png", true, 0);
  check(file.pairs()[3], "d.png", "e.png", false, 1);
  const PairsFile lfw = read(mark + "2 1\r\n" + kSame + kDifferent + kSame + kDifferent + "\n");
  BOOST_TEST(lfw.pairs().size() == 4U);
}

BOOST_AUTO_TEST_CASE(lines_that_say_something_else_are_named) {
  refused("a.png b.png 1\na.png b.png 2\n", "line 2: expected `file file 1` or `file file 0`");
  refused("a.png b.png\n", "line 1: expected a number instead of a.png");
  refused("2 1\n" + kSame + "Bob 2\n", "line 3: expected `name number number` or");
  refused("2 1\n" + kSame + "Bob x Cleo 1\n", "line 3: expected a number instead of x");
  refused("2 0\n", "line 1: expected a number instead of 0");
  refused("2 99999999999999999999\n", "line 1: expected a number instead of 9999");
  refused("2 1\nBob 1 3\n", "line 2: expected an image " + path("Bob/Bob_0003.*"));
  refused("2 1\nDan 1 2\n", "line 2: expected an image " + path("Dan/Dan_0001.*"));
  refused("2 1\n" + kDifferent, "line 2: expected a pair of the same person");
  refused("2 1\n" + kSame + kSame, "line 3: expected a pair of different people");
  refused("2 1\n" + kSame + kDifferent, "expected 4 pairs as its first line says, found 2");
  refused("", "expected at least two pairs");
  refused("a b 1\na b 1\na b 0\n", "two of different people");
  BOOST_CHECK_THROW(PairsFile(path("absent.txt"), "."), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(accuracy_is_the_mean_over_folds_with_the_threshold_of_the_others) {
  // Fold 0 is judged by fold 1, which is told apart anywhere within (0.4, 0.6]: at 0.5.
  // Fold 1 is judged by fold 0, best between 0.1 and 0.3: at 0.2, where 0.4 is taken for the same.
  const std::vector<Pair> four = {
      {"", "", true, 0}, {"", "", false, 0}, {"", "", true, 1}, {"", "", false, 1}};
  const auto result = samples::verify(four, {0.3, 0.1, 0.6, 0.4}, 2);
  const auto near = boost::test_tools::tolerance(1e-12);
  BOOST_TEST(result.accuracy == 0.5, near);
  // Both folds are right by half.
  BOOST_TEST(std::abs(result.standard_error) < 1e-12);
  // Best of all: one of four wrong, first reached coming from above at 0.6, before 0.4.
  BOOST_TEST(result.threshold == 0.5, near);
  BOOST_TEST(result.curve.size() == 5U);

  std::vector<Pair> six = four;
  six.push_back({"", "", true, 2});
  six.push_back({"", "", false, 2});
  // Fold 2 has its scores the wrong way round, so the others are judged between 0.7 and their own.
  const auto three = samples::verify(six, {0.9, 0.1, 0.85, 0.2, 0.3, 0.7}, 3);
  BOOST_TEST(three.accuracy == 2. / 3, near);
  // Accuracies 1, 1, 0: deviation sqrt(1/3), over sqrt(3).
  BOOST_TEST(three.standard_error == 1. / 3, near);
}

BOOST_AUTO_TEST_SUITE_END()
