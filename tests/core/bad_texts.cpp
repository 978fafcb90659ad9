// SPDX-License-Identifier: Apache-2.0
// Recipes, calibrations and results of a run that are damaged or were edited.
#include "bad_file.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <vector>

#include "core/calibration/calibration.hpp"
#include "core/recipe/recipe.hpp"
#include "core/report/run_files.hpp"

using namespace gmtrain;
using namespace gmtrain::test;
using std::string;

namespace {

namespace data = boost::unit_test::data;
using Table = std::vector<BadFile>;

void recipe(const fs::path& file) {
  Recipe::load(file);
}
void calibration(const fs::path& file) {
  Calibration::load(file, 3);
}
void evaluation(const fs::path& file) {
  report::read_evaluation(file);
}
void scores(const fs::path& file) {
  report::read_scores(file);
}
void metrics(const fs::path& file) {
  report::read_metrics(file);
}

constexpr size_t kDeep = 50000;

const Table kRecipes{
    {"recipe: no TOML", recipe, "train for ever\n", ":1: "},
    {"recipe: cut in a string", recipe, "name = \"mni", ":1: "},
    {"recipe: cut in a string of lines", recipe, "name = \"\"\"mni\n", ": "},
    {"recipe: cut in a list", recipe, "mean = [1, 2", ":1: "},
    {"recipe: cut in a header", recipe, "[da", ":1: "},
    {"recipe: a header without a name", recipe, "[ =]", ":1: expected a table's name after ["},
    {"recipe: three brackets", recipe, "x = 1\n [[[a]]]", ":2: expected a table's name after ["},
    {"recipe: not UTF-8", recipe, "name = \"caf\xe9\"\n", ":1: "},
    {"recipe: zeros", recipe, string(100, '\0'), ":1: "},
    {"recipe: a key twice", recipe, "x = 1\nx = 2\n", ":2: "},
    {"recipe: a table twice", recipe, "[x]\n[x]\n", ":2: "},
    {"recipe: NaN", recipe, "x = nan\n", ":1: x: expected a finite number"},
    {"recipe: infinity", recipe, "x = -inf\n", ":1: x: expected a finite number"},
    {"recipe: beyond 64 bits", recipe, "x = 99999999999999999999\n", ":1: "},
    {"recipe: beyond float64", recipe, "x = 1e999\n", ":1: "},
    {"recipe: a date", recipe, "x = 1979-05-27\n", ":1: x: expected a boolean, number or string"},
    {"recipe: a list in a list", recipe, "x = [[1]]\n",
     ":1: x: expected a boolean, number or string"},
    {"recipe: a key of spaces", recipe, "\" \" = 1\n", "expected a key of letters"},
    {"recipe: a key of two lines", recipe, "\"a\\nb\" = 1\n", ":1: a b: expected a key of letters"},
    {"recipe: a line that ends in a word", recipe, "shuffle = t\n", ":1: "},
    {"recipe: lists in lists, without end", recipe, "x = " + string(kDeep, '['),
     ":1: expected at most 32 tables in one another"},
    {"recipe: tables in tables, without end", recipe, "x = " + repeated("{a=", kDeep),
     "expected at most 32 tables in one another"},
    {"recipe: a deep header", recipe, "\n[" + repeated("a.", kDeep) + "a]",
     ":2: expected at most 32 tables in one another"},
    {"recipe: a deep key", recipe, repeated("a . ", kDeep) + "a = 1",
     "expected at most 32 tables in one another"},
    {"recipe: a deep key behind a string", recipe,
     "x = {s = \"\"\"#\\\"[\"\"\"\"\", " + repeated("'a'.", kDeep) + "a = 1}",
     "expected at most 32 tables in one another"},
    {"recipe: 65 MiB", recipe, string(65 << 20, '#'),
     "expected at most 67108864 bytes, found 68157440"},
    {"recipe: a base that is a number", recipe, "base = 1\n",
     ":1: base: expected a string, found 1"},
    {"recipe: a base that is not there", recipe, "base = \"none.toml\"\n",
     "none.toml: cannot be read: no such file"},
    {"recipe: itself as base", recipe, "base = \"file\"\n", "found a circle back to"},
    {"recipe: a device as base", recipe, "base = \"/dev/zero\"\n",
     "/dev/zero: expected a regular file, found a device"}};

const string kCalibration =
    R"({"calibrated_on": "x", "weights": "y", "risks": [{"risk": 0.1, "confidence": 0.9}, {"risk": 0.2, "confidence": 0.5}],)"
    R"( "pictures": {"heights": [28, 28], "widths": [28, 28], "means": [1, 2], "deviations": [3, 4]},)"
    R"( "group_of_class": [0, 1, 0], "groups": [)"
    R"({"energies": [1, 2], "doubts": [3, 4], "nonconformities": [5, 6]},)"
    R"({"energies": [1], "doubts": [2], "nonconformities": [3]}]})";
const char* const kByCalibrate = "expected what gmtrain calibrate writes";

const Table kCalibrations{
    {"calibration: empty", calibration, "", kByCalibrate},
    {"calibration: cut", calibration, cut(kCalibration, 200), kByCalibrate},
    {"calibration: a list", calibration, "[]", kByCalibrate},
    {"calibration: nothing in it", calibration, "{}", kByCalibrate},
    {"calibration: zeros", calibration, string(100, '\0'), kByCalibrate},
    {"calibration: lists without end", calibration, string(kDeep, '[') + string(kDeep, ']'),
     "at most 64 values in one another"},
    {"calibration: not UTF-8", calibration, with(kCalibration, "\"x\"", "\"caf\xe9\""),
     kByCalibrate},
    {"calibration: NaN", calibration, with(kCalibration, "[3, 4]", "[NaN, 4]"), kByCalibrate},
    {"calibration: null", calibration,
     with(kCalibration, "\"doubts\": [3, 4]", "\"doubts\": [3, null]"), kByCalibrate},
    {"calibration: beyond float32", calibration, with(kCalibration, "[5, 6]", "[5, 1e39]"),
     "expected nonconformities to be finite"},
    {"calibration: beyond float64", calibration, with(kCalibration, "[5, 6]", "[5, 1e999]"),
     kByCalibrate},
    {"calibration: unsorted", calibration,
     with(kCalibration, "\"energies\": [1, 2]", "\"energies\": [2, 1]"),
     "expected energies in ascending order"},
    {"calibration: lines of two lengths", calibration, with(kCalibration, "[5, 6]", "[5, 6, 7]"),
     "expected as many nonconformities as energies in a group, found 3 and 2"},
    {"calibration: a line missing", calibration, with(kCalibration, "doubts", "douts"),
     kByCalibrate},
    {"calibration: no groups", calibration,
     with(kCalibration, kCalibration.substr(kCalibration.find("[{\"energies")), "[]}"),
     "expected at least one group"},
    {"calibration: more rows than classes", calibration,
     with(kCalibration, "[0, 1, 0]", "[0, 1, 0, 1]"),
     "expected a group for each of the network's 3 classes, found 4"},
    {"calibration: fewer rows than classes", calibration, with(kCalibration, "[0, 1, 0]", "[0, 1]"),
     "3 classes, found 2"},
    {"calibration: groups without classes", calibration, with(kCalibration, "[0, 1, 0]", "[]"),
     "expected the class of each of 2 groups"},
    {"calibration: a group beyond them", calibration, with(kCalibration, "[0, 1, 0]", "[0, 1, 2]"),
     "expected groups from 0 to 1, found 2"},
    {"calibration: a group below them", calibration, with(kCalibration, "[0, 1, 0]", "[0, -1, 0]"),
     "found -1"},
    {"calibration: half a group", calibration, with(kCalibration, "[0, 1, 0]", "[0, 0.5, 0]"),
     "expected a whole number, found 0.5"},
    {"calibration: a truth as a group", calibration,
     with(kCalibration, "[0, 1, 0]", "[0, true, 0]"), "expected a whole number, found true"},
    {"calibration: risk 0", calibration, with(kCalibration, "\"risk\": 0.1", "\"risk\": 0"),
     "expected risks that ascend within (0,1]"},
    {"calibration: risks that descend", calibration,
     with(kCalibration, "\"risk\": 0.2", "\"risk\": 0.05"), "expected risks that ascend"},
    {"calibration: a confidence of 2", calibration, with(kCalibration, "0.9", "2"),
     "each with a confidence in [0,1]"},
    {"calibration: half a pixel", calibration, with(kCalibration, "[28, 28]", "[28, 28.5]"),
     "expected a whole number, found 28.5"},
    {"calibration: one height", calibration, with(kCalibration, "[28, 28]", "[28]"), kByCalibrate},
    {"calibration: of an earlier version", calibration,
     R"({"calibrated_on": "x", "groups": [{"distances": [1]}]})", "run gmtrain calibrate again"}};

const string kScores =
    "set,image,label,predicted,log_likelihood,log_density,neg_log_error,p_value,distance,energy,"
    "doubt\n";
const char* const kByEvaluate = "expected what gmtrain evaluate writes";
const string kEvaluation =
    R"({"recipe": "small", "loss": "lgm", "classification": {"aurc": 0.25}})";

const Table kResults{
    {"evaluation: empty", evaluation, "", kByEvaluate},
    {"evaluation: cut", evaluation, cut(kEvaluation, 40), kByEvaluate},
    {"evaluation: a list", evaluation, "[1]", kByEvaluate},
    {"evaluation: a number as its recipe", evaluation, with(kEvaluation, "\"small\"", "7"),
     kByEvaluate},
    {"evaluation: a word as its area", evaluation, with(kEvaluation, "0.25", "\"large\""),
     kByEvaluate},
    {"evaluation: without classification", evaluation,
     with(kEvaluation, "classification", "classes"), kByEvaluate},
    {"evaluation: not UTF-8", evaluation, with(kEvaluation, "small", "caf\xe9"), kByEvaluate},
    {"evaluation: objects without end", evaluation, repeated("{\"a\":", kDeep),
     "at most 64 values in one another"},
    {"evaluation: 0x00 in a word", evaluation, with(kEvaluation, 14, string(1, '\0')), kByEvaluate},
    {"scores: empty", scores, "", ":1: expected the header"},
    {"scores: another header", scores, with(kScores, "energy", "enemy"), ":1: expected the header"},
    {"scores: nothing else", scores, kScores, "expected the set clean first"},
    {"scores: cut in a line", scores, kScores + "clean,0,1,1,-1.5,-2,0.5\n",
     ":2: expected 11 columns, found 7"},
    {"scores: beyond 64 bits", scores, kScores + "clean,99999999999999999999,1,1,1,1,1,1,1,1,1\n",
     ":2: expected a whole number in column 2"},
    {"scores: a fraction", scores, kScores + "clean,0,1.5,1,1,1,1,1,1,1,1\n",
     "in column 3, found \"1.5\""},
    {"scores: NaN", scores, kScores + "clean,0,1,1,nan,1,1,1,1,1,1\n",
     "expected a number in column 5, found NaN"},
    {"scores: zeros", scores, kScores + string(40, '\0'), ":2: expected 11 columns, found 1"},
    {"metrics: cut", metrics, "{\"step\": 1, \"loss\": 2}\n{\"step\"",
     ":2: expected a JSON object of numbers"},
    {"metrics: without a step", metrics, "{\"loss\": 2}\n",
     ":1: expected a JSON object of numbers"},
    {"metrics: a word", metrics, "{\"step\": 1, \"loss\": \"high\"}\n",
     ":1: expected a JSON object of numbers"},
    {"metrics: a list", metrics, "[1]\n", ":1: expected a JSON object of numbers"},
    {"metrics: lists without end", metrics, string(kDeep, '[') + "\n",
     ":1: expected a JSON object of numbers"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_texts)

BOOST_DATA_TEST_CASE(recipes, data::make(kRecipes)) {
  check_refusal(sample);
}
BOOST_DATA_TEST_CASE(calibrations, data::make(kCalibrations)) {
  check_refusal(sample);
}
BOOST_DATA_TEST_CASE(results, data::make(kResults)) {
  check_refusal(sample);
}

BOOST_AUTO_TEST_CASE(what_the_tables_begin_with_is_read) {
  const TemporaryFolder in;
  const auto read = [&](void (*reader)(const fs::path&), const Made& made) {
    made.make(in / "file");
    BOOST_CHECK_NO_THROW(reader(in / "file"));
  };
  read(recipe, "a.b = [\n 1.5, 2.5,  # \"\n]\n[ c ]\n");
  read(calibration, kCalibration);
  read(evaluation, kEvaluation);
  read(scores, kScores + "clean,0,1,1,-1.5,-2,0.5,1,3,4,-5\n");
  read(metrics, "{\"step\": 1, \"loss\": null}\n");
}

BOOST_AUTO_TEST_SUITE_END()
