// SPDX-License-Identifier: Apache-2.0
#include "core/recipe/recipe.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;
using boost::test_tools::per_element;
using std::string;
using Integers = std::vector<int64_t>;
using Numbers = std::vector<double>;
using Strings = std::vector<string>;

namespace {

Recipe parse(const string& text, const Strings& overrides = {}) {
  return Recipe::parse(text, "r.toml", overrides);
}

template <class F>
string error_of(F function) {
  return message_of<RecipeError>(function);
}

/// The error of reading key `x` of the root as a T.
template <class T>
string value_error(const string& text, const Check& check = {}, const Strings& overrides = {}) {
  return error_of([&] { parse(text, overrides).section("").require<T>("x", "doc", check); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recipe)

BOOST_AUTO_TEST_CASE(every_type_is_read) {
  Recipe recipe = parse(R"(
flag = true
[train]
steps = 3
rate = 0.5
whole = 2
name = "lgm"
at = [1, 2]
rates = [1, 0.5]
labels = ["a", "b"]
none = []
)");
  BOOST_TEST(recipe.section("").get("flag", false, ""));
  Section train = recipe.section("train");
  BOOST_TEST(train.require<int64_t>("steps", "") == 3);
  BOOST_TEST(train.require<double>("rate", "") == 0.5);
  BOOST_TEST(train.require<double>("whole", "") == 2.0);
  BOOST_TEST(train.require<string>("name", "") == "lgm");
  BOOST_TEST(train.require<Integers>("at", "") == (Integers{1, 2}), per_element());
  BOOST_TEST(train.require<Numbers>("rates", "") == (Numbers{1, 0.5}), per_element());
  BOOST_TEST(train.require<Strings>("labels", "") == (Strings{"a", "b"}), per_element());
  BOOST_TEST(train.get("none", Numbers{7}, "").empty());
  BOOST_CHECK_NO_THROW(recipe.check_all_used());
}

BOOST_AUTO_TEST_CASE(what_is_absent_gets_the_fallback) {
  Section missing = parse("x = 1").section("train.schedule");
  BOOST_TEST(missing.get("alpha", 0.25, "") == 0.25);
  BOOST_TEST(missing.get<string>("kind", "linear", "") == "linear");
  BOOST_TEST(!missing.has("alpha"));
}

BOOST_AUTO_TEST_CASE(required_fields_that_are_absent_name_the_place) {
  const auto require = [](const string& text) {
    return error_of([&] { parse(text).section("train").require<int64_t>("epochs", "passes"); });
  };
  BOOST_TEST(require("a = 1\n[train]\nb = 2") ==
             "r.toml:2: train.epochs: expected an integer (passes), found nothing");
  BOOST_TEST(contains(require("a = 1"), "r.toml: train.epochs: "));
}

BOOST_AUTO_TEST_CASE(wrong_types_give_file_line_and_what_was_found) {
  BOOST_TEST(value_error<int64_t>("\nx = 1.5") == "r.toml:2: x: expected an integer, found 1.5");
  BOOST_TEST(value_error<int64_t>("x = 3.0") == "r.toml:1: x: expected an integer, found 3.0");
  BOOST_TEST(contains(value_error<double>("x = '1'"), "expected a number, found \"1\""));
  BOOST_TEST(contains(value_error<bool>("x = 1"), "expected a boolean, found 1"));
  BOOST_TEST(contains(value_error<string>("x = true"), "expected a string, found true"));
  BOOST_TEST(contains(value_error<Integers>("x = 1"), "expected a list of integers, found 1"));
  BOOST_TEST(contains(value_error<Integers>("x = [1, 2.5]"), "found [1, 2.5]"));
  BOOST_TEST(contains(value_error<Strings>("x = ['a', 1]"), "expected a list of strings"));
  BOOST_TEST(contains(value_error<double>("[x]\ny = 1"), "expected a number, found a table"));
  BOOST_TEST(error_of([] { parse("a = 1\nx = 2").section("x.y"); }) ==
             "r.toml:2: x: expected a table, found 2");
}

BOOST_AUTO_TEST_CASE(what_no_recipe_can_hold_is_refused) {
  for (const string value : {"nan", "inf", "-inf", "[1.0, inf]"}) {
    BOOST_TEST(contains(error_of([&] { parse("\nx = " + value); }),
                        "r.toml:2: x: expected a finite number, found"),
               value);
  }
  for (const string value : {"2020-01-01", "[[1]]", "[{a = 1}]"}) {
    BOOST_TEST(contains(error_of([&] { parse("\nx = " + value); }), "r.toml:2: x: expected"),
               value);
  }
  BOOST_TEST(contains(error_of([] { parse("'a.b' = 1"); }), "expected a key of letters"));
}

BOOST_AUTO_TEST_CASE(syntax_errors_and_duplicate_keys_give_the_line) {
  BOOST_TEST(contains(error_of([] { parse("a = 1\nb = [1,\n"); }), "r.toml:"));
  BOOST_TEST(contains(error_of([] { parse("a = 1\nb = ?\n"); }), "r.toml:2: "));
  BOOST_TEST(contains(error_of([] { parse("a = 1\nb = 2\na = 3\n"); }), "r.toml:3: "));
  BOOST_TEST(contains(error_of([] { parse("[t]\na = 1\n[t]\n"); }), "r.toml:3: "));
}

BOOST_AUTO_TEST_CASE(checks_hold_for_numbers_and_elements) {
  BOOST_TEST(value_error<int64_t>("x = 0", at_least(1)) ==
             "r.toml:1: x: expected an integer, at least 1, found 0");
  BOOST_TEST(contains(value_error<double>("x = 0", above(0)), "above 0, found 0"));
  BOOST_TEST(contains(value_error<double>("x = 1.5", at_most(1)), "at most 1, found 1.5"));
  BOOST_TEST(contains(value_error<double>("x = 1", below(1)), "below 1, found 1"));
  BOOST_TEST(contains(value_error<double>("x = 2", between(0, 1)), "between 0 and 1"));
  BOOST_TEST(contains(value_error<double>("x = 1", at_least(0) && below(1)),
                      "at least 0 and below 1, found 1"));
  BOOST_TEST(contains(value_error<Numbers>("x = [1, -1]", above(0)), "above 0, found [1, -1]"));
  BOOST_TEST(contains(value_error<string>("x = 'c'", one_of({"a", "b"})),
                      "one of \"a\", \"b\", found \"c\""));
  BOOST_TEST(contains(value_error<Strings>("x = ['a', 'c']", one_of({"a", "b"})), "one of"));
}

BOOST_AUTO_TEST_CASE(limits_themselves_pass_their_checks) {
  Section section = parse("one = 1\nlist = [0, 1]\nword = 'b'").section("");
  for (const Check& check : {at_least(1), at_most(1), between(1, 2), between(0, 1)}) {
    BOOST_TEST(section.require<double>("one", "", check) == 1);
  }
  BOOST_TEST(section.require<Numbers>("list", "", between(0, 1)).size() == 2U);
  BOOST_TEST(section.require<string>("word", "", one_of({"a", "b"})) == "b");
  BOOST_CHECK_THROW(section.require<string>("word", "", at_least(1)), std::logic_error);
  BOOST_CHECK_THROW(section.require<double>("one", "", one_of({"a"})), std::logic_error);
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_named_with_the_nearest_known_one) {
  const auto unknown = [](const string& text, const Strings& overrides = {}) {
    return error_of([&] {
      Recipe recipe = parse(text, overrides);
      recipe.section("train").get<int64_t>("batch_size", 1, "");
      recipe.section("train").get<int64_t>("epochs", 1, "");
      recipe.section("").get<string>("name", "", "");
      recipe.check_all_used();
    });
  };
  BOOST_TEST(unknown("[train]\nepochs = 2\nbatchsize = 3") ==
             "r.toml:3: train.batchsize: unknown key, did you mean batch_size?");
  BOOST_TEST(unknown("[trian]\nepochs = 2") ==
             "r.toml:1: trian: unknown table, did you mean train?");
  BOOST_TEST(unknown("[train]\nq = 2") ==
             "r.toml:2: train.q: unknown key, known here: batch_size, epochs");
  BOOST_TEST(unknown("", {"train.epoch=2"}) ==
             "--set: train.epoch: unknown key, did you mean epochs?");
}

BOOST_AUTO_TEST_CASE(asking_for_an_empty_table_or_a_deeper_one_makes_it_known) {
  Recipe recipe = parse("[a]\n[b.c]\nx = 1");
  BOOST_CHECK_THROW(recipe.check_all_used(), RecipeError);
  recipe.section("a");
  Section deep = recipe.section("b.c");
  BOOST_TEST(deep.has("x"));
  BOOST_CHECK_THROW(recipe.check_all_used(), RecipeError);  // has() is not asking
  deep.get<int64_t>("x", 0, "");
  BOOST_CHECK_NO_THROW(recipe.check_all_used());
}

BOOST_AUTO_TEST_CASE(overrides_are_toml_or_bare_words) {
  Recipe recipe = parse("[data]\npath = 'a'\nmean = 1",
                        {"data.path=../mnist", "data.mean=1e-3", "data.labels=[\"x=y\", 'z']",
                         "new.table.flag=true", "data.mean=0.25"});
  Section data = recipe.section("data");
  BOOST_TEST(data.require<string>("path", "") == "../mnist");
  BOOST_TEST(data.require<double>("mean", "") == 0.25);
  BOOST_TEST(data.require<Strings>("labels", "") == (Strings{"x=y", "z"}), per_element());
  BOOST_TEST(recipe.section("new.table").require<bool>("flag", ""));
}

BOOST_AUTO_TEST_CASE(broken_overrides_say_so) {
  for (const string text : {"x", "=1", "x=", "", "x=1\ny=2", "a b=1", "a..b=1", "x=[1", "x='a"}) {
    BOOST_TEST(contains(error_of([&] { parse("", {text}); }), "--set"), text);
  }
  BOOST_TEST(contains(error_of([] { parse("", {"x=nan"}); }), "expected a finite number"));
  BOOST_TEST(value_error<double>("x = 1", {}, {"x=fast"}) ==
             "--set: x: expected a number, found \"fast\"");
  for (const string text : {"0,05", "5%", "1e", "0.05x", "010"}) {
    BOOST_TEST(value_error<double>("x = 1", {}, {"x=" + text}) ==
               "--set: x: expected a number, found \"" + text + '"');
  }
  BOOST_TEST(value_error<int64_t>("x = 1", {}, {"x=1e3"}) ==
             "--set: x: expected an integer, found 1000.0");
}

BOOST_AUTO_TEST_CASE(a_base_is_overridden_key_by_key) {
  const TemporaryFolder folder;
  write_file(folder / "root.toml", "[a]\nx = 1\ny = 2\n[b]\nz = 3\n");
  std::filesystem::create_directory(folder / "sub");
  write_file(folder / "sub" / "middle.toml", "base = \"../root.toml\"\na.x = 10\n");
  write_file(folder / "top.toml", "base = \"sub/middle.toml\"\nb = 5\n[a]\nw = 4\n");
  Recipe recipe = Recipe::load(folder / "top.toml", {"a.w=40"});
  Section a = recipe.section("a");
  BOOST_TEST(a.require<int64_t>("x", "") == 10);
  BOOST_TEST(a.require<int64_t>("y", "") == 2);
  BOOST_TEST(a.require<int64_t>("w", "") == 40);
  // A value replaces the whole table of the base.
  BOOST_TEST(recipe.section("").require<int64_t>("b", "") == 5);
  BOOST_CHECK_NO_THROW(recipe.check_all_used());
  BOOST_TEST(!contains(recipe.to_toml(), "base"));
  // Errors name the file that the value stands in.
  const string wrong = error_of([&] { a.require<string>("y", ""); });
  BOOST_TEST(contains(wrong, "root.toml:3: a.y: "));
}

BOOST_AUTO_TEST_CASE(a_base_that_cannot_be_read_is_named) {
  const TemporaryFolder folder;
  const auto load = [&](const string& text) {
    write_file(folder / "top.toml", text);
    return error_of([&] { Recipe::load(folder / "top.toml"); });
  };
  BOOST_TEST(contains(load("x = 1\nbase = \"none.toml\""), "top.toml:2: base: "));
  BOOST_TEST(contains(load("base = \"none.toml\""), "none.toml: cannot be read"));
  BOOST_TEST(contains(load("base = 1"), "base: expected a string, found 1"));
  BOOST_TEST(contains(load("base = \"top.toml\""), "circle"));
  BOOST_TEST(contains(error_of([&] { Recipe::load(folder / "no.toml"); }), "no.toml"));
}

BOOST_AUTO_TEST_CASE(the_recipe_as_used_is_read_back_to_the_same) {
  const string text =
      "x = 0.1\nthird = 0.3333333333333333\nwhole = 2.0\ntiny = 1e-300\nbig = 9007199254740993\n"
      "quotes = \"a\\\"b'c\\\\d\\ne é\"\n[a]\nf = true\n[a.b]\nlist = [0.5, 1.0]\nempty = []\n"
      "words = [\"p\", \"q r\"]\n";
  const string written = parse(text, {"a.b.c=word"}).to_toml();
  Recipe again = parse(written);
  BOOST_TEST(again.to_toml() == written);
  Section root = again.section("");
  BOOST_TEST(root.require<double>("x", "") == 0.1);
  BOOST_TEST(root.require<double>("third", "") == 0.3333333333333333);
  BOOST_TEST(root.require<double>("whole", "") == 2.0);
  BOOST_TEST(root.require<double>("tiny", "") == 1e-300);
  BOOST_TEST(root.require<int64_t>("big", "") == 9007199254740993);
  BOOST_TEST(root.require<string>("quotes", "") == "a\"b'c\\d\ne é");
  Section b = again.section("a.b");
  BOOST_TEST(b.require<Numbers>("list", "") == (Numbers{0.5, 1}), per_element());
  BOOST_TEST(b.require<Numbers>("empty", "").empty());
  BOOST_TEST(b.require<Strings>("words", "") == (Strings{"p", "q r"}), per_element());
  BOOST_TEST(b.require<string>("c", "") == "word");
}

BOOST_AUTO_TEST_CASE(fields_carry_their_documentation) {
  Recipe recipe = parse("epochs = 3");
  Section root = recipe.section("");
  root.require<int64_t>("epochs", "passes over the data", at_least(1));
  root.get<int64_t>("epochs", 7, "asked twice");
  recipe.section("loss").get("alpha", Numbers{0, 0.5}, "margin");
  const auto fields = recipe.fields();
  BOOST_REQUIRE(fields.size() == 2U);
  BOOST_TEST(fields[0].key == "epochs");
  BOOST_TEST(fields[0].type == "integer");
  BOOST_TEST(fields[0].fallback == "");
  BOOST_TEST(fields[0].doc == "passes over the data");
  BOOST_TEST(fields[0].constraint == "at least 1");
  BOOST_TEST(fields[1].key == "loss.alpha");
  BOOST_TEST(fields[1].type == "list of numbers");
  BOOST_TEST(fields[1].fallback == "[0.0, 0.5]");
}

BOOST_AUTO_TEST_CASE(settings_are_told_again_given_or_fallback) {
  Recipe recipe = parse("x = 3\n[network]\ndepth = 56\n");
  BOOST_TEST(recipe.settings().dump() == "{}");
  Section network = recipe.section("network");
  network.get<int64_t>("depth", 20, "doc");
  network.get<Integers>("widths", {4, 8}, "doc");
  recipe.section("network.deep").get<string>("name", "inf", "doc");
  recipe.section("").require<double>("x", "doc");
  BOOST_TEST(recipe.settings().dump() ==
             R"({"network":{"deep":{"name":"inf"},"depth":56,"widths":[4,8]},"x":3.0})");
}

BOOST_AUTO_TEST_CASE(an_empty_table_is_kept) {
  BOOST_TEST(parse(parse("[network]\n").to_toml()).section("").has("network"));
}

BOOST_AUTO_TEST_CASE(errors_of_the_caller_name_the_place) {
  Section train = parse("[train]\nat = [2, 1]").section("train");
  BOOST_TEST(string(train.error("at", "expected ascending epochs").what()) ==
             "r.toml:2: train.at: expected ascending epochs");
}

BOOST_AUTO_TEST_SUITE_END()
