// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "samples/people_fixture.hpp"

using namespace gm_test;

namespace {

/// Four people of three images each, in the folders that LFW has, not always most like one another.
struct Fixture : PeopleFixture {
  Fixture() {
    cv::RNG random(6);
    for (const std::string name : {"Ann_Lee", "Bob", "Cleo", "Ann Lee"}) {
      cv::Mat mean(1, 6, CV_32F), x(1, 6, CV_32F);
      random.fill(mean, cv::RNG::UNIFORM, 0., 1.);
      for (const char* number : {"_0001", "_0002", "_0010"}) {
        random.fill(x, cv::RNG::UNIFORM, 0., 1.);
        write_features(image(name, number), 0.5 * mean + 0.5 * x);
      }
    }
  }

  static std::string image(const std::string& name, const std::string& number) {
    return name + '/' + name + number + (name == "Bob" ? ".png" : ".bmp");
  }

  static Pair pair(const std::string& first, const std::string& first_number,
                   const std::string& second, const std::string& second_number, int fold) {
    return {image(first, "_00" + first_number), image(second, "_00" + second_number),
            first == second, fold};
  }

  Result read(const std::string& text) const {
    write_text("pairs.txt", text);
    return verification("--pairs=pairs.txt");
  }

  void refused(const std::string& text, const std::string& part) const {
    write_text("pairs.txt", text);
    fails(GM_FACE_VERIFICATION, "--model=model.onnx --pairs=pairs.txt",
          "face_verification: pairs.txt" + part);
    BOOST_TEST(contents(folder / "out.txt") == "");
  }
};

const std::string kSame = "Ann_Lee\t1\t10\n", kDifferent = "Bob\t2\tCleo\t1\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(pairs, Fixture)

BOOST_AUTO_TEST_CASE(reads_the_form_of_lfw_with_its_folds) {
  const std::vector<Pair> expected = {
      pair("Ann_Lee", "01", "Ann_Lee", "10", 0), pair("Cleo", "01", "Cleo", "02", 0),
      pair("Bob", "02", "Cleo", "01", 0),        pair("Bob", "10", "Ann_Lee", "01", 0),
      pair("Bob", "01", "Bob", "02", 1),         pair("Ann_Lee", "02", "Ann_Lee", "10", 1),
      pair("Cleo", "10", "Ann_Lee", "02", 1),    pair("Cleo", "02", "Bob", "01", 1)};
  const std::string text =
      "2\t2\n" + kSame + "Cleo\t1\t2\n" + kDifferent +
      "Bob\t10\tAnn_Lee\t1\nBob\t1\t2\nAnn_Lee\t2\t10\nCleo\t10\tAnn_Lee\t2\nCleo\t2\tBob\t1\n";
  check_measured(read(text), expected, 2);
  // From another folder than the images'.
  fs::create_directory(folder / "lists");
  write_text("lists/pairs.txt", text);
  check_measured(verification("--pairs=lists/pairs.txt --folder=."), expected, 2);
  check_measured(verification("--pairs=lists/pairs.txt --folder=" + path("")), expected, 2);
  fails(GM_FACE_VERIFICATION, "--model=model.onnx --pairs=lists/pairs.txt",
        "expected an image lists/Ann_Lee/Ann_Lee_0001.*");
}

BOOST_AUTO_TEST_CASE(makes_folds_where_lfw_has_none) {
  // pairsDevTrain.txt: only the number of pairs of each kind
  check_measured(
      read("3\n" + kSame + "Bob 1 2\nCleo 1 2\n" + kDifferent + "Bob 1 Cleo 10\nBob 1 Ann_Lee 2\n"),
      {pair("Ann_Lee", "01", "Ann_Lee", "10", 0), pair("Bob", "01", "Bob", "02", 1),
       pair("Cleo", "01", "Cleo", "02", 2), pair("Bob", "02", "Cleo", "01", 0),
       pair("Bob", "01", "Cleo", "10", 1), pair("Bob", "01", "Ann_Lee", "02", 2)},
      3);
}

BOOST_AUTO_TEST_CASE(reads_lines_of_two_files_and_whether_they_are_of_one_person) {
  // Twelve pairs of each kind: ten folds, of which the first two have more.
  std::vector<Pair> expected;
  std::string text;
  cv::RNG random(7);
  const char* const names[] = {"Ann_Lee", "Bob", "Cleo"};
  const char* const numbers[] = {"_0001", "_0002", "_0010"};
  const auto any = [&] {
    return image(names[random.uniform(0, 3)], numbers[random.uniform(0, 3)]);
  };
  for (int i = 0; i < 12; ++i) {
    expected.push_back({any(), any(), true, i % 10});
    expected.push_back({any(), any(), false, i % 10});
    const Pair &same = expected[2 * size_t(i)], &different = expected[2 * size_t(i) + 1];
    text += same.first + ' ' + path(same.second) + " 1\n\n" + different.first + ' ' +
            different.second + " 0\r\n";
  }
  check_measured(read(text), expected, 10);
}

BOOST_AUTO_TEST_CASE(files_lie_beside_the_list_unless_their_place_is_given) {
  std::string text;
  for (int i = 0; i < 2; ++i) text += "Bob/a.png /else/where.png 1\nx.png Bob/b.png 0\n";
  fs::create_directory(folder / "lists");
  write_text("lists/pairs.txt", text);
  const auto check_missing = [&](const std::string& options, const std::string& place) {
    fails(GM_FACE_VERIFICATION, "--model=model.onnx --pairs=lists/pairs.txt " + options,
          "face_verification: expected 4 images, of which 4 could not be read\n");
    const std::string said = contents(folder / "err.txt");
    for (const std::string file : {"Bob/a.png", "Bob/b.png", "x.png"}) {
      BOOST_TEST(contains(said, '\n' + place + file + ": cannot be read: "));
    }
    BOOST_TEST(contains(said, "/else/where.png: cannot be read: "));
  };
  check_missing("", "lists/");
  check_missing("--folder=other", "other/");
  check_missing("--folder=other/", "other/");
}

BOOST_AUTO_TEST_CASE(names_between_tabs_may_have_spaces) {
  check_measured(
      read("2\t1\nAnn Lee\t1\t 2\nAnn Lee \t1\t\tBob\t1\t\nBob\t1\t2\nBob\t1\tAnn Lee\t10\n"),
      {pair("Ann Lee", "01", "Ann Lee", "02", 0), pair("Ann Lee", "01", "Bob", "01", 0),
       pair("Bob", "01", "Bob", "02", 1), pair("Bob", "01", "Ann Lee", "10", 1)},
      2);
}

BOOST_AUTO_TEST_CASE(marks_line_ends_and_empty_lines_of_other_systems_are_passed_over) {
  const std::string mark = "\xef\xbb\xbf";
  const std::vector<Pair> files = {{image("Ann Lee", "_0001"), image("Bob", "_0001"), true, 0},
                                   {image("Bob", "_0002"), image("Cleo", "_0001"), false, 0},
                                   {image("Ann Lee", "_0002"), image("Bob", "_0001"), true, 1},
                                   {image("Bob", "_0001"), image("Cleo", "_0002"), false, 1}};
  std::string text = mark + "\r\n";
  for (const Pair& pair : files) {
    const char divider = pair.same ? '\t' : ' ';
    text += pair.first + divider + pair.second + divider + (pair.same ? "1\r\n" : "0\r\n\r\n");
  }
  check_measured(read(text + " \n\n"), files, 2);

  const std::vector<Pair> lfw = {
      pair("Ann_Lee", "01", "Ann_Lee", "10", 0), pair("Bob", "02", "Cleo", "01", 0),
      pair("Bob", "01", "Bob", "02", 1), pair("Cleo", "10", "Ann_Lee", "02", 1)};
  check_measured(read(mark + "2 1\r\n" + kSame + kDifferent + "Bob 1 2\r\nCleo 10 Ann_Lee 2\n\n"),
                 lfw, 2);
}

BOOST_AUTO_TEST_CASE(lines_that_say_something_else_are_named) {
  refused("a.png b.png 1\na.png b.png 2\n", ", line 2: expected `file file 1` or `file file 0`");
  refused("a.png b.png\n", ", line 1: expected a number instead of a.png");
  refused("2 1\n" + kSame + "Bob 2\n", ", line 3: expected `name number number` or");
  refused("2 1\n" + kSame + "Bob x Cleo 1\n", ", line 3: expected a number instead of x");
  refused("2 0\n", ", line 1: expected a number instead of 0");
  refused("2 99999999999999999999\n", ", line 1: expected a number instead of 9999");
  refused("2 1\nBob 1 3\n", ", line 2: expected an image Bob/Bob_0003.*");
  refused("2 1\nDan 1 2\n", ", line 2: expected an image Dan/Dan_0001.*");
  refused("2 1\n" + kDifferent, ", line 2: expected a pair of the same person");
  refused("2 1\n" + kSame + kSame, ", line 3: expected a pair of different people");
  refused("2 1\n" + kSame + kDifferent, ": expected 4 pairs as its first line says, found 2");
  refused("99999999 99999999\n" + kSame, ": expected 19999999600000002 pairs as its first line");
  refused("", ": expected at least two pairs");
  refused("a b 1\na b 1\na b 0\n",
          ": expected at least two pairs of the same person and two of "
          "different people\n");
}

BOOST_AUTO_TEST_CASE(accuracy_is_the_mean_over_folds_with_the_threshold_of_the_others) {
  // Pairs at known distances: minus these are the scores.
  const auto measured = [&](const std::vector<double>& distances) {
    std::string text;
    write_features("start.png", cv::Mat::zeros(1, 6, CV_32F));
    for (size_t i = 0; i < distances.size(); ++i) {
      cv::Mat x = cv::Mat::zeros(1, 6, CV_32F);
      x.at<float>(0) = float(distances[i]);
      const std::string file = cv::format("end%d.png", int(i));
      write_features(file, x);
      text += "start.png " + file + (i % 2 == 0 ? " 1\n" : " 0\n");
    }
    const auto row = read(text).row("euclidean", 7);
    BOOST_TEST_REQUIRE(row.size() == 7U);
    return row;
  };
  // Fold 0 is judged by fold 1, which is told apart anywhere within [0.1, 0.3): at 0.2.
  // Fold 1 is judged by fold 0, best between 0.4 and 0.6: at 0.5, where 0.3 is taken for the same.
  const auto two = measured({0.4, 0.6, 0.1, 0.3});
  BOOST_TEST(two[1] == 50);
  BOOST_TEST(two[2] == 0);  // both folds are right by half
  // Best of all: one of four wrong, first reached coming from near at 0.1, before 0.3.
  BOOST_TEST(two[3] == -0.2);

  // Fold 2 has its distances the wrong way round, so the others are judged between 0.3 and their
  // own.
  const auto three = measured({0.1, 0.9, 0.15, 0.8, 0.7, 0.3});
  BOOST_TEST(three[1] == 66.67);
  // Accuracies 1, 1, 0: deviation sqrt(1/3), over sqrt(3).
  BOOST_TEST(three[2] == 33.33);
}

BOOST_AUTO_TEST_CASE(refuses_a_line_of_any_length) {
  const std::string name(300000, 'x'), blanks(300000, ' '), cut = std::string(40, 'x');
  refused("1\t1\n" + name + "\t1\t2\n", ", line 2: expected an image " + cut);
  refused(name + ' ' + name + "\n", ", line 1: expected a number instead of " + cut);
  refused("a.png b.png" + blanks + "2\n", ", line 1: expected `file file 1` or");
}

BOOST_AUTO_TEST_SUITE_END()
