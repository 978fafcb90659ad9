// SPDX-License-Identifier: Apache-2.0
// The model that mnist/train.sh trained on digits for one epoch: on digits that it has not seen,
// and on clothes and faces, of whose classes it has seen none.
#include <boost/test/unit_test.hpp>

#include "samples_mnist/real_images.hpp"

using namespace gm_test;

namespace {

const std::string kImages = kRun + "/images/";

struct Fixture : SampleFixture {
  /// Shares of probes, in percent: as itself, as another, unknown.
  std::vector<double> identified(const Result& result, const std::string& row) const {
    const auto counts = result.row(row, 4);
    BOOST_TEST_REQUIRE(counts.size() == 4U);
    BOOST_TEST(counts[0] > 50);
    BOOST_TEST(counts[1] + counts[2] + counts[3] == counts[0]);
    return {100 * counts[1] / counts[0], 100 * counts[2] / counts[0], 100 * counts[3] / counts[0]};
  }

  /// Accuracy in percent of each score.
  std::vector<double> accuracies(const Result& result) const {
    std::vector<double> found;
    for (const char* score : {"cosine", "euclidean"}) {
      const auto row = result.row(score, 7);
      BOOST_TEST_REQUIRE(row.size() == 7U);
      BOOST_TEST(row[0] > 300);
      BOOST_TEST(row[5] > 0.5);
      found.push_back(row[1]);
    }
    return found;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(face_verification_mnist, Fixture)

BOOST_AUTO_TEST_CASE(enrolled_digits_are_found_and_clothes_unknown) {
  const auto digits = by_class(kImages + "clean");
  part(*this, digits, 8);
  write_pairs(*this, digits);
  const Result result =
      run(GM_FACE_VERIFICATION, kModel +
                                    "--people=enrolled --pairs=pairs.txt --roc=roc.png "
                                    "--false_reject_rate=0.05 probe/* " +
                                    kImages + "fashion_mnist");
  BOOST_TEST(result.status == 0);
  const auto digit_shares = identified(result, "all enrolled");
  BOOST_TEST(digit_shares[0] > 80);
  BOOST_TEST(digit_shares[2] < 20);
  const auto clothes_shares = identified(result, "all others");
  BOOST_TEST(clothes_shares[0] == 0);
  BOOST_TEST(clothes_shares[2] > digit_shares[2] + 20);
  for (const double accuracy : accuracies(result)) BOOST_TEST(accuracy > 90);
  BOOST_TEST(!cv::imread(path("roc.png")).empty());
}

BOOST_AUTO_TEST_CASE(clothes_are_told_apart_by_a_network_of_digits_better_than_by_chance) {
  const auto clothes = by_class(kImages + "fashion_mnist");
  part(*this, clothes, 8);
  write_pairs(*this, clothes);
  const Result result =
      run(GM_FACE_VERIFICATION,
          kModel + "--people=enrolled --pairs=pairs.txt --false_reject_rate=0.05 probe/*");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(identified(result, "all enrolled")[0] > 25);  // chance: 10
  for (const double accuracy : accuracies(result)) BOOST_TEST(accuracy > 55);
}

BOOST_AUTO_TEST_CASE(faces_are_told_apart_by_a_network_of_digits_better_than_by_chance) {
  const fs::path faces = GM_DATA_ROOT "/orl";
  if (!fs::exists(faces)) {
    BOOST_TEST_MESSAGE("skipped: " << faces << " is not there (the target data-orl unpacks it)");
    return;
  }
  std::map<std::string, std::vector<fs::path>> people;
  for (const auto& entry : fs::directory_iterator(faces)) {
    if (!entry.is_directory()) continue;
    auto& files = people[entry.path().filename().string()];
    files.assign(fs::directory_iterator(entry.path()), {});
    std::sort(files.begin(), files.end());
  }
  part(*this, people, 5);
  write_pairs(*this, people);
  const Result result =
      run(GM_FACE_VERIFICATION, kModel + "--people=enrolled --pairs=pairs.txt probe/*");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(identified(result, "all enrolled")[0] > 20);  // chance: 2.5
  for (const double accuracy : accuracies(result)) BOOST_TEST(accuracy > 60);
}

BOOST_AUTO_TEST_SUITE_END()
