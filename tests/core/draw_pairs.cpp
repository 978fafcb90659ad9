// SPDX-License-Identifier: Apache-2.0
#include "core/verification/draw_pairs.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <stdexcept>

#include "message_of.hpp"

using namespace gmtrain;

namespace {

std::vector<int64_t> people(int64_t count, int64_t images_each) {
  std::vector<int64_t> identities;
  for (int64_t i = 0; i < count * images_each; ++i) identities.push_back(100 + i % count);
  return identities;
}

/// Pairs of each fold, as (genuine, impostor).
std::map<int64_t, std::pair<int64_t, int64_t>> counts(const std::vector<ImagePair>& pairs) {
  std::map<int64_t, std::pair<int64_t, int64_t>> counted;
  for (const ImagePair& pair : pairs) {
    ++(pair.same ? counted[pair.fold].first : counted[pair.fold].second);
  }
  return counted;
}

/// Asserts what holds for any drawing, and returns the folds that each identity and image is in.
struct Folds {
  std::map<int64_t, std::set<int64_t>> of_identity, of_image;
};
Folds checked(const DrawnPairs& drawn, const std::vector<int64_t>& identities) {
  Folds folds;
  std::set<std::pair<int64_t, int64_t>> seen;
  for (const ImagePair& pair : drawn.pairs) {
    BOOST_TEST(pair.first != pair.second);
    BOOST_TEST((identities.at(pair.first) == identities.at(pair.second)) == pair.same);
    BOOST_TEST(seen.insert(std::minmax(pair.first, pair.second)).second);
    for (const int64_t image : {pair.first, pair.second}) {
      folds.of_identity[identities[image]].insert(pair.fold);
      folds.of_image[image].insert(pair.fold);
    }
  }
  for (const auto& [image, of] : folds.of_image) BOOST_TEST(of.size() == 1);
  return folds;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(drawing_pairs)

BOOST_AUTO_TEST_CASE(folds_share_no_identity_where_there_are_enough) {
  const auto identities = people(43, 10);
  const auto drawn = draw_pairs(identities, {600, 10, 1});
  BOOST_TEST(drawn.identities_disjoint);
  BOOST_TEST(drawn.pairs.size() == 600);
  const auto folds = checked(drawn, identities);
  for (const auto& [identity, of] : folds.of_identity) BOOST_TEST(of.size() == 1);
  for (const auto& [fold, count] : counts(drawn.pairs)) {
    BOOST_TEST((count == std::pair<int64_t, int64_t>{30, 30}));
  }
}

BOOST_AUTO_TEST_CASE(few_identities_are_in_all_folds_with_other_images) {
  const auto identities = people(3, 100);
  const auto drawn = draw_pairs(identities, {600, 10, 1});
  BOOST_TEST(!drawn.identities_disjoint);
  BOOST_TEST(drawn.pairs.size() == 600);
  const auto folds = checked(drawn, identities);
  for (const auto& [identity, of] : folds.of_identity) BOOST_TEST(of.size() == 10);
}

BOOST_AUTO_TEST_CASE(as_many_pairs_as_the_poorest_fold_has) {
  // 20 people of 10 images in 10 folds: two of each, who form 2 * 45 genuine and 100 impostor
  // pairs.
  const auto identities = people(20, 10);
  const auto drawn = draw_pairs(identities, {6000, 10, 3});
  BOOST_TEST(drawn.identities_disjoint);
  checked(drawn, identities);
  for (const auto& [fold, count] : counts(drawn.pairs)) {
    BOOST_TEST((count == std::pair<int64_t, int64_t>{90, 90}));
  }
}

BOOST_AUTO_TEST_CASE(identities_of_different_sizes) {
  std::vector<int64_t> identities;
  for (int64_t person = 0; person < 9; ++person)
    identities.insert(identities.end(), person + 1, person);
  const auto drawn = draw_pairs(identities, {1000, 2, 5});
  checked(drawn, identities);
  const auto counted = counts(drawn.pairs);
  BOOST_TEST((counted.at(0) == counted.at(1)));
  BOOST_TEST(counted.at(0).first == counted.at(0).second);
  BOOST_TEST(counted.at(0).first >= 10);
}

BOOST_AUTO_TEST_CASE(every_pair_has_the_same_chance) {
  // Two folds of 2 people with 3 images each, one genuine and one impostor pair of each fold; of
  // the 12 images 12 genuine pairs and 54 impostor pairs (6 * 9) may come up.
  const auto identities = people(4, 3);
  std::map<std::pair<int64_t, int64_t>, int> genuine, impostor;
  constexpr int kDraws = 6000;
  for (int seed = 0; seed < kDraws; ++seed) {
    for (const ImagePair& pair : draw_pairs(identities, {4, 2, seed}).pairs) {
      ++(pair.same ? genuine : impostor)[std::minmax(pair.first, pair.second)];
    }
  }
  BOOST_TEST(genuine.size() == 12);
  BOOST_TEST(impostor.size() == 54);
  // Expected 1000 and 222 times; six standard deviations.
  for (const auto& [pair, times] : genuine) BOOST_TEST(std::abs(times - kDraws * 2 / 12) < 6 * 31);
  for (const auto& [pair, times] : impostor) BOOST_TEST(std::abs(times - kDraws * 2 / 54) < 6 * 15);
}

BOOST_AUTO_TEST_CASE(the_seed_decides) {
  const auto identities = people(30, 10);
  const auto first_images = [&](int64_t seed) {
    std::vector<int64_t> list;
    for (const ImagePair& pair : draw_pairs(identities, {200, 10, seed}).pairs) {
      list.push_back(pair.first);
    }
    return list;
  };
  BOOST_TEST(first_images(7) == first_images(7));
  BOOST_TEST(first_images(7) != first_images(8));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_drawn_is_an_error) {
  const auto message = [](const std::vector<int64_t>& identities, const PairOptions& options) {
    return message_of<std::invalid_argument>([&] { draw_pairs(identities, options); });
  };
  // Each fold would get one image of each person.
  BOOST_TEST(contains(message(people(5, 10), {6000, 10, 0}), "50 images of 5 identities"));
  BOOST_TEST(contains(message(people(1, 1000), {6000, 10, 0}), "of 1 identities"));
  BOOST_TEST(contains(message({}, {6000, 10, 0}), "0 images"));
  BOOST_TEST(contains(message(people(40, 10), {10, 10, 0}), "for 10 pairs"));
}

BOOST_AUTO_TEST_SUITE_END()
